/* Lays out rows of points, fills them block by block of images, and merges the blocks. */
#include "point_layout.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a partial row begins with. */
enum { SCORE_IMAGES, SCORE_LOSS, SCORE_SQUARES, SCORE_CORRECT, SCORES };

_Static_assert(BS_STREAM_HEAD == 4 && BS_STREAM_PROBE == 5, "the arrays' comments name them");

static bool is_test_set(const bs_experiment *experiment)
{
    bool file = experiment->data_file != NULL && experiment->data_file[0] != '\0';
    return file ? strstr(experiment->data_file, "test") != NULL
                : experiment->split == BS_SPLIT_TEST;
}

void bs_point_layout_begin(bs_point_layout *row, const bs_experiment *experiment)
{
    const char *split = is_test_set(experiment) ? "test" : "train";
    *row = (bs_point_layout){.wanted = experiment->observables};
    snprintf(row->names[0], BS_POINT_NAME, "%s_loss", split);
    snprintf(row->names[1], BS_POINT_NAME, "%s_acc", split);
    row->variables[0] =
        (bs_variable){row->names[0], "mean cross-entropy over the images (natural logarithm)", "1"};
    row->variables[1] =
        (bs_variable){row->names[1], "share of images classified correctly", "percent"};
    row->variables[2] = (bs_variable){
        "loss_stderr", "standard error of the mean loss over the images (sample variance)", "1"};
}

void bs_point_layout_widen(bs_point_layout *row, const bs_network *network)
{
    if (network->block_count > 0) {
        int branches = bs_branch_count(network);
        row->blocks = network->block_count > row->blocks ? network->block_count : row->blocks;
        row->branches = branches > row->branches ? branches : row->branches;
    }
}

bs_status bs_point_layout_end(bs_point_layout *row, int64_t images, int image_blocks)
{
    const bs_observables *w = &row->wanted;
    if ((w->branch_losses || w->probes > 0) && row->blocks == 0) {
        return BS_FAIL(BS_ERR_USAGE,
                       "observables: no network has residual blocks to look at; set branch_losses "
                       "to false and probes to 0, or add a resnet");
    }
    if (w->probes > 0 && w->probe_images > images) {
        return BS_FAIL(
            BS_ERR_USAGE,
            "observables.probe_images is %d, but only %lld images are evaluated; give at "
            "most as many",
            w->probe_images, (long long)images);
    }
    if (w->logits > images) {
        return BS_FAIL(BS_ERR_USAGE,
                       "observables.logits is %d, but only %lld images are evaluated; give at most "
                       "as many",
                       w->logits, (long long)images);
    }
    int64_t logits = (int64_t)w->logits * BS_CLASSES;
    int64_t signals = (int64_t)row->blocks * row->branches;
    int64_t losses = w->branch_losses ? signals : 0;
    int64_t probes = signals * bs_probe_count(w);
    int64_t behind = logits + losses + probes;
    if ((behind + SCORES) > INT_MAX / image_blocks) {
        return BS_FAIL(BS_ERR_USAGE,
                       "observables: %lld numbers a point for each of %d blocks of images are more "
                       "than a rank can hold; lower observables.probes or observables.logits, or "
                       "raise data.batch",
                       (long long)behind, image_blocks);
    }
    row->logits = (int)logits;
    row->losses = (int)losses;
    row->probes = (int)probes;
    row->values = BS_POINT_VALUES + (int)behind;
    row->partials = SCORES + (int)behind;
    return BS_OK;
}

bs_status bs_point_layout_list_arrays(const bs_point_layout *row, bs_array_list *list)
{
    const bs_dimension image = {"image", row->wanted.logits};
    const bs_dimension class = {"class", BS_CLASSES};
    const bs_dimension block = {"block", row->blocks};
    const bs_dimension branch = {"branch", row->branches};
    const bs_dimension probe = {"probe", bs_probe_count(&row->wanted)};
    const bs_array logits = {.variable = {BS_LOGITS, "logits of the first images", "1"},
                             .comment = "of the images in their order, from data.first on",
                             .kind = BS_ARRAY_POINT,
                             .ndim = 2,
                             .dims = {image, class}};
    const bs_array losses = {
        .variable = {BS_BRANCH_LOSS, "loss of a branch behind a random head", "1"},
        .comment = "branch 0: skip, nu s(x); 1: sum; 2 + j: path j. The signal's average over "
                   "the pixels goes through a linear head, the same for all signals of a block, "
                   "normal with variance 1/channels, from the seed (Philox stream 4, item block); "
                   "mean cross-entropy over the images. NaN: the network has no such signal",
        .kind = BS_ARRAY_POINT,
        .ndim = 2,
        .dims = {block, branch}};
    const bs_array probes = {
        .variable = {BS_BRANCH_PROBE, "elements of a branch's signal", "1"},
        .comment = "branches as in branch_loss. Neurons (channel, row, column), each in as many "
                   "images as the attribute probe_images says, side by side: the same for all "
                   "signals of a block, neurons and first images uniform, from the seed (Philox "
                   "stream 5, item block). NaN: the network has no such signal",
        .kind = BS_ARRAY_POINT,
        .ndim = 3,
        .dims = {block, branch, probe}};
    BS_TRY(row->logits > 0 ? bs_array_list_add(list, &logits) : BS_OK);
    BS_TRY(row->losses > 0 ? bs_array_list_add(list, &losses) : BS_OK);
    return row->probes > 0 ? bs_array_list_add(list, &probes) : BS_OK;
}

/* Spreads what a network's blocks and branches gave, WIDTH numbers each, over the row's. */
static void spread(const bs_point_layout *row, const bs_network *network, const double *from,
                   int width, double *to)
{
    int branches = bs_branch_count(network);
    for (int b = 0; from != NULL && b < network->block_count; b++) {
        memcpy(to + (size_t)(b * row->branches) * (size_t)width,
               from + (size_t)(b * branches) * (size_t)width,
               (size_t)(branches * width) * sizeof *to);
    }
}

void bs_point_layout_fill(const bs_point_layout *row, const bs_network *network,
                          const bs_model *model, int64_t first, const bs_score *score,
                          double *partials)
{
    double *logits = partials + SCORES;
    double *losses = logits + row->logits;
    double *probes = losses + row->losses;
    for (int i = 0; i < row->partials; i++) {
        partials[i] = (double)NAN;
    }
    partials[SCORE_IMAGES] = score->images;
    partials[SCORE_LOSS] = score->loss_sum;
    partials[SCORE_SQUARES] = score->loss_squares;
    partials[SCORE_CORRECT] = score->correct;
    int64_t left = row->wanted.logits - first;
    int64_t kept = left < (int64_t)score->images ? left : (int64_t)score->images;
    if (kept > 0) {
        memcpy(logits + first * BS_CLASSES, bs_model_logits(model),
               (size_t)kept * BS_CLASSES * sizeof *logits);
    }
    if (row->losses > 0) {
        spread(row, network, bs_model_branch_losses(model), 1, losses);
    }
    spread(row, network, bs_model_branch_probes(model), (int)bs_probe_count(&row->wanted), probes);
}

/* The sum of number INDEX of all partial rows. */
static double total_of(const bs_point_layout *row, int image_blocks, const double *partials,
                       int index)
{
    double total = partials[index];
    for (int b = 1; b < image_blocks; b++) {
        total += partials[(size_t)b * (size_t)row->partials + (size_t)index];
    }
    return total;
}

/* Number INDEX of the one partial row that has it: a NaN there is one in all. */
static double one_of(const bs_point_layout *row, int image_blocks, const double *partials,
                     int index)
{
    double found = partials[index];
    for (int b = 1; b < image_blocks && isnan(found); b++) {
        found = partials[(size_t)b * (size_t)row->partials + (size_t)index];
    }
    return found;
}

void bs_point_layout_merge(const bs_point_layout *row, int image_blocks, const double *partials,
                           double *values)
{
    bs_score total = {0};
    for (int b = 0; b < image_blocks; b++) {
        const double *p = partials + (size_t)b * (size_t)row->partials;
        bs_score block = {.images = p[SCORE_IMAGES],
                          .loss_sum = p[SCORE_LOSS],
                          .loss_squares = p[SCORE_SQUARES],
                          .correct = p[SCORE_CORRECT]};
        bs_score_merge(&total, &block);
    }
    double n = total.images;
    values[0] = total.loss_sum / n;
    values[1] = 100.0 * total.correct / n;
    values[2] = n > 1 ? sqrt(total.loss_squares / ((n - 1) * n)) : 0.0;
    for (int i = 0; i < row->values - BS_POINT_VALUES; i++) {
        bool loss = i >= row->logits && i < row->logits + row->losses;
        values[BS_POINT_VALUES + i] = loss ? total_of(row, image_blocks, partials, SCORES + i) / n
                                           : one_of(row, image_blocks, partials, SCORES + i);
    }
}

bool bs_point_layout_missing(const bs_point_layout *row, const bs_network *network, int index)
{
    int behind = index - BS_POINT_VALUES - row->logits;
    if (behind < 0) {
        return false;
    }
    int width = (int)bs_probe_count(&row->wanted);
    int signal = behind < row->losses ? behind : (behind - row->losses) / width;
    return signal / row->branches >= network->block_count ||
           !bs_branch_exists(network, signal % row->branches);
}
