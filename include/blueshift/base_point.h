/* What one network of an experiment reads before it is swept or trained. */
#ifndef BLUESHIFT_BASE_POINT_H
#define BLUESHIFT_BASE_POINT_H

#include <stdio.h>

#include "blueshift/comm.h"
#include "blueshift/experiment.h"

enum { BS_BASE_WEIGHTS = 3 };

/* The network that lends its paths has a realisation's number that no realisation has, from here
 * on, the same however many there are. Where realisations have weights of their own, those of the
 * next one. */
enum { BS_FOREIGN = 1 << 23 };

/* Weights, statistics and directions from files are the same for all realisations and are kept for
 * the whole sweep; what comes from the generator is made again for every realisation. */
typedef struct bs_base_point {
    const bs_network_spec *spec;
    bs_network *network;
    char *file; /* of the first weights, those of realisation 0; "": none */
    bs_normalisation normalisation;
    float *weights[BS_BASE_WEIGHTS];    /* weights, weights2, weights3; NULL: not given */
    float *statistics[BS_BASE_WEIGHTS]; /* running, of each; zeros with other norms */
    float *directions[BS_GRID_DIMS];    /* from a file or a trajectory; NULL: not given */
    struct bs_trajectory *trajectory;   /* the weights that give directions; NULL: none */
    int seeds; /* realisations with weights of their own; 0: all have the first */
    float *seed_weights, *seed_statistics; /* [seeds][size] */
    char seeds_hash[BS_HASH_HEX];          /* of their files */
    double steps, epochs; /* of training behind the first weights, by their metadata; NaN: none */
    char hashes[BS_BASE_WEIGHTS][BS_HASH_HEX]; /* of the weights files; "": none */
    char directions_hash[BS_HASH_HEX];
} bs_base_point;

/* The images that the experiment names (strings borrowed), of both splits those of training, and
 * how many of IMAGES are a block. */
bs_image_set bs_base_images(const bs_experiment *experiment);
int bs_base_block(const bs_experiment *experiment, const bs_images *images);

/* Rank 0 reads, everybody gets the same; one process (bs_comm_alone) needs no MPI. Borrows SPEC.
 * Collective over COMM. */
bs_status bs_base_point_load(const bs_comm *comm, const bs_experiment *experiment,
                             const bs_network_spec *spec, bs_base_point *base);

/* The weights of REALISATION, and its running STATISTICS; NULL without a weights file. Borrowed. */
const float *bs_base_weights(const bs_base_point *base, uint32_t realisation,
                             const float **statistics);

/* Prints what decides the values of network INDEX beside the experiment, a line each: the size of
 * the network, normalisation, hashes of its files. */
void bs_base_point_identify(const bs_base_point *base, int index, FILE *out);

void bs_base_point_release(bs_base_point *base);

#endif
