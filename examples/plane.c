/* Evaluates Rosenbrock's function over a plane, on all ranks, and writes it to plane.nc. */
#include <blueshift/sweep.h>
#include <stdio.h>

/* A point's work is one block here, with one partial result: its value. */
static bs_status evaluate(void *context, const bs_point *point, int first, int count, double *value)
{
    const double x = point->coordinates[0], y = point->coordinates[1];
    (void)context, (void)first, (void)count;
    *value = (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
    return BS_OK;
}
static void reduce(const void *context, const double *partials, double *values)
{
    (void)context;
    values[0] = partials[0];
}

static bs_status sweep(const bs_groups *groups, const char *file, bs_sweep_report *report)
{
    const bs_variable value = {"rosenbrock", "Rosenbrock's function", "1"};
    const bs_surface_schema schema = {
        .grid = {.ndim = 2, .axis = {{-2, 2, 81, true}, {-1, 3, 41, true}}},
        .axes = {{"x", "first argument", "1"}, {"y", "second argument", "1"}},
        .networks = 1,
        .network_names = (const char *const[]){"Rosenbrock"},
        .realisations = 1,
        .value_count = 1,
        .values = &value,
        .spectrum_of = -1};
    const bs_evaluator evaluator = {
        .blocks = 1, .partials = 1, .values = 1, .evaluate = evaluate, .reduce = reduce};
    const bs_sweep_options options = {.on_demand = true, .flush_interval = 1, .start = MPI_Wtime()};
    bs_surface *surface = NULL;
    BS_TRY(bs_surface_create(&groups->world, file, &schema)); /* one that exists: only open it */
    BS_TRY(bs_surface_open(&groups->world, file, &surface));
    bs_status status = bs_sweep_run(groups, surface, &evaluator, &options, report);
    bs_status closed = bs_surface_close(surface);
    return status != BS_OK ? status : closed;
}

int main(int argc, char **argv)
{
    int threads = 0;
    bs_comm world = {.mpi = MPI_COMM_NULL};
    bs_groups groups = {.shard_count = 0};
    bs_sweep_report report = {.points = 0};
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &threads);
    bs_status status = bs_comm_create(MPI_COMM_WORLD, &world);
    status = status == BS_OK ? bs_groups_create(&world, 1, &groups) : status;
    if (status == BS_OK) {
        status = sweep(&groups, argc > 1 ? argv[1] : "plane.nc", &report);
        bs_groups_release(&groups);
    }
    if (world.rank == 0) {
        printf("%lld points: %s\n", (long long)report.done,
               status == BS_OK ? "done" : bs_error_text());
    }
    bs_comm_release(&world);
    MPI_Finalize();
    return bs_status_exit_code(status);
}
