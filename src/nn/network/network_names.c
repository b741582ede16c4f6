/* The names of the hyperparameters' values in messages, experiments and files. */
#include "blueshift/network.h"

const char *bs_version_name(bs_version version)
{
    switch (version) {
    case BS_VERSION_V1:
        return "v1";
    case BS_VERSION_V2:
        return "v2";
    }
    return "unknown";
}

const char *bs_shortcut_name(bs_shortcut shortcut)
{
    switch (shortcut) {
    case BS_SHORTCUT_NONE:
        return "none";
    case BS_SHORTCUT_PAD:
        return "pad";
    case BS_SHORTCUT_PROJECTION:
        return "projection";
    }
    return "unknown";
}

const char *bs_activation_name(bs_activation activation)
{
    switch (activation) {
    case BS_ACTIVATION_RELU:
        return "relu";
    case BS_ACTIVATION_LEAKY_RELU:
        return "leaky-relu";
    case BS_ACTIVATION_TANH:
        return "tanh";
    case BS_ACTIVATION_SOFTPLUS:
        return "softplus";
    case BS_ACTIVATION_GELU:
        return "gelu";
    }
    return "unknown";
}

const char *bs_norm_name(bs_norm norm)
{
    switch (norm) {
    case BS_NORM_NONE:
        return "none";
    case BS_NORM_BATCH:
        return "batch";
    case BS_NORM_FROZEN:
        return "frozen";
    case BS_NORM_RUNNING:
        return "running";
    }
    return "unknown";
}
