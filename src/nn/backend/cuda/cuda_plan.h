/* Networks on a device: a program and its memory, and the launches that evaluate points.
 *
 * Everything goes through a bs_cuda_device, so that a plan runs on a card and in the emulation of
 * the tests alike. Not collective; a plan belongs to one thread. */
#ifndef BLUESHIFT_NN_CUDA_PLAN_H
#define BLUESHIFT_NN_CUDA_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "blueshift/network.h"
#include "blueshift/observer.h"
#include "cuda_device.h"

typedef struct bs_cuda_plan bs_cuda_plan;

/* What a plan is for. */
typedef struct bs_cuda_use {
    int max_points;              /* a load */
    int max_images;              /* a point and forward */
    bool batch;                  /* norm layers use the statistics of a forward's images */
    bool by_layers;              /* even where stages fit: the same bits, slower */
    const bs_observer *observer; /* whose heads and probes are taken, borrowed until the destroy;
                                    NULL: nobody asks for signals, and forward is faster */
} bs_cuda_use;

/* Weights of points: parameters = sum over v of coefficients[point][v] * vectors[v]. */
typedef struct bs_cuda_points {
    int count;
    const double *coefficients; /* [count][vector_count]; those of points theta alone: 1 */
    const float *statistics;    /* [count][statistic_size], or [statistic_size]; NULL: batch mode,
                                   or no norm layers */
    bool same_statistics;       /* statistics is [statistic_size], those of all points */
    bool origin_vectors;        /* parameters of one dimension are vectors[0]'s */
} bs_cuda_points;

/* Lays out and allocates what the evaluation of NETWORK on DEVICE needs; borrows both until the
 * destroy. BS_ERR_USAGE names what has no kernel (and *PLAN is NULL then); BS_ERR_MEMORY where the
 * device or the host has no room: fewer points may fit. */
bs_status bs_cuda_plan_create(const bs_network *network, const bs_cuda_device *device,
                              const bs_cuda_use *use, bs_cuda_plan **plan);
void bs_cuda_plan_destroy(bs_cuda_plan *plan);

/* Copies COUNT (1 to BS_CUDA_VECTORS) vectors [parameter_size] to the device: origin, directions.
 */
bs_status bs_cuda_plan_vectors(bs_cuda_plan *plan, int count, const float *const *vectors);

/* Makes the weights of points on the device. */
bs_status bs_cuda_plan_load(bs_cuda_plan *plan, const bs_cuda_points *points);

/* LOGITS [point][1 + tail][count][BS_CLASSES] of the points of the last load, on COUNT normalised
 * images that lie on the device: IMAGES, floats [count][H][W][C], of which the first has number
 * FIRST for probes. In batch mode they are the batch. A point's logits do not depend on the other
 * points. Waits for the result. */
bs_status bs_cuda_plan_forward(bs_cuda_plan *plan, bs_cuda_address images, int64_t first, int count,
                               double *logits);

/* Observed plans: doubles of the signals of all points, at most; and those of the last forward. */
size_t bs_cuda_plan_signal_count(const bs_cuda_plan *plan);
bs_status bs_cuda_plan_signals(const bs_cuda_plan *plan, double *signals);

/* Tells OBSERVER, which began with the images of a forward and has heads and probes as the one that
 * the plan was made with, what SIGNALS says of POINT. Reads nothing that other calls change:
 * another thread may load and evaluate points meanwhile. */
void bs_cuda_plan_report(const bs_cuda_plan *plan, const double *signals, int point,
                         bs_observer *observer);

/* Batch mode: mean and biased variance of every norm layer in the last forward, as bs_backend has
 * them: [point][statistic_size]. */
bs_status bs_cuda_plan_statistics(const bs_cuda_plan *plan, double *statistics);

/* Prints what forward will do, a line an operation. */
void bs_cuda_plan_print(const bs_cuda_plan *plan, FILE *out);

#endif
