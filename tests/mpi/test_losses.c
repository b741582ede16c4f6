/* What becomes of losses: none is special, failures are tried again, shards change no bit. */
#include <float.h>
#include <math.h>

#include "mpi/closed_form.h"

enum { NX = 51, NY = 31, POINTS = NX * NY, TRAP = 13 };

static const form_run plain = {
    .grid = {.ndim = 2,
             .axis = {{.from = -1.0, .to = 1.0, .points = NX, .endpoint = true},
                      {.from = -1.0, .to = 1.0, .points = NY, .endpoint = true}}},
    .networks = 1,
    .realisations = 1,
    .shards = 1,
};

/* Losses that others took for 'unfinished', and those that are no numbers. */
static const double losses[] = {0.0,  -0.0,    -1.0,     (double)NAN, (double)INFINITY,
                                -3.5, DBL_MAX, -DBL_MAX, 4.9e-324,    -(double)INFINITY,
                                1e36};
enum { LOSSES = sizeof losses / sizeof losses[0] };

static double strange(const closed_form *form, const bs_point *point)
{
    (void)form;
    return losses[point->index % LOSSES];
}

static double slope(const closed_form *form, const bs_point *point)
{
    (void)form;
    return exp(point->coordinates[0]) / 3.0 - point->coordinates[1] / 7.0;
}

static bool in_trap(const bs_point *point)
{
    return point->index % TRAP == 5;
}

/* -0 is not 0; any NaN is a NaN. */
static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

static int64_t total(const bs_comm *world, int64_t mine)
{
    int64_t all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_INT64_T, MPI_SUM, world->mpi);
    return all;
}

/* Whether the file holds the form's losses, with the status that each deserves. */
static bool file_is_exact(const form_run *run, const closed_form *form, bool trapped)
{
    double *loss = form_read("loss", POINTS);
    double *status = form_read("status", POINTS);
    bool exact = loss != NULL && status != NULL;
    for (int64_t i = 0; exact && i < POINTS; i++) {
        bs_point point = {.index = i};
        bs_grid_coordinates(&run->grid, i, point.coordinates);
        double expected = form_expected(form, &point);
        int wanted = isfinite(expected) ? BS_POINT_DONE : BS_POINT_NON_FINITE;
        if (trapped && in_trap(&point)) {
            exact = status[i] == BS_POINT_FAILED && isnan(loss[i]);
        } else {
            exact = status[i] == wanted && same(loss[i], expected);
        }
    }
    bs_free(loss);
    bs_free(status);
    return exact;
}

/* Zero, negative, NaN and infinite losses are results: kept as computed, counted once, never
 * computed again. */
static void every_loss_is_kept(const bs_comm *world, bool on_demand, int batch)
{
    form_run run = plain;
    run.on_demand = on_demand;
    run.batch = batch;
    closed_form form = {.loss = strange};
    bs_sweep_report summary = {0};
    int skipped = -1;
    if (!form_do(world, &run, &form, &summary, &skipped)) {
        return;
    }
    int64_t non_finite = 0;
    for (int64_t i = 0; i < POINTS; i++) {
        non_finite += !isfinite(losses[i % LOSSES]);
    }
    mpi_test_check(summary.done == POINTS && summary.non_finite == non_finite &&
                       summary.failed == 0,
                   "%lld of %d points are counted as non-finite", (long long)non_finite, POINTS);
    mpi_test_check(total(world, form.evaluations) == POINTS, "every point is evaluated once");
    mpi_test_check(file_is_exact(&run, &form, false), "zero, negative, NaN, infinity are kept");
    mpi_test_check(skipped == 1, "a surface with holes has no spectrum");

    bs_status status = form_sweep(world, &run, &form, &summary, &skipped);
    mpi_test_check(status == BS_OK && summary.skipped == POINTS && summary.done == 0 &&
                       summary.non_finite == non_finite,
                   "a second session finds nothing to do");
    mpi_test_check(total(world, form.evaluations) == 0, "no point is evaluated again");
    mpi_test_check(file_is_exact(&run, &form, false), "the file is as it was");
}

/* Points that one shard cannot evaluate do not end the sweep; the next session tries them, and only
 * them. */
static void failures_are_tried_again(const bs_comm *world, int shards, int failing_block, int batch)
{
    form_run run = plain;
    run.shards = shards;
    run.batch = batch;
    closed_form form = {
        .loss = slope, .fails = in_trap, .failing_block = failing_block, .blocks = 7};
    bs_sweep_report summary = {0};
    int skipped = -1;
    const int64_t trapped = (POINTS - 5 + TRAP - 1) / TRAP;
    if (!form_do(world, &run, &form, &summary, &skipped)) {
        return;
    }
    mpi_test_check(summary.failed == trapped && summary.done == POINTS - trapped && skipped == 1,
                   "%lld points fail, the others are done", (long long)trapped);
    mpi_test_check(file_is_exact(&run, &form, true), "failed points are marked");

    form.fails = NULL;
    bs_status status = form_sweep(world, &run, &form, &summary, &skipped);
    mpi_test_check(status == BS_OK && summary.skipped == POINTS - trapped &&
                       summary.done == trapped && summary.failed == 0 && skipped == 0,
                   "the failed points are done in a second session");
    mpi_test_check(file_is_exact(&run, &form, false), "the file is complete");
}

/* The same bits from any number of shards, also when there are fewer blocks than shards. */
static void shards_change_nothing(const bs_comm *world, int blocks, int shards)
{
    form_run run = plain;
    run.shards = shards;
    for (int demand = 0; demand < 2; demand++) {
        run.on_demand = demand == 1;
        closed_form form = {.loss = slope, .blocks = blocks};
        bs_sweep_report summary = {0};
        int skipped = -1;
        if (!form_do(world, &run, &form, &summary, &skipped)) {
            continue;
        }
        mpi_test_check(file_is_exact(&run, &form, false), "%d blocks on %d shards: the same bits",
                       blocks, shards);
        int64_t sharing = blocks < shards ? blocks : shards;
        mpi_test_check(total(world, form.evaluations) == POINTS * sharing,
                       "every shard with blocks works once per point");
    }
}

/* Whether an evaluator that asks for BATCH points at once gets them so, but for the last of a
 * chunk, and the file holds the bits that it has without. */
static void batches_change_nothing(const bs_comm *world, int batch, int shards)
{
    form_run run = plain;
    run.shards = shards;
    run.batch = batch;
    for (int demand = 0; demand < 2; demand++) {
        run.on_demand = demand == 1;
        closed_form form = {.loss = slope, .blocks = 5};
        bs_sweep_report summary = {0};
        int skipped = -1;
        if (!form_do(world, &run, &form, &summary, &skipped)) {
            continue;
        }
        mpi_test_check(file_is_exact(&run, &form, false),
                       "%d points at once on %d shards: the same bits", batch, shards);
        int64_t groups = world->size / shards;
        int64_t sharing = shards < 5 ? shards : 5;
        mpi_test_check(total(world, form.evaluations) == POINTS * sharing,
                       "every point is evaluated once");
        mpi_test_check(total(world, form.together) >= (POINTS - groups) * sharing,
                       "all but the last come together");
    }
}

/* Points of different networks and realisations never come together. */
static void batches_end_with_their_network(const bs_comm *world)
{
    form_run run = plain;
    run.grid = (bs_grid){.ndim = 1, .axis = {{-1.0, 1.0, 10, true}}};
    run.networks = 3;
    run.realisations = 2;
    run.batch = 7;
    closed_form form = {.loss = slope};
    bs_sweep_report summary = {0};
    int skipped = -1;
    if (form_do(world, &run, &form, &summary, &skipped)) {
        mpi_test_check(summary.done == 60 && summary.failed == 0,
                       "every batch is of the network and realisation that was prepared");
    }
}

/* Items are those of their (network, realisation). */
static void items_have_their_place(const bs_comm *world)
{
    form_run run = plain;
    run.networks = 3;
    run.realisations = 2;
    closed_form form = {.loss = slope};
    bs_sweep_report summary = {0};
    int skipped = -1;
    if (!form_do(world, &run, &form, &summary, &skipped)) {
        return;
    }
    double *scalars = form_read("item", 6);
    bool placed = scalars != NULL;
    for (int i = 0; placed && i < 6; i++) {
        const int expected = 100 * (i / 2) + i % 2;
        placed = scalars[i] == (double)expected;
    }
    mpi_test_check(placed, "each network and realisation has its own scalars");
    bs_free(scalars);
}

static void run_all(const bs_comm *world)
{
    every_loss_is_kept(world, false, 0);
    every_loss_is_kept(world, true, 0);
    every_loss_is_kept(world, true, 33);
    for (int shards = 1; shards <= world->size; shards++) {
        if (world->size % shards == 0) {
            failures_are_tried_again(world, shards, 0, 0);
            failures_are_tried_again(world, shards, 6, 0);
            failures_are_tried_again(world, shards, 6, 16);
            batches_change_nothing(world, 33, shards);
            shards_change_nothing(world, 2, shards);
            shards_change_nothing(world, 7, shards);
        }
    }
    batches_change_nothing(world, 2, 1);
    batches_end_with_their_network(world);
    items_have_their_place(world);
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_MULTIPLE};
