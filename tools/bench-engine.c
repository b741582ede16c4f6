/* Where the time of a whole sweep goes on many ranks, when evaluating is only waiting: an evaluator
 * that sleeps as long as a point would take, so that 16 ranks need no 16 cores.
 *
 *   mpirun -n 16 --oversubscribe build/bench-engine [POINTS [SECONDS [SCATTER]]]
 *   POINTS (128) of SECONDS each (0.175: ResNet-56, 128 images, one core), which differ from point
 * to point by up to SCATTER of it to either side (0.05)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench-ranks.h"
#include "blueshift/rng.h"
#include "blueshift/schedule.h"
#include "blueshift/sweep.h"

typedef struct sleeper {
    double seconds, scatter;
} sleeper;

static bs_status prepare(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars)
{
    (void)context, (void)group, (void)network, (void)realisation, (void)scalars;
    return BS_OK;
}

static bs_status evaluate(void *context, const bs_point *point, int first, int count,
                          double *partials)
{
    const sleeper *s = context;
    const bs_rng rng = {.seed = 1};
    double uniform = 0.0;
    (void)first, (void)count;
    bs_rng_uniform(&rng, (uint64_t)point->index, 1, &uniform);
    double seconds = s->seconds * (1.0 + s->scatter * (2.0 * uniform - 1.0));
    const struct timespec sleep = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&sleep, NULL);
    for (int i = 0; i < BENCH_VALUES; i++) {
        partials[i] = seconds;
    }
    return BS_OK;
}

static void reduce(const void *context, const double *partials, double *values)
{
    (void)context;
    memcpy(values, partials, BENCH_VALUES * sizeof *values);
}

/* Seconds of the parts of a sweep, the mean over the ranks where they differ. */
typedef struct parts {
    double create, open, sweep, close;
    bs_sweep_report report;
} parts;

static bs_status run_sweep(const bs_groups *groups, int64_t points, sleeper *context, parts *p)
{
    const bs_evaluator evaluator = {.context = context,
                                    .blocks = 1,
                                    .partials = BENCH_VALUES,
                                    .values = BENCH_VALUES,
                                    .prepare = prepare,
                                    .evaluate = evaluate,
                                    .reduce = reduce};
    const bs_sweep_options options = {
        .on_demand = groups->group_count > 1, .start = MPI_Wtime(), .flush_interval = 1.0};
    char path[64];
    bs_surface *file = NULL;
    double times[5] = {MPI_Wtime()};
    BS_TRY(bench_file_create(&groups->world, points, 1, path, sizeof path));
    times[1] = MPI_Wtime();
    BS_TRY(bs_surface_open(&groups->world, path, &file));
    times[2] = MPI_Wtime();
    bs_status status = bs_sweep_run(groups, file, &evaluator, &options, &p->report);
    times[3] = MPI_Wtime();
    bs_status closed = bs_surface_close(file);
    times[4] = MPI_Wtime();
    p->create = times[1] - times[0];
    p->open = times[2] - times[1];
    p->sweep = times[3] - times[2];
    p->close = times[4] - times[3];
    if (groups->world.rank == 0) {
        remove(path);
    }
    return status != BS_OK ? status : closed;
}

static void print(const bs_groups *groups, int64_t points, const sleeper *s, const parts *p)
{
    const bs_sweep_report *r = &p->report;
    double total = p->create + p->open + p->sweep + p->close;
    double per_cent = 100.0 / total;
    printf("%lld points of %g s (+- %g %%) on %d ranks\n", (long long)points, s->seconds,
           100.0 * s->scatter, groups->world.size);
    printf("total               %8.4f s\n", total);
    printf("evaluating          %8.4f s %6.2f %%\n", r->evaluating, r->evaluating * per_cent);
    printf("waiting at the end  %8.4f s %6.2f %%\n", r->waiting, r->waiting * per_cent);
    double engine = p->sweep - r->evaluating - r->waiting;
    printf("rest of the sweep   %8.4f s %6.2f %%\n", engine, engine * per_cent);
    printf("file made           %8.4f s %6.2f %%\n", p->create, p->create * per_cent);
    printf("file opened         %8.4f s %6.2f %%\n", p->open, p->open * per_cent);
    printf("file closed         %8.4f s %6.2f %%\n", p->close, p->close * per_cent);
}

static bs_status run(const bs_groups *groups, int argc, char **argv)
{
    int64_t points = argc > 1 ? strtoll(argv[1], NULL, 10) : 128;
    sleeper s = {.seconds = argc > 2 ? strtod(argv[2], NULL) : 0.175,
                 .scatter = argc > 3 ? strtod(argv[3], NULL) : 0.05};
    if (!(points >= 1 && s.seconds > 0 && s.scatter >= 0 && s.scatter < 1)) {
        return BS_FAIL(BS_ERR_USAGE, "usage: bench-engine [POINTS [SECONDS [SCATTER]]]");
    }
    parts p = {0};
    BS_TRY(run_sweep(groups, points, &s, &p));
    if (groups->world.rank == 0) {
        print(groups, points, &s, &p);
    }
    return BS_OK;
}

int main(int argc, char **argv)
{
    return bench_ranks("bench-engine", argc, argv, run);
}
