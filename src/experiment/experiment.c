/* Reading an experiment: defaults, file and settings become one checked structure. */
#include "blueshift/experiment.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

enum { KNOBS = 6 };

/* Knobs that a weights file determines, by their keys. */
static const struct {
    bs_knob knob;
    const char *key;
} knobs[KNOBS] = {{BS_KNOB_KIND, "kind"},       {BS_KNOB_DEPTH, "depth"},
                  {BS_KNOB_VERSION, "version"}, {BS_KNOB_SHORTCUT, "shortcut"},
                  {BS_KNOB_PATHS, "paths"},     {BS_KNOB_WIDTH, "width"}};

/* The built-in defaults, and a copy that the rest is laid over. Their document has no name, so that
 * messages point to no line the user never wrote. */
static bs_status read_defaults(bs_document **defaults)
{
    char *text = NULL;
    BS_TRY(bs_experiment_defaults(&text));
    bs_status status = bs_document_parse(text, "", defaults);
    bs_free(text);
    return status;
}

/* Lays the file (NULL: none) and the settings over DOCUMENT. */
static bs_status overlay(bs_document *document, const bs_document *file, int setting_count,
                         const char *const *settings)
{
    if (file != NULL) {
        BS_TRY(bs_document_merge(document, file));
    }
    BS_TRY(bs_experiment_choose_size(document, setting_count, settings));
    for (int i = 0; i < setting_count; i++) {
        if (!bs_experiment_is_size(settings[i])) {
            BS_TRY(bs_document_set(document, settings[i]));
        }
    }
    return BS_OK;
}

/* Knobs that neither say auto nor 0: as bits of bs_knob. */
static unsigned given_knobs(const bs_document *document, unsigned network)
{
    unsigned given = 0;
    for (size_t i = 0; i < KNOBS; i++) {
        char path[BS_KEY_MAX];
        const char *text =
            bs_experiment_text(document, bs_experiment_network_key(network, knobs[i].key, path));
        given |= strcmp(text, "auto") != 0 && strcmp(text, "0") != 0 ? (unsigned)knobs[i].knob : 0;
    }
    return given;
}

static bs_status load(const bs_document *document, bs_experiment **experiment)
{
    void *data = NULL;
    char *text = NULL;
    BS_TRY(bs_experiment_load(&bs_experiment_schema, document, &data, &text));
    bs_experiment *loaded = data;
    loaded->yaml = text;
    for (unsigned i = 0; i < loaded->network_count; i++) {
        bs_network_spec *spec = &loaded->networks[i];
        spec->infer = spec->weights[0] != '\0';
        spec->given = spec->infer ? given_knobs(document, i) : 0;
    }
    *experiment = loaded;
    return BS_OK;
}

/* Everything behind the merge; PATH as for bs_experiment_read. */
static bs_status digest(bs_document *document, const char *path, bs_experiment **experiment)
{
    BS_TRY(bs_experiment_resolve(document, path));
    BS_TRY(bs_experiment_validate(&bs_experiment_schema, document));
    BS_TRY(load(document, experiment));
    bs_status status = bs_experiment_check(document, *experiment);
    if (status == BS_OK) {
        status = bs_experiment_identify(document, *experiment);
    }
    if (status != BS_OK) {
        bs_experiment_destroy(*experiment);
        *experiment = NULL;
    }
    return status;
}

/* FILE: what was read, NULL for nothing; NAME as for bs_experiment_resolve. */
static bs_status read_over(const bs_document *file, const char *name, int setting_count,
                           const char *const *settings, bs_experiment **experiment)
{
    bs_document *defaults = NULL;
    bs_document *document = NULL;
    BS_TRY(read_defaults(&defaults));
    bs_status status = read_defaults(&document);
    if (status == BS_OK) {
        status = overlay(document, file, setting_count, settings);
    }
    const bs_node *every = status == BS_OK ? bs_document_find(defaults, "networks.0") : NULL;
    if (status == BS_OK) {
        status = bs_document_complete(document, "networks", every);
    }
    if (status == BS_OK) {
        status = bs_experiment_scan(document, every);
    }
    if (status == BS_OK) {
        status = digest(document, name, experiment);
    }
    bs_document_destroy(document);
    bs_document_destroy(defaults);
    return status;
}

bs_status bs_experiment_read(const char *path, int setting_count, const char *const *settings,
                             bs_experiment **experiment)
{
    bs_document *file = NULL;
    *experiment = NULL;
    if (path != NULL) {
        BS_TRY(bs_document_read(path, &file));
    }
    bs_status status = read_over(file, path, setting_count, settings, experiment);
    bs_document_destroy(file);
    return status;
}

bs_status bs_experiment_parse(const char *text, const char *name, int setting_count,
                              const char *const *settings, bs_experiment **experiment)
{
    bs_document *file = NULL;
    *experiment = NULL;
    BS_TRY(bs_document_parse(text, name, &file));
    bs_status status = read_over(file, NULL, setting_count, settings, experiment);
    bs_document_destroy(file);
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

/* One knob of an architecture as a number: every knob of bs_knob is an int or an enum. */
static int knob_value(const bs_architecture *architecture, bs_knob knob)
{
    switch (knob) {
    case BS_KNOB_KIND:
        return (int)architecture->family;
    case BS_KNOB_DEPTH:
        return architecture->depth;
    case BS_KNOB_VERSION:
        return (int)architecture->version;
    case BS_KNOB_SHORTCUT:
        return (int)architecture->shortcut;
    case BS_KNOB_PATHS:
        return architecture->paths;
    case BS_KNOB_WIDTH:
        break;
    }
    return architecture->width;
}

/* The knob's value as the experiment would write it: the last matching word of the schema's table,
 * since "auto" comes first, or the number. */
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
    for (size_t i = 0; i < KNOBS; i++) {
        int wanted = knob_value(&spec->architecture, knobs[i].knob);
        int held = knob_value(found, knobs[i].knob);
        if ((spec->given & (unsigned)knobs[i].knob) != 0 && wanted != held) {
            char wanted_text[BS_KEY_MAX];
            char held_text[BS_KEY_MAX];
            return BS_FAIL(BS_ERR_USAGE,
                           "network '%s': %s is given as %s, but %s holds a network with %s; leave "
                           "%s out (the weights decide), or give other weights",
                           spec->name, knobs[i].key, knob_text(knobs[i].key, wanted, wanted_text),
                           spec->weights, knob_text(knobs[i].key, held, held_text), knobs[i].key);
        }
    }
    return BS_OK;
}
