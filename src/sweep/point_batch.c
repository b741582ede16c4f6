/* Has points evaluated, several at once where the evaluator asks for it, and gathers the shards'
 * partial results. */
#include "point_batch.h"

#include "blueshift/fault.h"
#include "blueshift/memory.h"

/* Partial results that are kept at most, but those of one point always. */
enum { NUMBERS = 1 << 24 };

int bs_point_batch_size(const bs_evaluator *evaluator)
{
    int64_t point = (int64_t)evaluator->blocks * evaluator->partials;
    int64_t most = point > 0 ? NUMBERS / point : evaluator->batch;
    most = most < evaluator->batch ? most : evaluator->batch;
    return most < 1 || evaluator->evaluate_batch == NULL ? 1 : (int)most;
}

bs_status bs_point_batch_init(bs_point_batch *batch, const bs_groups *groups,
                              const bs_evaluator *evaluator)
{
    const int shards = groups->shard_count;
    *batch = (bs_point_batch){
        .groups = groups,
        .evaluator = evaluator,
        .most = bs_point_batch_size(evaluator),
        .blocks = bs_partition_block(evaluator->blocks, shards, groups->group.rank),
    };
    size_t width = (size_t)evaluator->partials;
    size_t mine = (size_t)batch->most * (size_t)batch->blocks.count * width;
    bool gathers = shards > 1 && groups->leader;
    batch->failed = bs_alloc((size_t)batch->most, sizeof *batch->failed);
    batch->mine = bs_alloc(mine, sizeof *batch->mine);
    batch->whole =
        gathers ? bs_alloc((size_t)evaluator->blocks * width, sizeof *batch->whole) : NULL;
    batch->gather_counts = bs_alloc((size_t)shards, sizeof *batch->gather_counts);
    batch->gather_offsets = bs_alloc((size_t)shards, sizeof *batch->gather_offsets);
    if (batch->failed == NULL || batch->mine == NULL || (gathers && batch->whole == NULL) ||
        batch->gather_counts == NULL || batch->gather_offsets == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int s = 0; s < shards; s++) {
        bs_range part = bs_partition_block(evaluator->blocks, shards, s);
        batch->gather_counts[s] = (int)part.count * evaluator->partials;
        batch->gather_offsets[s] = (int)part.first * evaluator->partials;
    }
    return BS_OK;
}

/* Where this shard's partial results of point I are. */
static double *place(const bs_point_batch *batch, int i)
{
    return batch->mine +
           (size_t)i * (size_t)batch->blocks.count * (size_t)batch->evaluator->partials;
}

/* This shard's blocks of COUNT points, the first of which is point I of the batch. */
static bs_status evaluate_here(bs_point_batch *batch, const bs_point *points, int i, int count)
{
    const bs_evaluator *e = batch->evaluator;
    const int first = (int)batch->blocks.first;
    const int blocks = (int)batch->blocks.count;
    bs_status status = BS_OK;
    double begin = MPI_Wtime();
    if (bs_fault("evaluate")) {
        status =
            BS_FAIL(BS_ERR_INTERNAL, "injected fault at point %lld", (long long)points[i].index);
    } else if (blocks > 0 && count == 1) {
        status = e->evaluate(e->context, &points[i], first, blocks, place(batch, i));
    } else if (blocks > 0) {
        status = e->evaluate_batch(e->context, points + i, count, first, blocks, place(batch, i));
    }
    batch->seconds += MPI_Wtime() - begin;
    return status;
}

/* The same on all shards: FAILED when one of them failed. A device that is lost will not evaluate
 * any other point either. */
static bs_status evaluate_together(bs_point_batch *batch, const bs_point *points, int i, int count,
                                   bool *failed)
{
    const bs_status mine = evaluate_here(batch, points, i, count);
    int worst[2] = {mine != BS_OK, mine == BS_ERR_DEVICE};
    if (batch->groups->shard_count > 1) {
        BS_TRY(BS_MPI(
            MPI_Allreduce(MPI_IN_PLACE, worst, 2, MPI_INT, MPI_MAX, batch->groups->group.mpi)));
    }
    *failed = worst[0] != 0;
    return worst[1] != 0 ? bs_agree(&batch->groups->group, mine) : BS_OK;
}

bs_status bs_point_batch_evaluate(bs_point_batch *batch, const bs_point *points, int count)
{
    bool failed = false;
    if (count > 1) {
        BS_TRY(evaluate_together(batch, points, 0, count, &failed));
    }
    for (int i = 0; i < count; i++) {
        batch->failed[i] = false;
        if (count == 1 || failed) {
            BS_TRY(evaluate_together(batch, points, i, 1, &batch->failed[i]));
        }
    }
    return BS_OK;
}

bs_status bs_point_batch_gather(bs_point_batch *batch, int i, const double **partials)
{
    const double *mine = place(batch, i);
    *partials = batch->whole != NULL ? batch->whole : mine;
    if (batch->groups->shard_count == 1) {
        return BS_OK;
    }
    const int count = (int)batch->blocks.count * batch->evaluator->partials;
    return BS_MPI(MPI_Gatherv(mine, count, MPI_DOUBLE, batch->whole, batch->gather_counts,
                              batch->gather_offsets, MPI_DOUBLE, 0, batch->groups->group.mpi));
}

void bs_point_batch_release(bs_point_batch *batch)
{
    bs_free(batch->failed);
    bs_free(batch->mine);
    bs_free(batch->whole);
    bs_free(batch->gather_counts);
    bs_free(batch->gather_offsets);
    *batch = (bs_point_batch){0};
}
