/* Networks on a line of points, for the benchmarks. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include <stdbool.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/network.h"

enum { BENCH_LINE_VECTORS = 2 };

/* A network, and the line of points that it is evaluated on. */
typedef struct bench_line {
    bs_network *network;
    bool batch;
    float *vectors[BENCH_LINE_VECTORS];
    float *statistics;
} bench_line;

static inline void bench_line_release(bench_line *l)
{
    bs_free(l->vectors[0]);
    bs_free(l->vectors[1]);
    bs_free(l->statistics);
    bs_network_destroy(l->network);
}

/* Initial weights, another set of them a third as large as the direction, and given statistics of
 * 1 and 0. */
static inline bs_status bench_line_make(const bs_architecture *architecture, bench_line *l)
{
    *l = (bench_line){.batch = architecture->norm == BS_NORM_BATCH};
    BS_TRY(bs_network_create(architecture, &l->network));
    for (int v = 0; v < BENCH_LINE_VECTORS; v++) {
        l->vectors[v] = bs_alloc(l->network->parameter_size, sizeof(float));
        if (l->vectors[v] == NULL) {
            return BS_ERR_MEMORY;
        }
        bs_network_init(l->network, 1, BS_STREAM_INIT, (uint32_t)v, l->vectors[v]);
    }
    for (size_t i = 0; i < l->network->parameter_size; i++) {
        l->vectors[1][i] *= 0.3F;
    }
    l->statistics = bs_alloc(l->network->statistic_size, sizeof(float));
    if (l->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int t = 0; t < l->network->statistic_count; t++) {
        const bs_tensor *tensor = &l->network->statistics[t];
        bool variance = strstr(tensor->name, "var") != NULL;
        for (size_t i = 0; i < tensor->count; i++) {
            l->statistics[tensor->offset + i] = variance ? 1.0F : 0.0F;
        }
    }
    return BS_OK;
}

#endif
