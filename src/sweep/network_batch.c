/* Hands points to a backend that takes several at once, and what leaves its range to another. */
#include "network_batch.h"

#include <math.h>

#include "blueshift/memory.h"
#include "evaluated_model.h"

/* Waves of a GPU that a call has: the host's work between two calls is spread over them. */
enum { WAVES = 4 };

int bs_network_batch_wanted(const bs_network_surface *s, const bs_network *network)
{
    const bs_backend_points *points = s->backend->points;
    const bool observed = s->row.wanted.branch_losses || s->row.wanted.probes > 0;
    return points == NULL || observed ? 1 : WAVES * points->wanted(network, s->block);
}

static int vectors(const bs_network_surface *s)
{
    return 1 + bs_path_directions(s->experiment->path);
}

bs_status bs_network_batch_init(bs_network_surface *s, const bs_network *network)
{
    BS_TRY(bs_model_reserve(s->model, &s->images.images, 0));
    const size_t points = (size_t)bs_model_points(s->model);
    s->coefficients = bs_alloc(points * (size_t)vectors(s), sizeof *s->coefficients);
    s->moving_statistics =
        bs_alloc(s->realisation.statistics_move ? points * network->statistic_size : 0,
                 sizeof *s->moving_statistics);
    return s->coefficients == NULL || s->moving_statistics == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_network_batch_release(bs_network_surface *s)
{
    bs_model_destroy(s->fallback_model);
    bs_free(s->coefficients);
    bs_free(s->moving_statistics);
    s->fallback_model = NULL;
    s->coefficients = NULL;
    s->moving_statistics = NULL;
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
    return bs_model_set_vectors(s->model, vectors(s), first, s->has_foreign ? second : NULL);
}

/* Weights of POINTS in the model. */
static bs_status load(bs_network_surface *s, const bs_point *points, int count)
{
    const bs_network *network = s->bases[s->network].network;
    const bs_realisation *r = &s->realisation;
    const size_t size = network->statistic_size;
    const bs_norm norm = network->architecture.norm;
    const bool given = norm == BS_NORM_RUNNING || norm == BS_NORM_FROZEN;
    const int terms = vectors(s);
    for (int i = 0; i < count; i++) {
        double c[BS_PATH_TERMS];
        bs_path_coefficients(&r->path, points[i].coordinates, c);
        for (int v = 0; v < terms; v++) {
            s->coefficients[i * terms + v] = c[v];
        }
        if (r->statistics_move) {
            bs_path_point(&r->statistics_path, points[i].coordinates,
                          s->moving_statistics + (size_t)i * size);
        }
    }
    const bs_point_weights weights = {
        .count = count,
        .vectors = terms,
        .coefficients = s->coefficients,
        .origin_vectors = r->path.kind == BS_PATH_GREAT_CIRCLE && r->path.ignore_vectors,
        .statistics = !given               ? NULL
                      : r->statistics_move ? s->moving_statistics
                                           : r->statistics,
        .same_statistics = given && !r->statistics_move,
    };
    return bs_model_load_points(s->model, &weights);
}

/* The model that evaluates what the backend cannot, made when it is first needed. */
static bs_status make_fallback(bs_network_surface *s)
{
    const bs_base_point *base = &s->bases[s->network];
    bs_model *model = NULL;
    if (s->fallback_model != NULL) {
        return BS_OK;
    }
    BS_TRY(bs_model_create(base->network, s->fallback, s->block, &base->normalisation, &model));
    bs_status status = bs_evaluated_model_extend(s, base->network, model);
    if (status != BS_OK) {
        bs_model_destroy(model);
        return status;
    }
    s->fallback_model = model;
    return BS_OK;
}

/* The partial row of block BLOCK at POINT, by the processor. */
static bs_status fall_back(bs_network_surface *s, const bs_point *point, int block, double *partial)
{
    const bs_realisation *second = s->has_foreign ? &s->foreign : &s->realisation;
    bs_score score = {0};
    int64_t image = (int64_t)block * s->block;
    BS_TRY(make_fallback(s));
    bs_model *model = s->fallback_model;
    bs_model_set_second(model, second->theta, s->has_foreign ? s->foreign.statistics : NULL);
    const float *statistics = bs_evaluated_model_place(s, model, point->coordinates);
    BS_TRY(bs_model_load(model, s->theta, statistics));
    BS_TRY(bs_model_score(model, &s->images.images, image,
                          bs_block_images(&s->images.images, s->block, block), &score));
    bs_point_layout_fill(&s->row, s->bases[s->network].network, model, image, &score, partial);
    bs_point_layout_note_fallback(&s->row, true, partial);
    return BS_OK;
}

/* Whether the last score of the model, SCORE, and those of its tails are finite. */
static bool is_finite(const bs_model *model, const bs_score *score)
{
    const bs_network *extended = bs_model_extended(model);
    bool finite = isfinite(score->loss_sum);
    for (int t = 0; extended != NULL && t < extended->tail_count; t++) {
        finite = finite && isfinite(bs_model_tail_losses(model)[t]);
    }
    return finite;
}

/* The partial row of block BLOCK at POINT, number I of those that the model has evaluated. */
static bs_status score(bs_network_surface *s, const bs_point *point, int i, int block,
                       double *partial)
{
    bs_score found = {0};
    bs_model_score_point(s->model, i, &found);
    if (!is_finite(s->model, &found)) {
        return fall_back(s, point, block, partial);
    }
    bs_point_layout_fill(&s->row, s->bases[s->network].network, s->model, (int64_t)block * s->block,
                         &found, partial);
    bs_point_layout_note_fallback(&s->row, false, partial);
    return BS_OK;
}

/* Points that the model takes at once. */
static bs_status evaluate(bs_network_surface *s, const bs_point *points, int point_count, int first,
                          int count, double *partials)
{
    const size_t width = (size_t)s->row.partials;
    const size_t row = (size_t)count * width;
    BS_TRY(load(s, points, point_count));
    for (int b = 0; b < count; b++) {
        int block = first + b;
        BS_TRY(bs_model_forward_points(s->model, (int64_t)block * s->block,
                                       bs_block_images(&s->images.images, s->block, block)));
        for (int i = 0; i < point_count; i++) {
            BS_TRY(score(s, &points[i], i, block, partials + (size_t)i * row + (size_t)b * width));
        }
    }
    return BS_OK;
}

bs_status bs_network_batch_evaluate(void *context, const bs_point *points, int point_count,
                                    int first, int count, double *partials)
{
    bs_network_surface *s = context;
    const int most = bs_model_points(s->model);
    const size_t row = (size_t)count * (size_t)s->row.partials;
    for (int i = 0; i < point_count; i += most) {
        int together = point_count - i < most ? point_count - i : most;
        BS_TRY(evaluate(s, points + i, together, first, count, partials + (size_t)i * row));
    }
    return BS_OK;
}
