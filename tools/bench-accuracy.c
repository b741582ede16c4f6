/* Loss errors of the backends near a trained network: bench-accuracy WEIGHTS CIFAR_DIR [IMAGES].
 *
 * 12 points theta + t d with filter-normalised random directions d, t so that losses are near 0.3;
 * prints each backend's root mean square difference of the loss to the double-precision backend. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/direction.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/weights.h"

enum { POINTS = 12 };
static const float STEP = 0.12F;

typedef struct trained {
    bs_network *network;
    bs_images images;
    bs_normalisation normalisation;
    float *theta, *statistics, *direction, *moved;
} trained;

static void parse_triple(const char *text, double out[3])
{
    char *end = NULL;
    for (int i = 0; i < 3 && text != NULL; i++) {
        out[i] = strtod(text, &end);
        text = end + 1;
    }
}

static bs_status read_weights(trained *t, const char *path, bs_norm norm)
{
    bs_weights weights;
    unsigned assumed = 0;
    bs_architecture hyperparameters = {.skip_weight = 1.0, .norm = norm};
    BS_TRY(bs_weights_read(path, &weights));
    bs_status status = bs_network_infer(&weights, 0, &hyperparameters, &assumed);
    if (status == BS_OK) {
        status = bs_network_create(&hyperparameters, &t->network);
    }
    if (status == BS_OK) {
        t->theta = bs_alloc(t->network->parameter_size, sizeof(float));
        t->direction = bs_alloc(t->network->parameter_size, sizeof(float));
        t->moved = bs_alloc(t->network->parameter_size, sizeof(float));
        t->statistics = bs_alloc(t->network->statistic_size, sizeof(float));
        bool ready =
            t->theta != NULL && t->direction != NULL && t->moved != NULL && t->statistics != NULL;
        status =
            ready ? bs_network_load(t->network, &weights, t->theta, t->statistics) : BS_ERR_MEMORY;
    }
    parse_triple(bs_weights_metadata(&weights, "mean"), t->normalisation.mean);
    parse_triple(bs_weights_metadata(&weights, "std"), t->normalisation.std);
    bs_weights_release(&weights);
    return status;
}

static bs_status score_points(const trained *t, const bs_backend *backend, double losses[POINTS])
{
    bs_model *model = NULL;
    const bs_network *net = t->network;
    int count = (int)t->images.count;
    BS_TRY(bs_model_create(net, backend, count, &t->normalisation, &model));
    bs_status status = BS_OK;
    for (int i = 0; i < POINTS && status == BS_OK; i++) {
        bs_score score;
        bs_direction_random(net->parameter_count, net->parameters, 1, (uint32_t)i, 0, t->direction);
        bs_direction_normalise(net->parameter_count, net->parameters, t->theta,
                               BS_DIRECTION_NORM_FILTER, true, t->direction);
        for (size_t j = 0; j < net->parameter_size; j++) {
            t->moved[j] = t->theta[j] + STEP * t->direction[j];
        }
        status = bs_model_load(model, t->moved, t->statistics);
        if (status == BS_OK) {
            status = bs_model_score(model, &t->images, 0, count, &score);
        }
        losses[i] = score.loss_sum / score.images;
    }
    bs_model_destroy(model);
    return status;
}

static bs_status compare_kernels(const trained *t, const char *mode)
{
    const bs_backend *reference = NULL;
    double exact[POINTS];
    double mean = 0.0;
    BS_TRY(bs_backend_find("reference", &reference));
    BS_TRY(score_points(t, reference, exact));
    for (int i = 0; i < POINTS; i++) {
        mean += exact[i] / POINTS;
    }
    for (int i = 0; bs_backend_at(i) != reference; i++) {
        double losses[POINTS];
        double squares = 0.0;
        BS_TRY(score_points(t, bs_backend_at(i), losses));
        for (int p = 0; p < POINTS; p++) {
            squares += pow(losses[p] - exact[p], 2.0) / POINTS;
        }
        printf("%-16s %-6s %6lld images, mean loss %.3f, rms error %.1e\n", bs_backend_at(i)->name,
               mode, (long long)t->images.count, mean, sqrt(squares));
        (void)fflush(stdout);
    }
    return BS_OK;
}

static bs_status run(const char *weights, const char *folder, int count)
{
    static const bs_norm norms[] = {BS_NORM_RUNNING, BS_NORM_BATCH};
    const bs_image_set dataset = {
        .source = BS_SOURCE_CIFAR10, .path = folder, .split = BS_SPLIT_TEST, .count = count};
    uint8_t *pixels = bs_alloc((size_t)count, BS_IMAGE_BYTES);
    uint8_t *labels = bs_alloc((size_t)count, 1);
    bs_status status = pixels == NULL || labels == NULL
                           ? BS_ERR_MEMORY
                           : bs_image_set_read(&dataset, count, pixels, labels);
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        trained t = {.images = {.count = count, .pixels = pixels, .labels = labels}};
        status = read_weights(&t, weights, norms[i]);
        if (status == BS_OK) {
            status = compare_kernels(&t, i == 0 ? "given" : "batch");
        }
        bs_network_destroy(t.network);
        bs_free(t.theta);
        bs_free(t.direction);
        bs_free(t.moved);
        bs_free(t.statistics);
    }
    bs_free(pixels);
    bs_free(labels);
    return status;
}

int main(int argc, char **argv)
{
    int count = argc > 3 ? atoi(argv[3]) : 16;
    if (argc < 3 || count < 1) {
        (void)fprintf(stderr, "usage: bench-accuracy WEIGHTS CIFAR_DIR [IMAGES]\n");
        return 2;
    }
    bs_status status = run(argv[1], argv[2], count);
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-accuracy: %s\n", bs_error_text());
    }
    return bs_status_exit_code(status);
}
