/* Measures what a sweep does beside evaluating, and adds it up to a time to solution on a cluster.
 *
 *   mpirun -n 2 build/bench-cluster [POINTS [BLOCKS]]
 *   POINTS of a plane (2601: 51 x 51); BLOCKS of 128 images per point (391: 50,000 images)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/fft_mpi.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/network.h"
#include "blueshift/schedule.h"
#include "bench-ranks.h"

enum { REQUESTS = 20000, WRITES = 2000, BLOCK = 128, CALLS = 10, EDGE = 51 };

/* Seconds each, measured. */
typedef struct terms {
    double block;   /* ResNet-56, batch statistics of 128 images, new weights, all ranks at once */
    double request; /* a chunk asked of the server and its report, while all ranks ask */
    double write;   /* one point written and read back */
    double sync;    /* a flush to the disk */
    double start;   /* a base point and two directions of ResNet-56 */
    double create;  /* the file, opened and closed */
    double fft;     /* the transform of a plane of 51 x 51 */
} terms;

static bs_status time_requests(const bs_groups *groups, double *seconds)
{
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.on_demand = true, .tasks = REQUESTS, .chunk = 1};
    BS_TRY(bs_schedule_create(groups, &options, &schedule));
    double begin = MPI_Wtime();
    bs_status status = BS_OK;
    bs_range chunk = {0, 1};
    while (status == BS_OK && chunk.count > 0) {
        bool stop = false;
        status = bs_schedule_next(schedule, &chunk);
        if (status == BS_OK && chunk.count > 0) {
            status = bs_schedule_report(schedule, 1, 0, false, &stop);
        }
    }
    *seconds = (MPI_Wtime() - begin) / REQUESTS;
    bs_status destroyed = bs_schedule_destroy(schedule);
    return status != BS_OK ? status : destroyed;
}

static bs_status write_points(bs_surface *file, const bs_comm *world, double *seconds)
{
    const double values[BENCH_VALUES] = {1.0, 2.0, 3.0};
    const uint8_t done = BS_POINT_DONE;
    bs_range mine = bs_partition_block(WRITES, world->size, world->rank);
    double begin = MPI_Wtime();
    for (int64_t i = mine.first; i < mine.first + mine.count; i++) {
        BS_TRY(bs_surface_write_points(file, (bs_range){i, 1}, values, &done));
    }
    *seconds = (MPI_Wtime() - begin) / (double)mine.count;
    return BS_OK;
}

static bs_status time_file(const bs_comm *world, terms *t)
{
    char path[64];
    bs_surface *file = NULL;
    double begin = MPI_Wtime();
    BS_TRY(bench_file_create(world, EDGE, EDGE, path, sizeof path));
    BS_TRY(bs_surface_open(world, path, &file));
    t->create = MPI_Wtime() - begin;
    bs_status status = write_points(file, world, &t->write);
    begin = MPI_Wtime();
    status = status != BS_OK ? status : bs_surface_sync(file);
    t->sync = MPI_Wtime() - begin;
    status = bs_agree(world, status);
    begin = MPI_Wtime();
    bs_status closed = bs_surface_close(file);
    t->create += MPI_Wtime() - begin;
    if (world->rank == 0) {
        remove(path);
    }
    return status != BS_OK ? status : closed;
}

/* Mean of some evaluations of one block, weights loaded each time. */
static bs_status time_calls(bs_model *model, const bs_images *images, const float *theta,
                            double *seconds)
{
    bs_score score;
    double begin = 0.0;
    for (int call = -1; call < CALLS; call++) { /* the first for the caches */
        begin = call == 0 ? MPI_Wtime() : begin;
        BS_TRY(bs_model_load(model, theta, NULL));
        BS_TRY(bs_model_score(model, images, 0, (int)images->count, &score));
    }
    *seconds = (MPI_Wtime() - begin) / CALLS;
    return BS_OK;
}

static bs_status time_block(const bs_network *network, const float *theta, double *seconds)
{
    const bs_image_set dataset = {.source = BS_SOURCE_SYNTHETIC, .seed = 1, .count = BLOCK};
    const bs_backend *backend = NULL;
    bs_normalisation half;
    bs_model *model = NULL;
    uint8_t *pixels = bs_alloc((size_t)BLOCK * BS_IMAGE_BYTES, 1);
    uint8_t *labels = bs_alloc(BLOCK, 1);
    bs_status status = pixels == NULL || labels == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = bs_image_set_read(&dataset, BLOCK, pixels, labels);
    }
    if (status == BS_OK) {
        status = bs_backend_find("auto", &backend);
    }
    if (status == BS_OK) {
        status = bs_normalisation_named("half", &half);
    }
    if (status == BS_OK) {
        status = bs_model_create(network, backend, BLOCK, &half, &model);
    }
    if (status == BS_OK) {
        const bs_images images = {.count = BLOCK, .pixels = pixels, .labels = labels};
        status = time_calls(model, &images, theta, seconds);
    }
    bs_model_destroy(model);
    bs_free(pixels);
    bs_free(labels);
    return status;
}

/* ResNet-56 with batch statistics: its preparation and its evaluation. */
static bs_status time_network(terms *t)
{
    const bs_architecture resnet56 = {.family = BS_FAMILY_RESNET,
                                      .depth = 56,
                                      .shortcut = BS_SHORTCUT_PAD,
                                      .skip_weight = 1.0,
                                      .paths = 1,
                                      .width = 1,
                                      .norm = BS_NORM_BATCH};
    bs_network *network = NULL;
    BS_TRY(bs_network_create(&resnet56, &network));
    float *theta = bs_alloc(network->parameter_size, sizeof *theta);
    bs_status status = theta == NULL ? BS_ERR_MEMORY : BS_OK;
    double begin = MPI_Wtime();
    for (uint32_t i = 0; status == BS_OK && i < 3; i++) {
        bs_network_init(network, 1, BS_STREAM_INIT, i, theta);
    }
    t->start = MPI_Wtime() - begin;
    if (status == BS_OK) {
        status = time_block(network, theta, &t->block);
    }
    bs_free(theta);
    bs_network_destroy(network);
    return status;
}

static bs_status time_fft(const bs_comm *world, double *seconds)
{
    const int64_t shape[2] = {EDGE, EDGE};
    bs_fft *fft = NULL;
    double begin = MPI_Wtime();
    BS_TRY(bs_fft_create(world, 2, shape, &fft));
    int64_t rows = bs_fft_slab(fft).count;
    double *in = bs_alloc((size_t)(rows * EDGE), sizeof *in);
    double complex *out = bs_alloc((size_t)(rows * (EDGE / 2 + 1)), sizeof *out);
    bs_status status = in == NULL || out == NULL ? BS_ERR_MEMORY : BS_OK;
    status = bs_agree(world, status);
    status = status != BS_OK ? status : bs_fft_forward(fft, in, out);
    *seconds = MPI_Wtime() - begin;
    bs_free(in);
    bs_free(out);
    bs_fft_destroy(fft);
    return status;
}

static bs_status measure(const bs_groups *groups, terms *t)
{
    BS_TRY(time_requests(groups, &t->request));
    BS_TRY(time_file(&groups->world, t));
    BS_TRY(bs_agree(&groups->world, time_network(t)));
    BS_TRY(time_fft(&groups->world, &t->fft));
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, t, (int)(sizeof *t / sizeof(double)), MPI_DOUBLE,
                                MPI_MAX, groups->world.mpi)));
    return BS_OK;
}

/* Time to solution on RANKS: as many groups as there are points at most, the rest are shards. */
static void print_model(const terms *t, double points, double blocks, double ranks)
{
    double groups = fmin(ranks, points);
    double shards = floor(ranks / groups);
    double rounds = ceil(points / groups);
    double evaluation = rounds * ceil(blocks / shards) * t->block;
    double server = points * t->request; /* one thread answers all */
    double writing = rounds * t->write + t->sync;
    double total = t->start + t->create + fmax(evaluation, server) + writing + t->fft;
    double ideal = points * blocks * t->block / ranks;
    printf("%9.0f %8.0f %7.0f %12.4g %12.4g %12.4g %12.4g %10.1f %%\n", ranks, groups, shards,
           evaluation, server, writing, total, 100.0 * ideal / total);
}

static void print(const terms *t, double points, double blocks)
{
    printf("request and report   %10.3g s, all ranks asking at once (%.0f a second)\n", t->request,
           1.0 / t->request);
    printf("writing a point      %10.3g s\nflush to the disk    %10.3g s\n", t->write, t->sync);
    printf("base and directions  %10.3g s\nfile, opened, closed %10.3g s\n", t->start, t->create);
    printf("transform of a plane %10.3g s\nblock of 128 images  %10.3g s\n\n", t->fft, t->block);
    printf("%9s %8s %7s %12s %12s %12s %12s %12s\n", "ranks", "groups", "shards", "evaluation",
           "server", "writing", "total, s", "efficiency");
    for (double ranks = 1; ranks < 2e5; ranks *= 10) {
        print_model(t, points, blocks, ranks);
    }
}

static bs_status run(const bs_groups *groups, int argc, char **argv)
{
    double points = argc > 1 ? strtod(argv[1], NULL) : EDGE * EDGE;
    double blocks = argc > 2 ? strtod(argv[2], NULL) : 391;
    if (!(points >= 1 && blocks >= 1)) {
        return BS_FAIL(BS_ERR_USAGE, "usage: bench-cluster [POINTS [BLOCKS]]");
    }
    terms t = {0};
    BS_TRY(measure(groups, &t));
    if (groups->world.rank == 0) {
        print(&t, points, blocks);
    }
    return BS_OK;
}

int main(int argc, char **argv)
{
    return bench_ranks("bench-cluster", argc, argv, run);
}
