/* Evaluates points: makes a network's realisations ready, moves along their paths, runs the model.
 */
#include "network_evaluator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "evaluated_model.h"
#include "network_batch.h"

/* Frozen statistics: batch statistics of every block at the ORIGIN, averaged over images. The
 * shards share the blocks; every sum below adds zeros to one shard's numbers, so it is exact. */
static bs_status freeze(bs_network_surface *s, const bs_comm *group, bs_realisation *realisation)
{
    bs_block_statistics *m = &s->measured;
    size_t numbers = (size_t)s->evaluator.blocks * m->size;
    bs_range mine = bs_partition_block(s->evaluator.blocks, group->size, group->rank);
    memset(m->measured, 0, numbers * sizeof *m->measured);
    bs_status status = bs_block_statistics_measure(m, s->model, realisation->theta, mine);
    BS_TRY(bs_agree(group, status));
    if (group->size > 1) {
        BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, m->measured, (int)numbers, MPI_DOUBLE, MPI_SUM,
                                    group->mpi)));
    }
    bs_block_statistics_average(m, realisation->statistics);
    return BS_OK;
}

/* Recomputed statistics take all blocks, whichever this rank scores: shards that shared the pass
 * would have to wait for each other at every point. */
bs_status bs_network_evaluator_score(bs_network_surface *s, const float *theta,
                                     const float *statistics, bs_range blocks, double *partials)
{
    const bs_network *network = s->bases[s->network].network;
    if (bs_realisation_recomputes(s->experiment, network)) {
        BS_TRY(bs_block_statistics_measure(&s->measured, s->model, theta,
                                           (bs_range){0, s->evaluator.blocks}));
        bs_block_statistics_average(&s->measured, s->statistics);
        statistics = s->statistics;
    }
    BS_TRY(bs_model_load(s->model, theta, statistics));
    for (int64_t b = blocks.first; b < blocks.first + blocks.count; b++) {
        bs_score score = {0};
        int64_t image = b * s->block;
        BS_TRY(bs_model_score(s->model, &s->images.images, image,
                              bs_block_images(&s->images.images, s->block, b), &score));
        double *partial = partials + (size_t)(b - blocks.first) * (size_t)s->row.partials;
        bs_point_layout_fill(&s->row, network, s->model, image, &score, partial);
        bs_point_layout_note_fallback(&s->row, false, partial);
    }
    /* THETA has taken the place of the path's vectors. */
    return bs_network_batch_prepare(s);
}

void bs_network_evaluator_release(bs_network_surface *s)
{
    bs_network_batch_release(s);
    bs_model_destroy(s->model);
    s->model = NULL;
    bs_realisation_release(&s->realisation);
    bs_realisation_release(&s->foreign);
    bs_free(s->theta);
    bs_free(s->foreign_theta);
    bs_free(s->statistics);
    bs_block_statistics_release(&s->measured);
    s->theta = NULL;
    s->foreign_theta = NULL;
    s->statistics = NULL;
    s->network = -1;
}

/* For --verbose: the passes of the model's plan, a line each. */
static void log_plan(const bs_network_surface *s, int network)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = bs_log_enabled(BS_LOG_DEBUG) ? open_memstream(&text, &length) : NULL;
    if (out == NULL) {
        return;
    }
    bs_model_print_plan(s->model, out);
    if (fclose(out) == 0) {
        bs_log(BS_LOG_DEBUG, "plan of %s:", s->experiment->networks[network].name);
        for (const char *line = text; *line != '\0';) {
            int bytes = (int)strcspn(line, "\n");
            bs_log(BS_LOG_DEBUG, "  %.*s", bytes, line);
            line += bytes + (line[bytes] == '\n');
        }
    }
    free(text);
}

/* Makes room for another network's vectors and its model. */
static bs_status switch_network(bs_network_surface *s, int network)
{
    const bs_base_point *base = &s->bases[network];
    bs_network_evaluator_release(s);
    s->has_foreign =
        s->row.foreign && bs_surface_block_count(base->network, &s->row.wanted.surfaces) > 0;
    s->theta = bs_alloc(base->network->parameter_size, sizeof *s->theta);
    s->foreign_theta =
        bs_alloc(s->has_foreign ? base->network->parameter_size : 0, sizeof *s->foreign_theta);
    s->statistics = bs_alloc(base->network->statistic_size, sizeof *s->statistics);
    if (s->theta == NULL || s->foreign_theta == NULL || s->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(bs_realisation_init(&s->realisation, s->experiment, base));
    BS_TRY(s->has_foreign ? bs_realisation_init(&s->foreign, s->experiment, base) : BS_OK);
    if (bs_realisation_measures(s->experiment, base->network)) {
        BS_TRY(bs_block_statistics_init(&s->measured, base->network, &s->images.images, s->block));
    }
    BS_TRY(bs_evaluated_model_create(s, base, s->backend, &s->model));
    BS_TRY(bs_network_batch_init(s, base->network));
    s->network = network;
    log_plan(s, network);
    return BS_OK;
}

static bs_status make_realisation(bs_network_surface *s, int network, int realisation)
{
    if (network != s->network) {
        BS_TRY(switch_network(s, network));
    }
    BS_TRY(bs_realisation_make(&s->realisation, (uint32_t)realisation));
    return s->has_foreign ? bs_realisation_make(&s->foreign, BS_FOREIGN + (uint32_t)realisation)
                          : BS_OK;
}

static bs_status prepare(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars)
{
    bs_network_surface *s = context;
    BS_TRY(bs_agree(group, make_realisation(s, network, realisation)));
    const bs_realisation *second = s->has_foreign ? &s->foreign : &s->realisation;
    bool frozen = s->bases[network].network->architecture.norm == BS_NORM_FROZEN;
    bs_model_set_second(s->model, second->theta, NULL);
    if (frozen) {
        BS_TRY(freeze(s, group, &s->realisation));
    }
    if (frozen && s->has_foreign) {
        BS_TRY(freeze(s, group, &s->foreign));
        bs_model_set_second(s->model, second->theta, s->foreign.statistics);
    }
    if (scalars != NULL) {
        bs_realisation_cosines(&s->realisation, scalars);
    }
    return bs_agree(group, bs_network_batch_prepare(s));
}

static bs_status evaluate(void *context, const bs_point *point, int first, int count,
                          double *partials)
{
    bs_network_surface *s = context;
    if (bs_model_points(s->model) > 0) {
        return bs_network_batch_evaluate(context, point, 1, first, count, partials);
    }
    const float *statistics = bs_evaluated_model_place(s, s->model, point->coordinates);
    return bs_network_evaluator_score(s, s->theta, statistics, (bs_range){first, count}, partials);
}

static void reduce(const void *context, const double *partials, double *values)
{
    const bs_network_surface *s = context;
    bs_point_layout_merge(&s->row, s->evaluator.blocks, partials, values);
}

static bool missing(const void *context, int value)
{
    const bs_network_surface *s = context;
    return bs_point_layout_missing(&s->row, s->bases[s->network].network, value);
}

void bs_network_evaluator_init(bs_network_surface *surface, int blocks)
{
    surface->evaluator = (bs_evaluator){
        .context = surface,
        .blocks = blocks,
        .partials = surface->row.partials,
        .values = surface->row.values,
        .scalars = bs_realisation_cosine_count(surface->experiment),
        .prepare = prepare,
        .evaluate = evaluate,
        .reduce = reduce,
        .missing = missing,
    };
    for (int i = 0; i < surface->base_count; i++) {
        const bs_network *network = surface->bases[i].network;
        int points = bs_network_batch_wanted(surface, network);
        bs_evaluator *e = &surface->evaluator;
        e->grain = points > e->grain ? points : e->grain;
        e->batch = bs_network_batch_steps(surface) * e->grain;
        e->evaluate_batch = e->batch > 1 ? bs_network_batch_evaluate : NULL;
        surface->evaluator.costly_calls |= bs_realisation_recomputes(surface->experiment, network);
    }
}
