/* Speed and accuracy of the backends: bench-backends [-n IMAGES] [-r ROUNDS] [-k BACKEND]
 * [-N NET] [-m given|batch] [-e] [-j FILE].
 *
 * Each round loads new weights, evaluates the images and measures the core's multiply-add peak,
 * with AVX-512 for backends of that set and with AVX2 for others, before and after; the medians of
 * all rounds are printed, with the fraction of the peak, the fraction of the time that loading
 * took, and, with -e, the loss error against the reference backend. -j appends the same to FILE, a
 * JSON object a line, with the processor's name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-median.h"
#include "bench-peak.h"
#include "bench-processor.h"
#include "blueshift/images.h"
#include "blueshift/backend.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/rng.h"

enum { ROUNDS_MAX = 64 };

typedef struct bench {
    const char *name;
    bs_network *network;
    int images, rounds;
    bool errors;
    const char *mode; /* NULL: both */
    FILE *json;       /* NULL: none */
    float *theta, *statistics, *inputs;
    double *logits;
} bench;

typedef struct result {
    double rate, share, load; /* images per second, fraction of the peak, of the time */
    double error;
} result;

static const struct net {
    const char *name;
    bs_architecture hyperparameters;
} NETS[] = {
#define NET(depth_, version_, shortcut_, paths_, width_)                                           \
    {                                                                                              \
        .depth = depth_, .version = BS_VERSION_##version_, .shortcut = BS_SHORTCUT_##shortcut_,    \
        .skip_weight = 1.0, .paths = paths_, .width = width_                                       \
    }
    {"resnet56", NET(56, V1, PAD, 1, 1)},
    {"resnet20", NET(20, V1, PAD, 1, 1)},
    {"resnet110", NET(110, V1, PAD, 1, 1)},
    {"resnet56-v2", NET(56, V2, PAD, 1, 1)},
    {"resnet56-projection", NET(56, V1, PROJECTION, 1, 1)},
    {"resnet56-noshort", NET(56, V1, NONE, 1, 1)},
    {"resnet20-k3", NET(20, V1, PAD, 3, 1)},
    {"resnet20-width3", NET(20, V1, PAD, 1, 3)},
};

/* Mean cross-entropy; image i has label i modulo the classes. */
static double loss(const bench *b)
{
    double sum = 0.0;
    for (int i = 0; i < b->images; i++) {
        sum += bs_cross_entropy(b->logits + (size_t)i * BS_CLASSES, BS_CLASSES, i % BS_CLASSES);
    }
    return sum / b->images;
}

/* Seconds of one evaluation with new weights; LOAD: those of the load alone. */
static bs_status evaluate(const bench *b, const bs_backend *backend, void *state, int round,
                          double *load, double *total)
{
    bs_network_init(b->network, 1, BS_STREAM_INIT, (uint32_t)round, b->theta);
    double start = bench_seconds();
    BS_TRY(backend->load(state, b->theta, b->statistics));
    *load = bench_seconds() - start;
    BS_TRY(backend->forward(state, b->inputs, b->images, b->logits));
    (void)loss(b);
    *total = bench_seconds() - start;
    return BS_OK;
}

static bs_status measure(const bench *b, const bs_backend *backend, void *state, result *r)
{
    double rates[ROUNDS_MAX];
    double shares[ROUNDS_MAX];
    double loads[ROUNDS_MAX];
    double load = 0.0;
    double total = 0.0;
    int wide = strstr(backend->name, "avx512") != NULL;
    BS_TRY(evaluate(b, backend, state, 0, &load, &total));
    for (int i = 0; i < b->rounds; i++) {
        double before = bench_peak(wide);
        BS_TRY(evaluate(b, backend, state, i, &load, &total));
        double peak = 0.5 * (before + bench_peak(wide));
        rates[i] = b->images / total;
        shares[i] = 2e-9 * (double)b->network->multiply_adds * rates[i] / peak;
        loads[i] = load / total;
    }
    *r = (result){bench_median(rates, b->rounds), bench_median(shares, b->rounds),
                  bench_median(loads, b->rounds), 0.0};
    return BS_OK;
}

/* Root of the mean square of the loss difference to the reference, over POINTS weights. */
static bs_status loss_error(const bench *b, const bs_backend *backend, void *state, bool batch,
                            double *error)
{
    enum { POINTS = 4 };
    const bs_backend *reference = NULL;
    void *exact = NULL;
    double load = 0.0;
    double total = 0.0;
    double squares = 0.0;
    BS_TRY(bs_backend_find("reference", &reference));
    BS_TRY(reference->create(b->network, b->images, batch, &exact));
    bs_status status = BS_OK;
    for (int i = 0; i < POINTS && status == BS_OK; i++) {
        status = evaluate(b, backend, state, i, &load, &total);
        double value = loss(b);
        if (status == BS_OK) {
            status = evaluate(b, reference, exact, i, &load, &total);
        }
        squares += pow(value / loss(b) - 1.0, 2.0);
    }
    reference->destroy(exact);
    *error = sqrt(squares / POINTS);
    return status;
}

static void write_json(const bench *b, const bs_backend *backend, const char *norm, const result *r)
{
    char processor[256];
    bench_processor(processor, sizeof processor);
    (void)fprintf(b->json,
                  "{\"processor\": \"%s\", \"network\": \"%s\", \"backend\": \"%s\", "
                  "\"norm\": \"%s\", \"images\": %d, \"rounds\": %d, \"images_per_second\": %.6g, "
                  "\"fraction_of_peak\": %.4g, \"fraction_loading\": %.4g",
                  processor, b->name, backend->name, norm, b->images, b->rounds, r->rate, r->share,
                  r->load);
    if (b->errors) {
        (void)fprintf(b->json, ", \"relative_error\": %.3g", r->error);
    }
    (void)fprintf(b->json, "}\n");
}

static void print_result(const bench *b, const bs_backend *backend, const char *norm,
                         const result *r)
{
    printf("%-20s %-20s %-6s %8.1f %8.1f %7.1f %6.2f", b->name, backend->name, norm, r->rate,
           2e-9 * (double)b->network->multiply_adds * r->rate, 100.0 * r->share, 100.0 * r->load);
    printf(b->errors ? " %9.1e\n" : "\n", r->error);
    (void)fflush(stdout);
    if (b->json != NULL) {
        write_json(b, backend, norm, r);
    }
}

static bs_status run_backend(const bench *b, const bs_backend *backend, bool batch)
{
    void *state = NULL;
    result r = {0};
    BS_TRY(backend->create(b->network, b->images, batch, &state));
    bs_status status = measure(b, backend, state, &r);
    if (status == BS_OK && b->errors) {
        status = loss_error(b, backend, state, batch, &r.error);
    }
    backend->destroy(state);
    if (status == BS_OK) {
        print_result(b, backend, batch ? "batch" : "given", &r);
    }
    return status;
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

static void release(bench *b)
{
    bs_free(b->theta);
    bs_free(b->statistics);
    bs_free(b->inputs);
    bs_free(b->logits);
    bs_network_destroy(b->network);
}

/* All backends whose name starts with ONLY, or all that are not slow on purpose, with given and
 * with batch statistics. */
static bs_status run_net(const bench *options, const struct net *net, const char *only)
{
    bench b = *options;
    bs_architecture hyperparameters = net->hyperparameters;
    hyperparameters.norm = BS_NORM_BATCH;
    b.name = net->name;
    BS_TRY(bs_network_create(&hyperparameters, &b.network));
    bs_status status = prepare(&b);
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        const bs_backend *backend = bs_backend_at(i);
        bool slow = strcmp(backend->name, "reference") == 0;
        bool wanted = only == NULL ? !slow : strncmp(backend->name, only, strlen(only)) == 0;
        for (int batch = 0; batch < 2 && wanted && status == BS_OK; batch++) {
            if (b.mode != NULL && strcmp(b.mode, batch == 1 ? "batch" : "given") != 0) {
                continue;
            }
            status = run_backend(&b, backend, batch == 1);
        }
    }
    release(&b);
    return status;
}

static bool read_options(int argc, char **argv, bench *b, const char **backend, const char **net)
{
    int option = 0;
    while ((option = getopt(argc, argv, "n:r:k:N:m:ej:")) != -1) {
        b->images = option == 'n' ? atoi(optarg) : b->images;
        b->rounds = option == 'r' ? atoi(optarg) : b->rounds;
        *backend = option == 'k' ? optarg : *backend;
        *net = option == 'N' ? optarg : *net;
        b->mode = option == 'm' ? optarg : b->mode;
        b->errors = b->errors || option == 'e';
        b->json = option == 'j' ? fopen(optarg, "a") : b->json;
        if (option == '?' || (option == 'j' && b->json == NULL)) {
            return false;
        }
    }
    return b->images >= 1 && b->rounds >= 1 && b->rounds <= ROUNDS_MAX && optind == argc;
}

int main(int argc, char **argv)
{
    bench b = {.images = 128, .rounds = 9};
    const char *backend = NULL;
    const char *net = NULL;
    const bs_backend *chosen = NULL;
    if (!read_options(argc, argv, &b, &backend, &net)) {
        (void)fprintf(stderr, "usage: bench-backends [-n IMAGES] [-r ROUNDS] [-k BACKEND] [-N NET] "
                              "[-m given|batch] [-e (loss error)] [-j FILE]\n");
        return 2;
    }
    if (backend != NULL && strcmp(backend, "auto") == 0 &&
        bs_backend_find(backend, &chosen) == BS_OK) {
        backend = chosen->name;
    }
    printf("%-20s %-20s %-6s %8s %8s %7s %6s%s\n", "network", "backend", "norm", "images/s",
           "GFLOP/s", "% peak", "% load", b.errors ? "  rms error" : "");
    bs_status status = BS_OK;
    for (size_t i = 0; i < sizeof NETS / sizeof NETS[0] && status == BS_OK; i++) {
        if (net == NULL || strcmp(net, NETS[i].name) == 0) {
            status = run_net(&b, &NETS[i], backend);
        }
    }
    if (b.json != NULL && fclose(b.json) != 0) {
        (void)fprintf(stderr, "bench-backends: the JSON file is not whole\n");
        return 1;
    }
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-backends: %s\n", bs_error_text());
    }
    return bs_status_exit_code(status);
}
