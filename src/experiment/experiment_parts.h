/* Stages of reading an experiment, in their order. Private to src/experiment. */
#ifndef BLUESHIFT_EXPERIMENT_PARTS_H
#define BLUESHIFT_EXPERIMENT_PARTS_H

#include "blueshift/experiment.h"
#include "blueshift/keys.h"

enum { BS_PLACE_MAX = 512, BS_KEY_MAX = 96 };

/* The keys, with everything about them. */
extern const bs_keys bs_experiment_keys;

/* 1. Lays a file and settings over defaults. */

/* 1a. The file (NULL: none), the size that SETTINGS or else the file choose, and the other settings
 * over TREE, a table's defaults; `sizes` and `size` are taken out, so that they count only through
 * what they change. */
bs_status bs_experiment_overlay(bs_yaml_tree *tree, const bs_yaml_tree *file, int setting_count,
                                const char *const *settings);

/* 1b. Expands `scan` over the networks, whose entries have all HYPERPARAMETERS by now, and takes it
 * out. */
bs_status bs_experiment_scan(bs_yaml_tree *tree, const bs_yaml_node *hyperparameters);

/* 1c. Patterns of weights files become the files that there are. */
bs_status bs_experiment_patterns(bs_yaml_tree *tree);

/* 2. Words that stand for a choice ("auto", a count on a ring) become what they mean, but for
 * hyperparameters that a weights file determines; anything odd is left to the later stages. NAME is
 * the experiment file or NULL. */
bs_status bs_experiment_resolve(const bs_yaml_tree *tree, const char *name);

/* 3. bs_keys_read, and what must fit together. Parses the grid and writes its axes in one form. */
bs_status bs_experiment_check(const bs_yaml_tree *tree, bs_experiment *experiment);

/* 3a. The networks' part of it, and whether any of them may have blocks to look at. */
bs_status bs_experiment_check_networks(const bs_yaml_tree *tree, const bs_experiment *experiment);
bool bs_experiment_may_have_blocks(const bs_experiment *experiment);

/* 3b. Keys that were given and mean nothing beside the others. Not for records of older versions,
 * which passed over them. */
bs_status bs_experiment_check_unused(const bs_yaml_tree *tree, const bs_experiment *experiment);

/* 4. A title made from what is run, unless the user gave one. */
bs_status bs_experiment_entitle(const bs_yaml_tree *tree, bs_experiment *experiment);

/* 5. Text and hash of what decides the values. */
bs_status bs_experiment_identify(const bs_yaml_tree *tree, bs_experiment *experiment);

/* The name of FILE without folder and ending, with .nc; NULL without memory. The caller frees it.
 */
char *bs_experiment_output(const char *file);

/* "networks.INDEX.KEY" in PATH; returns PATH. */
const char *bs_experiment_network_key(unsigned index, const char *key, char path[BS_KEY_MAX]);

#endif
