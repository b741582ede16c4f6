/* Are gradients summed in the order of the micro-batches, to the same bits on any number of ranks?
 */
#include "mpi_test.h"

#include <string.h>

#include "../../src/train/exchange.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"

enum { MICRO_BATCHES = 7, STEPS = 3 };

/* Number I of the gradient of a micro-batch: magnitudes that doubles do not add up exactly. */
static float number(int step, int micro, size_t i)
{
    const bs_rng rng = {
        .seed = 5, .stream = BS_STREAM_TEST, .item = (uint32_t)(step * 100 + micro)};
    double normal = 0.0;
    bs_rng_normal(&rng, i, 1, &normal);
    return (float)(normal * (micro % 2 == 0 ? 1.0 : 1e12));
}

/* Writes a gradient and tells of it from the end, in uneven pieces, all but its first numbers. */
static void give(int step, int micro, size_t size, float *gradient, const bs_gradient_sink *sink)
{
    for (size_t i = 0; i < size; i++) {
        gradient[i] = number(step, micro, i);
    }
    size_t end = size;
    for (size_t piece = 5; end > 3; piece = piece * 3 + 1) {
        size_t part = piece < end - 3 ? piece : end - 3;
        end -= part;
        sink->done(sink->context, end, part);
    }
}

static bs_status run_step(const bs_comm *world, bs_exchange *x, int step, size_t size,
                          const double **sum)
{
    bs_exchange_reset(x);
    for (int first = 0; first < MICRO_BATCHES; first += world->size) {
        int left = MICRO_BATCHES - first;
        int givers = left < world->size ? left : world->size;
        float *gradient = NULL;
        bs_gradient_sink sink;
        BS_TRY(bs_exchange_begin(x, givers, &gradient, &sink));
        if (world->rank < givers) {
            give(step, first + world->rank, size, gradient, &sink);
        }
        BS_TRY(bs_exchange_end(x));
    }
    return bs_exchange_finish(x, sum);
}

/* The slice that this rank owns, against sums in order; and the sum of squares of all. */
static void check_sums(const bs_comm *world, bs_exchange *x, int step, size_t size,
                       const double *sum)
{
    bs_range slice = bs_exchange_slice(x, world->rank);
    bool same = true;
    double wanted = 0.0;
    double squares = 0.0;
    double piece = 0.0;
    for (size_t i = 0; i < size; i++) {
        double total = 0.0;
        for (int micro = 0; micro < MICRO_BATCHES; micro++) {
            total += (double)number(step, micro, i);
        }
        int64_t at = (int64_t)i - slice.first;
        same = same && (at < 0 || at >= slice.count || sum[at] == total);
        piece += total * total;
        if (i % BS_EXCHANGE_PIECE == BS_EXCHANGE_PIECE - 1 || i == size - 1) {
            wanted += piece;
            piece = 0.0;
        }
    }
    mpi_test_check(same, "size %zu, step %d: sums in the order of the micro-batches", size, step);
    mpi_test_check(bs_exchange_squares(x, &squares) == BS_OK && squares == wanted,
                   "and their squares in the order of the parameters");
}

/* Slices tile the parameters; what is collected, dealt and shared is what was there. */
static void check_moves(const bs_comm *world, const bs_exchange *x, size_t size)
{
    bs_range mine = bs_exchange_slice(x, world->rank);
    int64_t next = 0;
    for (int rank = 0; rank < world->size; rank++) {
        next += bs_exchange_slice(x, rank).first == next ? bs_exchange_slice(x, rank).count : -1;
    }
    mpi_test_check(next == (int64_t)size, "slices tile %zu parameters", size);
    float *all = bs_alloc(size, sizeof *all);
    float *slice = bs_alloc((size_t)mine.count, sizeof *slice);
    bool good = all != NULL && slice != NULL;
    for (int64_t i = 0; good && i < mine.count; i++) {
        slice[i] = (float)(mine.first + i);
    }
    good = good && bs_exchange_collect(x, slice, all) == BS_OK;
    for (size_t i = 0; good && world->rank == 0 && i < size; i++) {
        good = all[i] == (float)i;
        all[i] += 0.5F;
    }
    mpi_test_check(good, "collected on rank 0");
    good = good && bs_exchange_deal(x, all, slice) == BS_OK;
    for (int64_t i = 0; good && i < mine.count; i++) {
        good = slice[i] == (float)(mine.first + i) + 0.5F;
    }
    memset(all, 0, size * sizeof *all);
    memcpy(all + mine.first, slice, (size_t)mine.count * sizeof *all);
    good = good && bs_exchange_share(x, all) == BS_OK;
    for (size_t i = 0; good && i < size; i++) {
        good = all[i] == (float)i + 0.5F;
    }
    mpi_test_check(good, "dealt to its owners and shared with all");
    bs_free(all);
    bs_free(slice);
}

static void test_size(const bs_comm *world, size_t size)
{
    bs_exchange *x = NULL;
    if (!mpi_test_check(bs_exchange_create(world, size, &x) == BS_OK, "created")) {
        return;
    }
    for (int step = 0; step < STEPS; step++) {
        const double *sum = NULL;
        if (mpi_test_check(run_step(world, x, step, size, &sum) == BS_OK, "a step is exchanged")) {
            check_sums(world, x, step, size, sum);
        }
    }
    check_moves(world, x, size);
    bs_exchange_destroy(x);
}

static void run_all(const bs_comm *world)
{
    test_size(world, 4);     /* one owner, the others have nothing */
    test_size(world, 5000);  /* pieces of other sizes */
    test_size(world, 40000); /* several buckets a slice */
}

const mpi_test mpi_test_file = {.run = run_all};
