/* The result file that benchmarks of the engine write: a loss, an accuracy and an error a point. */
#ifndef BLUESHIFT_BENCH_FILE_H
#define BLUESHIFT_BENCH_FILE_H

#include <stdio.h>
#include <unistd.h>

#include "blueshift/surface.h"

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

#endif
