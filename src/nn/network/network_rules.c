/* The one set of rules for architectures: ranges of hyperparameters, and which of them go together.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "blueshift/network.h"

enum {
    RESNET_DEPTH_MIN = 8, /* one block a stage */
    RESNET_DEPTH_MAX = 1202,
    RESNET_LAYERS = 6, /* a block more: two convolutions in each of three stages */
    RESNET_WIDTH_MAX = 16,
    MLP_DEPTH_MIN = 3, /* with a shortcut: one block */
    MLP_DEPTH_MAX = 1000,
    MLP_WIDTH_MAX = 65536
};

/* What is checked, and where the advice goes. */
typedef struct rules {
    const bs_architecture *architecture;
    unsigned decided;
    char *advice;
} rules;

static bool has(const rules *r, bs_hyperparameter hyperparameter)
{
    return (r->decided & (unsigned)hyperparameter) != 0;
}

/* The broken rule's hyperparameter, KEY. */
static const char *broken(const rules *r, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *broken(const rules *r, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->advice, BS_RULE_MAX, format, arguments);
    va_end(arguments);
    return key;
}

static const char *check_resnet(const rules *r)
{
    int depth = r->architecture->depth;
    int width = r->architecture->width;
    if (has(r, BS_HYPERPARAMETER_DEPTH) && (depth < 1 || depth > RESNET_DEPTH_MAX)) {
        return broken(r, "depth", "a ResNet has %d to %d layers", RESNET_DEPTH_MIN,
                      RESNET_DEPTH_MAX);
    }
    if (has(r, BS_HYPERPARAMETER_DEPTH) &&
        (depth < RESNET_DEPTH_MIN || (depth - 2) % RESNET_LAYERS != 0)) {
        int below =
            depth < RESNET_DEPTH_MIN ? RESNET_DEPTH_MIN : depth - (depth - 2) % RESNET_LAYERS;
        return broken(r, "depth", "a ResNet has 6n + 2 layers: take %d or %d", below,
                      below + RESNET_LAYERS);
    }
    if (has(r, BS_HYPERPARAMETER_WIDTH) && (width < 1 || width > RESNET_WIDTH_MAX)) {
        return broken(r, "width",
                      "a ResNet's width multiplies 16, 32 and 64 channels: take 1 to %d",
                      RESNET_WIDTH_MAX);
    }
    return NULL;
}

/* A first layer, then blocks of two around an identity. */
static const char *check_mlp_blocks(const rules *r)
{
    int depth = r->architecture->depth;
    if (r->architecture->shortcut != BS_SHORTCUT_PAD) {
        return broken(r, "shortcut",
                      "an mlp's blocks do not change shape: take none, or pad (the identity)");
    }
    if (has(r, BS_HYPERPARAMETER_PATHS) && r->architecture->paths > 1) {
        return broken(r, "paths",
                      "an mlp has either paths or a shortcut: take paths 1, or shortcut none");
    }
    if (has(r, BS_HYPERPARAMETER_DEPTH) && (depth < MLP_DEPTH_MIN || depth % 2 == 0)) {
        int below = depth < MLP_DEPTH_MIN ? MLP_DEPTH_MIN : depth - 1;
        return broken(r, "depth", "an mlp with a shortcut has 2n + 1 hidden layers: take %d or %d",
                      below, below + 2);
    }
    return NULL;
}

static const char *check_mlp(const rules *r)
{
    const bs_architecture *a = r->architecture;
    if (has(r, BS_HYPERPARAMETER_DEPTH) && (a->depth < 1 || a->depth > MLP_DEPTH_MAX)) {
        return broken(r, "depth", "an mlp has 1 to %d hidden layers", MLP_DEPTH_MAX);
    }
    if (has(r, BS_HYPERPARAMETER_WIDTH) && (a->width < 1 || a->width > MLP_WIDTH_MAX)) {
        return broken(r, "width", "an mlp's hidden layers have 1 to %d units", MLP_WIDTH_MAX);
    }
    if (a->norm != BS_NORM_NONE) {
        return broken(r, "norm", "an mlp has no normalisation: take none");
    }
    bool blocks = has(r, BS_HYPERPARAMETER_SHORTCUT) && a->shortcut != BS_SHORTCUT_NONE;
    return blocks ? check_mlp_blocks(r) : NULL;
}

/* Values of words that no network can have: a choice that was left open and never made. */
static const char *check_choices(const rules *r)
{
    const bs_architecture *a = r->architecture;
    const struct {
        const char *key;
        const bs_words *words;
        int value;
        bs_hyperparameter bit;
    } choices[] = {
        {"kind", &bs_family_words, (int)a->family, BS_HYPERPARAMETER_KIND},
        {"version", &bs_version_words, (int)a->version, BS_HYPERPARAMETER_VERSION},
        {"shortcut", &bs_shortcut_words, (int)a->shortcut, BS_HYPERPARAMETER_SHORTCUT},
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        bool known = choices[i].value >= 0 && choices[i].value < choices[i].words->count;
        if (has(r, choices[i].bit) && !known) {
            return broken(r, choices[i].key, "it was left open and nothing decides it");
        }
    }
    return NULL;
}

const char *bs_architecture_check(const bs_architecture *architecture, unsigned decided,
                                  char advice[BS_RULE_MAX])
{
    const rules r = {.architecture = architecture, .decided = decided, .advice = advice};
    const char *wrong = check_choices(&r);
    if (wrong == NULL && has(&r, BS_HYPERPARAMETER_KIND)) {
        wrong = architecture->family == BS_FAMILY_MLP ? check_mlp(&r) : check_resnet(&r);
    }
    if (wrong != NULL) {
        return wrong;
    }
    if (has(&r, BS_HYPERPARAMETER_PATHS) &&
        (architecture->paths < 1 || architecture->paths > BS_PATHS_MAX)) {
        return broken(&r, "paths", "a block has 1 to %d paths", BS_PATHS_MAX);
    }
    if (!isfinite(architecture->skip_weight)) {
        return broken(&r, "skip_weight", "it is a finite number");
    }
    if (!(architecture->slope >= 0.0 && architecture->slope <= 1.0)) {
        return broken(&r, "slope", "a slope lies between 0 (relu) and 1 (linear)");
    }
    return NULL;
}
