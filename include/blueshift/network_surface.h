/* The loss surface of an experiment's networks as an evaluator for the engine. */
#ifndef BLUESHIFT_NETWORK_SURFACE_H
#define BLUESHIFT_NETWORK_SURFACE_H

#include "blueshift/experiment.h"
#include "blueshift/groups.h"
#include "blueshift/backend.h"
#include "blueshift/sweep.h"

typedef struct bs_network_surface bs_network_surface;

/* Reads what the experiment names: images (once per node), weights and direction files (rank 0
 * reads and broadcasts), and expands the networks. Borrows EXPERIMENT and GROUPS until the destroy.
 * Collective over groups->world; every rank returns the same status. */
bs_status bs_network_surface_create(const bs_groups *groups, const bs_experiment *experiment,
                                    bs_network_surface **surface);

/* Collective over groups->world. NULL is fine. */
void bs_network_surface_destroy(bs_network_surface *surface);

/* The evaluator, valid until the destroy. Its values are loss (mean cross-entropy, natural
 * logarithm), accuracy (percent) and the standard error of the loss over the images, of both splits
 * the same of the test images, and after them what the experiment observes (observables.h); its
 * items are the cosines between the directions. */
const bs_evaluator *bs_network_surface_evaluator(const bs_network_surface *surface);

/* Fills the parts of SCHEMA that follow from the experiment: grid, axes, networks, realisations,
 * values, items, arrays, spectrum. Attributes are the caller's. Strings and arrays are borrowed
 * from SURFACE. */
void bs_network_surface_schema(const bs_network_surface *surface, bs_surface_schema *schema);

/* Writes what is known of the networks before the sweep into FILE, which has that schema: rank 0
 * does. Not collective. */
bs_status bs_network_surface_begin(const bs_network_surface *surface, bs_surface *file);

/* Evaluates the weights of all trajectories, and the points of the path that they project to, as
 * far as FILE, which has that schema, has no losses of them yet, and writes these: two points' work
 * for each. BS_STOPPED when a signal ended it early. Collective over groups->world. */
bs_status bs_network_surface_trajectories(bs_network_surface *surface, bs_surface *file);

/* The backend in use. */
const bs_backend *bs_network_surface_backend(const bs_network_surface *surface);

/* The backend that evaluates what leaves the range of the other one; NULL: not needed. */
const bs_backend *bs_network_surface_fallback(const bs_network_surface *surface);

/* Network I, with what its weights file determines. Borrowed. */
const bs_network *bs_network_surface_network(const bs_network_surface *surface, int i);

/* Multiply-adds per image of the network that the evaluator was prepared for last, with the tails
 * of its branch surfaces; 0 before. */
int64_t bs_network_surface_multiply_adds(const bs_network_surface *surface);

/* Images evaluated at each point; and, where the experiment has both splits, those of the test
 * split beside them, else 0. */
int64_t bs_network_surface_images(const bs_network_surface *surface);
int64_t bs_network_surface_test_images(const bs_network_surface *surface);

/* The experiment's identity with everything that was read in: hashes of images, weights and
 * directions, normalisation constants, backend. Two sweeps with the same text give the same bits on
 * the same machine type. Owned by SURFACE. */
const char *bs_network_surface_identity(const bs_network_surface *surface);

#endif
