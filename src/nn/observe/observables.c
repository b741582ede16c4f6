/* What branches are seen through: random heads and random positions, fixed for an experiment. */
#include <math.h>

#include "blueshift/images.h"
#include "blueshift/observables.h"

int bs_branch_count(const bs_network *network)
{
    return BS_BRANCH_PATH + network->architecture.paths;
}

bool bs_branch_exists(const bs_network *network, int branch)
{
    if (network->block_count == 0 || branch < 0 || branch >= bs_branch_count(network)) {
        return false;
    }
    return branch != BS_BRANCH_SKIP || network->blocks[0].skip >= 0;
}

static const bs_layer *shape_of(const bs_network *network, int block)
{
    return &network->layers[network->blocks[block].sum];
}

void bs_branch_head(const bs_network *network, int block, uint64_t seed, double *head)
{
    const bs_rng rng = {.seed = seed, .stream = BS_STREAM_HEAD, .item = (uint32_t)block};
    int channels = shape_of(network, block)->channels;
    size_t count = (size_t)channels * BS_CLASSES;
    bs_rng_normal(&rng, 0, count, head);
    for (size_t i = 0; i < count; i++) {
        head[i] /= sqrt(channels);
    }
}

/* UNIFORM lies below 1, but its product with COUNT may be rounded up to COUNT. */
static int64_t pick(double uniform, int64_t count)
{
    int64_t picked = (int64_t)(uniform * (double)count);
    return picked < count ? picked : count - 1;
}

void bs_branch_positions(const bs_network *network, int block, uint64_t seed, int64_t images,
                         const bs_observables *wanted, bs_probe *positions)
{
    enum { COORDINATES = 4 };
    const bs_rng rng = {.seed = seed, .stream = BS_STREAM_PROBE, .item = (uint32_t)block};
    const bs_layer *shape = shape_of(network, block);
    for (int i = 0; i < wanted->probes; i++) {
        double u[COORDINATES];
        bs_rng_uniform(&rng, (uint64_t)i * COORDINATES, COORDINATES, u);
        int64_t first = pick(u[0], images);
        for (int j = 0; j < wanted->probe_images; j++) {
            *positions++ = (bs_probe){.image = (first + j * images / wanted->probe_images) % images,
                                      .channel = (int)pick(u[1], shape->channels),
                                      .row = (int)pick(u[2], shape->height),
                                      .column = (int)pick(u[3], shape->width)};
        }
    }
}

int bs_surface_block_count(const bs_network *network, const bs_branch_surfaces *wanted)
{
    if (wanted->every > 0) {
        return (network->block_count + wanted->every - 1) / wanted->every;
    }
    int count = 0;
    while (count < wanted->block_count && wanted->blocks[count] < network->block_count) {
        count++;
    }
    return count;
}

int bs_surface_block(const bs_branch_surfaces *wanted, int i)
{
    return wanted->every > 0 ? i * wanted->every : wanted->blocks[i];
}

int bs_surface_index(const bs_branch_surfaces *wanted, int block)
{
    int index = 0;
    while (bs_surface_block(wanted, index) < block) {
        index++;
    }
    return index;
}
