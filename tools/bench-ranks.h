/* What benchmarks of the engine share: their frame, and the result file that they write. */
#ifndef BLUESHIFT_BENCH_RANKS_H
#define BLUESHIFT_BENCH_RANKS_H

#include <stdio.h>
#include <unistd.h>

#include "blueshift/groups.h"
#include "blueshift/surface.h"

/* Of a point: a loss, an accuracy and an error. */
enum { BENCH_VALUES = 3 };

/* Creates a file of COLUMNS x ROWS points in the working folder and gives its PATH [size].
 * Collective over WORLD, whose ranks have one parent. */
static inline bs_status bench_file_create(const bs_comm *world, int64_t columns, int64_t rows,
                                          char *path, size_t size)
{
    static const bs_variable values[BENCH_VALUES] = {
        {"train_loss", "loss", "1"}, {"train_acc", "accuracy", "1"}, {"loss_stderr", "error", "1"}};
    static const char *const names[] = {"network"};
    const bs_surface_schema schema = {
        .grid = {2, {{-1.0, 1.0, columns, true}, {-1.0, 1.0, rows, true}}},
        .axes = {{"x", "x", "1"}, {"y", "y", "1"}},
        .networks = 1,
        .network_names = names,
        .realisations = 1,
        .value_count = BENCH_VALUES,
        .values = values,
        .spectrum_of = -1,
    };
    snprintf(path, size, "bench-file.%ld.nc", (long)getppid());
    return bs_surface_create(world, path, &schema);
}

/* The main function of NAME: RUN with a group for each rank. Returns the exit code. */
static inline int bench_ranks(const char *name, int argc, char **argv,
                              bs_status (*run)(const bs_groups *groups, int argc, char **argv))
{
    int provided = 0;
    bs_comm world = {0};
    bs_groups groups = {0};
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    bs_status status = bs_comm_create(MPI_COMM_WORLD, &world);
    if (status == BS_OK) {
        status = bs_groups_create(&world, 1, &groups);
    }
    if (status == BS_OK) {
        status = run(&groups, argc, argv);
    }
    if (status != BS_OK) {
        fprintf(stderr, "%s: %s\n", name, bs_error_text());
    }
    bs_groups_release(&groups);
    bs_comm_release(&world);
    MPI_Finalize();
    return bs_status_exit_code(status);
}

#endif
