/* What a sweep will cost, from a short calibration on the ranks that would run it. */
#ifndef BLUESHIFT_COST_H
#define BLUESHIFT_COST_H

#include "blueshift/network_surface.h"

typedef struct bs_cost {
    int64_t points;            /* of all networks and realisations */
    int64_t trajectory_points; /* beside them: two for every weights of trajectories */
    double flop;               /* floating-point operations: two a multiply-add */
    double core_seconds;       /* evaluation, measured for a few seconds on every rank */
    double wall_seconds;       /* on the ranks at hand */
    double rank_bytes;         /* of the largest rank: resident after the calibration, and rows */
    double node_image_bytes;   /* the shared window */
    double file_bytes;
} bs_cost;

/* Prepares every network and evaluates blocks of it. ON_DEMAND: how the points would be handed out.
 * Collective over groups->world; the same result on every rank. */
bs_status bs_cost_estimate(const bs_groups *groups, const bs_experiment *experiment,
                           const bs_network_surface *surface, bool on_demand, bs_cost *cost);

/* Whether two networks take the same time: all but the numbers in them is the same. Pure. */
bool bs_cost_same_work(const bs_network *a, const bs_network *b);

#endif
