/* What observing costs: bench-probes [-n IMAGES] [-r ROUNDS] [-p NEURONS] [-i IMAGES]
 * [-k BACKEND]; -i: images in which each neuron is seen.
 *
 * Each round evaluates the same new weights without and with branch losses and probes, one right
 * after the other in changing order; the medians of the rounds' ratios are printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-median.h"
#include "bench-peak.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"

enum { ROUNDS_MAX = 99 };

typedef struct bench {
    int images, rounds;
    bs_observables observables;
    const bs_backend *backend;
    bs_images data;
    float *theta, *statistics;
} bench;

static const struct net {
    const char *name;
    bs_architecture hyperparameters;
} NETS[] = {
#define NET(depth_, version_, shortcut_, paths_)                                                   \
    {                                                                                              \
        .depth = depth_, .version = BS_VERSION_##version_, .shortcut = BS_SHORTCUT_##shortcut_,    \
        .skip_weight = 1.0, .paths = paths_, .width = 1                                            \
    }
    {"resnet56", NET(56, V1, PAD, 1)},          {"resnet56-v2", NET(56, V2, PAD, 1)},
    {"resnet56-noshort", NET(56, V1, NONE, 1)}, {"resnet56-noshort-k3", NET(56, V1, NONE, 3)},
    {"resnet56-v2-k3", NET(56, V2, PAD, 3)},
};

static bs_status evaluate(const bench *b, bs_model *model, double *seconds)
{
    bs_score score;
    double start = bench_seconds();
    BS_TRY(bs_model_load(model, b->theta, b->statistics));
    BS_TRY(bs_model_score(model, &b->data, 0, b->images, &score));
    *seconds = bench_seconds() - start;
    return BS_OK;
}

/* MODELS: without, with. */
static bs_status measure(const bench *b, const bs_network *network, bs_model *models[2])
{
    const bs_normalisation unit = {.mean = {0.5, 0.5, 0.5}, .std = {0.25, 0.25, 0.25}};
    double ratios[ROUNDS_MAX];
    double rates[ROUNDS_MAX];
    for (int i = 0; i < 2; i++) {
        BS_TRY(bs_model_create(network, b->backend, b->images, &unit, &models[i]));
    }
    BS_TRY(bs_model_observe(models[1], &b->observables, 1, b->images));
    for (int round = -1; round < b->rounds; round++) {
        double seconds[2];
        bs_network_init(network, 1, BS_STREAM_INIT, (uint32_t)(round + 1), b->theta);
        for (int i = 0; i < 2; i++) {
            int with = (round + i) & 1;
            BS_TRY(evaluate(b, models[with], &seconds[with]));
        }
        if (round >= 0) {
            ratios[round] = seconds[1] / seconds[0];
            rates[round] = b->images / seconds[0];
        }
    }
    double rate = bench_median(rates, b->rounds);
    double ratio = bench_median(ratios, b->rounds);
    printf(" %8.1f %7.2f (%.2f to %.2f)\n", rate, 100.0 * (ratio - 1.0),
           100.0 * (ratios[b->rounds / 4] - 1.0), 100.0 * (ratios[3 * b->rounds / 4] - 1.0));
    return BS_OK;
}

static bs_status run_net(bench *b, const struct net *net, bs_norm norm)
{
    bs_architecture hyperparameters = net->hyperparameters;
    bs_network *network = NULL;
    bs_model *models[2] = {NULL, NULL};
    hyperparameters.norm = norm;
    BS_TRY(bs_network_create(&hyperparameters, &network));
    b->theta = bs_alloc(network->parameter_size, sizeof *b->theta);
    b->statistics = bs_alloc(network->statistic_size, sizeof *b->statistics);
    bs_status status = b->theta == NULL || b->statistics == NULL ? BS_ERR_MEMORY : BS_OK;
    for (size_t i = 0; status == BS_OK && i < network->statistic_size; i++) {
        b->statistics[i] = 1.0F;
    }
    if (status == BS_OK) {
        printf("%-20s %-16s %-6s", net->name, b->backend->name, bs_norm_name(norm));
        status = measure(b, network, models);
        (void)fflush(stdout);
    }
    bs_model_destroy(models[0]);
    bs_model_destroy(models[1]);
    bs_free(b->theta);
    bs_free(b->statistics);
    bs_network_destroy(network);
    return status;
}

static bs_status run(bench *b)
{
    bs_status status = BS_OK;
    printf("%-20s %-16s %-6s %8s %7s\n", "network", "backend", "norm", "images/s",
           "% more (quartiles), branch losses and probes");
    for (size_t i = 0; i < sizeof NETS / sizeof NETS[0]; i++) {
        for (int norm = BS_NORM_BATCH; norm <= BS_NORM_FROZEN && status == BS_OK; norm++) {
            status = run_net(b, &NETS[i], (bs_norm)norm);
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    bench b = {.images = 128,
               .rounds = 15,
               .observables = {.branch_losses = true, .probes = 4, .probe_images = 32}};
    bs_observables *o = &b.observables;
    const char *backend = "auto";
    int option = 0;
    while ((option = getopt(argc, argv, "n:r:p:i:k:")) != -1) {
        b.images = option == 'n' ? atoi(optarg) : b.images;
        b.rounds = option == 'r' ? atoi(optarg) : b.rounds;
        o->probes = option == 'p' ? atoi(optarg) : o->probes;
        o->probe_images = option == 'i' ? atoi(optarg) : o->probe_images;
        backend = option == 'k' ? optarg : backend;
        if (option == '?') {
            b.images = 0;
        }
    }
    if (b.images < 1 || b.rounds < 1 || b.rounds > ROUNDS_MAX || o->probes < 0 ||
        o->probe_images < 1 || o->probe_images > b.images || optind < argc) {
        (void)fprintf(stderr,
                      "usage: bench-probes [-n IMAGES] [-r ROUNDS] [-p NEURONS] [-i IMAGES] "
                      "[-k BACKEND]\n");
        return 2;
    }
    uint8_t *pixels = bs_alloc((size_t)b.images, BS_IMAGE_BYTES);
    uint8_t *labels = bs_alloc((size_t)b.images, 1);
    bs_status status = pixels == NULL || labels == NULL ? BS_ERR_MEMORY : BS_OK;
    for (size_t i = 0; status == BS_OK && i < (size_t)b.images * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)(i * 7919 >> 3);
    }
    b.data = (bs_images){.count = b.images, .pixels = pixels, .labels = labels};
    if (status == BS_OK) {
        status = bs_backend_find(backend, &b.backend);
    }
    if (status == BS_OK) {
        status = run(&b);
    }
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-probes: %s\n", bs_error_text());
    }
    bs_free(pixels);
    bs_free(labels);
    return bs_status_exit_code(status);
}
