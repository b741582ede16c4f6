/* Tensors and metadata of trained weights. */
#include "trained_weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/hash.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/provenance.h"
#include "blueshift/text.h"
#include "blueshift/weights.h"

static const char RUN_KEY[] = "training_sha256"; /* hash of the identity of the run */

enum { NOTES_MAX = 24, NOTE_BYTES = 256 };

typedef struct notes {
    size_t count;
    const char *list[2 * NOTES_MAX + 1];
    char texts[NOTES_MAX][NOTE_BYTES];
} notes;

static void note(notes *n, const char *key, const char *text)
{
    snprintf(n->texts[n->count], NOTE_BYTES, "%s", text);
    n->list[2 * n->count] = key;
    n->list[2 * n->count + 1] = n->texts[n->count];
    n->count++;
}

static void note_number(notes *n, const char *key, double number)
{
    char text[BS_TEXT_DOUBLE];
    bs_text_from_double(number, text);
    note(n, key, text);
}

static void note_three(notes *n, const char *key, const double numbers[3])
{
    char text[3][BS_TEXT_DOUBLE];
    char joined[NOTE_BYTES];
    for (int i = 0; i < 3; i++) {
        bs_text_from_double(numbers[i], text[i]);
    }
    snprintf(joined, sizeof joined, "%s,%s,%s", text[0], text[1], text[2]);
    note(n, key, joined);
}

static void note_architecture(notes *n, const bs_architecture *a)
{
    note(n, "kind", bs_words_name(&bs_family_words, (int)a->family));
    note_number(n, "depth", a->depth);
    if (a->family == BS_FAMILY_RESNET) {
        note(n, "version", bs_version_name(a->version));
    }
    note(n, "shortcut", bs_shortcut_name(a->shortcut));
    note_number(n, "skip_weight", a->skip_weight);
    note_number(n, "paths", a->paths);
    note_number(n, "width", a->width);
    note(n, "activation", bs_activation_name(a->activation));
    note_number(n, "slope", a->slope);
    note(n, "norm", bs_norm_name(a->norm));
}

static bs_status make_notes(const bs_trained_weights *w, notes *n)
{
    char hash[BS_HASH_HEX];
    BS_TRY(bs_hash_bytes(w->identity, strlen(w->identity), hash));
    note(n, "network", w->name);
    note_number(n, "realisation", w->realisation);
    note_number(n, "seed", (double)w->experiment->seed);
    note_number(n, "steps", (double)w->steps);
    note_number(n, "epochs",
                (double)w->steps /
                    (double)bs_training_epoch_steps(&w->experiment->train, w->images));
    note_architecture(n, &w->network->architecture);
    note_number(n, "batch", w->experiment->batch);
    note_three(n, "mean", w->normalisation->mean);
    note_three(n, "std", w->normalisation->std);
    note(n, RUN_KEY, hash);
    note(n, "program", bs_version_text());
    return BS_OK;
}

static bs_status write_tensors(const char *path, bool replace, const bs_trained_weights *w,
                               bs_tensor *tensors, float *values)
{
    const bs_network *network = w->network;
    notes *n = bs_alloc(1, sizeof *n);
    if (n == NULL) {
        return BS_ERR_MEMORY;
    }
    int count = network->parameter_count;
    memcpy(tensors, network->parameters, (size_t)count * sizeof *tensors);
    memcpy(values, w->theta, network->parameter_size * sizeof *values);
    memcpy(values + network->parameter_size, w->statistics,
           network->statistic_size * sizeof *values);
    for (int i = 0; i < network->statistic_count; i++) {
        tensors[count] = network->statistics[i];
        tensors[count++].offset += network->parameter_size;
    }
    bs_status status = make_notes(w, n);
    if (status == BS_OK) {
        status = bs_weights_write(path, replace, count, tensors, values, n->list);
    }
    bs_free(n);
    return status;
}

bs_status bs_trained_weights_write(const char *path, bool replace,
                                   const bs_trained_weights *weights)
{
    const bs_network *n = weights->network;
    size_t count = (size_t)n->parameter_count + (size_t)n->statistic_count;
    bs_tensor *tensors = bs_alloc(count, sizeof *tensors);
    float *values = bs_alloc(n->parameter_size + n->statistic_size, sizeof *values);
    bs_status status = tensors == NULL || values == NULL
                           ? BS_ERR_MEMORY
                           : write_tensors(path, replace, weights, tensors, values);
    bs_free(tensors);
    bs_free(values);
    return status;
}

static bs_status refuse(const char *path, const char *what)
{
    return BS_FAIL(BS_ERR_INPUT,
                   "%s %s and is not overwritten; choose another output (--weights), or replace it "
                   "with --force",
                   path, what);
}

bs_status bs_trained_weights_check(const char *path, bool replace, const char *identity)
{
    bs_weights found = {0};
    char hash[BS_HASH_HEX];
    if (replace || access(path, F_OK) != 0) {
        return BS_OK;
    }
    BS_TRY(bs_hash_bytes(identity, strlen(identity), hash));
    if (bs_weights_read(path, &found) != BS_OK) {
        return refuse(path, "is not this training's");
    }
    const char *theirs = bs_weights_metadata(&found, RUN_KEY);
    bool same = theirs != NULL && strcmp(theirs, hash) == 0;
    bs_weights_release(&found);
    return same ? BS_OK : refuse(path, "holds the weights of another training");
}
