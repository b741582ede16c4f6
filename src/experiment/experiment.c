/* Reading an experiment: defaults, file and settings become one checked structure. */
#include "blueshift/experiment.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

enum { HYPERPARAMETERS = 6 };

/* Hyperparameters that a weights file determines, by their keys. */
static const struct {
    bs_hyperparameter hyperparameter;
    const char *key;
} hyperparameters[HYPERPARAMETERS] = {
    {BS_HYPERPARAMETER_KIND, "kind"},       {BS_HYPERPARAMETER_DEPTH, "depth"},
    {BS_HYPERPARAMETER_VERSION, "version"}, {BS_HYPERPARAMETER_SHORTCUT, "shortcut"},
    {BS_HYPERPARAMETER_PATHS, "paths"},     {BS_HYPERPARAMETER_WIDTH, "width"}};

/* The built-in defaults, and a copy that the rest is laid over. Their tree has no name, so that
 * messages point to no line the user never wrote. */
static bs_status read_defaults(bs_yaml_tree **defaults)
{
    char *text = NULL;
    BS_TRY(bs_experiment_defaults(&text));
    bs_status status = bs_yaml_parse(text, "", defaults);
    bs_free(text);
    return status;
}

/* Lays the file (NULL: none) and the settings over DOCUMENT. */
static bs_status overlay(bs_yaml_tree *tree, const bs_yaml_tree *file, int setting_count,
                         const char *const *settings)
{
    if (file != NULL) {
        BS_TRY(bs_yaml_merge(tree, file));
    }
    BS_TRY(bs_experiment_choose_size(tree, setting_count, settings));
    for (int i = 0; i < setting_count; i++) {
        if (!bs_experiment_is_size(settings[i])) {
            BS_TRY(bs_yaml_set(tree, settings[i]));
        }
    }
    return BS_OK;
}

/* Hyperparameters that neither say auto nor 0: as bits of bs_hyperparameter. */
static unsigned given_hyperparameters(const bs_yaml_tree *tree, unsigned network)
{
    unsigned given = 0;
    for (size_t i = 0; i < HYPERPARAMETERS; i++) {
        char path[BS_KEY_MAX];
        const char *text = bs_experiment_text(
            tree, bs_experiment_network_key(network, hyperparameters[i].key, path));
        given |= strcmp(text, "auto") != 0 && strcmp(text, "0") != 0
                     ? (unsigned)hyperparameters[i].hyperparameter
                     : 0;
    }
    return given;
}

static bs_status load(const bs_yaml_tree *tree, bs_experiment **experiment)
{
    void *data = NULL;
    char *text = NULL;
    BS_TRY(bs_experiment_load(&bs_experiment_schema, tree, &data, &text));
    bs_experiment *loaded = data;
    loaded->yaml = text;
    for (unsigned i = 0; i < loaded->network_count; i++) {
        bs_network_spec *spec = &loaded->networks[i];
        spec->infer = spec->weights[0] != '\0';
        spec->given = spec->infer ? given_hyperparameters(tree, i) : 0;
    }
    *experiment = loaded;
    return BS_OK;
}

/* Everything behind the merge; PATH as for bs_experiment_read. */
static bs_status digest(bs_yaml_tree *tree, const char *path, bs_experiment **experiment)
{
    BS_TRY(bs_experiment_resolve(tree, path));
    BS_TRY(bs_experiment_validate(&bs_experiment_schema, tree));
    BS_TRY(load(tree, experiment));
    bs_status status = bs_experiment_check(tree, *experiment);
    if (status == BS_OK) {
        status = bs_experiment_identify(tree, *experiment);
    }
    if (status != BS_OK) {
        bs_experiment_destroy(*experiment);
        *experiment = NULL;
    }
    return status;
}

/* FILE: what was read, NULL for nothing; NAME as for bs_experiment_resolve. */
static bs_status read_over(const bs_yaml_tree *file, const char *name, int setting_count,
                           const char *const *settings, bs_experiment **experiment)
{
    bs_yaml_tree *defaults = NULL;
    bs_yaml_tree *tree = NULL;
    BS_TRY(read_defaults(&defaults));
    bs_status status = read_defaults(&tree);
    if (status == BS_OK) {
        status = overlay(tree, file, setting_count, settings);
    }
    const bs_yaml_node *every = status == BS_OK ? bs_yaml_find(defaults, "networks.0") : NULL;
    if (status == BS_OK) {
        status = bs_yaml_complete(tree, "networks", every);
    }
    if (status == BS_OK) {
        status = bs_experiment_scan(tree, every);
    }
    if (status == BS_OK) {
        status = digest(tree, name, experiment);
    }
    bs_yaml_destroy(tree);
    bs_yaml_destroy(defaults);
    return status;
}

bs_status bs_experiment_read(const char *path, int setting_count, const char *const *settings,
                             bs_experiment **experiment)
{
    bs_yaml_tree *file = NULL;
    *experiment = NULL;
    if (path != NULL) {
        BS_TRY(bs_yaml_read(path, &file));
    }
    bs_status status = read_over(file, path, setting_count, settings, experiment);
    bs_yaml_destroy(file);
    return status;
}

bs_status bs_experiment_parse(const char *text, const char *name, int setting_count,
                              const char *const *settings, bs_experiment **experiment)
{
    bs_yaml_tree *file = NULL;
    *experiment = NULL;
    BS_TRY(bs_yaml_parse(text, name, &file));
    bs_status status = read_over(file, NULL, setting_count, settings, experiment);
    bs_yaml_destroy(file);
    return status;
}

void bs_experiment_destroy(bs_experiment *experiment)
{
    if (experiment == NULL) {
        return;
    }
    bs_free(experiment->yaml);
    bs_free(experiment->identity);
    bs_experiment_unload(&bs_experiment_schema, experiment);
}

/* One hyperparameter of an architecture as a number: every hyperparameter of bs_hyperparameter is
 * an int or an enum. */
static int knob_value(const bs_architecture *architecture, bs_hyperparameter hyperparameter)
{
    switch (hyperparameter) {
    case BS_HYPERPARAMETER_KIND:
        return (int)architecture->family;
    case BS_HYPERPARAMETER_DEPTH:
        return architecture->depth;
    case BS_HYPERPARAMETER_VERSION:
        return (int)architecture->version;
    case BS_HYPERPARAMETER_SHORTCUT:
        return (int)architecture->shortcut;
    case BS_HYPERPARAMETER_PATHS:
        return architecture->paths;
    case BS_HYPERPARAMETER_WIDTH:
        break;
    }
    return architecture->width;
}

/* The hyperparameter's value as the experiment would write it: the last matching word of the
 * schema's table, since "auto" comes first, or the number. */
static const char *knob_text(const char *key, int value, char text[BS_KEY_MAX])
{
    snprintf(text, BS_KEY_MAX, "%d", value);
    const cyaml_schema_field_t *field = bs_experiment_schema.mapping.fields;
    while (strcmp(field->key, "networks") != 0) {
        field++;
    }
    field = field->value.sequence.entry->mapping.fields;
    while (strcmp(field->key, key) != 0) {
        field++;
    }
    for (uint32_t i = 0; field->value.type == CYAML_ENUM && i < field->value.enumeration.count;
         i++) {
        if (field->value.enumeration.strings[i].val == value) {
            snprintf(text, BS_KEY_MAX, "%s", field->value.enumeration.strings[i].str);
        }
    }
    return text;
}

bs_status bs_experiment_check_network(const bs_network_spec *spec, const bs_architecture *found)
{
    for (size_t i = 0; i < HYPERPARAMETERS; i++) {
        int wanted = knob_value(&spec->architecture, hyperparameters[i].hyperparameter);
        int held = knob_value(found, hyperparameters[i].hyperparameter);
        if ((spec->given & (unsigned)hyperparameters[i].hyperparameter) != 0 && wanted != held) {
            char wanted_text[BS_KEY_MAX];
            char held_text[BS_KEY_MAX];
            return BS_FAIL(BS_ERR_USAGE,
                           "network '%s': %s is given as %s, but %s holds a network with %s; leave "
                           "%s out (the weights decide), or give other weights",
                           spec->name, hyperparameters[i].key,
                           knob_text(hyperparameters[i].key, wanted, wanted_text), spec->weights,
                           knob_text(hyperparameters[i].key, held, held_text),
                           hyperparameters[i].key);
        }
    }
    return BS_OK;
}
