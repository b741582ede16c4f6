/* The weights that a training kept, and the plane through their principal components. */
#ifndef BLUESHIFT_TRAJECTORY_H
#define BLUESHIFT_TRAJECTORY_H

#include "blueshift/base_point.h"
#include "blueshift/file_list.h"
#include "blueshift/surface.h"
#include "blueshift/trajectory_arrays.h"

/* All of it is the same on every rank but FILES, which rank 0 has. */
typedef struct bs_trajectory {
    bs_file_list files;
    int count;           /* weights */
    int directions;      /* of the path */
    int components;      /* weights that differ from the base point */
    double *steps;       /* [count] that the metadata name; NaN: none */
    double *coordinates; /* [count][directions], from the base point, in units of weight space */
    double *distances;   /* [count] from the point with these coordinates */
    double *fraction;    /* [components] of the variance that each component explains */
    float *statistics[BS_GRID_DIMS]; /* how running statistics move along the directions */
    char hash[BS_HASH_HEX];          /* of all files, in their order */
} bs_trajectory;

/* Reads the weights of BASE's trajectory, spread over the ranks, and gives BASE its directions and
 * TRAJECTORY. BS_ERR_USAGE or BS_ERR_INPUT: no such files, weights of another network, or fewer
 * directions than the path needs. Collective over COMM; one process needs no MPI. */
bs_status bs_trajectory_load(const bs_comm *comm, const bs_experiment *experiment,
                             bs_base_point *base);

/* Weights NUMBER into THETA and STATISTICS (sizes of BASE's network), on all ranks: rank 0 reads
 * them again. Collective over COMM. */
bs_status bs_trajectory_weights(const bs_comm *comm, const bs_base_point *base, int number,
                                float *theta, float *statistics);

/* Replaces the axes of GRID that EXPERIMENT leaves to be fitted: the coordinates of all
 * trajectories of BASES [COUNT], and the base point, with room around them. */
void bs_trajectory_fit(const bs_experiment *experiment, int count, const bs_base_point *bases,
                       bs_grid *grid);

/* Appends the arrays that the trajectories of BASES [COUNT] need in a file; none without any. */
bs_status bs_trajectory_list_arrays(int count, const bs_base_point *bases, bs_array_list *list);

/* Writes all but the losses of network INDEX. Not collective. */
bs_status bs_trajectory_write(bs_surface *surface, int index, const bs_trajectory *trajectory);

/* NULL is fine. */
void bs_trajectory_destroy(bs_trajectory *trajectory);

#endif
