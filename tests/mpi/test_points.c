/* Points that a backend takes several at once: the bits are those of points one by one, and what
 * leaves its range comes from the processor. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/network_surface.h"
#include "mpi/fake_gpu.h"
#include "mpi/mpi_test.h"
#include "mpi/written_weights.h"

enum { IMAGES = 10, POINTS = 7, SETTINGS_MAX = 12 };

static const bs_point points[POINTS] = {{.coordinates = {0.0, 0.0}},   {.coordinates = {1.0, 0.0}},
                                        {.coordinates = {-0.5, 0.25}}, {.coordinates = {0.3, -1.0}},
                                        {.coordinates = {0.9, 0.9}},   {.coordinates = {-1.0, 1.0}},
                                        {.coordinates = {0.125, 0.75}}};

/* The values of all points under SETTINGS, [POINTS][values], from BACKEND, in calls of at most
 * TOGETHER points; NULL after a failure. */
static double *values_of(const bs_groups *groups, const char *const *settings, const char *backend,
                         int together, int *width)
{
    char choice[64];
    const char *all[SETTINGS_MAX] = {"data.source=synthetic", "data.images=10", "data.batch=4",
                                     choice};
    int count = 4;
    bs_experiment *experiment = NULL;
    bs_network_surface *surface = NULL;
    double *values = NULL;
    double *partials = NULL;
    snprintf(choice, sizeof choice, "evaluation.backend=%s", backend);
    for (; *settings != NULL && count < SETTINGS_MAX; settings++) {
        all[count++] = *settings;
    }
    bs_status status = bs_experiment_read(NULL, count, all, &experiment);
    status = status == BS_OK ? bs_network_surface_create(groups, experiment, &surface) : status;
    const bs_evaluator *e = status == BS_OK ? bs_network_surface_evaluator(surface) : NULL;
    if (e != NULL) {
        double scalars[BS_GRID_DIMS];
        size_t row = (size_t)e->blocks * (size_t)e->partials;
        partials = bs_alloc(POINTS * row, sizeof *partials);
        values = bs_alloc(POINTS * (size_t)e->values, sizeof *values);
        *width = e->values;
        status = e->prepare(e->context, &groups->group, 0, 0, scalars);
        for (int i = 0; i < POINTS && status == BS_OK; i += together) {
            int n = POINTS - i < together ? POINTS - i : together;
            status = together == 1 ? e->evaluate(e->context, &points[i], 0, e->blocks,
                                                 partials + (size_t)i * row)
                                   : e->evaluate_batch(e->context, points + i, n, 0, e->blocks,
                                                       partials + (size_t)i * row);
        }
        for (int i = 0; i < POINTS && status == BS_OK; i++) {
            e->reduce(e->context, partials + (size_t)i * row, values + (size_t)(i * *width));
        }
    }
    bs_network_surface_destroy(surface);
    bs_experiment_destroy(experiment);
    bs_free(partials);
    if (status != BS_OK) {
        bs_free(values);
        values = NULL;
    }
    return values;
}

/* Whether the first COUNT numbers of point I agree to the bit; NaN is NaN. */
static bool same_row(const double *a, int width_a, const double *b, int width_b, int i, int count)
{
    for (int v = 0; v < count; v++) {
        double x = a[i * width_a + v];
        double y = b[i * width_b + v];
        if (!(x == y || (isnan(x) && isnan(y)))) {
            return false;
        }
    }
    return true;
}

/* All points but those that overflow have the bits of the backend within; the others those of the
 * fallback in the blocks that overflow. */
static void compare(const bs_groups *groups, const char *what, const char *const *settings)
{
    int width = 0;
    int direct_width = 0;
    double *direct = values_of(groups, settings, "direct", 1, &direct_width);
    for (int together = 1; together <= POINTS; together += 3) {
        double *gpu = values_of(groups, settings, "cuda", together, &width);
        bool same = direct != NULL && gpu != NULL && width == direct_width + 1;
        for (int i = 0; same && i < POINTS; i++) {
            /* Variances below zero give no loss, and the processor is asked in vain. */
            bool finite = isfinite(direct[(size_t)i * (size_t)direct_width]);
            same = same_row(gpu, width, direct, direct_width, i, direct_width) &&
                   gpu[i * width + direct_width] == (finite ? 0.0 : 3.0);
        }
        mpi_test_check(same, "%s: %d points in a call have the bits of one by one", what, together);
        bs_free(gpu);
    }
    bs_free(direct);
}

static void overflows(const bs_groups *groups, const char *const *settings)
{
    int width = 0;
    int direct_width = 0;
    double *direct = values_of(groups, settings, "direct", 1, &direct_width);
    double *other = values_of(groups, settings, "winograd", 1, &direct_width);
    fake_gpu.overflows = 0.8;
    double *gpu = values_of(groups, settings, "cuda", 4, &width);
    double *again = values_of(groups, settings, "cuda", 1, &width);
    fake_gpu.late = 0; /* all blocks */
    double *all = values_of(groups, settings, "cuda", 4, &width);
    bool good = direct != NULL && other != NULL && gpu != NULL && again != NULL && all != NULL;
    for (int i = 0; good && i < POINTS; i++) {
        bool over = points[i].coordinates[0] > 0.8;
        double blocks = gpu[i * width + direct_width];
        good = blocks == (over ? 2.0 : 0.0) && isfinite(gpu[(size_t)i * (size_t)width]) &&
               same_row(gpu, width, again, width, i, width) &&
               same_row(all, width, over ? other : direct, direct_width, i, direct_width) &&
               all[i * width + direct_width] == (over ? 3.0 : 0.0) &&
               (over || same_row(gpu, width, direct, direct_width, i, direct_width));
    }
    mpi_test_check(good, "blocks that overflow come from the processor, and are counted");
    fake_gpu.overflows = 1e300;
    fake_gpu.late = 4;
    bs_free(direct);
    bs_free(other);
    bs_free(gpu);
    bs_free(again);
    bs_free(all);
}

/* A lost device is no failure of a point; nor is one that computes wrong. */
static void device_is_lost(const bs_groups *groups, const char *const *settings)
{
    int width = 0;
    fake_gpu.lost = true;
    double *values = values_of(groups, settings, "cuda", 3, &width);
    mpi_test_check(values == NULL && strstr(bs_error_text(), "lost") != NULL,
                   "a lost device is said to be lost");
    fake_gpu.lost = false;
    bs_free(values);
    fake_gpu.wrong = 0.1;
    values = values_of(groups, settings, "cuda", 3, &width);
    mpi_test_check(values == NULL && strstr(bs_error_text(), "computes wrong") != NULL,
                   "one that computes wrong is found before the first point");
    fake_gpu.wrong = 0.0;
    bs_free(values);
}

static const char *backend_of(const bs_groups *groups, const char *const *settings)
{
    static char name[64];
    bs_experiment *experiment = NULL;
    bs_network_surface *surface = NULL;
    int count = 0;
    while (settings[count] != NULL) {
        count++;
    }
    name[0] = '\0';
    if (bs_experiment_read(NULL, count, settings, &experiment) == BS_OK &&
        bs_network_surface_create(groups, experiment, &surface) == BS_OK) {
        snprintf(name, sizeof name, "%s", bs_network_surface_backend(surface)->name);
    }
    bs_network_surface_destroy(surface);
    bs_experiment_destroy(experiment);
    return name;
}

/* The ranks of a file have one backend, and "auto" takes the GPU's only where it can do all. */
static void ranks_agree(const bs_comm *world)
{
    static const char *const automatic[] = {"data.source=synthetic", "data.images=10",
                                            "networks.depth=8", "grid.x=0:1:3", NULL};
    static const char *const asked[] = {"data.source=synthetic",
                                        "data.images=10",
                                        "networks.depth=8",
                                        "grid.x=0:1:3",
                                        "parallel.gpus=2",
                                        "evaluation.backend=cuda",
                                        NULL};
    static const char *const wide[] = {"data.source=synthetic", "data.images=10",
                                       "networks.depth=8",      "grid.x=0:1:3",
                                       "networks.width=2",      NULL};
    static const char *const both[] = {"data.source=synthetic",
                                       "data.images=10",
                                       "networks.depth=8",
                                       "grid.x=0:1:3",
                                       "networks.width=2",
                                       "evaluation.backend=cuda",
                                       NULL};
    bs_groups groups;
    const bs_backend *processor = NULL;
    if (bs_groups_create(world, 1, &groups) != BS_OK ||
        bs_backend_find("auto", &processor) != BS_OK) {
        return;
    }
    mpi_test_check(strcmp(backend_of(&groups, automatic), "cuda-fake") == 0,
                   "auto takes the GPU where all ranks have one");
    mpi_test_check(strcmp(backend_of(&groups, asked), "cuda-fake") == 0 && fake_gpu.cards == 2 &&
                       fake_gpu.number == world->rank,
                   "ranks are dealt to the cards of a node");
    mpi_test_check(strcmp(backend_of(&groups, wide), processor->name) == 0,
                   "auto does not take it for what it has no kernels for");
    mpi_test_check(backend_of(&groups, both)[0] == '\0' &&
                       strstr(bs_error_text(), "is narrow") != NULL,
                   "asked for, it is refused by name");
    fake_gpu.missing = world->rank == world->size - 1;
    mpi_test_check(strcmp(backend_of(&groups, automatic), processor->name) == 0,
                   "auto takes what all ranks have");
    mpi_test_check(backend_of(&groups, asked)[0] == '\0' &&
                       strstr(bs_error_text(), "has no stand-in") != NULL,
                   "asked for, every rank has to have it");
    fake_gpu.missing = false;
    bs_groups_release(&groups);
}

/* Running statistics that stay, and those that move with the weights. */
static void given_statistics(const bs_groups *groups, int rank)
{
    static char paths[2][MPI_TEST_PATH] = {"", ""};
    static char texts[2][2 * MPI_TEST_PATH + 32];
    bs_network *network = NULL;
    bs_status status = bs_network_create(&written_architecture, &network);
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "points%d-%d.safetensors", i, rank);
        mpi_test_path(paths[i], name);
        snprintf(texts[i], sizeof texts[i], "networks.weights%s=%s", i == 0 ? "" : "2", paths[i]);
        status = write_weights(network, i == 0 ? 1.0F : 2.0F, "0.5,0.5,0.5", paths[i]);
    }
    bs_network_destroy(network);
    const char *const stay[] = {texts[0], "grid.y=0:1:3", NULL};
    const char *const move[] = {texts[0], texts[1], "grid.x=0:1:3", NULL};
    const char *const recompute[] = {texts[0], "path.statistics=recompute", "grid.y=0:1:3", NULL};
    const char *const observe[] = {texts[0],
                                   texts[1],
                                   "path.statistics=recompute",
                                   "grid.x=0:1:3",
                                   "observables.branch_losses=true",
                                   "observables.branch_surfaces.every=2",
                                   "observables.branch_surfaces.images=2",
                                   NULL};
    if (mpi_test_check(status == BS_OK, "weights are written")) {
        compare(groups, "given norms", stay);
        compare(groups, "given norms that move", move);
        compare(groups, "recomputed norms", recompute);
        compare(groups, "recomputed norms, observed", observe);
        overflows(groups, recompute);
    }
    unlink(paths[0]);
    unlink(paths[1]);
}

/* Signals of blocks; and where only they overflow. */
static void observed_points(const bs_groups *groups)
{
    static const char *const observed[] = {"networks.depth=8",
                                           "grid.y=0:1:3",
                                           "networks.norm=none",
                                           "observables.branch_losses=true",
                                           "observables.probes=3",
                                           "observables.probe_images=2",
                                           NULL};
    static const char *const probed[] = {"networks.depth=8",
                                         "grid.y=0:1:3",
                                         "networks.norm=none",
                                         "observables.probes=1",
                                         "observables.probe_images=10",
                                         NULL};
    static const char *const all[] = {"networks.depth=8",
                                      "grid.x=0:1:3",
                                      "networks.shortcut=projection",
                                      "networks.norm=frozen",
                                      "observables.branch_losses=true",
                                      "observables.probes=3",
                                      "observables.branch_surfaces.every=2",
                                      "observables.branch_surfaces.images=2",
                                      NULL};
    compare(groups, "branch losses and probes", observed);
    compare(groups, "all observables", all);
    overflows(groups, observed);
    fake_gpu.unseen = true;
    overflows(groups, observed);
    overflows(groups, probed);
    fake_gpu.unseen = false;
}

static void run_all(const bs_comm *world)
{
    static const char *const line[] = {"networks.depth=8", "grid.x=0:1:3", NULL};
    static const char *const plane[] = {"networks.depth=8", "grid.y=0:1:3", "networks.norm=none",
                                        NULL};
    static const char *const frozen[] = {"networks.depth=8", "grid.y=0:1:3", "networks.norm=frozen",
                                         NULL};
    static const char *const circle[] = {"networks.depth=8", "path.kind=great-circle",
                                         "path.ignore=biasbn", NULL};
    static const char *const fixed[] = {"networks.depth=8", "grid.y=0:1:3",
                                        "observables.branch_surfaces.every=2",
                                        "observables.branch_surfaces.images=2", NULL};
    static const char *const moving[] = {"networks.depth=8",
                                         "grid.y=0:1:3",
                                         "networks.norm=frozen",
                                         "observables.branch_surfaces.every=2",
                                         "observables.branch_surfaces.images=2",
                                         "observables.branch_surfaces.rest=moving",
                                         NULL};
    /* Frozen statistics are those of the GPU, not those that the fallback would measure. */
    static const char *const moving_plain[] = {"networks.depth=8",
                                               "grid.y=0:1:3",
                                               "networks.norm=none",
                                               "observables.branch_surfaces.every=2",
                                               "observables.branch_surfaces.images=2",
                                               "observables.branch_surfaces.rest=moving",
                                               NULL};
    bs_comm self;
    bs_groups groups;
    ranks_agree(world);
    if (bs_comm_create(MPI_COMM_SELF, &self) != BS_OK ||
        bs_groups_create(&self, 1, &groups) != BS_OK) {
        return;
    }
    compare(&groups, "line", line);
    compare(&groups, "plane", plane);
    compare(&groups, "frozen norms", frozen);
    compare(&groups, "great circle", circle);
    compare(&groups, "branch surfaces, fixed rests", fixed);
    compare(&groups, "branch surfaces, moving rests", moving);
    observed_points(&groups);
    given_statistics(&groups, world->rank);
    mpi_test_check(fake_gpu.most == 2, "points come together as far as there is room");
    overflows(&groups, plane);
    overflows(&groups, moving_plain);
    device_is_lost(&groups, line);
    bs_groups_release(&groups);
    bs_comm_release(&self);
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_MULTIPLE};
