/* Hands points to a backend that takes several at once, and what leaves its range to another. */
#include "network_batch.h"

#include <math.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "evaluated_model.h"
#include "point_scorers.h"
#include "point_statistics.h"

/* Steps of a call at most: the last one is scored while the GPU waits. */
enum { STEPS = 8 };

int bs_network_batch_steps(const bs_network_surface *s)
{
    return s->backend->points != NULL ? STEPS : 1;
}

int bs_network_batch_wanted(const bs_network_surface *s, const bs_network *network)
{
    return s->backend->points != NULL ? s->backend->points->wanted(network, s->block) : 1;
}

static int vectors(const bs_network_surface *s)
{
    return 1 + bs_path_directions(s->experiment->path);
}

bs_status bs_network_batch_init(bs_network_surface *s, const bs_network *network)
{
    BS_TRY(bs_model_reserve(s->model, &s->images.images,
                            bs_realisation_recomputes(s->experiment, network)));
    const int points = bs_model_points(s->model);
    s->coefficients = bs_alloc((size_t)points * (size_t)vectors(s), sizeof *s->coefficients);
    s->left_over = bs_alloc((size_t)points, sizeof *s->left_over);
    if (s->coefficients == NULL || s->left_over == NULL) {
        return BS_ERR_MEMORY;
    }
    if (points == 0) {
        return BS_OK;
    }
    BS_TRY(bs_point_scorers_init(s));
    return bs_point_statistics_init(s, network, points);
}

void bs_network_batch_release(bs_network_surface *s)
{
    bs_model_destroy(s->fallback_model);
    bs_point_statistics_release(s);
    bs_point_scorers_release(s);
    bs_free(s->coefficients);
    bs_free(s->left_over);
    s->fallback_model = NULL;
    s->coefficients = NULL;
    s->left_over = NULL;
    s->compared = false;
}

/* Weights of POINTS in the model, and their statistics, which are as bs_point_statistics_make has
 * them over the first IMAGES images. */
static bs_status load(bs_network_surface *s, const bs_point *points, int count, int64_t images,
                      float **own)
{
    const bs_path *path = &s->realisation.path;
    const int terms = vectors(s);
    for (int i = 0; i < count; i++) {
        double c[BS_PATH_TERMS];
        bs_path_coefficients(path, points[i].coordinates, c);
        for (int v = 0; v < terms; v++) {
            s->coefficients[i * terms + v] = c[v];
        }
    }
    bs_point_weights weights = {
        .count = count,
        .vectors = terms,
        .coefficients = s->coefficients,
        .origin_vectors = path->kind == BS_PATH_GREAT_CIRCLE && path->ignore_vectors,
    };
    BS_TRY(bs_point_statistics_make(s, points, images, &weights, own));
    return bs_model_load_points(s->model, &weights);
}

/* Has the processor evaluate COUNT images from FIRST on at POINT, with its OWN statistics where it
 * has some. */
static bs_status fall_back(bs_network_surface *s, const bs_point *point, const float *own,
                           bs_range images, bs_score *score)
{
    bs_model *model = NULL;
    BS_TRY(bs_evaluated_model_fallback(s, &model));
    const float *statistics = bs_evaluated_model_place(s, model, point->coordinates);
    BS_TRY(bs_model_load(model, s->theta, own != NULL ? own : statistics));
    return bs_model_score(model, &s->images.images, images.first, (int)images.count, score);
}

/* Whether the backend gives what the processor does: some images at the origin, once a network. A
 * card that computes wrong, or kernels that do not suit it, would show in every number, and
 * rounding is a hundred times below this. */
static bs_status compare(bs_network_surface *s)
{
    enum { COMPARED = 4 };
    static const double tolerance = 1e-3;
    static const bs_point origin = {.coordinates = {0.0}};
    bs_score unused = {0};
    float *own = NULL;
    int count = bs_block_images(&s->images.images, s->block, 0);
    count = count < COMPARED ? count : COMPARED;
    BS_TRY(load(s, &origin, 1, count, &own));
    BS_TRY(bs_model_forward_points(s->model, 0, 0, count));
    bs_model_score_point(s->model, 0, 0, &unused);
    if (bs_realisation_recomputes(s->experiment, s->bases[s->network].network)) {
        BS_TRY(bs_point_statistics_measure_again(s, &origin, count, own));
    }
    BS_TRY(fall_back(s, &origin, own, (bs_range){0, count}, &unused));
    const double *theirs = bs_model_logits(s->model);
    const double *ours = bs_model_logits(s->fallback_model);
    double largest = 0.0;
    double worst = 0.0;
    for (int i = 0; i < count * BS_CLASSES; i++) {
        bool finite = isfinite(theirs[i]) && isfinite(ours[i]);
        largest = finite ? fmax(largest, fabs(ours[i])) : largest;
        worst = finite ? fmax(worst, fabs(theirs[i] - ours[i])) : worst;
    }
    if (largest == 0.0) { /* right, but as slow as the processor */
        bs_log(BS_LOG_WARNING,
               "%s gives no finite logits at the origin: what leaves its range is evaluated by %s, "
               "which --backend=%s would do at once",
               s->backend->name, s->fallback->name, s->fallback->name);
        return BS_OK;
    }
    bs_log(BS_LOG_DEBUG, "%s and %s differ by %.1e of the largest logit", s->backend->name,
           s->fallback->name, worst / largest);
    return worst <= tolerance * largest
               ? BS_OK
               : BS_FAIL(BS_ERR_DEVICE,
                         "%s computes wrong here: its logits differ from those of %s by %.1e of "
                         "the largest. Take --backend=%s, and see `make check-gpu`",
                         s->backend->name, s->fallback->name, worst / largest, s->fallback->name);
}

bs_status bs_network_batch_prepare(bs_network_surface *s)
{
    const bs_realisation *r = &s->realisation;
    const bs_realisation *f = &s->foreign;
    const float *first[BS_PATH_TERMS] = {r->theta, r->directions[0], r->directions[1],
                                         r->directions[2]};
    const float *second[BS_PATH_TERMS] = {f->theta, f->directions[0], f->directions[1],
                                          f->directions[2]};
    if (bs_model_points(s->model) == 0) {
        return BS_OK;
    }
    BS_TRY(bs_model_set_vectors(s->model, vectors(s), first, s->has_foreign ? second : NULL));
    BS_TRY(s->compared ? BS_OK : compare(s));
    s->compared = true;
    return BS_OK;
}

/* One block of images at some points. */
typedef struct step {
    bs_scored_block scored;
    const bs_point *points;
    float *own; /* their statistics, where they have their own; else NULL */
} step;

/* The partial row of point I, by the processor. */
static bs_status fill_by_fallback(const step *t, int i)
{
    bs_network_surface *s = t->scored.s;
    const int block = t->scored.block;
    const bs_network *network = s->bases[s->network].network;
    const bs_range images = {(int64_t)block * s->block,
                             bs_block_images(&s->images.images, s->block, block)};
    const float *own = t->own == NULL ? NULL : t->own + (size_t)i * network->statistic_size;
    double *partial = t->scored.partials + (size_t)i * t->scored.row;
    bs_score score = {0};
    BS_TRY(fall_back(s, &t->points[i], own, images, &score));
    bs_point_layout_fill(&s->row, network, s->fallback_model, images.first, &score, partial);
    bs_point_layout_note_fallback(&s->row, true, partial);
    return BS_OK;
}

/* Waits until T, in SCORING, is scored, and has the fallback evaluate what is left over. */
static bs_status finish(const step *t, bs_scoring *scoring)
{
    bs_point_scorers_join(scoring);
    for (int i = 0; i < t->scored.count; i++) {
        BS_TRY(t->scored.s->left_over[i] ? fill_by_fallback(t, i) : BS_OK);
    }
    return BS_OK;
}

/* Has the GPU do NEXT, then starts its scoring; LAST, scored meanwhile, is finished before. */
static bs_status advance(step *last, const step *next, bs_scoring *scoring)
{
    bs_network_surface *s = next->scored.s;
    const int block = next->scored.block;
    bs_status status =
        bs_model_forward_points(s->model, next->scored.half, (int64_t)block * s->block,
                                bs_block_images(&s->images.images, s->block, block));
    bs_point_scorers_join(scoring);
    BS_TRY(status);
    BS_TRY(finish(last, scoring));
    *last = *next;
    bs_point_scorers_start(scoring, &last->scored);
    return BS_OK;
}

/* A call in steps: while one is scored, the GPU does the next. */
bs_status bs_network_batch_evaluate(void *context, const bs_point *points, int point_count,
                                    int first, int count, double *partials)
{
    bs_network_surface *s = context;
    const int most = bs_model_points(s->model);
    const size_t width = (size_t)s->row.partials;
    const size_t row = (size_t)count * width;
    bs_status status = BS_OK;
    bs_scoring scoring = {.block = {.s = s}};
    step last = {.scored = {.s = s}};
    step next = {.scored = {.s = s, .row = row}};
    for (int i = 0; i < point_count && status == BS_OK; i += most) {
        bs_scored_block *scored = &next.scored;
        next.points = points + i;
        scored->count = point_count - i < most ? point_count - i : most;
        status = load(s, next.points, scored->count, s->images.images.count, &next.own);
        for (int b = 0; b < count && status == BS_OK; b++) {
            scored->block = first + b;
            scored->partials = partials + (size_t)i * row + (size_t)b * width;
            status = advance(&last, &next, &scoring);
            scored->half = 1 - scored->half;
        }
    }
    bs_point_scorers_join(&scoring);
    return status == BS_OK ? finish(&last, &scoring) : status;
}
