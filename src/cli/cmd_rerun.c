/* The verb rerun: a result file's experiment once more, from the file alone, compared bit by bit.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mpi.h>
#include <sys/stat.h>

#include "blueshift/memory.h"
#include "blueshift/surface.h"
#include "sweep_run.h"
#include "verb.h"

enum { CHUNK = 4096 /* points that are compared at a time */ };

/* What the file says of its sweep. */
typedef struct rerun_job {
    const bs_options *options;
    char *identity;
    char *backend;
    bs_experiment *experiment;
} rerun_job;

/* What came out. */
typedef struct comparison {
    int64_t points, equal; /* those that are done in the first file */
    double worst;          /* largest difference of a value, relative to the larger one */
} comparison;

/* An output that exists may be a rerun that was stopped; bs_sweep_file refuses any other. */
static bs_status check_options(const bs_options *o)
{
    struct stat of, to;
    if (o->output == NULL) {
        return BS_FAIL(BS_ERR_USAGE, "rerun needs an output: blueshift rerun %s -o NEW.nc",
                       o->operand);
    }
    if (stat(o->operand, &of) == 0 && stat(o->output, &to) == 0 && of.st_dev == to.st_dev &&
        of.st_ino == to.st_ino) {
        return BS_FAIL(BS_ERR_USAGE, "%s would be compared with itself; choose another output",
                       o->operand);
    }
    return BS_OK;
}

/* The output, and the backend that the file names, whatever is the fastest here. Neither is part
 * of the identity. */
static bs_status redirect(rerun_job *j)
{
    char *output = bs_strdup(j->options->output);
    char *backend = bs_strdup(j->backend != NULL ? j->backend : "auto");
    if (output == NULL || backend == NULL) {
        bs_free(output);
        bs_free(backend);
        return BS_ERR_MEMORY;
    }
    bs_free(j->experiment->output);
    bs_free(j->experiment->backend);
    j->experiment->output = output;
    j->experiment->backend = backend;
    return BS_OK;
}

static bs_status read_file(rerun_job *j)
{
    const bs_options *o = j->options;
    bs_surface *file = NULL;
    char *text = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, o->operand, &file));
    bs_status status = bs_surface_attribute(file, "experiment", &text);
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "experiment_identity", &j->identity);
    }
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "backend", &j->backend);
    }
    if (status == BS_OK && (text == NULL || j->identity == NULL || bs_surface_is_part(file))) {
        status = BS_FAIL(BS_ERR_INPUT,
                         "%s is a part of a result, or another program's: it does not say all of "
                         "its experiment; take the original file",
                         o->operand);
    }
    bs_status closed = bs_surface_close(file);
    status = status != BS_OK ? status : closed;
    if (status == BS_OK) {
        status = bs_experiment_parse(text, o->operand, o->setting_count,
                                     (const char *const *)o->settings, &j->experiment);
    }
    bs_free(text);
    return status == BS_OK ? redirect(j) : status;
}

/* Numbers of one kind, of points [range). */
static bs_status compare_numbers(bs_surface *const files[2], int value, bs_range range,
                                 double *numbers[2], bool *equal, comparison *c)
{
    for (int f = 0; f < 2; f++) {
        BS_TRY(bs_surface_read_values(files[f], value, range, numbers[f]));
    }
    for (int64_t i = 0; i < range.count; i++) {
        const double a = numbers[0][i], b = numbers[1][i];
        const bool same = a == b && signbit(a) == signbit(b);
        if (!same && !(isnan(a) && isnan(b))) {
            const double off = fabs(a - b) / fmax(fabs(a), fabs(b));
            equal[i] = false;
            c->worst = off > c->worst || isnan(off) ? off : c->worst;
        }
    }
    return BS_OK;
}

/* Arrays of points, whole rows at a time. */
static bs_status compare_array(bs_surface *const files[2], int array, bs_range range, bool *equal)
{
    const int64_t row = bs_array_row(&bs_surface_get_schema(files[0])->arrays[array]);
    double *rows[2] = {bs_alloc((size_t)row, sizeof(double)),
                       bs_alloc((size_t)row, sizeof(double))};
    bs_status status = rows[0] == NULL || rows[1] == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; i < range.count && status == BS_OK; i++) {
        for (int f = 0; f < 2 && status == BS_OK; f++) {
            status =
                bs_surface_read_array(files[f], array, (bs_range){range.first + i, 1}, rows[f]);
        }
        /* Missing numbers are NaN, and alike bit by bit. */
        equal[i] = equal[i] && status == BS_OK &&
                   memcmp(rows[0], rows[1], (size_t)row * sizeof *rows[0]) == 0;
    }
    bs_free(rows[0]);
    bs_free(rows[1]);
    return status;
}

static bs_status compare_slab(bs_surface *const files[2], bs_range range, double *numbers[2],
                              bool *equal, comparison *c)
{
    const bs_surface_schema *schema = bs_surface_get_schema(files[0]);
    uint8_t status[CHUNK];
    BS_TRY(bs_surface_read_status(files[0], range, status));
    memset(equal, true, (size_t)range.count * sizeof *equal);
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(compare_numbers(files, v, range, numbers, equal, c));
    }
    for (int a = 0; a < schema->array_count; a++) {
        if (schema->arrays[a].kind == BS_ARRAY_POINT) {
            BS_TRY(compare_array(files, a, range, equal));
        }
    }
    for (int64_t i = 0; i < range.count; i++) {
        const bool there = status[i] != BS_POINT_PENDING && status[i] != BS_POINT_FAILED;
        c->points += there;
        c->equal += there && equal[i];
    }
    return BS_OK;
}

static bs_status compare_all(bs_surface *const files[2], comparison *c)
{
    double *numbers[2] = {bs_alloc(CHUNK, sizeof(double)), bs_alloc(CHUNK, sizeof(double))};
    bool *equal = bs_alloc(CHUNK, sizeof *equal);
    const int64_t all = bs_surface_points(files[0]);
    bool allocated = numbers[0] != NULL && numbers[1] != NULL && equal != NULL;
    bs_status status = allocated ? BS_OK : BS_ERR_MEMORY;
    for (int64_t first = 0; first < all && status == BS_OK; first += CHUNK) {
        const int64_t count = all - first < CHUNK ? all - first : CHUNK;
        status = compare_slab(files, (bs_range){first, count}, numbers, equal, c);
    }
    bs_free(numbers[0]);
    bs_free(numbers[1]);
    bs_free(equal);
    return status;
}

/* Rank 0. */
static bs_status compare_files(const bs_options *o)
{
    bs_surface *files[2] = {NULL, NULL};
    comparison c = {0};
    BS_TRY(bs_surface_open_read(&bs_comm_alone, o->operand, &files[0]));
    bs_status status = bs_surface_open_read(&bs_comm_alone, o->output, &files[1]);
    if (status == BS_OK) {
        status = compare_all(files, &c);
    }
    (void)bs_surface_close(files[1]);
    (void)bs_surface_close(files[0]);
    BS_TRY(status);
    if (c.equal < c.points) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: %" PRId64 " of %" PRId64 " points have other bits than in %s; the "
                       "largest difference of a value is %.2g of it",
                       o->output, c.points - c.equal, c.points, o->operand, c.worst);
    }
    printf("%s: all %" PRId64 " points of %s again, with the same bits\n", o->output, c.points,
           o->operand);
    return BS_OK;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    rerun_job j = {.options = options};
    sweep_request request = {.start = MPI_Wtime()};
    bs_status status = check_options(options);
    status = bs_agree(world, status == BS_OK ? read_file(&j) : status);
    if (status == BS_OK) {
        request.experiment = j.experiment;
        request.identity = j.identity;
        status = bs_sweep_experiment(world, &request);
    }
    if (status == BS_OK) {
        status = bs_agree(world, world->rank == 0 ? compare_files(options) : BS_OK);
    }
    bs_experiment_destroy(j.experiment);
    bs_free(j.identity);
    bs_free(j.backend);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_TEXT("output", 'o', "NEW.nc", output, NULL, "the new result file"),
    BS_FLAG_SETTING("set", "KEY=FILE", NULL,
                    "where a file of the sweep is now, such as networks.0.weights=W.safetensors or "
                    "data.path=DIR; may be repeated"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_rerun = {
    .name = "rerun",
    .usage = "FILE -o NEW.nc [FLAGS]",
    .summary = "repeat the sweep of a result file, and compare bit by bit",
    .details =
        "The file alone says what to do; weights and images are checked by their hashes, and "
        "the backend is the one that it names. Ranks may be as many as you like. The same "
        "command resumes. Exit codes: 0 the same bits, 1 other ones, 2 it cannot be "
        "repeated, and why, 75 stopped and resumable.",
    .needs = "a result file: blueshift rerun FILE -o NEW.nc",
    .flags = flags,
    .mpi = true,
    .stops = true,
    .run = run,
};
