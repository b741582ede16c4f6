/* Blocks of test images, dealt to the ranks and merged in their order. */
#include "tester.h"

#include <string.h>

#include "blueshift/memory.h"

static const double PERCENT = 100.0;

struct bs_tester {
    const bs_comm *comm;
    const bs_images *images;
    int block, block_count;
    bs_model *model;
    bs_score *scores; /* [block] */
};

bs_status bs_tester_create(const bs_comm *comm, const bs_tester_options *options,
                           bs_tester **tester)
{
    const bs_tester_options *o = options;
    *tester = NULL;
    bs_tester *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    *made = (bs_tester){.comm = comm,
                        .images = o->images,
                        .block = o->block,
                        .block_count = (int)((o->images->count + o->block - 1) / o->block)};
    made->scores = bs_alloc((size_t)made->block_count, sizeof *made->scores);
    bs_status status = made->scores == NULL ? BS_ERR_MEMORY
                                            : bs_model_create(o->network, o->backend, o->block,
                                                              o->normalisation, &made->model);
    if (status != BS_OK) {
        bs_tester_destroy(made);
        return status;
    }
    *tester = made;
    return BS_OK;
}

void bs_tester_destroy(bs_tester *tester)
{
    if (tester != NULL) {
        bs_model_destroy(tester->model);
        bs_free(tester->scores);
        bs_free(tester);
    }
}

static bs_status score_own(bs_tester *t, const float *theta, const float *statistics)
{
    BS_TRY(bs_model_load(t->model, theta, statistics));
    for (int b = t->comm->rank; b < t->block_count; b += t->comm->size) {
        int64_t first = (int64_t)b * t->block;
        int64_t left = t->images->count - first;
        BS_TRY(bs_model_score(t->model, t->images, first, left < t->block ? (int)left : t->block,
                              &t->scores[b]));
    }
    return BS_OK;
}

bs_status bs_tester_score(bs_tester *t, const float *theta, const float *statistics,
                          bs_test_record *record)
{
    enum { NUMBERS = sizeof(bs_score) / sizeof(double) };
    bs_score total = {0};
    memset(t->scores, 0, (size_t)t->block_count * sizeof *t->scores);
    BS_TRY(bs_agree(t->comm, score_own(t, theta, statistics)));
    /* A block's numbers come from one rank and zeros from the others: the sum is exact. */
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, t->scores, t->block_count * NUMBERS, MPI_DOUBLE,
                                MPI_SUM, t->comm->mpi)));
    for (int b = 0; b < t->block_count; b++) {
        bs_score_merge(&total, &t->scores[b]);
    }
    *record = (bs_test_record){.loss = total.loss_sum / total.images,
                               .accuracy = PERCENT * total.correct / total.images};
    return BS_OK;
}
