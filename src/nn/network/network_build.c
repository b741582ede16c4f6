/* Appends primitive layers and their tensors to a network under construction. */
#include "network_build.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

static const bs_layer NO_TENSORS = {.weight = -1, .bias = -1, .mean = -1, .variance = -1};

/* The array, moved when COUNT elements fill it, so that one more fits; NULL without memory. */
static void *make_room(void *array, int count, int *room, size_t size)
{
    if (count < *room) {
        return array;
    }
    int wanted = *room == 0 ? 64 : 2 * *room;
    void *larger = bs_alloc((size_t)wanted, size);
    if (larger == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(larger, array, (size_t)count * size);
    }
    bs_free(array);
    *room = wanted;
    return larger;
}

static int add_layer(bs_builder *builder, const bs_layer *layer)
{
    bs_network *network = builder->network;
    if (builder->status != BS_OK) {
        return 0;
    }
    bs_layer *layers =
        make_room(network->layers, network->layer_count, &builder->layer_room, sizeof *layers);
    if (layers == NULL) {
        builder->status = BS_ERR_MEMORY;
        return 0;
    }
    network->layers = layers;
    layers[network->layer_count] = *layer;
    layers[network->layer_count].block = builder->block;
    return network->layer_count++;
}

/* Layer KIND over INPUT with the input's shape; the caller changes what differs. */
static bs_layer layer_over(const bs_builder *builder, bs_layer_kind kind, int input)
{
    bs_layer layer = NO_TENSORS;
    layer.kind = kind;
    layer.input_count = 1;
    layer.inputs[0] = input;
    if (builder->status == BS_OK) {
        const bs_layer *source = &builder->network->layers[input];
        layer.channels = source->channels;
        layer.height = source->height;
        layer.width = source->width;
    }
    return layer;
}

static void fill_tensor(bs_builder *builder, bs_tensor *tensor, const char *name,
                        const char *suffix, const int shape[BS_TENSOR_DIMS])
{
    int length = snprintf(tensor->name, sizeof tensor->name, "%s.%s", name, suffix);
    if (length < 0 || length >= (int)sizeof tensor->name) {
        builder->status =
            BS_FAIL(BS_ERR_INTERNAL, "the tensor name %s.%s is too long", name, suffix);
    }
    tensor->count = 1;
    for (int i = 0; i < BS_TENSOR_DIMS && shape[i] != 0; i++) {
        tensor->ndim = i + 1;
        tensor->shape[i] = shape[i];
        tensor->count *= (size_t)shape[i];
    }
}

/* SHAPE ends at its first zero. */
static int add_parameter(bs_builder *builder, const char *name, const char *suffix,
                         const int shape[BS_TENSOR_DIMS])
{
    bs_network *network = builder->network;
    if (builder->status != BS_OK) {
        return -1;
    }
    bs_tensor *tensors = make_room(network->parameters, network->parameter_count,
                                   &builder->parameter_room, sizeof *tensors);
    if (tensors == NULL) {
        builder->status = BS_ERR_MEMORY;
        return -1;
    }
    network->parameters = tensors;
    bs_tensor *tensor = &tensors[network->parameter_count];
    fill_tensor(builder, tensor, name, suffix, shape);
    tensor->offset = network->parameter_size;
    network->parameter_size += tensor->count;
    return network->parameter_count++;
}

static int add_statistic(bs_builder *builder, const char *name, const char *suffix, int channels)
{
    bs_network *network = builder->network;
    if (builder->status != BS_OK) {
        return -1;
    }
    bs_tensor *tensors = make_room(network->statistics, network->statistic_count,
                                   &builder->statistic_room, sizeof *tensors);
    if (tensors == NULL) {
        builder->status = BS_ERR_MEMORY;
        return -1;
    }
    network->statistics = tensors;
    bs_tensor *tensor = &tensors[network->statistic_count];
    fill_tensor(builder, tensor, name, suffix, (const int[BS_TENSOR_DIMS]){channels});
    tensor->offset = network->statistic_size;
    network->statistic_size += tensor->count;
    return network->statistic_count++;
}

int bs_build_input(bs_builder *builder, int channels, int side)
{
    bs_layer layer = NO_TENSORS;
    layer.kind = BS_LAYER_INPUT;
    layer.channels = channels;
    layer.height = side;
    layer.width = side;
    return add_layer(builder, &layer);
}

static int conv_tensor(bs_builder *builder, int in_channels, const char *name, int channels,
                       int kernel)
{
    const int shape[BS_TENSOR_DIMS] = {channels, in_channels, kernel, kernel};
    return add_parameter(builder, name, "weight", shape);
}

static void norm_tensors(bs_builder *builder, int channels, const char *name, bs_layer *layer)
{
    const int shape[BS_TENSOR_DIMS] = {channels};
    layer->weight = add_parameter(builder, name, "weight", shape);
    layer->bias = add_parameter(builder, name, "bias", shape);
    layer->mean = add_statistic(builder, name, "running_mean", channels);
    layer->variance = add_statistic(builder, name, "running_var", channels);
}

void bs_build_conv_tensor(bs_builder *builder, int input, const char *name, int channels,
                          int kernel)
{
    bs_layer layer = layer_over(builder, BS_LAYER_CONV, input);
    (void)conv_tensor(builder, layer.channels, name, channels, kernel);
}

void bs_build_norm_tensors(bs_builder *builder, int channels, const char *name)
{
    bs_layer unused;
    if (builder->network->architecture.norm != BS_NORM_NONE) {
        norm_tensors(builder, channels, name, &unused);
    }
}

int bs_build_conv(bs_builder *builder, int input, const char *name, int channels, int kernel,
                  int stride)
{
    bs_layer layer = layer_over(builder, BS_LAYER_CONV, input);
    layer.weight = conv_tensor(builder, layer.channels, name, channels, kernel);
    builder->network->multiply_adds += (int64_t)channels * layer.channels * kernel * kernel *
                                       (layer.height / stride) * (layer.width / stride);
    layer.channels = channels;
    layer.height /= stride;
    layer.width /= stride;
    layer.kernel = kernel;
    layer.stride = stride;
    return add_layer(builder, &layer);
}

int bs_build_norm(bs_builder *builder, int input, const char *name)
{
    if (builder->network->architecture.norm == BS_NORM_NONE) {
        return input;
    }
    bs_layer layer = layer_over(builder, BS_LAYER_NORM, input);
    norm_tensors(builder, layer.channels, name, &layer);
    return add_layer(builder, &layer);
}

int bs_build_activation(bs_builder *builder, int input)
{
    bs_layer layer = layer_over(builder, BS_LAYER_ACTIVATION, input);
    return add_layer(builder, &layer);
}

int bs_build_pad(bs_builder *builder, int input, int channels, int stride)
{
    bs_layer layer = layer_over(builder, BS_LAYER_PAD, input);
    layer.channels = channels;
    layer.height /= stride;
    layer.width /= stride;
    layer.stride = stride;
    return add_layer(builder, &layer);
}

int bs_build_sum(bs_builder *builder, int count, const int *inputs, const double *coefficients)
{
    if (count == 1 && coefficients[0] == 1.0) {
        return inputs[0];
    }
    bs_layer layer = layer_over(builder, BS_LAYER_SUM, inputs[0]);
    layer.input_count = count;
    for (int i = 0; i < count; i++) {
        layer.inputs[i] = inputs[i];
        layer.coefficients[i] = coefficients[i];
    }
    return add_layer(builder, &layer);
}

void bs_build_blocks(bs_builder *builder, int count)
{
    if (builder->status != BS_OK) {
        return;
    }
    builder->network->blocks = bs_alloc((size_t)count, sizeof *builder->network->blocks);
    builder->network->block_count = count;
    builder->block = 0;
    if (builder->network->blocks == NULL) {
        builder->status = BS_ERR_MEMORY;
    }
}

/* y = 1/k sum_j act(m_j + nu s). Of several paths the activations are what is averaged; a single
 * one is added to the shortcut before its activation. */
static int join_v1(bs_builder *builder, const int *paths, int shortcut, bs_block *block)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int ends[BS_PATHS_MAX] = {0};
    double weights[BS_PATHS_MAX] = {0.0};
    for (int j = 0; j < hyperparameters->paths; j++) {
        const int terms[2] = {paths[j], shortcut};
        const double coefficients[2] = {1.0, hyperparameters->skip_weight};
        int sum = bs_build_sum(builder, shortcut < 0 ? 1 : 2, terms, coefficients);
        ends[j] = bs_build_activation(builder, sum);
        weights[j] = 1.0 / hyperparameters->paths;
        block->paths[j] = hyperparameters->paths == 1 ? paths[j] : ends[j];
        block->sum = sum;
    }
    int x = bs_build_sum(builder, hyperparameters->paths, ends, weights);
    block->sum = hyperparameters->paths == 1 ? block->sum : x;
    block->addend = hyperparameters->paths == 1 && shortcut >= 0;
    return x;
}

/* y = 1/k sum_j m_j + nu s */
static int join_v2(bs_builder *builder, const int *paths, int shortcut, bs_block *block)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int terms[BS_LAYER_INPUTS] = {0};
    double coefficients[BS_LAYER_INPUTS] = {0.0};
    int count = 0;
    for (; count < hyperparameters->paths; count++) {
        terms[count] = paths[count];
        coefficients[count] = 1.0 / hyperparameters->paths;
        block->paths[count] = paths[count];
    }
    block->addend = shortcut >= 0;
    if (shortcut >= 0) {
        terms[count] = shortcut;
        coefficients[count++] = hyperparameters->skip_weight;
    }
    block->sum = bs_build_sum(builder, count, terms, coefficients);
    return block->sum;
}

int bs_build_join(bs_builder *builder, bs_version version, const int *paths, int shortcut)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    bs_block block = {.skip = shortcut,
                      .skip_weight = hyperparameters->skip_weight,
                      .path_count = hyperparameters->paths};
    int x = version == BS_VERSION_V1 ? join_v1(builder, paths, shortcut, &block)
                                     : join_v2(builder, paths, shortcut, &block);
    if (builder->status == BS_OK) {
        builder->network->blocks[builder->block++] = block;
        builder->block = builder->block < builder->network->block_count ? builder->block : -1;
    }
    return x;
}

int bs_build_pool(bs_builder *builder, int input)
{
    bs_layer layer = layer_over(builder, BS_LAYER_POOL, input);
    layer.height = 1;
    layer.width = 1;
    return add_layer(builder, &layer);
}

int bs_build_linear(bs_builder *builder, int input, const char *name, int units, bool bias)
{
    bs_layer layer = layer_over(builder, BS_LAYER_LINEAR, input);
    int features = layer.channels * layer.height * layer.width;
    layer.weight =
        add_parameter(builder, name, "weight", (const int[BS_TENSOR_DIMS]){units, features});
    if (bias) {
        layer.bias = add_parameter(builder, name, "bias", (const int[BS_TENSOR_DIMS]){units});
    }
    builder->network->multiply_adds += (int64_t)units * features;
    layer.channels = units;
    layer.height = 1;
    layer.width = 1;
    return add_layer(builder, &layer);
}
