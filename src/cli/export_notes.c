/* The metadata of exported files: those that our own reader checks, and those for people. */
#include "export_notes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/provenance.h"
#include "blueshift/text.h"

/* What `sweep --model_file` takes for granted; anything else has to be said. */
static const double USUAL_SKIP_WEIGHT = 1.0;

static bs_status add(export_notes *notes, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bs_status add(export_notes *notes, const char *name, const char *format, ...)
{
    assert(notes->count < EXPORT_NOTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = bs_alloc((size_t)length + 1, 1);
    if (text == NULL) {
        return BS_ERR_MEMORY;
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    const char **entry = notes->list + (ptrdiff_t)2 * notes->count;
    entry[0] = name;
    entry[1] = text;
    notes->texts[notes->count++] = text;
    return BS_OK;
}

static bs_status add_number(export_notes *notes, const char *name, double number)
{
    char text[BS_TEXT_DOUBLE];
    bs_text_from_double(number, text);
    return add(notes, name, "%s", text);
}

static bs_status add_three(export_notes *notes, const char *name, const double numbers[3])
{
    char text[3][BS_TEXT_DOUBLE];
    for (int i = 0; i < 3; i++) {
        bs_text_from_double(numbers[i], text[i]);
    }
    return add(notes, name, "%s,%s,%s", text[0], text[1], text[2]);
}

/* The hyperparameters, by the names of bs_network_infer and of an experiment's keys. */
static bs_status add_architecture(export_notes *notes, const bs_architecture *a)
{
    BS_TRY(add(notes, "kind", "%s", bs_words_name(&bs_family_words, (int)a->family)));
    BS_TRY(add(notes, "depth", "%d", a->depth));
    if (a->family == BS_FAMILY_RESNET) {
        BS_TRY(add(notes, "version", "%s", bs_version_name(a->version)));
    } else {
        BS_TRY(add(notes, "bias", "%s", a->bias ? "true" : "false"));
    }
    BS_TRY(add(notes, "shortcut", "%s", bs_shortcut_name(a->shortcut)));
    BS_TRY(add_number(notes, "skip_weight", a->skip_weight));
    BS_TRY(add(notes, "paths", "%d", a->paths));
    BS_TRY(add(notes, "width", "%d", a->width));
    BS_TRY(add(notes, "activation", "%s", bs_activation_name(a->activation)));
    if (a->activation == BS_ACTIVATION_LEAKY_RELU) {
        BS_TRY(add_number(notes, "slope", a->slope));
    }
    return add(notes, "norm", "%s", bs_norm_name(a->norm));
}

bs_status bs_export_notes_origin(const export_subject *subject, export_notes *notes)
{
    const bs_experiment *e = subject->experiment;
    const char *slash = strrchr(subject->file, '/');
    BS_TRY(add(notes, "title", "%s", e->title));
    BS_TRY(add(notes, "result", "%s", slash != NULL ? slash + 1 : subject->file));
    BS_TRY(add(notes, "network", "%s", e->networks[subject->network].name));
    BS_TRY(add(notes, "realisation", "%d", subject->realisation));
    BS_TRY(add(notes, "path", "%s", bs_path_name(e->path)));
    BS_TRY(add(notes, "program", "%s", bs_version_text()));
    return add_architecture(notes, &subject->view->network->architecture);
}

/* The value of KEY ("images_sha256") in an identity. */
static bs_status add_identity(export_notes *notes, const char *identity, const char *key)
{
    const size_t length = strlen(key);
    for (const char *line = identity; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, key, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
            const char *value = line + length + 2;
            return add(notes, key, "%.*s", (int)strcspn(value, "\n"), value);
        }
        if (line[strcspn(line, "\n")] == '\0') {
            break;
        }
    }
    return BS_OK;
}

/* What of the network `sweep --model_file` neither finds in the file nor takes by itself. */
static void print_network_settings(FILE *out, const bs_architecture *a)
{
    if (a->family == BS_FAMILY_RESNET && (a->norm == BS_NORM_BATCH || a->norm == BS_NORM_NONE)) {
        fprintf(out, " --set networks.norm=%s", bs_norm_name(a->norm));
    }
    if (a->activation != BS_ACTIVATION_RELU) {
        fprintf(out, " --set networks.activation=%s", bs_activation_name(a->activation));
    }
    if (a->activation == BS_ACTIVATION_LEAKY_RELU) {
        fprintf(out, " --set networks.slope=%.17g", a->slope);
    }
    if (a->skip_weight < USUAL_SKIP_WEIGHT || a->skip_weight > USUAL_SKIP_WEIGHT) {
        fprintf(out, " --set networks.skip_weight=%.17g", a->skip_weight);
    }
}

static void print_data_settings(FILE *out, const bs_experiment *e)
{
    const bool synthetic = e->source == BS_SOURCE_SYNTHETIC;
    fprintf(out, " --set data.source=%s", synthetic ? "synthetic" : "cifar10");
    if (synthetic) {
        fprintf(out, " --set seed=%" PRIu64, e->seed);
    }
    if (e->split == BS_SPLIT_TEST) {
        fprintf(out, " --set data.split=test");
    }
    if (e->data_file[0] != '\0') {
        fprintf(out, " --set data.file='%s'", e->data_file);
    }
    fprintf(out, " --set data.first=%" PRId64 " --set data.images=%" PRId64, e->first, e->images);
    fprintf(out, " --set data.batch=%" PRIu32, e->batch);
}

/* The command that gives the point's loss again. */
static bs_status add_command(const export_subject *subject, export_notes *notes)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for metadata");
    }
    print_network_settings(out, &subject->view->network->architecture);
    print_data_settings(out, subject->experiment);
    if (subject->backend != NULL) {
        fprintf(out, " --set evaluation.backend=%s", subject->backend);
    }
    const bool good = fclose(out) == 0 && text != NULL;
    const bs_status status =
        good ? add(notes, "command", "blueshift sweep --model_file THIS --x=0:0:1%s", text)
             : BS_FAIL(BS_ERR_MEMORY, "out of memory for metadata");
    free(text);
    return status;
}

static bs_status add_images(const export_subject *subject, export_notes *notes)
{
    const bs_experiment *e = subject->experiment;
    const char *split = e->split == BS_SPLIT_TEST ? "test" : "train";
    if (e->source == BS_SOURCE_SYNTHETIC) {
        BS_TRY(add(notes, "data", "synthetic, seed %" PRIu64 ", %s, from %" PRId64 " on", e->seed,
                   split, e->first));
    } else {
        BS_TRY(add(notes, "data", "CIFAR-10, %s, from %" PRId64 " on",
                   e->data_file[0] != '\0' ? e->data_file : split, e->first));
    }
    BS_TRY(add_identity(notes, subject->identity, "images"));
    BS_TRY(add_identity(notes, subject->identity, "images_sha256"));
    return add(notes, "batch", "%" PRIu32, e->batch);
}

/* Which statistics norms take, in PyTorch's words. */
static const char *describe_statistics(bs_norm norm)
{
    switch (norm) {
    case BS_NORM_NONE:
        return "none: there are no norms";
    case BS_NORM_BATCH:
        return "train(): those of every batch of images, which the file does not hold";
    case BS_NORM_FROZEN:
        return "eval(): running_mean and running_var, here the biased ones of all images at the "
               "base point";
    case BS_NORM_RUNNING:
        return "eval(): running_mean and running_var";
    }
    return "unknown";
}

bs_status bs_export_notes_evaluation(const export_subject *subject, export_notes *notes)
{
    const export_place *place = subject->place;
    const bs_point_view *view = subject->view;
    BS_TRY(add(notes, "coordinates", "%s", place->text));
    if (place->measured) {
        BS_TRY(add_number(notes, "loss", place->loss));
        BS_TRY(add_number(notes, "accuracy", place->accuracy));
    }
    BS_TRY(add_three(notes, "mean", view->normalisation->mean));
    BS_TRY(add_three(notes, "std", view->normalisation->std));
    BS_TRY(add(notes, "statistics", "%s", describe_statistics(view->network->architecture.norm)));
    BS_TRY(add_images(subject, notes));
    return add_command(subject, notes);
}

const char *bs_export_notes_find(const export_notes *notes, const char *name)
{
    for (const char *const *entry = notes->list; entry[0] != NULL; entry += 2) {
        if (strcmp(entry[0], name) == 0) {
            return entry[1];
        }
    }
    return NULL;
}

void bs_export_notes_release(export_notes *notes)
{
    for (int i = 0; i < notes->count; i++) {
        bs_free(notes->texts[i]);
    }
    *notes = (export_notes){.count = 0};
}
