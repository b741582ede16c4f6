/* Stages of reading an experiment, in their order. Private to src/experiment. */
#ifndef BLUESHIFT_EXPERIMENT_PARTS_H
#define BLUESHIFT_EXPERIMENT_PARTS_H

#include <cyaml/cyaml.h>

#include "blueshift/yaml_tree.h"
#include "blueshift/experiment.h"

enum { BS_PLACE_MAX = 512, BS_KEY_MAX = 96 };

/* 1. The keys, their types and words. */
extern const cyaml_schema_value_t bs_experiment_schema;

/* 1a. Applies the size that SETTINGS, or else the file, choose, and takes `sizes` and `size` out of
 * DOCUMENT, so that they count only through what they change. After the file, before the settings;
 * those of which bs_experiment_is_size holds are not for bs_yaml_set. */
bs_status bs_experiment_choose_size(bs_yaml_tree *tree, int setting_count,
                                    const char *const *settings);
bool bs_experiment_is_size(const char *setting);

/* 1b. Expands `scan` over the networks, whose entries have all HYPERPARAMETERS by now, and takes it
 * out. */
bs_status bs_experiment_scan(bs_yaml_tree *tree, const bs_yaml_node *hyperparameters);

/* 2. Words that stand for a choice ("auto", a count on a ring, HH:MM:SS, $NAME at the start of a
 * path) become what they mean; anything odd is left to the later stages. NAME is the experiment
 * file or NULL. */
bs_status bs_experiment_resolve(const bs_yaml_tree *tree, const char *name);

/* 3. Checks keys and types against SCHEMA, and rewrites numbers and booleans in one form. */
bs_status bs_experiment_validate(const cyaml_schema_value_t *schema, const bs_yaml_tree *tree);

/* 3a. The structure of SCHEMA, a mapping by pointer, from a validated tree, and the tree's
 * YAML, both the caller's: for bs_experiment_unload and bs_free. */
bs_status bs_experiment_load(const cyaml_schema_value_t *schema, const bs_yaml_tree *tree,
                             void **data, char **yaml);
void bs_experiment_unload(const cyaml_schema_value_t *schema, void *data);

/* 4. After the load: ranges, and what must fit together. Parses the grid. */
bs_status bs_experiment_check(const bs_yaml_tree *tree, bs_experiment *experiment);

/* 4a. The networks' part of it, and whether any of them may have blocks to look at. */
bs_status bs_experiment_check_networks(const bs_yaml_tree *tree, const bs_experiment *experiment);
bool bs_experiment_may_have_blocks(const bs_experiment *experiment);

/* 5. Text and hash of what decides the values. */
bs_status bs_experiment_identify(const bs_yaml_tree *tree, bs_experiment *experiment);

/* Text of the scalar at a dotted path; "" when there is none. Borrowed. */
const char *bs_experiment_text(const bs_yaml_tree *tree, const char *path);

/* BS_ERR_USAGE: "FILE:LINE: PATH is 'VALUE'; ADVICE". */
bs_status bs_experiment_reject(const bs_yaml_tree *tree, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "networks.INDEX.KEY" in PATH; returns PATH. */
const char *bs_experiment_network_key(unsigned index, const char *key, char path[BS_KEY_MAX]);

#endif
