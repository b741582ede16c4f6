/* Building blocks of architectures: each call appends one layer and its tensors to a network. */
#ifndef BLUESHIFT_NN_NETWORK_BUILD_H
#define BLUESHIFT_NN_NETWORK_BUILD_H

#include "blueshift/network.h"

/* A network under construction. After a failure every further call does nothing, so that an
 * architecture is written as straight-line code and STATUS is looked at once, at the end. */
typedef struct bs_builder {
    bs_network *network;
    int block; /* written to the layers that follow; -1 outside the blocks */
    bs_status status;
    int layer_room, parameter_room, statistic_room; /* allocated elements */
} bs_builder;

/* Every function returns the number of the layer that holds the result; INPUT is such a number.
 * NAME is PyTorch's name of the module, to which ".weight" and the like are added. */
int bs_build_input(bs_builder *builder, int channels, int side);
int bs_build_conv(bs_builder *builder, int input, const char *name, int channels, int kernel,
                  int stride);
/* The input itself when the architecture has no normalisation. */
int bs_build_norm(bs_builder *builder, int input, const char *name);
int bs_build_activation(bs_builder *builder, int input);
int bs_build_pad(bs_builder *builder, int input, int channels, int stride);
/* The input itself when it is a single one with coefficient 1. */
int bs_build_sum(bs_builder *builder, int count, const int *inputs, const double *coefficients);
int bs_build_pool(bs_builder *builder, int input);
int bs_build_linear(bs_builder *builder, int input, const char *name, int units, bool bias);

/* Declare the tensors of a convolution or norm without a layer that uses them, so that networks
 * which differ in the presence of that layer share one parameter vector. */
void bs_build_conv_tensor(bs_builder *builder, int input, const char *name, int channels,
                          int kernel);
void bs_build_norm_tensors(bs_builder *builder, int channels, const char *name);

/* Makes room for COUNT blocks and begins the first: layers that follow are its own. */
void bs_build_blocks(bs_builder *builder, int count);

/* Ends the block and begins the next; after the last, none. Its result from the ends PATHS of its
 * paths, as many as the architecture has, and its SHORTCUT (-1: none):
 *   v1: 1/k sum_j act(path_j + nu shortcut), v2: 1/k sum_j path_j + nu shortcut. */
int bs_build_join(bs_builder *builder, bs_version version, const int *paths, int shortcut);

/* The architectures: from the network's hyperparameters to its table. */
void bs_build_resnet(bs_builder *builder);
void bs_build_mlp(bs_builder *builder);

#endif
