/* An experiment: what a sweep or a training depends on, from YAML, defaults and overrides. */
#ifndef BLUESHIFT_EXPERIMENT_H
#define BLUESHIFT_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/direction.h"
#include "blueshift/grid.h"
#include "blueshift/hash.h"
#include "blueshift/images.h"
#include "blueshift/network.h"
#include "blueshift/observables.h"
#include "blueshift/path.h"
#include "blueshift/status.h"
#include "blueshift/training.h"
#include "blueshift/window.h"

typedef enum bs_schedule_kind {
    BS_SCHEDULE_AUTO, /* on demand unless groups are too many for one server */
    BS_SCHEDULE_STATIC,
    BS_SCHEDULE_ON_DEMAND
} bs_schedule_kind;

/* Running statistics of norms along a path. */
typedef enum bs_statistics {
    BS_STATISTICS_INTERPOLATE, /* with the weights that a path runs to, like these weights */
    BS_STATISTICS_FIRST,       /* those of the first weights everywhere */
    BS_STATISTICS_RECOMPUTE    /* of the evaluated images, at every point */
} bs_statistics;

enum { BS_NETWORKS_MAX = 512 }; /* after a scan: 21 x 21 values of two hyperparameters fit */

#include "blueshift/keys_as_members.def"

/* One network: its hyperparameters and where its base point comes from. */
typedef struct bs_network_spec {
#include "blueshift/network_keys.def"
    bs_architecture architecture;
    bool infer;     /* weights given: bs_network_infer completes the architecture, then
                       bs_experiment_check_network */
    unsigned given; /* bits of bs_hyperparameter: those that are decided; all without weights */
} bs_network_spec;

/* Choices about directions that were made: those of a file are shaped only then. As bits. */
enum { BS_GIVEN_DIRECTION_NORM = 1, BS_GIVEN_IGNORE = 2 };

/* A member for every key, and what is made of them. */
typedef struct bs_experiment {
#include "blueshift/experiment_keys.def"
    char *axis_text[BS_GRID_DIMS];
    bs_grid grid;
    bool fitted[BS_GRID_DIMS];  /* axes that become the extent of the trajectories; -1 to 1 here */
    bs_observables observables; /* kept of every point */
    bs_training train;
    unsigned given; /* bits of BS_GIVEN_... */

    char *yaml;     /* the whole experiment with all defaults: a file that gives it again */
    char *identity; /* what decides the values, a line "key=value" each; names of input files are
                       left out, since their contents count: compare their hashes */
    char identity_hash[BS_HASH_HEX];
    char *training_identity; /* the same of a training of all networks: how they are trained counts,
                                and what is measured of them does not */
} bs_experiment;

/* The built-in defaults as commented YAML, every key there is: for people (sweep --defaults). The
 * caller frees the text with bs_free. */
bs_status bs_experiment_defaults(char **text);

/* Reads an experiment: the built-in defaults, over them the file PATH (NULL: none), over it the one
 * of its `sizes` that the setting "size=NAME" chooses, over them the other SETTINGS "key=value" in
 * order; then `scan` multiplies the networks. Checks every key (an unknown one is named with the
 * nearest known one and its line), every type and every range. The caller owns the experiment. Does
 * not read weights or data. BS_ERR_USAGE. Not collective. */
bs_status bs_experiment_read(const char *path, int setting_count, const char *const *settings,
                             bs_experiment **experiment);

/* The same from TEXT, such as the attribute `experiment` of a result file. NAME stands for the file
 * in messages. */
bs_status bs_experiment_parse(const char *text, const char *name, int setting_count,
                              const char *const *settings, bs_experiment **experiment);

/* NULL is fine. */
void bs_experiment_destroy(bs_experiment *experiment);

/* Checks what the experiment gives of a network against what was FOUND in its weights FILE:
 * BS_ERR_USAGE names hyperparameter, file and both values. */
bs_status bs_experiment_check_network(const bs_network_spec *spec, const char *file,
                                      const bs_architecture *found);

/* Stands in names between a network and how far its training is, in steps: "Short @79". */
#define BS_SERIES_MARK " @"

/* What stands in networks.weights for the number of the realisation, and whether it does. */
#define BS_REALISATION_MARK "{realisation}"
bool bs_experiment_has_seeds(const bs_network_spec *spec);

/* The weights file of REALISATION: a new string for bs_free; NULL with a recorded error when memory
 * is exhausted. */
char *bs_experiment_seed_path(const char *weights, uint32_t realisation);

/* First line in which two identities differ, but for the backend that was asked for, for the
 * message that a file belongs to another experiment: copied into LINE_A and LINE_B (each LENGTH
 * bytes). False when they are equal. */
bool bs_experiment_difference(const char *identity_a, const char *identity_b, char *line_a,
                              char *line_b, size_t length);

#endif
