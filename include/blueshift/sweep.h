/* The engine: evaluates an abstract surface at every pending point of a file, on all ranks. */
#ifndef BLUESHIFT_SWEEP_H
#define BLUESHIFT_SWEEP_H

#include <stdbool.h>

#include "blueshift/groups.h"
#include "blueshift/surface.h"

/* Where to evaluate. */
typedef struct bs_point {
    int network;
    int realisation;
    int64_t index; /* within the grid */
    double coordinates[BS_GRID_DIMS];
} bs_point;

/* A surface: from coordinates to values. The engine knows nothing else about it. A point's work is
 * cut into `blocks` blocks; each gives `partials` numbers; the shards of a group share the blocks,
 * and reduce() merges all blocks in their order, so the values depend neither on ranks nor on
 * shards. */
typedef struct bs_evaluator {
    void *context;
    int blocks;
    int partials;
    int values;  /* numbers per point: bs_surface_point_size of the file */
    int scalars; /* numbers a (network, realisation), may be 0 */

    /* Gets ready for one (network, realisation) and gives its scalar values (SCALARS may be NULL).
     * Collective over the group: all its shards call it. NULL: there is nothing to get ready, and
     * `scalars` is 0. */
    bs_status (*prepare)(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars);

    /* Partial results [count][partials] of blocks FIRST to FIRST + COUNT - 1. Not collective. A
     * failure marks the point as failed and the sweep continues; but BS_ERR_DEVICE ends it, the
     * point stays pending. */
    bs_status (*evaluate)(void *context, const bs_point *point, int first, int count,
                          double *partials);

    /* The same of POINT_COUNT points of one network and realisation at once, 2 to `batch`: partial
     * results [point][count][partials], to the bit those of evaluate. After a failure every point
     * is evaluated alone, to know which of them fail. `batch` is what the evaluator takes at most,
     * and `grain` (0: all of it) what keeps it busy: it gets multiples of that as far as it can be.
     * NULL: one point at a time. */
    int batch, grain;
    bs_status (*evaluate_batch)(void *context, const bs_point *points, int point_count, int first,
                                int count, double *partials);

    /* Values [values] of a point from the partial results of all blocks; NaN where the network has
     * none such. Pure. */
    void (*reduce)(const void *context, const double *partials, double *values);

    /* Whether a call of evaluate costs much beside its blocks, so that prices of few calls mislead.
     */
    bool costly_calls;

    /* Whether the prepared network does not have VALUE, an index after the values. Others that are
     * not finite make the point so. NULL: nothing after the values is judged. */
    bool (*missing)(const void *context, int value);
} bs_evaluator;

typedef struct bs_sweep_options {
    bool on_demand;
    int64_t chunk;         /* 0: chosen */
    double time_limit;     /* seconds from START; 0: none */
    double start;          /* MPI_Wtime() at the start of the program */
    double flush_interval; /* seconds between writes; 0: every point */
} bs_sweep_options;

/* What a sweep did. */
typedef struct bs_sweep_report {
    int64_t points;     /* of the file */
    int64_t skipped;    /* were done before */
    int64_t done;       /* in this session, finite or not */
    int64_t non_finite; /* in the file */
    int64_t failed;     /* in the file */
    double seconds;     /* of this session's sweep */
    double evaluating;  /* seconds within the evaluator, mean over the ranks */
    double waiting; /* seconds from a rank's last point to the last one's, mean over the ranks */
} bs_sweep_report;

/* Evaluates all pending and failed points of SURFACE. Returns BS_STOPPED when a signal or the time
 * limit ended it early: the file is resumable. BS_ERR_LIBRARY when MPI was started without
 * MPI_THREAD_MULTIPLE. Same status on every rank. Collective over groups->world. */
bs_status bs_sweep_run(const bs_groups *groups, bs_surface *surface, const bs_evaluator *evaluator,
                       const bs_sweep_options *options, bs_sweep_report *summary);

#endif
