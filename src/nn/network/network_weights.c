/* Between weights files and networks: which architecture a file holds, and its values. */
#include "blueshift/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"

enum { STAGES = 3, STEM_CHANNELS = 16, PREFIX_MAX = 32, KNOWN_MAX = 128 };

static bool has_conv1(const bs_weights *weights, const char *prefix)
{
    char name[BS_TENSOR_NAME];
    (void)snprintf(name, sizeof name, "%sconv1.weight", prefix);
    return bs_weights_find(weights, name) != NULL;
}

static bool has_block(const bs_weights *weights, int stage, int block)
{
    char plain[PREFIX_MAX];
    char path[PREFIX_MAX];
    (void)snprintf(plain, sizeof plain, "layer%d.%d.", stage + 1, block);
    (void)snprintf(path, sizeof path, "layer%d.%d.path0.", stage + 1, block);
    return has_conv1(weights, plain) || has_conv1(weights, path);
}

static bs_status infer_depth(const bs_weights *weights, int *depth)
{
    int blocks[STAGES] = {0, 0, 0};
    for (int stage = 0; stage < STAGES; stage++) {
        while (has_block(weights, stage, blocks[stage])) {
            blocks[stage]++;
        }
    }
    if (blocks[0] < 1 || blocks[1] != blocks[0] || blocks[2] != blocks[0]) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: %d, %d and %d residual blocks in layer1, layer2 and layer3; a CIFAR "
                       "ResNet has the same number, at least one, in each of its three stages",
                       weights->path, blocks[0], blocks[1], blocks[2]);
    }
    *depth = 2 * STAGES * blocks[0] + 2;
    return BS_OK;
}

/* How many weights "BEFORE n AFTER" the file has, counted from n = FIRST without a gap. */
static int count_tensors(const bs_weights *weights, int first, const char *before,
                         const char *after)
{
    for (int count = 0;; count++) {
        char name[BS_TENSOR_NAME];
        (void)snprintf(name, sizeof name, "%s%d%s.weight", before, first + count, after);
        if (bs_weights_find(weights, name) == NULL) {
            return count;
        }
    }
}

static int infer_paths(const bs_weights *weights, const char *before, const char *after)
{
    int paths = count_tensors(weights, 0, before, after);
    return paths == 0 ? 1 : paths;
}

static bs_status disagree(const bs_weights *weights, const char *key, const char *value,
                          const char *found)
{
    return BS_FAIL(BS_ERR_INPUT,
                   "%s: the metadata say %s %s, but its tensors are those of %s %s; the file is "
                   "damaged or mislabelled: convert it again",
                   weights->path, key, value, key, found);
}

/* A number in the metadata, where there is one, must be the one found from the tensors. */
static bs_status check_number(const bs_weights *weights, const char *key, int found)
{
    const char *value = bs_weights_metadata(weights, key);
    char text[16];
    (void)snprintf(text, sizeof text, "%d", found);
    if (value != NULL && strcmp(value, text) != 0) {
        return disagree(weights, key, value, text);
    }
    return BS_OK;
}

/* The metadata's word for a choice, as its number; -1 where they have none. */
static bs_status read_word(const bs_weights *weights, const char *key, const bs_words *words,
                           int *value)
{
    const char *word = bs_weights_metadata(weights, key);
    *value = word != NULL ? bs_words_find(words, word) : -1;
    if (word != NULL && *value < 0) {
        char known[KNOWN_MAX];
        bs_text_join(words->count, words->names, known, sizeof known);
        return BS_FAIL(BS_ERR_INPUT, "%s: metadata %s \"%s\"; known are %s", weights->path, key,
                       word, known);
    }
    return BS_OK;
}

/* Pre-activation networks end in a norm, post-activation ones begin with one. Without norm layers
 * only the metadata can tell. */
static bs_status infer_version(const bs_weights *weights, unsigned given, bs_version *version,
                               unsigned *assumed)
{
    bool first = bs_weights_find(weights, "bn1.weight") != NULL;
    bool last = bs_weights_find(weights, "bn.weight") != NULL;
    int told = -1;
    BS_TRY(read_word(weights, "version", &bs_version_words, &told));
    if (first || last) {
        *version = first ? BS_VERSION_V1 : BS_VERSION_V2;
    } else if (told >= 0) {
        *version = (bs_version)told;
    } else if ((given & BS_HYPERPARAMETER_VERSION) == 0) {
        *version = BS_VERSION_V1;
        *assumed |= BS_HYPERPARAMETER_VERSION;
    }
    if (told >= 0 && told != (int)*version) {
        return disagree(weights, "version", bs_version_name((bs_version)told),
                        bs_version_name(*version));
    }
    return BS_OK;
}

/* Only projections have tensors; none and pad have the same, so that the metadata decide, or the
 * caller. */
static bs_status infer_shortcut(const bs_weights *weights, unsigned given, bs_shortcut *shortcut,
                                unsigned *assumed)
{
    bool projection = bs_weights_find(weights, "layer2.0.shortcut.0.weight") != NULL;
    int told = -1;
    BS_TRY(read_word(weights, "shortcut", &bs_shortcut_words, &told));
    if (told >= 0) {
        if (projection != (told == BS_SHORTCUT_PROJECTION)) {
            return disagree(weights, "shortcut", bs_shortcut_name((bs_shortcut)told),
                            projection ? "projection" : "none or pad");
        }
        *shortcut = (bs_shortcut)told;
    } else if (projection) {
        *shortcut = BS_SHORTCUT_PROJECTION;
    } else if ((given & BS_HYPERPARAMETER_SHORTCUT) == 0) {
        *shortcut = BS_SHORTCUT_PAD;
        *assumed |= BS_HYPERPARAMETER_SHORTCUT;
    } else if (*shortcut == BS_SHORTCUT_PROJECTION) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: no projection tensors (layer2.0.shortcut.0.weight is missing) and no "
                       "metadata that name the shortcut; say which it is: none or pad",
                       weights->path);
    }
    return BS_OK;
}

static bs_status infer_resnet(const bs_weights *weights, const bs_tensor *stem, unsigned given,
                              bs_architecture *hyperparameters, unsigned *assumed)
{
    char shape[64];
    if (stem->ndim != 4 || stem->shape[0] < STEM_CHANNELS || stem->shape[0] % STEM_CHANNELS != 0) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: conv1.weight has the shape %s; a CIFAR ResNet's is 16wx3x3x3 with a "
                       "whole width w",
                       weights->path, bs_tensor_shape_text(stem, shape));
    }
    bs_architecture found = *hyperparameters;
    found.family = BS_FAMILY_RESNET;
    found.bias = false;
    found.width = (int)(stem->shape[0] / STEM_CHANNELS);
    found.paths = infer_paths(weights, "layer1.0.path", ".conv1");
    BS_TRY(infer_depth(weights, &found.depth));
    BS_TRY(infer_version(weights, given, &found.version, assumed));
    BS_TRY(infer_shortcut(weights, given, &found.shortcut, assumed));
    BS_TRY(check_number(weights, "depth", found.depth));
    BS_TRY(check_number(weights, "paths", found.paths));
    BS_TRY(check_number(weights, "width", found.width));
    *hyperparameters = found;
    return BS_OK;
}

static bs_status infer_mlp(const bs_weights *weights, const bs_tensor *first,
                           bs_architecture *hyperparameters)
{
    bs_architecture found = *hyperparameters;
    bool many = bs_weights_find(weights, "fc1.path0.weight") == first;
    int blocks = count_tensors(weights, 0, "block", ".fc1");
    const char *shortcut = bs_weights_metadata(weights, "shortcut");
    found.family = BS_FAMILY_MLP;
    found.shortcut = blocks > 0 ? BS_SHORTCUT_PAD : BS_SHORTCUT_NONE;
    found.version = BS_VERSION_V1;
    found.norm = BS_NORM_NONE;
    found.paths = infer_paths(weights, "fc1.path", "");
    found.width = (int)first->shape[0];
    found.bias = bs_weights_find(weights, many ? "fc1.path0.bias" : "fc1.bias") != NULL;
    found.depth = count_tensors(weights, 1, "fc", many ? ".path0" : "") + 2 * blocks;
    BS_TRY(check_number(weights, "depth", found.depth));
    BS_TRY(check_number(weights, "paths", found.paths));
    BS_TRY(check_number(weights, "width", found.width));
    if (shortcut != NULL && strcmp(shortcut, bs_shortcut_name(found.shortcut)) != 0) {
        return disagree(weights, "shortcut", shortcut, bs_shortcut_name(found.shortcut));
    }
    *hyperparameters = found;
    return BS_OK;
}

/* Networks of other kinds, by a tensor that only they have. */
static bs_status check_kind(const bs_weights *weights)
{
    static const struct {
        const char *part, *kind;
    } others[] = {
        {"layer4.0.", "a ResNet for ImageNet with four stages, such as ResNet-18"},
        {"layer1.0.conv3.weight", "a ResNet of bottleneck blocks, such as ResNet-50"},
        {"block1.layer.0.", "a Wide ResNet (WRN)"},
        {"denseblock", "a DenseNet"},
        {"dense1.0.", "a DenseNet"},
        {"features.0.weight", "a VGG or AlexNet"},
        {"patch_embed", "a vision transformer"},
        {"cls_token", "a vision transformer"},
    };
    for (int t = 0; t < weights->tensor_count; t++) {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            if (strstr(weights->tensors[t].name, others[i].part) != NULL) {
                return BS_FAIL(BS_ERR_INPUT,
                               "%s: its tensor %s is one of %s; blueshift evaluates CIFAR ResNets "
                               "of three stages (ResNet-20, 32, 44, 56, 110) and MLPs",
                               weights->path, weights->tensors[t].name, others[i].kind);
            }
        }
    }
    return BS_OK;
}

bs_status bs_network_infer(const bs_weights *weights, unsigned given, bs_architecture *architecture,
                           unsigned *assumed)
{
    *assumed = 0;
    BS_TRY(check_kind(weights));
    const bs_tensor *stem = bs_weights_find(weights, "conv1.weight");
    const bs_tensor *single = bs_weights_find(weights, "fc1.weight");
    const bs_tensor *first = single != NULL ? single : bs_weights_find(weights, "fc1.path0.weight");
    if (stem != NULL) {
        return infer_resnet(weights, stem, given, architecture, assumed);
    }
    if (first != NULL) {
        return infer_mlp(weights, first, architecture);
    }
    return BS_FAIL(BS_ERR_INPUT,
                   "%s: neither conv1.weight (a ResNet) nor fc1.weight (an MLP) among its %d "
                   "tensors; name the tensors as PyTorch's CIFAR ResNets do",
                   weights->path, weights->tensor_count);
}

/* Whether the file has running statistics at all: a network trained without them has none. */
static bool has_statistics(const bs_network *network, const bs_weights *weights)
{
    return network->statistic_count > 0 &&
           bs_weights_find(weights, network->statistics[0].name) != NULL;
}

static bs_status copy_tensors(const bs_network *network, const bs_weights *weights,
                              bool with_statistics, bs_tensor *wanted, float *values)
{
    int count = network->parameter_count;
    memcpy(wanted, network->parameters, (size_t)count * sizeof *wanted);
    for (int i = 0; with_statistics && i < network->statistic_count; i++) {
        wanted[count] = network->statistics[i];
        wanted[count++].offset += network->parameter_size;
    }
    return bs_weights_copy(weights, count, wanted, values);
}

/* A running variance below zero makes every point NaN. */
static bs_status check_variances(const bs_network *network, const bs_weights *weights,
                                 const float *statistics)
{
    static const char suffix[] = "running_var";
    for (int i = 0; i < network->statistic_count; i++) {
        const bs_tensor *tensor = &network->statistics[i];
        size_t length = strlen(tensor->name);
        bool variance = length >= sizeof suffix - 1 &&
                        strcmp(tensor->name + length - (sizeof suffix - 1), suffix) == 0;
        for (size_t j = 0; variance && j < tensor->count; j++) {
            if (statistics[tensor->offset + j] < 0.0F) {
                return BS_FAIL(BS_ERR_INPUT,
                               "%s: element %zu of tensor %s is %g, but no variance is below "
                               "zero; the file is damaged: convert it again",
                               weights->path, j, tensor->name,
                               (double)statistics[tensor->offset + j]);
            }
        }
    }
    return BS_OK;
}

bs_status bs_network_load(const bs_network *network, const bs_weights *weights, float *theta,
                          float *statistics)
{
    bool with_statistics = statistics != NULL || has_statistics(network, weights);
    size_t tensors = (size_t)network->parameter_count + (size_t)network->statistic_count;
    bs_tensor *wanted = bs_alloc(tensors, sizeof *wanted);
    float *values = bs_alloc(network->parameter_size + network->statistic_size, sizeof *values);
    bs_status status = BS_ERR_MEMORY;
    if (wanted != NULL && values != NULL) {
        status = copy_tensors(network, weights, with_statistics, wanted, values);
    }
    if (status == BS_OK && with_statistics) {
        status = check_variances(network, weights, values + network->parameter_size);
    }
    if (status == BS_OK) {
        memcpy(theta, values, network->parameter_size * sizeof *theta);
    }
    if (status == BS_OK && statistics != NULL) {
        memcpy(statistics, values + network->parameter_size,
               network->statistic_size * sizeof *statistics);
    }
    bs_free(values);
    bs_free(wanted);
    return status;
}
