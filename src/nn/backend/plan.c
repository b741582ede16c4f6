/* Plans from networks: chooses the image group, fuses the table, places the buffers. */
#include "plan.h"

#include <unistd.h>

#include "blueshift/memory.h"

/* Dense layers read all their weights for every tile, so they want many images; and whatever is
 * done to values of one pixel takes whole tiles of images. */
enum { DENSE_GROUP = 64, CONV_GROUP_MIN = 4, CONV_GROUP_MAX = 8, CACHE_BYTES = 1 << 20 };

static size_t cache_bytes(void)
{
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return bytes > 0 ? (size_t)bytes : CACHE_BYTES;
}

/* Images at a time. With given statistics two or three maps an image fill half of the second-level
 * cache, and four at least share the filters, which for the smallest maps are larger than the maps
 * and come from the third level; with batch statistics a layer's filters stay in the cache over all
 * images, and the other half is for the next image, which is far away. Values do not depend on it.
 */
static int choose_group(const bs_network *network, bool batch)
{
    size_t largest = 1;
    for (int i = 0; i + 1 < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        size_t size =
            sizeof(float) * (size_t)(bs_plan_channels(layer) * layer->height * layer->width);
        largest = size > largest ? size : largest;
        if (layer->kind != BS_LAYER_POOL && layer->height * layer->width == 1) {
            return DENSE_GROUP;
        }
    }
    size_t group = cache_bytes() / (6 * largest);
    if (batch) {
        return 1;
    }
    return group < CONV_GROUP_MIN   ? CONV_GROUP_MIN
           : group > CONV_GROUP_MAX ? CONV_GROUP_MAX
                                    : (int)group;
}

bs_status bs_plan_create(const bs_network *network, const bs_plan_use *use, bs_plan **plan)
{
    *plan = NULL;
    bs_plan *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->batch = use->batch;
    made->observed = use->observed;
    made->trained = use->trained;
    made->group = choose_group(network, use->batch);
    bs_status status = bs_plan_fuse(made);
    if (status == BS_OK && made->trained) {
        status = bs_plan_reverse(made);
    }
    if (status == BS_OK) {
        status = bs_plan_allocate(made, use->max_images);
    }
    if (status == BS_OK && made->observed) {
        status = bs_plan_tap(made);
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
        bs_free(plan->taps);
        bs_free(plan->reverses);
        bs_free(plan->buffers);
        bs_free(plan->buffer_of);
        bs_free(plan);
    }
}
