/* Networks from hyperparameters: expands the architecture, and draws initial weights. */
#include "blueshift/network.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "blueshift/text.h"
#include "network_build.h"

bs_status bs_network_create(const bs_architecture *architecture, bs_network **network)
{
    *network = NULL;
    char advice[BS_RULE_MAX];
    const char *wrong = bs_architecture_check(architecture, BS_HYPERPARAMETER_ALL, advice);
    if (wrong != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "a network's %s: %s", wrong, advice);
    }
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
        bs_free(network->tails);
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
            bool scale = bs_text_ends_in(tensor->name, ".weight");
            fill_constant(scale ? 1.0F : 0.0F, tensor->count, out);
            continue;
        }
        bool last = strcmp(tensor->name, "linear.weight") == 0;
        double fan_in = (double)tensor->count / (double)tensor->shape[0];
        rng.item = (uint32_t)i;
        fill_normal(&rng, sqrt((last ? 1.0 : gain) / fan_in), tensor->count, out);
    }
}
