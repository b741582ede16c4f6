/* Running statistics between weights: a function rescaled is the same function at both ends. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "blueshift/network_surface.h"
#include "mpi/mpi_test.h"
#include "mpi/written_weights.h"

enum { SETTINGS_MAX = 12, FILES = 3 };

static char paths[FILES][MPI_TEST_PATH]; /* of this rank */
static bs_status write_files(const char *std)
{
    static const float factors[FILES] = {1.0F, 2.0F, 0.5F};
    bs_network *network = NULL;
    bs_status status = bs_network_create(&written_architecture, &network);
    for (int i = 0; i < FILES && status == BS_OK; i++) {
        status = write_weights(network, factors[i], i == 0 ? "0.5,0.5,0.5" : std, paths[i]);
    }
    bs_network_destroy(network);
    return status;
}

/* An experiment on the first WEIGHTS files under more SETTINGS, ended by NULL. */
static bs_status read_experiment(int weights, const char *const *more, bs_experiment **experiment)
{
    static const char *const keys[FILES] = {"weights", "weights2", "weights3"};
    static char texts[FILES][MPI_TEST_PATH + 32];
    const char *settings[SETTINGS_MAX] = {"data.source=synthetic", "data.images=10", "data.batch=4",
                                          "evaluation.backend=direct"};
    int count = 4;
    for (int i = 0; i < weights; i++) {
        snprintf(texts[i], sizeof texts[i], "networks.%s=%s", keys[i], paths[i]);
        settings[count++] = texts[i];
    }
    for (; *more != NULL && count < SETTINGS_MAX; more++) {
        settings[count++] = *more;
    }
    return bs_experiment_read(NULL, count, settings, experiment);
}

static bs_status evaluate(const bs_groups *groups, const bs_experiment *experiment, double x,
                          double y, double *loss)
{
    bs_network_surface *surface = NULL;
    BS_TRY(bs_network_surface_create(groups, experiment, &surface));
    const bs_evaluator *e = bs_network_surface_evaluator(surface);
    const bs_point point = {.coordinates = {x, y}};
    double *partials = bs_alloc((size_t)e->blocks * (size_t)e->partials, sizeof *partials);
    double *values = bs_alloc((size_t)e->values, sizeof *values);
    double scalars[BS_GRID_DIMS];
    bs_status status = partials == NULL || values == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = e->prepare(e->context, &groups->group, 0, 0, scalars);
    }
    if (status == BS_OK) {
        status = e->evaluate(e->context, &point, 0, e->blocks, partials);
    }
    if (status == BS_OK) {
        e->reduce(e->context, partials, values);
        *loss = values[0];
    }
    bs_free(values);
    bs_free(partials);
    bs_network_surface_destroy(surface);
    return status;
}

/* The loss at (x, y) of this rank alone, or NaN after a failure. */
static double loss_at(int weights, double x, double y, const char *const *more)
{
    bs_comm self;
    bs_groups groups;
    bs_experiment *experiment = NULL;
    double loss = (double)NAN;
    if (bs_comm_create(MPI_COMM_SELF, &self) != BS_OK ||
        bs_groups_create(&self, 1, &groups) != BS_OK) {
        return loss;
    }
    if (read_experiment(weights, more, &experiment) == BS_OK) {
        (void)evaluate(&groups, experiment, x, y, &loss);
    }
    bs_experiment_destroy(experiment);
    bs_groups_release(&groups);
    bs_comm_release(&self);
    return loss;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-5 * fabs(a);
}

static const char *const line[] = {"grid.x=0:1:3", NULL};
static const char *const plane[] = {"grid.y=0:1:3", NULL};

static void lines_end_at_the_second(void)
{
    static const char *const first[] = {"path.statistics=first", NULL};
    static const char *const again[] = {"path.statistics=recompute", NULL};
    double base = loss_at(1, 0, 0, line);
    mpi_test_check(loss_at(2, 0, 0, line) == base, "a line begins at the first weights");
    mpi_test_check(near(base, loss_at(2, 1, 0, line)), "and ends at the second, the same function");
    mpi_test_check(!near(base, loss_at(2, 1, 0, first)),
                   "statistics of the first do not belong there");
    mpi_test_check(near(loss_at(2, 0, 0, again), loss_at(2, 1, 0, again)),
                   "recomputed ones do, at both ends");
    mpi_test_check(!near(base, loss_at(2, 0, 0, again)), "and are not those of the file");
}

static void planes_pass_through_three(void)
{
    static const char *const orthogonal[] = {"grid.y=0:1:3", "path.orthogonalise=true", NULL};
    double base = loss_at(1, 0, 0, line);
    mpi_test_check(loss_at(3, 0, 0, plane) == base, "a plane begins at the first weights");
    mpi_test_check(near(base, loss_at(3, 1, 0, plane)), "x runs to the second");
    mpi_test_check(near(base, loss_at(3, 0, 1, plane)), "y runs to the third");
    mpi_test_check(near(base, loss_at(3, -0.5, 1, orthogonal)),
                   "made orthogonal, it still passes through the third");
}

/* Around one file too; at the base point they are the frozen ones. */
static void recomputed_statistics(void)
{
    static const char *const again[] = {"path.statistics=recompute", NULL};
    static const char *const frozen[] = {"networks.norm=frozen", NULL};
    mpi_test_check(loss_at(1, 0, 0, again) == loss_at(1, 0, 0, frozen),
                   "recomputed at the base point they are the frozen ones, to the bit");
    mpi_test_check(loss_at(1, 0.5, 0, again) != loss_at(1, 0.5, 0, frozen), "and not elsewhere");
}

static void other_constants_are_refused(void)
{
    static const char *const unit[] = {"data.normalisation=unit", NULL};
    bs_status status = write_files("0.25,0.25,0.25");
    mpi_test_check(status == BS_OK && isnan(loss_at(2, 0, 0, line)) &&
                       strstr(bs_error_text(), "another normalisation") != NULL,
                   "weights trained with other constants are refused");
    mpi_test_check(!isnan(loss_at(2, 0, 0, unit)), "unless the constants are named for all");
    status = write_files("64,64,64");
    mpi_test_check(status == BS_OK && isnan(loss_at(2, 0, 0, line)) &&
                       strstr(bs_error_text(), "write 0.25098 (that is 64 / 255)") != NULL,
                   "constants on the scale of pixels are refused");
}

static void run(const bs_comm *world)
{
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d-%d.safetensors", world->rank, i);
        mpi_test_path(paths[i], name);
    }
    if (mpi_test_check(write_files("0.5,0.5,0.5") == BS_OK, "weights are written")) {
        lines_end_at_the_second();
        planes_pass_through_three();
        recomputed_statistics();
        other_constants_are_refused();
    }
    for (int i = 0; i < FILES; i++) {
        unlink(paths[i]);
    }
    MPI_Barrier(world->mpi);
}

const mpi_test mpi_test_file = {.run = run, .threads = MPI_THREAD_MULTIPLE};
