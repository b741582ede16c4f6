/* A network surface from within, and its evaluator; private to the sweep. */
#ifndef BLUESHIFT_SWEEP_NETWORK_EVALUATOR_H
#define BLUESHIFT_SWEEP_NETWORK_EVALUATOR_H

#include "blueshift/base_point.h"
#include "block_statistics.h"
#include "both_splits.h"
#include "blueshift/model.h"
#include "blueshift/network_surface.h"
#include "blueshift/shared_images.h"
#include "point_layout.h"
#include "realisation.h"

/* Scorers of points at once (point_scorers.h), at most. */
enum { BS_POINT_SCORERS = 16 };

/* Statistics of points at once (point_statistics.h); NULL where there are none to keep. */
typedef struct bs_point_statistics {
    float *sets[2];   /* [points][statistic_size], of the last loads in turn */
    int set;          /* the last one's */
    double *measured; /* [points][statistic_size], of a block of images */
    double *sums;     /* [points][statistic_size], over the blocks */
} bs_point_statistics;

struct bs_network_surface {
    const bs_groups *groups;
    const bs_experiment *experiment;
    bs_grid grid; /* the experiment's, fitted axes in their place */
    const bs_backend *backend;
    const bs_backend *fallback; /* for what leaves the GPU's range; NULL: not needed */
    bs_shared_images images;
    int block; /* images per block */
    int base_count;
    bs_base_point *bases;
    const char **names;
    bs_point_layout row;
    bs_array_list arrays;
    char *identity;

    /* of experiments with both splits of the images */
    struct bs_network_surface *other; /* the same bases on test images; NULL: none */
    bs_both_splits both;
    bs_evaluator joined; /* of both */

    /* of the (network, realisation) that is ready */
    int network; /* -1: none */
    bs_model *model;
    bs_realisation realisation;
    bool has_foreign;       /* paths of another network are evaluated too */
    bs_realisation foreign; /* that network */
    float *foreign_theta;   /* of a point */
    float *theta;           /* of a point */
    float *statistics;      /* of a point, where they are not those of the base point */
    bs_block_statistics measured;
    bs_evaluator evaluator;

    /* of backends that take several points at once */
    bs_model *fallback_model; /* NULL until it is needed */
    double *coefficients;     /* [points][vectors] */
    bs_point_statistics own;
    bool compared; /* with the processor: the network is right */
    bs_model *scorers[BS_POINT_SCORERS];
    int scorer_count;
    bool *left_over; /* [points] that the fallback has to evaluate, of the last step */
};

/* Sets what evaluates points of SURFACE, whose experiment, images, networks and rows are known, in
 * BLOCKS blocks of images. */
void bs_network_evaluator_init(bs_network_surface *surface, int blocks);

/* Loads the model of the network that is ready with THETA, measured at all blocks of images where
 * the experiment recomputes statistics, else with STATISTICS, and scores COUNT blocks from FIRST:
 * PARTIALS [count][partials]. Not collective. */
bs_status bs_network_evaluator_score(bs_network_surface *surface, const float *theta,
                                     const float *statistics, bs_range blocks, double *partials);

/* Frees what belongs to the network that is ready. */
void bs_network_evaluator_release(bs_network_surface *surface);

#endif
