/* Observables of real networks in the file: the same bits on any ranks and shards, and resumed. */
#include <math.h>

#include "../../src/sweep/point_layout.h"
#include "blueshift/network_surface.h"
#include "mpi/closed_form.h"

/* Two networks of different shape; 10 images in blocks of 4, 4 and 2. */
#define NETWORKS_WITH(norm)                                                                        \
    ("networks=[{depth: 8, norm: batch}, "                                                         \
     "{depth: 14, paths: 2, shortcut: none, norm: " norm "}]")
static const char *const settings[] = {"data.batch=4",
                                       "data.images=10",
                                       "data.source=synthetic",
                                       "path.kind=ring",
                                       "grid.x=4",
                                       "observables.logits=9",
                                       "observables.probes=5",
                                       "observables.branch_losses=true",
                                       "evaluation.backend=direct",
                                       NETWORKS_WITH("frozen")};
enum {
    SETTINGS = sizeof settings / sizeof settings[0],
    NETWORKS = 2,
    POINTS = 4,
    BLOCKS = 6,
    BRANCHES = 4,
    PROBES = 5,
    LOGITS = 9,
    ROW_PROBES = BLOCKS * BRANCHES * PROBES,
    ROW = 3 + LOGITS * 10 + BLOCKS * BRANCHES * (1 + PROBES),
    NUMBERS = NETWORKS * POINTS * ROW
};

/* An evaluator that fails, or gives an infinite number, where it is told to. */
typedef struct trap {
    const bs_evaluator *inner;
    bool odd_points_fail;
    int infinite; /* number of the row; -1: none */
} trap;

static bs_status trap_prepare(void *context, const bs_comm *group, int network, int realisation,
                              double *scalars)
{
    const trap *t = context;
    return t->inner->prepare(t->inner->context, group, network, realisation, scalars);
}

static bs_status trap_evaluate(void *context, const bs_point *point, int first, int count,
                               double *partials)
{
    const trap *t = context;
    if (t->odd_points_fail && point->index % 2 == 1) {
        return BS_FAIL(BS_ERR_LIBRARY, "this point fails on purpose");
    }
    return t->inner->evaluate(t->inner->context, point, first, count, partials);
}

static void trap_reduce(const void *context, const double *partials, double *values)
{
    const trap *t = context;
    t->inner->reduce(t->inner->context, partials, values);
    if (t->infinite >= 0) {
        values[t->infinite] = (double)INFINITY;
    }
}

static bool trap_missing(const void *context, int value)
{
    const trap *t = context;
    return t->inner->missing(t->inner->context, value);
}

/* Two NaN are the same here: a missing number has no sign. */
static bool same(const double *a, const double *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        bool equal = a[i] == b[i] && signbit(a[i]) == signbit(b[i]);
        if (!equal && !(isnan(a[i]) && isnan(b[i]))) {
            return false;
        }
    }
    return true;
}

/* The rows [NETWORKS][POINTS][ROW] of EXPERIMENT, computed by this rank alone without any file. */
static bs_status compute_rows(const bs_experiment *experiment, double *rows)
{
    bs_comm self;
    bs_groups groups;
    bs_network_surface *surface = NULL;
    BS_TRY(bs_comm_create(MPI_COMM_SELF, &self));
    BS_TRY(bs_groups_create(&self, 1, &groups));
    bs_status status = bs_network_surface_create(&groups, experiment, &surface);
    const bs_evaluator *e = status == BS_OK ? bs_network_surface_evaluator(surface) : NULL;
    double *partials = e == NULL ? NULL : bs_alloc((size_t)e->blocks * (size_t)e->partials, 8);
    status = partials == NULL || e->values != ROW ? BS_ERR_INTERNAL : status;
    for (int n = 0; n < NETWORKS && status == BS_OK; n++) {
        status = e->prepare(e->context, &groups.group, n, 0, NULL);
        for (int64_t p = 0; p < POINTS && status == BS_OK; p++) {
            bs_point point = {.network = n, .index = p};
            bs_grid_coordinates(&experiment->grid, p, point.coordinates);
            status = e->evaluate(e->context, &point, 0, e->blocks, partials);
            e->reduce(e->context, partials, rows + ((int64_t)n * POINTS + p) * ROW);
        }
    }
    bs_free(partials);
    bs_network_surface_destroy(surface);
    bs_groups_release(&groups);
    bs_comm_release(&self);
    return status;
}

/* The rows that the file holds. */
static bs_status read_rows(bs_surface *file, double *rows)
{
    static const char *const names[] = {BS_LOGITS, BS_BRANCH_LOSS, BS_BRANCH_PROBE};
    enum { ALL = NETWORKS * POINTS };
    static double part[ALL * ROW];
    for (int v = 0; v < 3; v++) {
        BS_TRY(bs_surface_read_values(file, v, (bs_range){0, ALL}, part));
        for (int p = 0; p < ALL; p++) {
            rows[p * ROW + v] = part[p];
        }
    }
    int64_t before = 3;
    for (int a = 0; a < 3; a++) {
        int array = bs_surface_find_array(file, names[a]);
        if (array < 0) {
            return BS_ERR_INTERNAL;
        }
        int64_t width = bs_array_row(&bs_surface_get_schema(file)->arrays[array]);
        BS_TRY(bs_surface_read_array(file, array, (bs_range){0, ALL}, part));
        for (int64_t p = 0; p < ALL; p++) {
            memcpy(rows + p * ROW + before, part + p * width, (size_t)width * sizeof *rows);
        }
        before += width;
    }
    return before == ROW ? BS_OK : BS_ERR_INTERNAL;
}

/* One session of the sweep over the file. */
static bs_status run(const bs_groups *groups, bs_surface *file, trap *t, bs_sweep_report *summary)
{
    bs_evaluator evaluator = *t->inner;
    evaluator.context = t;
    evaluator.prepare = trap_prepare;
    evaluator.evaluate = trap_evaluate;
    evaluator.reduce = trap_reduce;
    evaluator.missing = trap_missing;
    const bs_sweep_options options = {.start = MPI_Wtime()};
    return bs_sweep_run(groups, file, &evaluator, &options, summary);
}

static bs_status make_file(const bs_groups *groups, const bs_network_surface *networks,
                           bs_surface **file)
{
    bs_surface_schema schema;
    bs_network_surface_schema(networks, &schema);
    if (groups->world.rank == 0) {
        unlink(mpi_test_result);
    }
    BS_TRY(bs_surface_create(&groups->world, mpi_test_result, &schema));
    return bs_surface_open(&groups->world, mpi_test_result, file);
}

static void resume_and_compare(const bs_groups *groups, bs_surface *file, trap *t,
                               const double *expected)
{
    static double rows[NUMBERS];
    bs_sweep_report summary = {0};
    t->odd_points_fail = true;
    bs_status status = run(groups, file, t, &summary);
    mpi_test_check(status == BS_OK && summary.failed == NETWORKS * POINTS / 2,
                   "half of the points fail");
    t->odd_points_fail = false;
    status = run(groups, file, t, &summary);
    mpi_test_check(status == BS_OK && summary.failed == 0 && summary.non_finite == 0 &&
                       summary.done == NETWORKS * POINTS / 2,
                   "a second session does the other half; missing signals are no failure");
    status = read_rows(file, rows);
    mpi_test_check(status == BS_OK && same(rows, expected, NUMBERS),
                   "%d shards: the bits of one rank alone", groups->shard_count);
}

/* An infinite number is one wherever a network has that signal. */
static void judge(const bs_groups *groups, const bs_network_surface *networks, trap *t, int number,
                  int wanted)
{
    bs_surface *file = NULL;
    bs_sweep_report summary = {0};
    bs_status status = make_file(groups, networks, &file);
    t->infinite = number;
    status = status == BS_OK ? run(groups, file, t, &summary) : status;
    mpi_test_check(status == BS_OK && summary.non_finite == wanted,
                   "number %d infinite: %d points are not finite", number, wanted);
    t->infinite = -1;
    bs_surface_close(file);
}

static void check(const bs_comm *world, const bs_experiment *experiment, int shards,
                  const double *expected)
{
    bs_groups groups;
    bs_network_surface *networks = NULL;
    bs_surface *file = NULL;
    bs_status status = bs_groups_create(world, shards, &groups);
    status = status == BS_OK ? bs_network_surface_create(&groups, experiment, &networks) : status;
    status = status == BS_OK ? make_file(&groups, networks, &file) : status;
    if (!mpi_test_check(status == BS_OK, "a file for %d shards", shards)) {
        return;
    }
    trap t = {.inner = bs_network_surface_evaluator(networks), .infinite = -1};
    resume_and_compare(&groups, file, &t, expected);
    bs_surface_close(file);
    if (shards == world->size) {
        int branch = 3 + LOGITS * 10;
        judge(&groups, networks, &t, branch + BS_BRANCH_SUM, NETWORKS * POINTS);
        judge(&groups, networks, &t, branch + BS_BRANCH_SKIP, POINTS);
        judge(&groups, networks, &t, branch + 5 * BRANCHES + BS_BRANCH_SUM, POINTS);
        judge(&groups, networks, &t, ROW - 1, POINTS);
        judge(&groups, networks, &t, 3, NETWORKS * POINTS);
    }
    bs_network_surface_destroy(networks);
    bs_groups_release(&groups);
}

/* Without norms, blocks of images change no bit of probes and logits, and sums by rounding. */
static void blocks_change_little(void)
{
    enum { FIRST = POINTS * ROW, COUNT = POINTS * ROW };
    static double rows[2][NUMBERS];
    bs_status status = BS_OK;
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        const char *other[SETTINGS];
        bs_experiment *experiment = NULL;
        memcpy(other, settings, sizeof other);
        other[0] = i == 0 ? settings[0] : "data.batch=10";
        other[SETTINGS - 1] = NETWORKS_WITH("none");
        status = bs_experiment_read(NULL, SETTINGS, other, &experiment);
        status = status == BS_OK ? compute_rows(experiment, rows[i]) : status;
        bs_experiment_destroy(experiment);
    }
    bool near = status == BS_OK;
    for (int i = FIRST; i < FIRST + COUNT && near; i++) {
        int number = i % ROW;
        bool sum = number < 3 || (number >= 3 + LOGITS * 10 && number < ROW - ROW_PROBES);
        const double *pair[2] = {&rows[0][i], &rows[1][i]};
        near = sum && !isnan(*pair[0]) ? fabs(*pair[0] - *pair[1]) <= 1e-12 * fabs(*pair[0])
                                       : same(pair[0], pair[1], 1);
    }
    mpi_test_check(near, "one block of images instead of three");
}

/* Branch losses are means over the images of all blocks; the rest is where one block has it. */
static void blocks_are_merged(void)
{
    const bs_point_layout row = {
        .blocks = 1, .branches = 1, .first = {0, 1, 2, 3, 3, 3}, .values = 6, .partials = 7};
    const double none = (double)NAN;
    const double partials[] = {2, 3.0, 0.5, 1, none, 1.5, 7.0, 3, 2.0, 0.5, 2, 9.0, 6.0, none};
    double values[6];
    bs_point_layout_merge(&row, 2, partials, values);
    mpi_test_check(values[0] == 1.0 && values[1] == 60.0 && values[3] == 9.0 && values[4] == 1.5 &&
                       values[5] == 7.0,
                   "two blocks of 2 and 3 images become a row");
}

static void run_all(const bs_comm *world)
{
    static double expected[NUMBERS];
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_read(NULL, SETTINGS, settings, &experiment);
    status = status == BS_OK ? compute_rows(experiment, expected) : status;
    if (mpi_test_check(status == BS_OK, "rows computed by one rank alone")) {
        for (int shards = 1; shards <= world->size; shards++) {
            if (world->size % shards == 0) {
                check(world, experiment, shards, expected);
            }
        }
        blocks_change_little();
        blocks_are_merged();
    }
    bs_experiment_destroy(experiment);
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_MULTIPLE};
