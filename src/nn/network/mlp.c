/* Fully connected networks: the flattened image, hidden layers of equal width, ten logits. */
#include <stdio.h>

#include "blueshift/images.h"
#include "network_build.h"

enum { BLOCK_LAYERS = 2 };

static int build_hidden(bs_builder *builder, int x, const char *name)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    return bs_build_linear(builder, x, name, hyperparameters->width, hyperparameters->bias);
}

/* act(fc_i x), layer after layer. */
static int build_plain(bs_builder *builder, int x)
{
    for (int i = 1; i <= builder->network->architecture.depth; i++) {
        char name[BS_TENSOR_NAME];
        (void)snprintf(name, sizeof name, "fc%d", i);
        x = bs_build_activation(builder, build_hidden(builder, x, name));
    }
    return x;
}

/* 1/p sum_j act(fc_i_j x): every hidden layer is a block. */
static int build_multipath(bs_builder *builder, int x)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    bs_build_blocks(builder, hyperparameters->depth);
    for (int i = 1; i <= hyperparameters->depth; i++) {
        int paths[BS_PATHS_MAX];
        for (int j = 0; j < hyperparameters->paths; j++) {
            char name[BS_TENSOR_NAME];
            (void)snprintf(name, sizeof name, "fc%d.path%d", i, j);
            paths[j] = build_hidden(builder, x, name);
        }
        x = bs_build_join(builder, BS_VERSION_V1, paths, -1);
    }
    return x;
}

/* fc1, then blocks nu x + fc2(act(fc1(act x))), then act. */
static int build_residual(bs_builder *builder, int x)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int blocks = (hyperparameters->depth - 1) / BLOCK_LAYERS;
    x = build_hidden(builder, x, "fc1");
    bs_build_blocks(builder, blocks);
    for (int b = 0; b < blocks; b++) {
        int main = x;
        for (int i = 1; i <= BLOCK_LAYERS; i++) {
            char name[BS_TENSOR_NAME];
            (void)snprintf(name, sizeof name, "block%d.fc%d", b, i);
            main = build_hidden(builder, bs_build_activation(builder, main), name);
        }
        int shortcut = hyperparameters->skip_weight != 0.0 ? x : -1;
        x = bs_build_join(builder, BS_VERSION_V2, &main, shortcut);
    }
    return bs_build_activation(builder, x);
}

void bs_build_mlp(bs_builder *builder)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int x = bs_build_input(builder, BS_IMAGE_CHANNELS, BS_IMAGE_SIDE);
    if (hyperparameters->shortcut != BS_SHORTCUT_NONE) {
        x = build_residual(builder, x);
    } else if (hyperparameters->paths > 1) {
        x = build_multipath(builder, x);
    } else {
        x = build_plain(builder, x);
    }
    bs_build_linear(builder, x, "linear", BS_CLASSES, hyperparameters->bias);
}
