/* Reading an experiment: defaults, file and settings become one checked structure. */
#include "blueshift/experiment.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

bs_status bs_experiment_defaults(char **text)
{
    return bs_keys_defaults(&bs_experiment_keys, text);
}

/* What a training leaves beside its log is called like it, unless it was given a name. */
static bs_status name_like_output(const bs_experiment *e, const char *ending, char **name)
{
    if (strcmp(*name, "auto") != 0) {
        return BS_OK;
    }
    size_t stem = strlen(e->output) - (bs_text_ends_in(e->output, ".nc") ? strlen(".nc") : 0);
    size_t length = stem + strlen(ending) + 1;
    char *made = bs_alloc(length, 1);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(made, length, "%.*s%s", (int)stem, e->output, ending);
    bs_free(*name);
    *name = made;
    return BS_OK;
}

/* The structure, checked, from a tree without open choices. RECORD: of a result file. */
static bs_status load(const bs_yaml_tree *tree, bool record, bs_experiment *e)
{
    BS_TRY(bs_keys_read(&bs_experiment_keys, tree, e));
    BS_TRY(name_like_output(e, ".checkpoints", &e->checkpoints));
    BS_TRY(name_like_output(e, ".safetensors", &e->weights));
    for (unsigned i = 0; i < e->network_count; i++) {
        e->networks[i].infer = e->networks[i].weights[0] != '\0';
    }
    if ((e->given & BS_GIVEN_DIRECTION_NORM) == 0) {
        e->direction_norm = BS_DIRECTION_NORM_FILTER;
    }
    if ((e->given & BS_GIVEN_IGNORE) == 0) {
        e->ignore_vectors = true;
    }
    BS_TRY(bs_experiment_check(tree, e));
    BS_TRY(record ? BS_OK : bs_experiment_check_unused(tree, e));
    BS_TRY(bs_experiment_entitle(tree, e));
    BS_TRY(bs_yaml_emit(tree, &e->yaml));
    return bs_experiment_identify(tree, e);
}

/* What stands in FILE (NULL: nothing) and SETTINGS over the defaults: every key of every network.
 */
static bs_status assemble(bs_yaml_tree *tree, const bs_yaml_tree *defaults,
                          const bs_yaml_tree *file, int setting_count, const char *const *settings)
{
    const bs_yaml_node *every = bs_yaml_find(defaults, "networks.0");
    BS_TRY(bs_yaml_merge(tree, defaults));
    BS_TRY(bs_experiment_overlay(tree, file, setting_count, settings));
    BS_TRY(bs_keys_rename(&bs_experiment_keys, tree));
    BS_TRY(bs_yaml_complete(tree, "networks", every));
    BS_TRY(bs_experiment_scan(tree, every));
    return bs_experiment_patterns(tree);
}

/* NAME as for bs_experiment_resolve; RECORD as for load. */
static bs_status read_over(const bs_yaml_tree *file, const char *name, bool record,
                           int setting_count, const char *const *settings,
                           bs_experiment **experiment)
{
    char *text = NULL;
    bs_yaml_tree *defaults = NULL;
    bs_yaml_tree *tree = NULL;
    bs_experiment *e = bs_alloc(1, sizeof *e);
    bs_status status = e == NULL ? BS_ERR_MEMORY : bs_experiment_defaults(&text);
    if (status == BS_OK) {
        /* Without a name, so that messages point to no line the user never wrote. */
        status = bs_yaml_parse(text, "", &defaults);
    }
    if (status == BS_OK) {
        status = bs_yaml_parse("", "", &tree);
    }
    if (status == BS_OK) {
        status = assemble(tree, defaults, file, setting_count, settings);
    }
    if (status == BS_OK) {
        status = bs_experiment_resolve(tree, name);
    }
    if (status == BS_OK) {
        status = load(tree, record, e);
    }
    bs_free(text);
    bs_yaml_destroy(tree);
    bs_yaml_destroy(defaults);
    if (status != BS_OK) {
        bs_experiment_destroy(e);
        return status;
    }
    *experiment = e;
    return BS_OK;
}

bs_status bs_experiment_read(const char *path, int setting_count, const char *const *settings,
                             bs_experiment **experiment)
{
    bs_yaml_tree *file = NULL;
    *experiment = NULL;
    if (path != NULL) {
        BS_TRY(bs_yaml_read(path, &file));
    }
    bs_status status = read_over(file, path, false, setting_count, settings, experiment);
    bs_yaml_destroy(file);
    return status;
}

bs_status bs_experiment_parse(const char *text, const char *name, int setting_count,
                              const char *const *settings, bs_experiment **experiment)
{
    bs_yaml_tree *file = NULL;
    *experiment = NULL;
    BS_TRY(bs_yaml_parse(text, name, &file));
    bs_status status = read_over(file, NULL, true, setting_count, settings, experiment);
    bs_yaml_destroy(file);
    return status;
}

void bs_experiment_destroy(bs_experiment *experiment)
{
    if (experiment == NULL) {
        return;
    }
    bs_keys_release(&bs_experiment_keys, experiment);
    bs_free(experiment->yaml);
    bs_free(experiment->identity);
    bs_free(experiment->training_identity);
    bs_free(experiment);
}

bs_status bs_experiment_check_network(const bs_network_spec *spec, const char *file,
                                      const bs_architecture *found)
{
    char wanted[BS_VALUE_MAX];
    char held[BS_VALUE_MAX];
    const char *key =
        bs_architecture_difference(&spec->architecture, found, spec->given, wanted, held);
    if (key == NULL) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "network '%s': %s is given as %s, but %s holds a network with %s; leave %s out "
                   "(the weights decide), or give other weights",
                   spec->name, key, wanted, file, held, key);
}
