/* Networks from hyperparameters: checks them, expands the architecture, and draws initial weights.
 */
#include "blueshift/network.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "network_build.h"

enum { WIDTH_MAX = 16, MLP_WIDTH_MAX = 65536, MLP_DEPTH_MAX = 1000, RESNET_DEPTH_MAX = 1202 };

static bs_status check_blocks(const bs_architecture *hyperparameters)
{
    if (hyperparameters->paths < 1 || hyperparameters->paths > BS_PATHS_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "network paths %d: a block has 1 to %d paths",
                       hyperparameters->paths, BS_PATHS_MAX);
    }
    if (!isfinite(hyperparameters->skip_weight)) {
        return BS_FAIL(BS_ERR_USAGE, "network skip weight %g: it must be a finite number",
                       hyperparameters->skip_weight);
    }
    return BS_OK;
}

static bs_status check_resnet(const bs_architecture *hyperparameters)
{
    if (hyperparameters->depth < 8 || hyperparameters->depth > RESNET_DEPTH_MAX ||
        (hyperparameters->depth - 2) % 6 != 0) {
        return BS_FAIL(
            BS_ERR_USAGE,
            "network depth %d: a ResNet has 6n + 2 layers, 8 to %d (20, 32, 44, 56, 110)",
            hyperparameters->depth, RESNET_DEPTH_MAX);
    }
    if (hyperparameters->width < 1 || hyperparameters->width > WIDTH_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network width %d: a ResNet's width multiplies 16, 32, 64 channels, 1 to %d",
                       hyperparameters->width, WIDTH_MAX);
    }
    return check_blocks(hyperparameters);
}

/* Pre-activation blocks of two layers behind the first. */
static bs_status check_mlp_blocks(const bs_architecture *hyperparameters)
{
    if (hyperparameters->shortcut != BS_SHORTCUT_PAD) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network shortcut %s: an MLP's shortcut is none or pad, the identity",
                       bs_shortcut_name(hyperparameters->shortcut));
    }
    if (hyperparameters->paths != 1) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network paths %d: an MLP with a shortcut has one path; set paths 1, or "
                       "shortcut none",
                       hyperparameters->paths);
    }
    if (hyperparameters->depth < 3 || hyperparameters->depth % 2 == 0) {
        return BS_FAIL(
            BS_ERR_USAGE,
            "network depth %d: an MLP with a shortcut has 2n + 1 hidden layers, 3 or more",
            hyperparameters->depth);
    }
    return BS_OK;
}

static bs_status check_mlp(const bs_architecture *hyperparameters)
{
    if (hyperparameters->depth < 1 || hyperparameters->depth > MLP_DEPTH_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "network depth %d: an MLP has 1 to %d hidden layers",
                       hyperparameters->depth, MLP_DEPTH_MAX);
    }
    if (hyperparameters->width < 1 || hyperparameters->width > MLP_WIDTH_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "network width %d: an MLP's hidden layers have 1 to %d units",
                       hyperparameters->width, MLP_WIDTH_MAX);
    }
    if (hyperparameters->norm != BS_NORM_NONE) {
        return BS_FAIL(BS_ERR_USAGE, "an MLP has no normalisation: set norm none");
    }
    if (hyperparameters->shortcut != BS_SHORTCUT_NONE) {
        BS_TRY(check_mlp_blocks(hyperparameters));
        return check_blocks(hyperparameters);
    }
    return hyperparameters->paths > 1 ? check_blocks(hyperparameters) : BS_OK;
}

static bs_status check_hyperparameters(const bs_architecture *hyperparameters)
{
    if (hyperparameters->activation == BS_ACTIVATION_LEAKY_RELU &&
        !isfinite(hyperparameters->slope)) {
        return BS_FAIL(BS_ERR_USAGE, "network slope %g: it must be a finite number",
                       hyperparameters->slope);
    }
    return hyperparameters->family == BS_FAMILY_MLP ? check_mlp(hyperparameters)
                                                    : check_resnet(hyperparameters);
}

bs_status bs_network_create(const bs_architecture *architecture, bs_network **network)
{
    *network = NULL;
    BS_TRY(check_hyperparameters(architecture));
    bs_network *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->architecture = *architecture;
    bs_builder builder = {.network = made, .block = -1};
    if (architecture->family == BS_FAMILY_MLP) {
        bs_build_mlp(&builder);
    } else {
        bs_build_resnet(&builder);
    }
    if (builder.status != BS_OK) {
        bs_network_destroy(made);
        return builder.status;
    }
    *network = made;
    return BS_OK;
}

void bs_network_destroy(bs_network *network)
{
    if (network != NULL) {
        bs_free(network->layers);
        bs_free(network->parameters);
        bs_free(network->statistics);
        bs_free(network->blocks);
        bs_free(network);
    }
}

/* COUNT normal numbers of standard deviation SCALE, drawn in pieces of the stack. */
static void fill_normal(const bs_rng *rng, double scale, size_t count, float *out)
{
    enum { PIECE = 512 };
    double numbers[PIECE];
    for (size_t first = 0; first < count; first += PIECE) {
        size_t length = count - first < PIECE ? count - first : PIECE;
        bs_rng_normal(rng, first, length, numbers);
        for (size_t i = 0; i < length; i++) {
            out[first + i] = (float)(scale * numbers[i]);
        }
    }
}

static void fill_constant(float value, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = value;
    }
}

void bs_network_init(const bs_network *network, uint64_t seed, bs_stream stream,
                     uint32_t realisation, float *theta)
{
    double gain = bs_activation_gain(network->architecture.activation, network->architecture.slope);
    bs_rng rng = {.seed = seed, .stream = stream, .realisation = realisation};
    for (int i = 0; i < network->parameter_count; i++) {
        const bs_tensor *tensor = &network->parameters[i];
        float *out = theta + tensor->offset;
        if (tensor->ndim == 1) {
            size_t length = strlen(tensor->name);
            bool scale = length > 7 && strcmp(tensor->name + length - 7, ".weight") == 0;
            fill_constant(scale ? 1.0F : 0.0F, tensor->count, out);
            continue;
        }
        bool last = strcmp(tensor->name, "linear.weight") == 0;
        double fan_in = (double)tensor->count / (double)tensor->shape[0];
        rng.item = (uint32_t)i;
        fill_normal(&rng, sqrt((last ? 1.0 : gain) / fan_in), tensor->count, out);
    }
}
