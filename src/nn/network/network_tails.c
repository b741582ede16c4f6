/* Extends a network by its tails: the rest of it after one branch of a block alone. */
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/network.h"

/* Layers are copied in order, so that each tail can stand right after its block: what it reads is
 * then still in a cache, and in batch mode its segments fall between those of the network. */
typedef struct extender {
    const bs_network *from;
    bs_network *to;
    const bs_tail_options *options;
    int *place; /* [layer of FROM]: its copy in the network itself */
    int *tail;  /* [layer of FROM]: its copy in the tail under way; -1: none */
} extender;

/* The layer whose value branch BRANCH of a block adds to the block's sums; -1: there is none. What
 * an average of activations takes from a path is the path before its activation, without the skip.
 */
static int addend_of(const bs_network *network, const bs_block *block, int branch)
{
    bool alone = block->path_count == 1 && block->skip < 0;
    if (alone || branch == BS_BRANCH_SUM || branch >= BS_BRANCH_PATH + block->path_count) {
        return -1;
    }
    if (branch == BS_BRANCH_SKIP) {
        return block->skip;
    }
    int path = block->paths[branch - BS_BRANCH_PATH];
    const bs_layer *layer = &network->layers[path];
    if (layer->kind != BS_LAYER_ACTIVATION || block->path_count == 1) {
        return path;
    }
    int before = layer->inputs[0];
    const bs_layer *sum = &network->layers[before];
    if (block->skip < 0 || sum->kind != BS_LAYER_SUM) {
        return before;
    }
    return sum->inputs[0] == block->skip ? sum->inputs[1] : sum->inputs[0];
}

int bs_network_tail_count(const bs_network *network, int block)
{
    int count = 0;
    for (int branch = 0; branch < BS_BRANCH_PATH + BS_PATHS_MAX; branch++) {
        count += addend_of(network, &network->blocks[block], branch) >= 0;
    }
    return count;
}

static int append(extender *e, const bs_layer *layer)
{
    e->to->layers[e->to->layer_count] = *layer;
    return e->to->layer_count++;
}

static int64_t multiply_adds(const bs_network *network, const bs_layer *layer)
{
    bool multiplies = layer->kind == BS_LAYER_CONV || layer->kind == BS_LAYER_LINEAR;
    if (!multiplies) {
        return 0;
    }
    const bs_tensor *weight = &network->parameters[layer->weight];
    return (int64_t)weight->count * layer->height * layer->width;
}

/* A layer of a tail: LAYER over the values of the tail, with the weights of the rest. */
static int append_to_tail(extender *e, const bs_layer *layer)
{
    bs_layer copy = *layer;
    int shift = e->options->fixed ? e->from->parameter_count : 0;
    copy.block = -1;
    copy.input_count = 0;
    for (int j = 0; j < layer->input_count; j++) {
        if (e->tail[layer->inputs[j]] >= 0) {
            copy.inputs[copy.input_count] = e->tail[layer->inputs[j]];
            copy.coefficients[copy.input_count++] = layer->coefficients[j];
        }
    }
    copy.weight += copy.weight < 0 ? 0 : shift;
    copy.bias += copy.bias < 0 ? 0 : shift;
    bool same = copy.kind == BS_LAYER_SUM && copy.input_count == 1 && copy.coefficients[0] == 1.0;
    e->to->multiply_adds += multiply_adds(e->from, layer);
    return same ? copy.inputs[0] : append(e, &copy);
}

/* Whether layer INDEX belongs to the tail. Within the block only sums read the skip: the block's
 * own paths, which begin at the same value, are no part of it. */
static bool follows(const extender *e, int index, int block, int addend)
{
    const bs_layer *layer = &e->from->layers[index];
    bool inside = layer->block == block;
    bool skip = addend == e->from->blocks[block].skip;
    int read = 0;
    for (int j = 0; j < layer->input_count; j++) {
        bool barred = inside && skip && layer->kind != BS_LAYER_SUM && layer->inputs[j] == addend;
        read += e->tail[layer->inputs[j]] >= 0 && !barred;
    }
    return inside && layer->kind == BS_LAYER_SUM ? read > 0
                                                 : read == layer->input_count && read > 0;
}

static void append_tail(extender *e, int block, int branch)
{
    int addend = addend_of(e->from, &e->from->blocks[block], branch);
    if (addend < 0) {
        return;
    }
    for (int i = 0; i < e->from->layer_count; i++) {
        e->tail[i] = -1;
    }
    e->tail[addend] = e->place[addend];
    for (int i = 0; i < e->from->layer_count; i++) {
        bool after = e->from->layers[i].block == block || e->place[i] < 0;
        if (i != addend && after && follows(e, i, block, addend)) {
            e->tail[i] = append_to_tail(e, &e->from->layers[i]);
        }
    }
    e->to->tails[e->to->tail_count++] =
        (bs_tail){.block = block, .branch = branch, .head = e->tail[e->from->layer_count - 1]};
}

static bool is_wanted(const extender *e, int block)
{
    for (int i = 0; i < e->options->count; i++) {
        if (e->options->blocks[i] == block) {
            return true;
        }
    }
    return false;
}

static void extend(extender *e)
{
    const bs_network *from = e->from;
    for (int i = 0; i < from->layer_count; i++) {
        e->place[i] = -1;
    }
    for (int i = 0; i < from->layer_count; i++) {
        bs_layer copy = from->layers[i];
        for (int j = 0; j < copy.input_count; j++) {
            copy.inputs[j] = e->place[copy.inputs[j]];
        }
        e->place[i] = append(e, &copy);
        int block = copy.block;
        bool ends = i + 1 == from->layer_count || from->layers[i + 1].block != block;
        for (int branch = 0; block >= 0 && ends && is_wanted(e, block) &&
                             branch < BS_BRANCH_PATH + from->blocks[block].path_count;
             branch++) {
            append_tail(e, block, branch);
        }
    }
    for (int b = 0; b < from->block_count; b++) {
        bs_block *block = &e->to->blocks[b];
        *block = from->blocks[b];
        block->skip = block->skip < 0 ? -1 : e->place[block->skip];
        block->sum = e->place[block->sum];
        for (int j = 0; j < block->path_count; j++) {
            block->paths[j] = e->place[block->paths[j]];
        }
    }
}

/* The tensors of FROM, and with fixed rests all of them once more at the end. */
static bs_status copy_tensors(extender *e)
{
    const bs_network *from = e->from;
    bs_network *to = e->to;
    const int times = e->options->fixed ? 2 : 1;
    const int count = times * from->parameter_count;
    to->parameters = bs_alloc((size_t)count, sizeof *to->parameters);
    to->statistics = bs_alloc((size_t)from->statistic_count, sizeof *to->statistics);
    if (to->parameters == NULL || to->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        to->parameters[i] = from->parameters[i % from->parameter_count];
        to->parameters[i].offset += (size_t)(i / from->parameter_count) * from->parameter_size;
    }
    memcpy(to->statistics, from->statistics,
           (size_t)from->statistic_count * sizeof *to->statistics);
    to->parameter_count = count;
    to->parameter_size = (size_t)times * from->parameter_size;
    to->statistic_count = from->statistic_count;
    to->statistic_size = from->statistic_size;
    return BS_OK;
}

static bs_status allocate(extender *e)
{
    size_t layers = (size_t)e->from->layer_count;
    size_t tails = 0;
    for (int i = 0; i < e->options->count; i++) {
        int block = e->options->blocks[i];
        if (block < 0 || block >= e->from->block_count) {
            return BS_FAIL(BS_ERR_USAGE, "block %d: the network has blocks 0 to %d", block,
                           e->from->block_count - 1);
        }
        tails += (size_t)bs_network_tail_count(e->from, block);
    }
    e->place = bs_alloc(2 * layers, sizeof *e->place);
    e->to->layers = bs_alloc(layers * (tails + 1), sizeof *e->to->layers);
    e->to->blocks = bs_alloc((size_t)e->from->block_count, sizeof *e->to->blocks);
    e->to->tails = bs_alloc(tails, sizeof *e->to->tails);
    bool allocated =
        e->place != NULL && e->to->layers != NULL && e->to->blocks != NULL && e->to->tails != NULL;
    if (allocated) {
        e->tail = e->place + layers;
    }
    return allocated ? copy_tensors(e) : BS_ERR_MEMORY;
}

bs_status bs_network_add_tails(const bs_network *network, const bs_tail_options *options,
                               bs_network **extended)
{
    *extended = NULL;
    bs_network *to = bs_alloc(1, sizeof *to);
    if (to == NULL) {
        return BS_ERR_MEMORY;
    }
    to->architecture = network->architecture;
    to->block_count = network->block_count;
    to->multiply_adds = network->multiply_adds;
    extender e = {.from = network, .to = to, .options = options};
    bs_status status = allocate(&e);
    if (status == BS_OK) {
        extend(&e);
        *extended = to;
    } else {
        bs_network_destroy(to);
    }
    bs_free(e.place);
    return status;
}
