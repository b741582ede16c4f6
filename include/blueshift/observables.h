/* What is kept of a point beside its loss: logits, branch losses and branch probes.
 *
 * Pure functions of their arguments, the same on every rank; none is collective or can fail. */
#ifndef BLUESHIFT_OBSERVABLES_H
#define BLUESHIFT_OBSERVABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/network.h"

/* Names of the arrays of points (surface.h) and their own dimensions. */
#define BS_LOGITS "logits"             /* (image, class) of the first images */
#define BS_IMAGE_LOSS "image_loss"     /* (loss_image): of each of the first images */
#define BS_CLASS_LOSS "class_loss"     /* (class): mean over the images of a class */
#define BS_CLASS_ACCURACY "class_acc"  /* (class): percent of the images of a class */
#define BS_BRANCH_LOSS "branch_loss"   /* (block, branch): cross-entropy of a fixed random head */
#define BS_BRANCH_PROBE "branch_probe" /* (block, branch, probe): values at fixed positions */
#define BS_PROBE_IMAGES "probe_images" /* attribute: probes of a neuron, side by side */

#define BS_SURFACE_LOSS "branch_surface_loss"     /* (surface_block, branch) */
#define BS_SURFACE_LOGITS "branch_surface_logits" /* (surface_block, branch, image, class) */
#define BS_FOREIGN_LOGITS "branch_surface_foreign_logits"

/* Branch surfaces: loss and logits of the rest of the network on one branch alone (bs_tail); beside
 * them, as branch BS_BRANCH_SUM, those of the network itself. */
enum { BS_SURFACE_BLOCKS_MAX = 64 };
typedef struct bs_branch_surfaces {
    int every;                         /* of blocks 0, n, 2n, ...; 0: of those that are listed */
    int block_count;                   /* listed; both 0: of none */
    int blocks[BS_SURFACE_BLOCKS_MAX]; /* in ascending order */
    int images;                        /* the first ones, whose logits are kept */
    bool moving; /* the rest moves along the path; otherwise it keeps the base point's weights */
} bs_branch_surfaces;

typedef struct bs_observables {
    int logits;         /* images whose logits are kept; 0: none */
    int image_losses;   /* images whose losses are kept; 0: none */
    bool classes;       /* whether loss and accuracy of every class are kept */
    bool branch_losses; /* whether branch losses are kept */
    int probes;         /* neurons (channel, row, column) per block and branch; 0: none */
    int probe_images;   /* images in which each neuron is seen, at least 1 */
    bs_branch_surfaces surfaces;
} bs_observables;

/* A position of a block's signals. */
typedef struct bs_probe {
    int64_t image;
    int channel, row, column;
} bs_probe;

/* Numbers that probes give for each block and branch. */
static inline int64_t bs_probe_count(const bs_observables *observables)
{
    return (int64_t)observables->probes * observables->probe_images;
}

/* Whether any block is wanted. */
static inline bool bs_surfaces_wanted(const bs_branch_surfaces *wanted)
{
    return wanted->every > 0 || wanted->block_count > 0;
}

/* How many blocks of NETWORK have branch surfaces; the block of surface I; the surface of BLOCK,
 * which has one. */
int bs_surface_block_count(const bs_network *network, const bs_branch_surfaces *wanted);
int bs_surface_block(const bs_branch_surfaces *wanted, int i);
int bs_surface_index(const bs_branch_surfaces *wanted, int block);

/* Signals of each block of NETWORK, missing ones included. */
int bs_branch_count(const bs_network *network);

/* Whether NETWORK's blocks have signal BRANCH: then all of them do. */
bool bs_branch_exists(const bs_network *network, int branch);

/* The head of BLOCK: HEAD [channels][BS_CLASSES], normal with variance 1 / channels, the same for
 * all signals, points and realisations: from (SEED, BS_STREAM_HEAD, block). A signal's branch loss
 * is the cross-entropy of the head over its average over the pixels. */
void bs_branch_head(const bs_network *network, int block, uint64_t seed, double *head);

/* POSITIONS [probes][probe_images] in the signals of BLOCK over IMAGES images, at least
 * WANTED->probe_images: neurons and their first images uniform, the same for all signals, points
 * and realisations, from (SEED, BS_STREAM_PROBE, block); the other images of a neuron follow at
 * equal distances, none twice. The first neurons do not depend on how many there are. */
void bs_branch_positions(const bs_network *network, int block, uint64_t seed, int64_t images,
                         const bs_observables *wanted, bs_probe *positions);

#endif
