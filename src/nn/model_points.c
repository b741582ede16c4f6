/* Models that take several points at once: through the backend's part for points. */
#include <string.h>

#include "blueshift/memory.h"
#include "model_state.h"

/* What the backend's state was made for. */
static const bs_network *evaluated(const bs_model *model)
{
    return model->extended != NULL ? model->extended : model->network;
}

/* Logits of one point, in doubles. */
static size_t point_logits(const bs_model *model, int images)
{
    return (size_t)(1 + evaluated(model)->tail_count) * (size_t)images * BS_CLASSES;
}

static bs_status place_images(bs_model *model, const bs_images *images)
{
    const bs_backend_points *points = model->backend->points;
    for (int64_t first = 0; first < images->count; first += model->block) {
        int64_t left = images->count - first;
        int count = left < model->block ? (int)left : model->block;
        bs_images_normalise(images, first, count, &model->normalisation, model->inputs);
        BS_TRY(points->place(model->state, first, count, model->inputs));
        BS_TRY(model->measuring == NULL
                   ? BS_OK
                   : points->place(model->measuring, first, count, model->inputs));
    }
    return BS_OK;
}

/* Room for up to WANTED points in both states: fewer where the second one finds too little. */
static bs_status make_room(bs_model *model, int64_t images, int wanted, int *room)
{
    const bs_backend_points *points = model->backend->points;
    bs_status status = BS_ERR_MEMORY;
    for (int most = wanted; status == BS_ERR_MEMORY && most >= 1; most /= 2) {
        BS_TRY(points->reserve(model->state, images, most, room));
        most = *room;
        status = model->measuring == NULL ? BS_OK
                                          : points->reserve(model->measuring, images, most, room);
    }
    return status;
}

bs_status bs_model_reserve(bs_model *model, const bs_images *images, bool measured)
{
    const bs_backend_points *points = model->backend->points;
    int room = 0;
    if (points == NULL) {
        return BS_OK;
    }
    if (measured) {
        BS_TRY(model->backend->create(model->network, model->block, true, &model->measuring));
    }
    BS_TRY(make_room(model, images->count, points->wanted(model->network, model->block), &room));
    model->signal_count = model->observer == NULL ? 0 : points->signals(model->state);
    model->signals = bs_alloc(2 * model->signal_count, sizeof *model->signals);
    model->measured_logits =
        bs_alloc(measured ? (size_t)room * (size_t)model->block * BS_CLASSES : 0, sizeof(double));
    double *logits = bs_alloc(2 * (size_t)room * point_logits(model, model->block), sizeof *logits);
    if (logits == NULL || model->signals == NULL || model->measured_logits == NULL) {
        bs_free(logits);
        return BS_ERR_MEMORY;
    }
    bs_free(model->logits);
    model->logits = logits;
    model->images = images;
    model->points = room;
    return place_images(model, images);
}

int bs_model_points(const bs_model *model)
{
    return model->points;
}

/* The first set's vector V with what belongs to it of the second set. */
static void join_vector(const bs_model *model, int v, const float *vector,
                        const float *const *second, float *joined)
{
    const size_t size = model->network->parameter_size;
    memcpy(joined, vector, size * sizeof *joined);
    if (second != NULL) {
        memcpy(joined + size, second[v], size * sizeof *joined);
    } else if (v == 0) {
        memcpy(joined + size, model->both + size, size * sizeof *joined);
    }
}

bs_status bs_model_set_vectors(bs_model *model, int count, const float *const *vectors,
                               const float *const *second)
{
    enum { VECTORS_MAX = 4 };
    const bs_backend_points *points = model->backend->points;
    const size_t size = evaluated(model)->parameter_size;
    const float *joined[VECTORS_MAX] = {NULL};
    if (model->measuring != NULL) {
        BS_TRY(points->vectors(model->measuring, count, vectors));
    }
    if (!model->two) {
        return points->vectors(model->state, count, vectors);
    }
    if (count > VECTORS_MAX) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d vectors for points", count);
    }
    float *room = bs_alloc((size_t)count * size, sizeof *room);
    if (room == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int v = 0; v < count; v++) {
        joined[v] = room + (size_t)v * size;
        join_vector(model, v, vectors[v], second, room + (size_t)v * size);
    }
    bs_status status = points->vectors(model->state, count, joined);
    bs_free(room);
    return status;
}

/* Statistics of points with those of the second set behind each. */
static bs_status load_with_second(bs_model *model, const bs_point_weights *points)
{
    const size_t size = model->network->statistic_size;
    const size_t rows = points->same_statistics ? 1 : (size_t)points->count;
    float *joined = bs_alloc(rows * 2 * size, sizeof *joined);
    if (joined == NULL) {
        return BS_ERR_MEMORY;
    }
    for (size_t i = 0; i < rows; i++) {
        memcpy(joined + 2 * i * size, points->statistics + i * size, size * sizeof *joined);
        memcpy(joined + (2 * i + 1) * size, model->statistics + size, size * sizeof *joined);
    }
    bs_point_weights both = *points;
    both.statistics = joined;
    bs_status status = model->backend->points->load(model->state, &both);
    bs_free(joined);
    return status;
}

static bs_status check_points(const bs_model *model, const bs_point_weights *points)
{
    return points->count >= 1 && points->count <= model->points
               ? BS_OK
               : BS_FAIL(BS_ERR_INTERNAL, "%d points given to a model for %d", points->count,
                         model->points);
}

bs_status bs_model_load_points(bs_model *model, const bs_point_weights *points)
{
    BS_TRY(check_points(model, points));
    return model->statistics != NULL && points->statistics != NULL
               ? load_with_second(model, points)
               : model->backend->points->load(model->state, points);
}

bs_status bs_model_load_measured(bs_model *model, const bs_point_weights *points)
{
    bs_point_weights unnormalised = *points;
    unnormalised.statistics = NULL;
    unnormalised.same_statistics = false;
    BS_TRY(check_points(model, points));
    return model->backend->points->load(model->measuring, &unnormalised);
}

bs_status bs_model_measure_points(bs_model *model, int64_t first, int count, double *statistics)
{
    const bs_backend_points *points = model->backend->points;
    BS_TRY(bs_model_check_range(model, model->images, first, count));
    BS_TRY(points->forward(model->measuring, first, count, model->measured_logits, NULL));
    return points->statistics(model->measuring, statistics);
}

/* Where the logits of HALF are. */
static double *half_logits(const bs_model *model, int half)
{
    return model->logits + (size_t)half * (size_t)model->points * point_logits(model, model->block);
}

bs_status bs_model_forward_points(bs_model *model, int half, int64_t first, int count)
{
    BS_TRY(bs_model_check_range(model, model->images, first, count));
    model->forwarded[half].first = first;
    model->forwarded[half].count = count;
    return model->backend->points->forward(model->state, first, count, half_logits(model, half),
                                           model->signals + (size_t)half * model->signal_count);
}

bs_status bs_model_create_scorer(const bs_model *model, bs_model **scorer)
{
    const size_t tails = model->extended == NULL ? 0 : (size_t)model->extended->tail_count;
    *scorer = NULL;
    bs_model *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->of = model;
    made->network = model->network;
    made->backend = model->backend;
    made->extended = model->extended;
    made->losses = bs_alloc((size_t)model->block, sizeof *made->losses);
    made->tail_losses = bs_alloc(tails, sizeof *made->tail_losses);
    bs_status status = made->losses == NULL || made->tail_losses == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK && model->observer != NULL) {
        status = bs_observer_copy(model->observer, &made->observer);
    }
    if (status != BS_OK) {
        bs_model_destroy(made);
        return status;
    }
    *scorer = made;
    return BS_OK;
}

void bs_model_score_point(bs_model *model, int half, int point, bs_score *score)
{
    const bs_model *from = model->of != NULL ? model->of : model;
    const int64_t first = from->forwarded[half].first;
    const int count = from->forwarded[half].count;
    const uint8_t *labels = from->images->labels + first;
    model->scores = half_logits(from, half) + (size_t)point * point_logits(from, count);
    bs_model_score_logits(model, labels, count, score);
    if (model->observer != NULL) {
        bs_observer_begin(model->observer, first, count);
        from->backend->points->report(
            from->state, from->signals + (size_t)half * from->signal_count, point, model->observer);
        bs_observer_score(model->observer, labels);
    }
}
