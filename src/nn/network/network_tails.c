/* Extends a network by its tails: the rest of it after one branch of a block alone. */
#include "blueshift/memory.h"
#include "blueshift/network.h"

/* Layers are copied in order, so that each tail can stand right after its block: what it reads is
 * then still in a cache, and in batch mode its segments fall between those of the network. */
typedef struct extender {
    const bs_network *from;
    bs_network *to;
    const bs_tail_options *options;
    int *place;   /* [layer of FROM]: its copy in the network itself */
    int *tail;    /* [layer of FROM]: its copy in the tail under way; -1: none */
    int *foreign; /* [layer of FROM]: its copy in the other network; -1: none */
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

enum { NEEDED = -2 };

static bool is_wanted(const extender *e, int block)
{
    for (int i = 0; i < e->options->count; i++) {
        if (e->options->blocks[i] == block) {
            return true;
        }
    }
    return false;
}

/* Marks the layers of the other network that its paths need. */
static void mark_foreign(const extender *e)
{
    const bs_network *from = e->from;
    for (int i = 0; i < from->layer_count; i++) {
        e->foreign[i] = -1;
    }
    for (int b = 0; b < from->block_count && e->options->foreign; b++) {
        for (int j = 0; j < from->blocks[b].path_count && is_wanted(e, b); j++) {
            int addend = addend_of(from, &from->blocks[b], BS_BRANCH_PATH + j);
            if (addend >= 0) {
                e->foreign[addend] = NEEDED;
            }
        }
    }
    for (int i = from->layer_count - 1; i >= 0; i--) {
        const bs_layer *layer = &from->layers[i];
        for (int j = 0; e->foreign[i] == NEEDED && j < layer->input_count; j++) {
            e->foreign[layer->inputs[j]] = NEEDED;
        }
    }
}

/* Layer I of the other network, which looks at the same images. */
static void append_foreign(extender *e, int i)
{
    bs_layer copy = e->from->layers[i];
    if (e->foreign[i] != NEEDED) {
        return;
    }
    if (copy.kind == BS_LAYER_INPUT) {
        e->foreign[i] = e->place[i];
        return;
    }
    for (int j = 0; j < copy.input_count; j++) {
        copy.inputs[j] = e->foreign[copy.inputs[j]];
    }
    copy.block = -1;
    copy.weight += copy.weight < 0 ? 0 : e->from->parameter_count;
    copy.bias += copy.bias < 0 ? 0 : e->from->parameter_count;
    copy.mean += copy.mean < 0 ? 0 : e->from->statistic_count;
    copy.variance += copy.variance < 0 ? 0 : e->from->statistic_count;
    e->to->multiply_adds += multiply_adds(e->from, &e->from->layers[i]);
    e->foreign[i] = append(e, &copy);
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

static void append_tail(extender *e, int block, int branch, bool foreign)
{
    int addend = addend_of(e->from, &e->from->blocks[block], branch);
    if (addend < 0) {
        return;
    }
    for (int i = 0; i < e->from->layer_count; i++) {
        e->tail[i] = -1;
    }
    e->tail[addend] = foreign ? e->foreign[addend] : e->place[addend];
    for (int i = 0; i < e->from->layer_count; i++) {
        bool after = e->from->layers[i].block == block || e->place[i] < 0;
        if (i != addend && after && follows(e, i, block, addend)) {
            e->tail[i] = append_to_tail(e, &e->from->layers[i]);
        }
    }
    e->to->tails[e->to->tail_count++] =
        (bs_tail){block, branch, e->tail[e->from->layer_count - 1], foreign};
}

static void extend(extender *e)
{
    const bs_network *from = e->from;
    for (int i = 0; i < from->layer_count; i++) {
        e->place[i] = -1;
    }
    mark_foreign(e);
    for (int i = 0; i < from->layer_count; i++) {
        bs_layer copy = from->layers[i];
        for (int j = 0; j < copy.input_count; j++) {
            copy.inputs[j] = e->place[copy.inputs[j]];
        }
        e->place[i] = append(e, &copy);
        append_foreign(e, i);
        int block = copy.block;
        bool ends = i + 1 == from->layer_count || from->layers[i + 1].block != block;
        for (int branch = 0; block >= 0 && ends && is_wanted(e, block) &&
                             branch < BS_BRANCH_PATH + from->blocks[block].path_count;
             branch++) {
            append_tail(e, block, branch, false);
            if (e->options->foreign && branch >= BS_BRANCH_PATH) {
                append_tail(e, block, branch, true);
            }
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

/* COUNT tensors of SIZE floats once or twice. */
static bs_tensor *repeat(const bs_tensor *from, int count, size_t size, int times)
{
    bs_tensor *to = bs_alloc((size_t)times * (size_t)count, sizeof *to);
    for (int i = 0; to != NULL && i < times * count; i++) {
        to[i] = from[i % count];
        to[i].offset += (size_t)(i / count) * size;
    }
    return to;
}

/* The tensors of FROM, and as many again for a second set. */
static bs_status copy_tensors(extender *e)
{
    const bs_network *from = e->from;
    bs_network *to = e->to;
    const int weights = e->options->fixed || e->options->foreign ? 2 : 1;
    const int statistics = e->options->foreign ? 2 : 1;
    to->parameters = repeat(from->parameters, from->parameter_count, from->parameter_size, weights);
    to->statistics =
        repeat(from->statistics, from->statistic_count, from->statistic_size, statistics);
    to->parameter_count = weights * from->parameter_count;
    to->parameter_size = (size_t)weights * from->parameter_size;
    to->statistic_count = statistics * from->statistic_count;
    to->statistic_size = (size_t)statistics * from->statistic_size;
    return to->parameters == NULL || to->statistics == NULL ? BS_ERR_MEMORY : BS_OK;
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
    tails *= e->options->foreign ? 2 : 1;
    e->place = bs_alloc(3 * layers, sizeof *e->place);
    e->to->layers = bs_alloc(layers * (tails + 2), sizeof *e->to->layers);
    e->to->blocks = bs_alloc((size_t)e->from->block_count, sizeof *e->to->blocks);
    e->to->tails = bs_alloc(tails, sizeof *e->to->tails);
    bool allocated =
        e->place != NULL && e->to->layers != NULL && e->to->blocks != NULL && e->to->tails != NULL;
    if (allocated) {
        e->tail = e->place + layers;
        e->foreign = e->tail + layers;
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
