/* Weights files of a small network with running statistics. */
#ifndef BLUESHIFT_TESTS_WRITTEN_WEIGHTS_H
#define BLUESHIFT_TESTS_WRITTEN_WEIGHTS_H

#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/network.h"
#include "blueshift/weights.h"

/* What the files are of. */
static const bs_architecture written_architecture = {.depth = 8,
                                                     .shortcut = BS_SHORTCUT_PAD,
                                                     .skip_weight = 1.0,
                                                     .paths = 1,
                                                     .width = 1,
                                                     .norm = BS_NORM_RUNNING};

/* Multiplies the tensor NAME, if it is NAME. */
static inline void scale(const bs_tensor *tensor, const char *name, float factor, float *values)
{
    for (size_t i = 0; strcmp(tensor->name, name) == 0 && i < tensor->count; i++) {
        values[tensor->offset + i] *= factor;
    }
}

/* Random weights and statistics, the stem's scaled by FACTOR: bn1 takes it out again. */
static inline bs_status write_weights(const bs_network *network, float factor, const char *std,
                                      const char *path)
{
    enum { TENSORS_MAX = 128 };
    static bs_tensor tensors[TENSORS_MAX];
    int count = 0;
    float *values = bs_alloc(network->parameter_size + network->statistic_size, sizeof *values);
    if (values == NULL || network->parameter_count + network->statistic_count > TENSORS_MAX) {
        return BS_ERR_MEMORY;
    }
    bs_network_init(network, 5, BS_STREAM_INIT, 0, values);
    for (int i = 0; i < network->parameter_count; i++) {
        tensors[count] = network->parameters[i];
        scale(&tensors[count++], "conv1.weight", factor, values);
    }
    for (int i = 0; i < network->statistic_count; i++) {
        tensors[count] = network->statistics[i];
        bs_tensor *t = &tensors[count++];
        t->offset += network->parameter_size;
        bool variance = strstr(t->name, "var") != NULL;
        for (size_t j = 0; j < t->count; j++) {
            values[t->offset + j] = (variance ? 1.0F : -0.1F) + 0.1F * (float)(j % 5);
        }
        scale(t, "bn1.running_mean", factor, values);
        scale(t, "bn1.running_var", factor * factor, values);
    }
    const char *const metadata[] = {"shortcut", "pad", "mean", "0.5,0.5,0.5", "std", std, NULL};
    bs_status status = bs_weights_write(path, true, count, tensors, values, metadata);
    bs_free(values);
    return status;
}

#endif
