/* Plans from networks: chooses the image group, fuses the table, places the buffers. */
#include "plan.h"

#include "blueshift/memory.h"

/* Few images keep two or three feature maps of 32 x 32 x 16 in a second-level cache beside the
 * weights; dense layers read all their weights for every tile, so they want many. */
enum { CONV_GROUP = 2, BATCH_GROUP = 1, DENSE_GROUP = 64 };

static int choose_group(const bs_network *network, bool batch)
{
    for (int i = 0; i + 1 < network->layer_count; i++) {
        if (network->layers[i].kind == BS_LAYER_LINEAR) {
            return DENSE_GROUP;
        }
    }
    return batch ? BATCH_GROUP : CONV_GROUP;
}

bs_status bs_plan_create(const bs_network *network, int max_images, bool batch, bs_plan **plan)
{
    *plan = NULL;
    bs_plan *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->batch = batch;
    made->group = choose_group(network, batch);
    bs_status status = bs_plan_fuse(made);
    if (status == BS_OK) {
        status = bs_plan_allocate(made, max_images);
    }
    if (status != BS_OK) {
        bs_plan_destroy(made);
        return status;
    }
    *plan = made;
    return BS_OK;
}

void bs_plan_destroy(bs_plan *plan)
{
    if (plan != NULL) {
        bs_free(plan->steps);
        bs_free(plan->buffers);
        bs_free(plan->buffer_of);
        bs_free(plan);
    }
}

int bs_plan_channels(const bs_layer *layer)
{
    if (layer->kind == BS_LAYER_INPUT) {
        return layer->channels;
    }
    return (layer->channels + BS_PLAN_CHANNELS - 1) / BS_PLAN_CHANNELS * BS_PLAN_CHANNELS;
}
