/* Lays out rows of points, fills them block by block of images, and merges the blocks. */
#include "point_layout.h"
#include "point_images.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a partial row begins with. */
enum { SCORE_IMAGES, SCORE_LOSS, SCORE_SQUARES, SCORE_CORRECT, SCORES };

static bool is_test_set(const bs_experiment *experiment)
{
    bool file = experiment->data_file != NULL && experiment->data_file[0] != '\0';
    return file ? strstr(experiment->data_file, "test") != NULL
                : experiment->split == BS_SPLIT_TEST;
}

/* Paths of other networks are those of other initial weights. */
static bool has_foreign(const bs_experiment *experiment)
{
    bool initial = experiment->observables.surfaces.moving;
    for (unsigned i = 0; i < experiment->network_count; i++) {
        const char *weights = experiment->networks[i].weights;
        initial = initial && (weights == NULL || weights[0] == '\0');
    }
    return initial;
}

void bs_point_layout_begin(bs_point_layout *row, const bs_experiment *experiment)
{
    const char *const splits[BS_POINT_SPLITS] = {is_test_set(experiment) ? "test" : "train",
                                                 "test"};
    *row = (bs_point_layout){.wanted = experiment->observables, .foreign = has_foreign(experiment)};
    for (int k = 0; k < BS_POINT_SPLITS; k++) {
        char(*names)[BS_POINT_NAME] = row->names + (ptrdiff_t)k * BS_POINT_VALUES;
        bs_variable *v = row->variables + (ptrdiff_t)k * BS_POINT_VALUES;
        snprintf(names[0], BS_POINT_NAME, "%s_loss", splits[k]);
        snprintf(names[1], BS_POINT_NAME, "%s_acc", splits[k]);
        snprintf(names[2], BS_POINT_NAME, "%sloss_stderr", k == 0 ? "" : "test_");
        v[0] =
            (bs_variable){names[0], "mean cross-entropy over the images (natural logarithm)", "1"};
        v[1] = (bs_variable){names[1], "images classified correctly", "percent"};
        v[2] = (bs_variable){
            names[2], "standard error of the mean loss over the images (sample variance)", "1"};
    }
}

int bs_point_layout_fallbacks(const bs_point_layout *row)
{
    return row->fallbacks ? BS_POINT_VALUES + row->first[BS_POINT_FALLBACKS] : -1;
}

void bs_point_layout_widen(bs_point_layout *row, const bs_network *network)
{
    if (network->block_count > 0) {
        int branches = bs_branch_count(network);
        int surfaces = bs_surface_block_count(network, &row->wanted.surfaces);
        row->blocks = network->block_count > row->blocks ? network->block_count : row->blocks;
        row->branches = branches > row->branches ? branches : row->branches;
        row->surface_blocks = surfaces > row->surface_blocks ? surfaces : row->surface_blocks;
    }
}

static bs_status check_wanted(const bs_point_layout *row, int64_t images)
{
    const bs_observables *w = &row->wanted;
    const int listed = w->surfaces.block_count;
    const bool surfaces = bs_surfaces_wanted(&w->surfaces);
    if ((w->branch_losses || w->probes > 0 || surfaces) && row->blocks == 0) {
        return BS_FAIL(BS_ERR_USAGE,
                       "observables: no network has residual blocks to look at; set branch_losses "
                       "to false, probes and branch_surfaces.every to 0, or add a resnet");
    }
    if (listed > 0 && w->surfaces.blocks[listed - 1] >= row->blocks) {
        return BS_FAIL(BS_ERR_USAGE,
                       "observables.branch_surfaces.blocks has block %d, but no network has more "
                       "than %d blocks, counted from 0",
                       w->surfaces.blocks[listed - 1], row->blocks);
    }
    const struct {
        const char *key;
        int count;
    } kept[] = {{"probe_images", w->probes > 0 ? w->probe_images : 0},
                {"logits", w->logits},
                {"image_losses", w->image_losses},
                {"branch_surfaces.images", surfaces ? w->surfaces.images : 0}};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (kept[i].count > images) {
            return BS_FAIL(BS_ERR_USAGE,
                           "observables.%s is %d, but only %lld images are evaluated; give at most "
                           "as many",
                           kept[i].key, kept[i].count, (long long)images);
        }
    }
    return BS_OK;
}

bs_status bs_point_layout_end(bs_point_layout *row, const bs_images *images, int image_blocks)
{
    const bs_observables *w = &row->wanted;
    BS_TRY(check_wanted(row, images->count));
    bs_point_images_count(row, images);
    int64_t signals = (int64_t)row->blocks * row->branches;
    int64_t surfaces = (int64_t)row->surface_blocks * row->branches;
    const int64_t sizes[BS_POINT_PARTS] = {
        [BS_POINT_LOGITS] = (int64_t)w->logits * BS_CLASSES,
        [BS_POINT_LOSSES] = w->branch_losses ? signals : 0,
        [BS_POINT_PROBES] = signals * bs_probe_count(w),
        [BS_POINT_SURFACE_LOSSES] = surfaces,
        [BS_POINT_SURFACE_LOGITS] = surfaces * w->surfaces.images * BS_CLASSES,
        [BS_POINT_FOREIGN_LOGITS] = row->foreign ? surfaces * w->surfaces.images * BS_CLASSES : 0,
        [BS_POINT_FALLBACKS] = row->fallbacks ? 1 : 0,
        [BS_POINT_IMAGE_LOSSES] = w->image_losses,
        [BS_POINT_CLASS_LOSSES] = w->classes ? BS_CLASSES : 0,
        [BS_POINT_CLASS_CORRECT] = w->classes ? BS_CLASSES : 0};
    int64_t observed = 0;
    for (int part = 0; part < BS_POINT_PARTS; part++) {
        row->first[part] = (int)observed;
        observed += sizes[part];
        if (observed + SCORES > INT_MAX / image_blocks) {
            return BS_FAIL(
                BS_ERR_USAGE,
                "observables: %lld numbers per point for each of %d blocks of images are "
                "more than a rank can hold; lower observables.probes, logits or "
                "branch_surfaces.images, or raise data.batch",
                (long long)observed, image_blocks);
        }
    }
    row->first[BS_POINT_PARTS] = (int)observed;
    row->values = BS_POINT_VALUES + (int)observed;
    row->partials = SCORES + (int)observed;
    return BS_OK;
}

bs_point_layout bs_point_layout_other(const bs_point_layout *row)
{
    bs_point_layout other = *row;
    other.wanted = (bs_observables){.logits = 0};
    other.foreign = false;
    for (int part = 0; part <= BS_POINT_PARTS; part++) {
        other.first[part] = row->fallbacks && part > BS_POINT_FALLBACKS ? 1 : 0;
    }
    other.values = BS_POINT_VALUES + other.first[BS_POINT_PARTS];
    return other;
}

bool bs_point_layout_has(const bs_point_layout *row, bs_point_part part)
{
    return row->first[part + 1] > row->first[part];
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

/* The logits of images FIRST on, as far as they are among the first WANTED. */
static void keep_logits(int wanted, int64_t first, const bs_score *score, const double *from,
                        double *to)
{
    int64_t left = wanted - first;
    int64_t kept = left < (int64_t)score->images ? left : (int64_t)score->images;
    if (kept > 0) {
        memcpy(to + first * BS_CLASSES, from, (size_t)kept * BS_CLASSES * sizeof *to);
    }
}

/* The tails of MODEL and, as the branch "sum", the network itself. */
static void fill_surfaces(const bs_point_layout *row, const bs_model *model, int64_t first,
                          const bs_score *score, double *observed)
{
    const bs_network *extended = bs_model_extended(model);
    const bs_branch_surfaces *w = &row->wanted.surfaces;
    double *losses = observed + row->first[BS_POINT_SURFACE_LOSSES];
    double *logits = observed + row->first[BS_POINT_SURFACE_LOGITS];
    double *foreign = observed + row->first[BS_POINT_FOREIGN_LOGITS];
    int width = w->images * BS_CLASSES;
    int previous = -1;
    for (int t = 0; extended != NULL && t < extended->tail_count; t++) {
        const bs_tail *tail = &extended->tails[t];
        int place = bs_surface_index(w, tail->block) * row->branches;
        if (tail->foreign) {
            keep_logits(w->images, first, score, bs_model_tail_logits(model, t),
                        foreign + (size_t)(place + tail->branch) * (size_t)width);
            continue;
        }
        losses[place + tail->branch] = bs_model_tail_losses(model)[t];
        keep_logits(w->images, first, score, bs_model_tail_logits(model, t),
                    logits + (size_t)(place + tail->branch) * (size_t)width);
        if (tail->block != previous) {
            losses[place + BS_BRANCH_SUM] = score->loss_sum;
            keep_logits(w->images, first, score, bs_model_logits(model),
                        logits + (size_t)(place + BS_BRANCH_SUM) * (size_t)width);
        }
        previous = tail->block;
    }
}

void bs_point_layout_fill(const bs_point_layout *row, const bs_network *network,
                          const bs_model *model, int64_t first, const bs_score *score,
                          double *partials)
{
    double *observed = partials + SCORES;
    for (int i = 0; i < row->partials; i++) {
        partials[i] = (double)NAN;
    }
    partials[SCORE_IMAGES] = score->images;
    partials[SCORE_LOSS] = score->loss_sum;
    partials[SCORE_SQUARES] = score->loss_squares;
    partials[SCORE_CORRECT] = score->correct;
    keep_logits(row->wanted.logits, first, score, bs_model_logits(model),
                observed + row->first[BS_POINT_LOGITS]);
    if (bs_point_layout_has(row, BS_POINT_LOSSES)) {
        spread(row, network, bs_model_branch_losses(model), 1,
               observed + row->first[BS_POINT_LOSSES]);
    }
    spread(row, network, bs_model_branch_probes(model), (int)bs_probe_count(&row->wanted),
           observed + row->first[BS_POINT_PROBES]);
    fill_surfaces(row, model, first, score, observed);
    bs_point_images_fill(row, first, score, bs_model_logits(model), observed);
}

void bs_point_layout_note_fallback(const bs_point_layout *row, bool fallback, double *partials)
{
    if (bs_point_layout_has(row, BS_POINT_FALLBACKS)) {
        partials[SCORES + row->first[BS_POINT_FALLBACKS]] = fallback ? 1.0 : 0.0;
    }
}

/* The part that observed number INDEX belongs to. */
static bs_point_part part_of(const bs_point_layout *row, int index)
{
    int part = 0;
    while (part + 1 < BS_POINT_PARTS && index >= row->first[part + 1]) {
        part++;
    }
    return (bs_point_part)part;
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
        bs_point_part part = part_of(row, i);
        bool loss = part == BS_POINT_LOSSES || part == BS_POINT_SURFACE_LOSSES;
        bool class = part == BS_POINT_CLASS_LOSSES || part == BS_POINT_CLASS_CORRECT;
        bool sum = loss || class || part == BS_POINT_FALLBACKS;
        double found = sum ? total_of(row, image_blocks, partials, SCORES + i)
                           : one_of(row, image_blocks, partials, SCORES + i);
        values[BS_POINT_VALUES + i] =
            loss    ? found / n
            : class ? bs_point_images_mean(row, part, i - row->first[part], found)
                    : found;
    }
}

bool bs_point_layout_missing(const bs_point_layout *row, const bs_network *network, int index)
{
    const bs_observables *w = &row->wanted;
    int observed = index - BS_POINT_VALUES;
    bs_point_part part = part_of(row, observed);
    int within = observed - row->first[part];
    const int widths[BS_POINT_PARTS] = {[BS_POINT_LOSSES] = 1,
                                        [BS_POINT_PROBES] = (int)bs_probe_count(w),
                                        [BS_POINT_SURFACE_LOSSES] = 1,
                                        [BS_POINT_SURFACE_LOGITS] = w->surfaces.images * BS_CLASSES,
                                        [BS_POINT_FOREIGN_LOGITS] =
                                            w->surfaces.images * BS_CLASSES};
    if (part >= BS_POINT_IMAGE_LOSSES) {
        return bs_point_images_missing(row, part, within);
    }
    if (part == BS_POINT_LOGITS || part == BS_POINT_FALLBACKS) {
        return false;
    }
    int signal = within / widths[part];
    int block = signal / row->branches;
    int branch = signal % row->branches;
    if (part == BS_POINT_FOREIGN_LOGITS && branch < BS_BRANCH_PATH) {
        return true;
    }
    if (part >= BS_POINT_SURFACE_LOSSES) {
        block = bs_surface_block(&w->surfaces, block);
        return block >= network->block_count || bs_network_tail_count(network, block) == 0 ||
               (branch != BS_BRANCH_SUM && !bs_branch_exists(network, branch));
    }
    return block >= network->block_count || !bs_branch_exists(network, branch);
}
