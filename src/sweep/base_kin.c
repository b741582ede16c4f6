/* What weights of one network have in common: the architecture, and the constants of the images. */
#include "base_kin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three comma-separated numbers of a weights file's metadata. */
static bs_status parse_three(const bs_weights *weights, const char *key, double out[3])
{
    const char *text = bs_weights_metadata(weights, key);
    if (text == NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: its metadata has no '%s': name the constants the network was trained "
                       "with, for example --set data.normalisation=cifar10 or imagenet",
                       weights->path, key);
    }
    const char *rest = text;
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        out[i] = strtod(rest, &end);
        if (end == rest || *end != (i < 2 ? ',' : '\0')) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: metadata '%s' is \"%s\"; expected three numbers such as "
                           "0.5,0.5,0.5",
                           weights->path, key, text);
        }
        rest = end + 1;
    }
    return BS_OK;
}

/* The constants in the metadata, in their range. */
static bs_status read_normalisation(const bs_weights *weights, bs_normalisation *out)
{
    int channel = 0;
    char advice[BS_NORMALISATION_ADVICE];
    BS_TRY(parse_three(weights, "mean", out->mean));
    BS_TRY(parse_three(weights, "std", out->std));
    const char *wrong = bs_normalisation_check(out, &channel, advice);
    if (wrong == NULL) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s: metadata '%s' is \"%s\"; %s. Correct the file, or name the constants, such "
                   "as --set data.normalisation=cifar10",
                   weights->path, wrong, bs_weights_metadata(weights, wrong), advice);
}

bs_status bs_base_normalisation(const bs_experiment *experiment, const bs_weights *weights,
                                bs_normalisation *out)
{
    const char *name = experiment->normalisation;
    if (strcmp(name, "values") == 0) {
        memcpy(out->mean, experiment->mean, sizeof out->mean);
        memcpy(out->std, experiment->std, sizeof out->std);
        return BS_OK;
    }
    if (strcmp(name, "weights") != 0) {
        return bs_normalisation_named(name, out);
    }
    if (weights == NULL) {
        return bs_normalisation_named(experiment->source == BS_SOURCE_CIFAR10 ? "cifar10" : "half",
                                      out);
    }
    return read_normalisation(weights, out);
}

static bool same_constants(const bs_normalisation *a, const bs_normalisation *b)
{
    static const double tolerance = 1e-6;
    bool same = true;
    for (int c = 0; c < BS_IMAGE_CHANNELS; c++) {
        same = same && fabs(a->mean[c] - b->mean[c]) <= tolerance &&
               fabs(a->std[c] - b->std[c]) <= tolerance;
    }
    return same;
}

bs_status bs_base_check_kin(const bs_experiment *experiment, const bs_base_point *base,
                            const bs_weights *other)
{
    const bs_architecture *first = &base->network->architecture;
    bs_architecture found = *first;
    unsigned assumed = 0;
    unsigned among = BS_HYPERPARAMETER_ALL;
    char of_first[BS_VALUE_MAX];
    char of_other[BS_VALUE_MAX];
    BS_TRY(bs_network_infer(other, BS_HYPERPARAMETER_ALL, &found, &assumed));
    if (first->skip_weight == 0.0) {
        among &= ~(unsigned)BS_HYPERPARAMETER_SHORTCUT;
    }
    const char *key = bs_architecture_difference(first, &found, among, of_first, of_other);
    if (key != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network '%s': %s holds a network with %s %s, %s one with %s; a path runs "
                       "between weights of one architecture",
                       base->spec->name, base->file, key, of_first, other->path, of_other);
    }
    bs_normalisation constants;
    if (strcmp(experiment->normalisation, "weights") != 0 ||
        bs_weights_metadata(other, "mean") == NULL || bs_weights_metadata(other, "std") == NULL) {
        return BS_OK;
    }
    BS_TRY(read_normalisation(other, &constants));
    if (same_constants(&base->normalisation, &constants)) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "network '%s': %s was trained on images of another normalisation (mean %s, std "
                   "%s) than %s; take weights of one normalisation, or name the constants for all, "
                   "such as --set data.normalisation=cifar10",
                   base->spec->name, other->path, bs_weights_metadata(other, "mean"),
                   bs_weights_metadata(other, "std"), base->file);
}
