/* Fully connected networks: the flattened image, hidden layers of equal width, ten logits. */
#include <stdio.h>

#include "blueshift/images.h"
#include "network_build.h"

void bs_build_mlp(bs_builder *builder)
{
    const bs_architecture *knobs = &builder->network->architecture;
    int value = bs_build_input(builder, BS_IMAGE_CHANNELS, BS_IMAGE_SIDE);
    for (int i = 0; i < knobs->depth; i++) {
        char name[BS_TENSOR_NAME];
        (void)snprintf(name, sizeof name, "fc%d", i + 1);
        value = bs_build_linear(builder, value, name, knobs->width, knobs->bias);
        value = bs_build_activation(builder, value);
    }
    bs_build_linear(builder, value, "linear", BS_CLASSES, knobs->bias);
}
