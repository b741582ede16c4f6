/* Extends models by the tails of branch surfaces, and places points on the processor. */
#include "evaluated_model.h"

#include "blueshift/memory.h"

bs_status bs_evaluated_model_extend(const bs_network_surface *s, const bs_network *network,
                                    bs_model *model)
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
