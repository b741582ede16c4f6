/* Makes the statistics of points: along their path, or by a pass over the images. */
#include "point_statistics.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "evaluated_model.h"

bs_status bs_point_statistics_init(bs_network_surface *s, const bs_network *network, int points)
{
    bs_point_statistics *p = &s->own;
    const size_t numbers = (size_t)points * network->statistic_size;
    const bool measured = bs_realisation_recomputes(s->experiment, network);
    const bool own = measured || s->realisation.statistics_move;
    for (int set = 0; set < 2 && own; set++) {
        p->sets[set] = bs_alloc(numbers, sizeof *p->sets[set]);
        if (p->sets[set] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    p->measured = bs_alloc(measured ? numbers : 0, sizeof *p->measured);
    p->sums = bs_alloc(measured ? numbers : 0, sizeof *p->sums);
    return p->measured == NULL || p->sums == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_point_statistics_release(bs_network_surface *s)
{
    bs_free(s->own.sets[0]);
    bs_free(s->own.sets[1]);
    bs_free(s->own.measured);
    bs_free(s->own.sums);
    s->own = (bs_point_statistics){0};
}

/* The backend's statistics of COUNT points over the first IMAGES images: OUT [point][size]. */
static bs_status measure(bs_network_surface *s, const bs_point_weights *weights, int64_t images,
                         float *out)
{
    const bs_point_statistics *p = &s->own;
    const size_t numbers = (size_t)weights->count * s->bases[s->network].network->statistic_size;
    memset(p->sums, 0, numbers * sizeof *p->sums);
    BS_TRY(bs_model_load_measured(s->model, weights));
    for (int64_t first = 0; first < images; first += s->block) {
        const int count = images - first < s->block ? (int)(images - first) : s->block;
        BS_TRY(bs_model_measure_points(s->model, first, count, p->measured));
        bs_block_statistics_add(count, numbers, p->measured, p->sums);
    }
    bs_block_statistics_divide(images, numbers, p->sums, out);
    return BS_OK;
}

bs_status bs_point_statistics_measure_again(bs_network_surface *s, const bs_point *point,
                                            int64_t images, float *out)
{
    const bs_point_statistics *p = &s->own;
    const size_t size = s->bases[s->network].network->statistic_size;
    bs_model *model = NULL;
    BS_TRY(bs_evaluated_model_fallback(s, &model));
    (void)bs_evaluated_model_place(s, model, point->coordinates);
    memset(p->sums, 0, size * sizeof *p->sums);
    for (int64_t first = 0; first < images; first += s->block) {
        const int count = images - first < s->block ? (int)(images - first) : s->block;
        BS_TRY(bs_model_measure(model, s->theta, &s->images.images, first, count, p->measured));
        bs_block_statistics_add(count, size, p->measured, p->sums);
    }
    bs_block_statistics_divide(images, size, p->sums, out);
    return BS_OK;
}

static bool all_finite(const float *numbers, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++) {
        finite = finite && isfinite(numbers[i]);
    }
    return finite;
}

/* As measure, and where that is not finite by the processor. */
static bs_status measure_all(bs_network_surface *s, const bs_point *points, int64_t images,
                             const bs_point_weights *weights, float *out)
{
    const size_t size = s->bases[s->network].network->statistic_size;
    BS_TRY(measure(s, weights, images, out));
    for (int i = 0; i < weights->count; i++) {
        float *row = out + (size_t)i * size;
        if (!all_finite(row, size)) {
            BS_TRY(bs_point_statistics_measure_again(s, &points[i], images, row));
        }
    }
    return BS_OK;
}

bs_status bs_point_statistics_make(bs_network_surface *s, const bs_point *points, int64_t images,
                                   bs_point_weights *weights, float **own)
{
    bs_point_statistics *p = &s->own;
    const bs_network *network = s->bases[s->network].network;
    const bs_realisation *r = &s->realisation;
    const bs_norm norm = network->architecture.norm;
    p->set = 1 - p->set;
    *own = p->sets[p->set];
    if (*own == NULL) {
        weights->same_statistics = norm == BS_NORM_RUNNING || norm == BS_NORM_FROZEN;
        weights->statistics = weights->same_statistics ? r->statistics : NULL;
        return BS_OK;
    }
    weights->statistics = *own;
    if (bs_realisation_recomputes(s->experiment, network)) {
        return measure_all(s, points, images, weights, *own);
    }
    for (int i = 0; i < weights->count; i++) {
        bs_path_point(&r->statistics_path, points[i].coordinates,
                      *own + (size_t)i * network->statistic_size);
    }
    return BS_OK;
}
