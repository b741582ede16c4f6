/* A point of a sweep made again: its weights, statistics, directions and images, in one process. */
#ifndef BLUESHIFT_NETWORK_POINT_H
#define BLUESHIFT_NETWORK_POINT_H

#include "blueshift/experiment.h"

/* Which network and realisation, and what the result file says of its sweep. Borrowed. */
typedef struct bs_point_request {
    const bs_experiment *experiment;
    const char *path;     /* of the result file, for messages */
    const char *identity; /* of the sweep; files that are not those it read are refused */
    const char *backend;  /* that the sweep ran: it measures statistics here too */
    int network;          /* of the experiment */
    uint32_t realisation;
} bs_point_request;

/* What there is of a point; valid until the next call of bs_network_point_place. */
typedef struct bs_point_view {
    const bs_network *network;
    const bs_normalisation *normalisation;
    const float *theta;                    /* [parameter_size] */
    const float *statistics;               /* [statistic_size]; NULL: those of the batch, or none */
    int direction_count;                   /* 1 to 3 */
    const float *directions[BS_GRID_DIMS]; /* as used: normalised, made orthogonal */
} bs_point_view;

typedef struct bs_network_point bs_network_point;

/* Reads weights and directions and makes the realisation; the same bits as in the sweep. Borrows
 * what REQUEST holds until the destroy. BS_ERR_INPUT when a file has changed since the sweep. Not
 * collective, and without MPI. */
bs_status bs_network_point_create(const bs_point_request *request, bs_network_point **point);

/* Goes to COORDINATES, on the grid or off it; NULL: the base point. Frozen and recomputed
 * statistics take a pass over all images. Not collective. */
bs_status bs_network_point_place(bs_network_point *point, const double *coordinates);

/* What the point is made of. Borrowed. */
const bs_point_view *bs_network_point_view(const bs_network_point *point);

/* The images that the sweep evaluated, read when first asked for. Borrowed. BS_ERR_INPUT when they
 * have changed since. Not collective. */
bs_status bs_network_point_images(bs_network_point *point, const bs_images **images);

/* NULL is fine. */
void bs_network_point_destroy(bs_network_point *point);

#endif
