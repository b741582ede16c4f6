/* Deals the blocks of a point to two evaluators, and joins what they give. */
#include "both_splits.h"

#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/partition.h"

/* What FIRST to FIRST + COUNT - 1 have of the evaluator's blocks, which begin at BEGIN; FIRST is
 * counted from there. */
static bs_range part_of(const bs_evaluator *e, int begin, int first, int count)
{
    const int from = first > begin ? first : begin;
    const int until = first + count < begin + e->blocks ? first + count : begin + e->blocks;
    return (bs_range){from - begin, until > from ? until - from : 0};
}

static bs_status prepare(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars)
{
    const bs_both_splits *both = context;
    const bs_evaluator *a = both->first;
    const bs_evaluator *b = both->second;
    BS_TRY(a->prepare(a->context, group, network, realisation, scalars));
    return b->prepare(b->context, group, network, realisation, NULL);
}

static bs_status evaluate(void *context, const bs_point *point, int first, int count,
                          double *partials)
{
    const bs_both_splits *both = context;
    const bs_evaluator *const parts[] = {both->first, both->second};
    for (int k = 0, begin = 0; k < 2; begin += parts[k++]->blocks) {
        const bs_range own = part_of(parts[k], begin, first, count);
        if (own.count > 0) {
            BS_TRY(parts[k]->evaluate(parts[k]->context, point, (int)own.first, (int)own.count,
                                      partials));
            partials += own.count * parts[k]->partials;
        }
    }
    return BS_OK;
}

/* Blocks OWN of all POINTS by E: ROWS [point][blocks][partials]. */
static bs_status evaluate_part(const bs_evaluator *e, const bs_point *points, int point_count,
                               bs_range own, double *rows)
{
    if (e->evaluate_batch != NULL) {
        return e->evaluate_batch(e->context, points, point_count, (int)own.first, (int)own.count,
                                 rows);
    }
    for (int i = 0; i < point_count; i++) {
        BS_TRY(e->evaluate(e->context, &points[i], (int)own.first, (int)own.count,
                           rows + (ptrdiff_t)i * own.count * e->partials));
    }
    return BS_OK;
}

/* Each evaluator gives its rows of all points; a point wants those of both side by side. */
static bs_status evaluate_batch(void *context, const bs_point *points, int point_count, int first,
                                int count, double *partials)
{
    const bs_both_splits *both = context;
    const bs_evaluator *const parts[] = {both->first, both->second};
    const size_t width = (size_t)both->first->partials;
    double *rows = bs_alloc((size_t)point_count * (size_t)count * width, sizeof *rows);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    size_t before = 0; /* numbers of a point from the evaluator before */
    for (int k = 0, begin = 0; k < 2 && status == BS_OK; begin += parts[k++]->blocks) {
        const bs_range own = part_of(parts[k], begin, first, count);
        const size_t numbers = (size_t)own.count * width;
        if (own.count == 0) {
            continue;
        }
        status = evaluate_part(parts[k], points, point_count, own, rows);
        for (int i = 0; i < point_count && status == BS_OK; i++) {
            memcpy(partials + (size_t)i * (size_t)count * width + before,
                   rows + (size_t)i * numbers, numbers * sizeof *rows);
        }
        before += numbers;
    }
    bs_free(rows);
    return status;
}

static void reduce(const void *context, const double *partials, double *values)
{
    const bs_both_splits *both = context;
    const bs_evaluator *a = both->first;
    const bs_evaluator *b = both->second;
    double *observed = values + both->values;
    a->reduce(a->context, partials, values);
    b->reduce(b->context, partials + (ptrdiff_t)a->blocks * a->partials, both->room);
    if (both->first_count >= 0) {
        values[both->first_count] += both->room[both->second_count];
    }
    memmove(observed + both->values, observed,
            (size_t)(a->values - both->values) * sizeof *observed);
    memcpy(observed, both->room, (size_t)both->values * sizeof *observed);
}

static bool missing(const void *context, int value)
{
    const bs_both_splits *both = context;
    return both->first->missing(both->first->context, value - both->values);
}

bs_status bs_both_splits_init(bs_both_splits *both, bs_evaluator *evaluator)
{
    const bs_evaluator *a = both->first;
    *evaluator = *a;
    evaluator->context = both;
    evaluator->blocks += both->second->blocks;
    evaluator->values += both->values;
    evaluator->prepare = prepare;
    evaluator->evaluate = evaluate;
    evaluator->evaluate_batch = a->evaluate_batch != NULL ? evaluate_batch : NULL;
    evaluator->reduce = reduce;
    evaluator->missing = missing;
    both->room = bs_alloc((size_t)both->second->values, sizeof *both->room);
    return both->room == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_both_splits_release(bs_both_splits *both)
{
    bs_free(both->room);
    both->room = NULL;
}
