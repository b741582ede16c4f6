/* Heads and probe positions as tensors. */
#include "export_observables.h"

#include <stdio.h>

#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/weights.h"

enum { POSITION = 4 /* image, channel, row, column */ };

/* What is collected: tensors into one vector of values. */
typedef struct collection {
    const bs_experiment *experiment;
    const bs_network *network;
    int64_t images;
    int count;
    bs_tensor *tensors;
    size_t size; /* of the values so far */
    float *values;
} collection;

static int channels_of(const bs_network *network, int block)
{
    return network->layers[network->blocks[block].sum].channels;
}

/* A tensor of NDIM dimensions SHAPE, whose values come next. */
static float *append(collection *c, const char *kind, int block, int ndim, const int64_t *shape)
{
    bs_tensor *tensor = &c->tensors[c->count++];
    *tensor = (bs_tensor){.ndim = ndim, .offset = c->size, .count = 1};
    snprintf(tensor->name, sizeof tensor->name, "%s.%d", kind, block);
    for (int d = 0; d < ndim; d++) {
        tensor->shape[d] = shape[d];
        tensor->count *= (size_t)shape[d];
    }
    c->size += tensor->count;
    return c->values + tensor->offset;
}

static bs_status append_head(collection *c, int block)
{
    const int64_t shape[] = {channels_of(c->network, block), BS_CLASSES};
    const size_t count = (size_t)(shape[0] * shape[1]);
    double *head = bs_alloc(count, sizeof *head);
    if (head == NULL) {
        return BS_ERR_MEMORY;
    }
    float *to = append(c, "head", block, 2, shape);
    bs_branch_head(c->network, block, c->experiment->seed, head);
    for (size_t i = 0; i < count; i++) {
        to[i] = (float)head[i];
    }
    bs_free(head);
    return BS_OK;
}

static bs_status append_positions(collection *c, int block)
{
    const bs_observables *o = &c->experiment->observables;
    const int64_t shape[] = {o->probes, o->probe_images, POSITION};
    bs_probe *positions = bs_alloc((size_t)bs_probe_count(o), sizeof *positions);
    if (positions == NULL) {
        return BS_ERR_MEMORY;
    }
    float *to = append(c, "probe", block, 3, shape);
    bs_branch_positions(c->network, block, c->experiment->seed, c->images, o, positions);
    for (int64_t i = 0; i < bs_probe_count(o); i++) {
        *to++ = (float)positions[i].image;
        *to++ = (float)positions[i].channel;
        *to++ = (float)positions[i].row;
        *to++ = (float)positions[i].column;
    }
    bs_free(positions);
    return BS_OK;
}

static bs_status collect(collection *c)
{
    const bs_observables *o = &c->experiment->observables;
    const int blocks = c->network->block_count;
    size_t size = 0;
    for (int block = 0; block < blocks; block++) {
        size += (size_t)channels_of(c->network, block) * BS_CLASSES;
        size += (size_t)bs_probe_count(o) * POSITION;
    }
    c->tensors = bs_alloc(2 * (size_t)blocks, sizeof *c->tensors);
    c->values = bs_alloc(size, sizeof *c->values);
    bs_status status = c->tensors == NULL || c->values == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int block = 0; block < blocks && status == BS_OK; block++) {
        status = o->branch_losses ? append_head(c, block) : BS_OK;
        if (status == BS_OK && o->probes > 0) {
            status = append_positions(c, block);
        }
    }
    return status;
}

bs_status bs_export_observables(const bs_observables_output *output,
                                const bs_experiment *experiment, const bs_network *network,
                                int64_t images)
{
    const bs_observables *o = &experiment->observables;
    if (network->block_count == 0 || (!o->branch_losses && o->probes == 0)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "the sweep has neither branch losses nor probes of this network, so that "
                       "there are no heads and no positions to write");
    }
    collection c = {.experiment = experiment, .network = network, .images = images};
    bs_status status = collect(&c);
    if (status == BS_OK) {
        status = bs_weights_write(output->path, output->replace, c.count, c.tensors, c.values,
                                  output->notes);
    }
    bs_free(c.tensors);
    bs_free(c.values);
    return status;
}
