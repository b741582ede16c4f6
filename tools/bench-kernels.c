/* Images a second of every kernel, with given and with batch statistics: bench-kernels [IMAGES]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blueshift/images.h"
#include "blueshift/kernel.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"

/* Seconds of processor time: other processes do not count. */
static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct bench {
    const bs_network *network;
    int images;
    float *theta, *statistics, *inputs;
    double *logits;
} bench;

/* Fastest of ROUNDS evaluations, loading the weights each time, as a sweep does. */
static bs_status time_kernel(const bench *b, const bs_kernel *kernel, bool batch, double *fastest)
{
    enum { ROUNDS = 3 };
    void *state = NULL;
    bs_status status = kernel->create(b->network, b->images, batch, &state);
    *fastest = 0.0;
    for (int i = 0; i < ROUNDS && status == BS_OK; i++) {
        double start = seconds();
        status = kernel->load(state, b->theta, b->statistics);
        if (status == BS_OK) {
            status = kernel->forward(state, b->inputs, b->images, b->logits);
        }
        double taken = seconds() - start;
        *fastest = i == 0 || taken < *fastest ? taken : *fastest;
    }
    if (state != NULL) {
        kernel->destroy(state);
    }
    return status;
}

static bs_status run(const bench *b, const char *only)
{
    for (int i = 0; bs_kernel_at(i) != NULL; i++) {
        const bs_kernel *kernel = bs_kernel_at(i);
        if (strstr(kernel->name, only) == NULL) {
            continue;
        }
        for (int batch = 0; batch < 2; batch++) {
            double fastest = 0.0;
            BS_TRY(time_kernel(b, kernel, batch == 1, &fastest));
            double gflops = 2e-9 * (double)b->network->multiply_adds * b->images / fastest;
            printf("%-14s %-6s %8.1f images/s  %7.1f GFLOP/s\n", kernel->name,
                   batch == 1 ? "batch" : "given", b->images / fastest, gflops);
        }
    }
    return BS_OK;
}

static bs_status prepare(bench *b)
{
    size_t pixels = (size_t)b->images * BS_IMAGE_BYTES;
    b->theta = bs_alloc(b->network->parameter_size, sizeof *b->theta);
    b->statistics = bs_alloc(b->network->statistic_size, sizeof *b->statistics);
    b->inputs = bs_alloc(pixels, sizeof *b->inputs);
    b->logits = bs_alloc((size_t)b->images * BS_CLASSES, sizeof *b->logits);
    double *numbers = bs_alloc(pixels, sizeof *numbers);
    if (b->theta == NULL || b->statistics == NULL || b->inputs == NULL || b->logits == NULL ||
        numbers == NULL) {
        bs_free(numbers);
        return BS_ERR_MEMORY;
    }
    bs_network_init(b->network, 1, BS_STREAM_INIT, 0, b->theta);
    bs_rng rng = {.seed = 1, .stream = BS_STREAM_TEST};
    bs_rng_normal(&rng, 0, pixels, numbers);
    for (size_t i = 0; i < pixels; i++) {
        b->inputs[i] = (float)numbers[i];
    }
    for (size_t i = 0; i < b->network->statistic_size; i++) {
        b->statistics[i] = 1.0F;
    }
    bs_free(numbers);
    return BS_OK;
}

int main(int argc, char **argv)
{
    const bs_architecture knobs = {.depth = 56,
                                   .shortcut = BS_SHORTCUT_PAD,
                                   .skip_weight = 1.0,
                                   .paths = 1,
                                   .width = 1,
                                   .norm = BS_NORM_BATCH};
    bench b = {.images = argc > 1 ? atoi(argv[1]) : 128};
    bs_network *network = NULL;
    bs_status status = b.images < 1 ? BS_FAIL(BS_ERR_USAGE, "usage: bench-kernels [IMAGES [NAME]]")
                                    : bs_network_create(&knobs, &network);
    b.network = network;
    if (status == BS_OK) {
        status = prepare(&b);
    }
    if (status == BS_OK) {
        status = run(&b, argc > 2 ? argv[2] : "");
    }
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-kernels: %s\n", bs_error_text());
    }
    bs_free(b.theta);
    bs_free(b.statistics);
    bs_free(b.inputs);
    bs_free(b.logits);
    bs_network_destroy(network);
    return bs_status_exit_code(status);
}
