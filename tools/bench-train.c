/* Speed of training steps on one core: bench-train [-n IMAGES] [-r ROUNDS] [-k BACKEND] [-N DEPTH]
 * [-w WIDTH] [-t].
 *
 * A step loads weights, evaluates the images, and gives the loss and its gradient; -t times its
 * parts. Each round measures the core's multiply-add peak before and after; the medians of all
 * rounds are printed, and the share of the peak that three forward passes' multiply-adds are. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-median.h"
#include "bench-peak.h"
#include "blueshift/backend.h"
#include "blueshift/images.h"
#include "blueshift/loss.h"
#include "blueshift/memory.h"
#include "blueshift/rng.h"

enum { ROUNDS_MAX = 64, PARTS = 3 };

typedef struct bench {
    bs_network *network;
    int images, rounds, depth, width;
    const char *name;
    bool parts;
    float *theta, *gradient, *inputs;
    double *logits, *derivatives;
    uint8_t *labels;
} bench;

/* Seconds of load, forward with the loss, and backward. */
static bs_status step(const bench *b, const bs_backend *backend, void *state, double parts[PARTS])
{
    const bs_loss loss = {BS_CLASSES, 0.0, 1.0 / b->images};
    bs_loss_totals totals = {0};
    double start = bench_seconds();
    BS_TRY(backend->load(state, b->theta, NULL));
    double loaded = bench_seconds();
    BS_TRY(backend->forward(state, b->inputs, b->images, b->logits));
    bs_loss_evaluate(&loss, b->logits, b->labels, b->images, b->derivatives, &totals);
    double evaluated = bench_seconds();
    BS_TRY(backend->backward(state, b->derivatives, b->gradient, NULL));
    parts[0] = loaded - start;
    parts[1] = evaluated - loaded;
    parts[2] = bench_seconds() - evaluated;
    return BS_OK;
}

static bs_status measure(const bench *b, const bs_backend *backend, void *state)
{
    double rates[ROUNDS_MAX];
    double shares[ROUNDS_MAX];
    double parts[PARTS];
    double each[PARTS][ROUNDS_MAX];
    double work = 6e-9 * (double)b->network->multiply_adds;
    BS_TRY(step(b, backend, state, parts));
    for (int i = 0; i < b->rounds; i++) {
        int wide = strstr(backend->name, "avx512") != NULL;
        double before = bench_peak(wide);
        BS_TRY(step(b, backend, state, parts));
        double peak = 0.5 * (before + bench_peak(wide));
        rates[i] = b->images / (parts[0] + parts[1] + parts[2]);
        shares[i] = work * rates[i] / peak;
        for (int j = 0; j < PARTS; j++) {
            each[j][i] = 1e3 * parts[j];
        }
    }
    double rate = bench_median(rates, b->rounds);
    printf("resnet%-4d %-20s %6d %9.1f %9.1f %7.1f", b->depth, backend->name, b->images, rate,
           work * rate, 100.0 * bench_median(shares, b->rounds));
    for (int j = 0; j < PARTS && b->parts; j++) {
        printf(" %8.1f", bench_median(each[j], b->rounds));
    }
    printf("\n");
    (void)fflush(stdout);
    return BS_OK;
}

static bs_status prepare(bench *b)
{
    size_t pixels = (size_t)b->images * BS_IMAGE_BYTES;
    size_t outputs = (size_t)b->images * BS_CLASSES;
    b->theta = bs_alloc(b->network->parameter_size, sizeof *b->theta);
    b->gradient = bs_alloc(b->network->parameter_size, sizeof *b->gradient);
    b->inputs = bs_alloc(pixels, sizeof *b->inputs);
    b->logits = bs_alloc(outputs, sizeof *b->logits);
    b->derivatives = bs_alloc(outputs, sizeof *b->derivatives);
    b->labels = bs_alloc((size_t)b->images, sizeof *b->labels);
    double *numbers = bs_alloc(pixels, sizeof *numbers);
    bool all = b->theta != NULL && b->gradient != NULL && b->inputs != NULL && b->logits != NULL &&
               b->derivatives != NULL && b->labels != NULL && numbers != NULL;
    if (all) {
        const bs_rng rng = {.seed = 1, .stream = BS_STREAM_TEST};
        bs_rng_normal(&rng, 0, pixels, numbers);
        bs_network_init(b->network, 1, BS_STREAM_INIT, 0, b->theta);
        for (size_t i = 0; i < pixels; i++) {
            b->inputs[i] = (float)numbers[i];
        }
        for (int i = 0; i < b->images; i++) {
            b->labels[i] = (uint8_t)(i % BS_CLASSES);
        }
    }
    bs_free(numbers);
    return all ? BS_OK : BS_ERR_MEMORY;
}

static void release(bench *b)
{
    bs_free(b->theta);
    bs_free(b->gradient);
    bs_free(b->inputs);
    bs_free(b->logits);
    bs_free(b->derivatives);
    bs_free(b->labels);
    bs_network_destroy(b->network);
}

static bs_status run(bench *b)
{
    const bs_backend *backend = NULL;
    void *state = NULL;
    const bs_architecture hyperparameters = {.depth = b->depth,
                                             .shortcut = BS_SHORTCUT_PAD,
                                             .skip_weight = 1.0,
                                             .paths = 1,
                                             .width = b->width,
                                             .norm = BS_NORM_BATCH};
    BS_TRY(bs_backend_find(b->name, &backend));
    BS_TRY(bs_network_create(&hyperparameters, &b->network));
    bs_status status = prepare(b);
    if (status == BS_OK) {
        status = backend->create(b->network, b->images, true, &state);
    }
    if (status == BS_OK) {
        status = backend->train(state);
    }
    if (status == BS_OK) {
        status = measure(b, backend, state);
    }
    backend->destroy(state);
    release(b);
    return status;
}

int main(int argc, char **argv)
{
    bench b = {.images = 128, .rounds = 5, .depth = 56, .width = 1, .name = "winograd-4x4"};
    int option = 0;
    while ((option = getopt(argc, argv, "n:r:k:N:w:t")) != -1) {
        b.images = option == 'n' ? atoi(optarg) : b.images;
        b.rounds = option == 'r' ? atoi(optarg) : b.rounds;
        b.name = option == 'k' ? optarg : b.name;
        b.depth = option == 'N' ? atoi(optarg) : b.depth;
        b.width = option == 'w' ? atoi(optarg) : b.width;
        b.parts = b.parts || option == 't';
    }
    if (b.images < 1 || b.rounds < 1 || b.rounds > ROUNDS_MAX || optind != argc) {
        (void)fprintf(stderr, "usage: bench-train [-n IMAGES] [-r ROUNDS] [-k BACKEND] [-N DEPTH] "
                              "[-w WIDTH] [-t (milliseconds of its parts)]\n");
        return 2;
    }
    printf("%-10s %-20s %6s %9s %9s %7s%s\n", "network", "backend", "images", "images/s", "GFLOP/s",
           "% peak", b.parts ? "     load  forward backward" : "");
    bs_status status = run(&b);
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-train: %s\n", bs_error_text());
    }
    return bs_status_exit_code(status);
}
