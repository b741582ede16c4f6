/* Makes models that give all that is wanted of a point, and places points on the processor. */
#include "evaluated_model.h"

#include "blueshift/memory.h"

/* The tails of branch surfaces. */
static bs_status extend(const bs_network_surface *s, const bs_network *network, bs_model *model)
{
    const bs_branch_surfaces *wanted = &s->row.wanted.surfaces;
    const int count = bs_surface_block_count(network, wanted);
    if (count == 0) {
        return BS_OK;
    }
    int *blocks = bs_alloc((size_t)count, sizeof *blocks);
    if (blocks == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        blocks[i] = bs_surface_block(wanted, i);
    }
    const bs_tail_options options = {
        .count = count, .blocks = blocks, .fixed = !wanted->moving, .foreign = s->has_foreign};
    bs_status status = bs_model_extend(model, &options);
    bs_free(blocks);
    return status;
}

bs_status bs_evaluated_model_create(const bs_network_surface *s, const bs_base_point *base,
                                    const bs_backend *backend, bs_model **model)
{
    const bs_network *network = base->network;
    BS_TRY(bs_model_create(network, backend, s->block, &base->normalisation, model));
    bs_status status = extend(s, network, *model);
    if (status == BS_OK && network->block_count > 0) {
        status =
            bs_model_observe(*model, &s->row.wanted, s->experiment->seed, s->images.images.count);
    }
    if (status != BS_OK) {
        bs_model_destroy(*model);
        *model = NULL;
    }
    return status;
}

bs_status bs_evaluated_model_fallback(bs_network_surface *s, bs_model **model)
{
    const bs_realisation *second = s->has_foreign ? &s->foreign : &s->realisation;
    if (s->fallback_model == NULL) {
        BS_TRY(
            bs_evaluated_model_create(s, &s->bases[s->network], s->fallback, &s->fallback_model));
    }
    *model = s->fallback_model;
    bs_model_set_second(*model, second->theta, s->has_foreign ? s->foreign.statistics : NULL);
    return BS_OK;
}

const float *bs_evaluated_model_place(bs_network_surface *s, bs_model *model,
                                      const double coordinates[BS_GRID_DIMS])
{
    bs_path_point(&s->realisation.path, coordinates, s->theta);
    if (s->has_foreign) {
        bs_path_point(&s->foreign.path, coordinates, s->foreign_theta);
        bs_model_set_second(model, s->foreign_theta, NULL);
    }
    if (!s->realisation.statistics_move) {
        return s->realisation.statistics;
    }
    bs_path_point(&s->realisation.statistics_path, coordinates, s->statistics);
    return s->statistics;
}
