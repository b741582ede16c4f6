/* Loss errors of the backends: bench-accuracy [-n IMAGES] [-p POINTS] [-k BACKEND] [-x DIR] [-j
 * FILE] CIFAR_DIR NETWORK...
 *
 * NETWORK is a weights file, or random:DEPTH for a ResNet with initial weights. Points are theta +
 * t d with filter-normalised random directions d, t so that losses of trained networks are near
 * 0.3. Prints for each network, with given and with batch statistics, each backend's root mean
 * square difference of the loss to the double-precision backend, absolute and relative, and the
 * mean difference, which shows a bias; and at the end the root mean square over all of these, from
 * which the backends' loss_error and relative_error come ("make bench-accuracy"). Without -k: the
 * backends of the widest instruction set. -x keeps the exact losses, which take minutes, in DIR; -j
 * appends all to FILE, a JSON object a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-processor.h"
#include "blueshift/direction.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/weights.h"

enum { POINTS_MAX = 64, BACKENDS_MAX = 32 };
static const float STEP = 0.12F;
static const char RANDOM[] = "random:";

/* Sums over the cases of a backend: mean squares of errors. RELATIVE: of trained networks only, as
 * losses of random ones are ten times as large. */
typedef struct pool {
    double squares, relative;
    int cases, trained;
} pool;

typedef struct options {
    const char *folder, *backend; /* BACKEND: the beginning of names; NULL: all */
    const char *kept;             /* folder of exact losses; NULL: none */
    FILE *json;                   /* NULL: none */
    int images, points;
} options;

/* A network at its base point. */
typedef struct based {
    const char *name;
    bs_network *network;
    bs_images images;
    bs_normalisation normalisation;
    float *theta, *statistics, *direction, *moved;
} based;

static void parse_triple(const char *text, double out[3])
{
    char *end = NULL;
    for (int i = 0; i < 3 && text != NULL; i++) {
        out[i] = strtod(text, &end);
        text = end + 1;
    }
}

static bs_status create_network(based *t, const bs_architecture *architecture)
{
    BS_TRY(bs_network_create(architecture, &t->network));
    t->theta = bs_alloc(t->network->parameter_size, sizeof(float));
    t->direction = bs_alloc(t->network->parameter_size, sizeof(float));
    t->moved = bs_alloc(t->network->parameter_size, sizeof(float));
    t->statistics = bs_alloc(t->network->statistic_size, sizeof(float));
    bool ready =
        t->theta != NULL && t->direction != NULL && t->moved != NULL && t->statistics != NULL;
    return ready ? BS_OK : BS_ERR_MEMORY;
}

static bs_status read_weights(based *t, bs_norm norm)
{
    bs_weights weights;
    unsigned assumed = 0;
    bs_architecture hyperparameters = {.skip_weight = 1.0, .norm = norm};
    BS_TRY(bs_weights_read(t->name, &weights));
    bs_status status = bs_network_infer(&weights, 0, &hyperparameters, &assumed);
    if (status == BS_OK) {
        status = create_network(t, &hyperparameters);
    }
    if (status == BS_OK) {
        status = bs_network_load(t->network, &weights, t->theta, t->statistics);
    }
    parse_triple(bs_weights_metadata(&weights, "mean"), t->normalisation.mean);
    parse_triple(bs_weights_metadata(&weights, "std"), t->normalisation.std);
    bs_weights_release(&weights);
    return status;
}

/* Initial weights; statistics to be given are those of the images. */
static bs_status draw_weights(based *t, int depth, bs_norm norm)
{
    const bs_architecture hyperparameters = {.depth = depth,
                                             .shortcut = BS_SHORTCUT_PAD,
                                             .skip_weight = 1.0,
                                             .paths = 1,
                                             .width = 1,
                                             .norm = norm};
    const bs_backend *backend = NULL;
    bs_model *model = NULL;
    int count = (int)t->images.count;
    t->normalisation = (bs_normalisation){{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
    BS_TRY(create_network(t, &hyperparameters));
    bs_network_init(t->network, 1, BS_STREAM_INIT, 0, t->theta);
    BS_TRY(bs_backend_find("direct", &backend));
    BS_TRY(bs_model_create(t->network, backend, count, &t->normalisation, &model));
    double *measured = bs_alloc(t->network->statistic_size, sizeof *measured);
    bs_status status = measured == NULL
                           ? BS_ERR_MEMORY
                           : bs_model_measure(model, t->theta, &t->images, 0, count, measured);
    for (size_t i = 0; i < t->network->statistic_size && status == BS_OK; i++) {
        t->statistics[i] = (float)measured[i];
    }
    bs_free(measured);
    bs_model_destroy(model);
    return status;
}

static bs_status score_points(const based *t, const bs_backend *backend, int points, double *losses)
{
    bs_model *model = NULL;
    const bs_network *net = t->network;
    int count = (int)t->images.count;
    BS_TRY(bs_model_create(net, backend, count, &t->normalisation, &model));
    bs_status status = BS_OK;
    for (int i = 0; i < points && status == BS_OK; i++) {
        bs_score score = {0};
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

/* Without its folder. */
static const char *short_name(const based *t)
{
    const char *slash = strrchr(t->name, '/');
    return slash == NULL ? t->name : slash + 1;
}

static const char *mode_of(const based *t)
{
    return t->network->architecture.norm == BS_NORM_BATCH ? "batch" : "given";
}

static void print_errors(const based *t, const bs_backend *backend, const options *o,
                         const double *losses, const double *exact, pool *all)
{
    int points = o->points;
    double loss = 0.0;
    double bias = 0.0;
    double squares = 0.0;
    double relative = 0.0;
    for (int i = 0; i < points; i++) {
        double error = losses[i] - exact[i];
        loss += exact[i] / points;
        bias += error / points;
        squares += error * error / points;
        relative += error * error / (exact[i] * exact[i] * points);
    }
    bool trained = strncmp(t->name, RANDOM, strlen(RANDOM)) != 0;
    all->cases++;
    all->squares += squares;
    all->trained += trained ? 1 : 0;
    all->relative += trained ? relative : 0.0;
    printf("%-32s %-20s %-6s %8.3f %9.2e %9.2e %10.2e\n", short_name(t), backend->name, mode_of(t),
           loss, sqrt(squares), sqrt(relative), bias);
    if (o->json != NULL) {
        (void)fprintf(o->json,
                      "{\"network\": \"%s\", \"backend\": \"%s\", \"norm\": \"%s\", "
                      "\"images\": %d, \"points\": %d, \"loss\": %.4f, \"loss_error\": %.3g, "
                      "\"relative_error\": %.3g, \"bias\": %.2g}\n",
                      short_name(t), backend->name, mode_of(t), o->images, points, loss,
                      sqrt(squares), sqrt(relative), bias);
    }
    (void)fflush(stdout);
}

/* Exact losses of the first points, as many as the file of this network and mode has. */
static int read_exact(const char *path, int points, double *exact)
{
    int count = 0;
    FILE *in = fopen(path, "r");
    while (in != NULL && count < points && fscanf(in, "%lf", &exact[count]) == 1) {
        count++;
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return count;
}

/* The reference takes minutes: its losses are kept when there is a folder for them. */
static bs_status find_exact(const based *t, const options *o, double *exact)
{
    const bs_backend *reference = NULL;
    char path[512];
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/%s-%s-%d", o->kept == NULL ? "" : o->kept, short_name(t),
                   mode_of(t), o->images);
    if (o->kept != NULL) {
        count = read_exact(path, o->points, exact);
    }
    if (count == o->points) {
        return BS_OK;
    }
    BS_TRY(bs_backend_find("reference", &reference));
    BS_TRY(score_points(t, reference, o->points, exact));
    FILE *out = o->kept == NULL ? NULL : fopen(path, "w");
    for (int i = 0; out != NULL && i < o->points; i++) {
        (void)fprintf(out, "%.17g\n", exact[i]);
    }
    if (out != NULL && fclose(out) != 0) {
        return BS_FAIL(BS_ERR_IO, "%s: exact losses are not whole", path);
    }
    return BS_OK;
}

static bool is_wanted(const options *o, const bs_backend *backend)
{
    const char *widest = strrchr(bs_backend_at(0)->name, '-');
    return o->backend != NULL ? strncmp(backend->name, o->backend, strlen(o->backend)) == 0
                              : strcmp(strrchr(backend->name, '-'), widest) == 0;
}

static bs_status compare_backends(const based *t, const options *o, pool *pools)
{
    const bs_backend *reference = NULL;
    double exact[POINTS_MAX] = {0};
    BS_TRY(bs_backend_find("reference", &reference));
    BS_TRY(find_exact(t, o, exact));
    for (int i = 0; bs_backend_at(i) != reference; i++) {
        const bs_backend *backend = bs_backend_at(i);
        double losses[POINTS_MAX] = {0};
        if (is_wanted(o, backend)) {
            BS_TRY(score_points(t, backend, o->points, losses));
            print_errors(t, backend, o, losses, exact, &pools[i]);
        }
    }
    return BS_OK;
}

static bs_status run_network(const options *o, const char *name, const bs_images *images,
                             pool *pools)
{
    static const bs_norm norms[] = {BS_NORM_RUNNING, BS_NORM_BATCH};
    bool random = strncmp(name, RANDOM, strlen(RANDOM)) == 0;
    bs_status status = BS_OK;
    for (int i = 0; i < 2 && status == BS_OK; i++) {
        based t = {.name = name, .images = *images};
        status = random ? draw_weights(&t, atoi(name + strlen(RANDOM)), norms[i])
                        : read_weights(&t, norms[i]);
        if (status == BS_OK) {
            status = compare_backends(&t, o, pools);
        }
        bs_network_destroy(t.network);
        bs_free(t.theta);
        bs_free(t.direction);
        bs_free(t.moved);
        bs_free(t.statistics);
    }
    return status;
}

/* Root mean squares over all networks and modes: what backends say of themselves. */
static void print_pools(const options *o, const pool *pools)
{
    char processor[256];
    bench_processor(processor, sizeof processor);
    for (int i = 0; bs_backend_at(i) != NULL && i < BACKENDS_MAX; i++) {
        const pool *p = &pools[i];
        double error = p->cases == 0 ? 0.0 : sqrt(p->squares / p->cases);
        double relative = p->trained == 0 ? 0.0 : sqrt(p->relative / p->trained);
        if (p->cases > 0) {
            printf("%-32s %-20s %-6s %8s %9.2e %9.2e\n", "all; relative: trained",
                   bs_backend_at(i)->name, "", "", error, relative);
        }
        if (p->cases > 0 && o->json != NULL) {
            (void)fprintf(o->json,
                          "{\"network\": \"all\", \"backend\": \"%s\", \"cases\": %d, "
                          "\"loss_error\": %.3g, \"relative_error\": %.3g, "
                          "\"processor\": \"%s\"}\n",
                          bs_backend_at(i)->name, p->cases, error, relative, processor);
        }
    }
}

static bs_status run(const options *o, int count, char **networks)
{
    const bs_image_set dataset = {
        .source = BS_SOURCE_CIFAR10, .path = o->folder, .split = BS_SPLIT_TEST, .count = o->images};
    uint8_t *pixels = bs_alloc((size_t)o->images, BS_IMAGE_BYTES);
    uint8_t *labels = bs_alloc((size_t)o->images, 1);
    bs_status status = pixels == NULL || labels == NULL
                           ? BS_ERR_MEMORY
                           : bs_image_set_read(&dataset, o->images, pixels, labels);
    const bs_images images = {.count = o->images, .pixels = pixels, .labels = labels};
    printf("%-32s %-20s %-6s %8s %9s %9s %10s\n", "network", "backend", "norm", "loss", "rms",
           "relative", "mean");
    pool pools[BACKENDS_MAX] = {{0}};
    for (int i = 0; i < count && status == BS_OK; i++) {
        status = run_network(o, networks[i], &images, pools);
    }
    if (status == BS_OK) {
        print_pools(o, pools);
    }
    bs_free(pixels);
    bs_free(labels);
    return status;
}

int main(int argc, char **argv)
{
    options o = {.images = 128, .points = 24};
    int option = 0;
    while ((option = getopt(argc, argv, "n:p:k:x:j:")) != -1) {
        o.images = option == 'n' ? atoi(optarg) : o.images;
        o.points = option == 'p' ? atoi(optarg) : o.points;
        o.backend = option == 'k' ? optarg : o.backend;
        o.kept = option == 'x' ? optarg : o.kept;
        o.json = option == 'j' ? fopen(optarg, "a") : o.json;
        o.images = option == '?' || (option == 'j' && o.json == NULL) ? 0 : o.images;
    }
    if (argc - optind < 2 || o.images < 1 || o.points < 1 || o.points > POINTS_MAX) {
        (void)fprintf(stderr, "usage: bench-accuracy [-n IMAGES] [-p POINTS] [-k BACKEND] [-x DIR] "
                              "[-j FILE] CIFAR_DIR NETWORK... (a weights file, or random:DEPTH)\n");
        return 2;
    }
    o.folder = argv[optind];
    bs_status status = run(&o, argc - optind - 1, argv + optind + 1);
    if (o.json != NULL && fclose(o.json) != 0) {
        (void)fprintf(stderr, "bench-accuracy: the JSON file is not whole\n");
        return 1;
    }
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-accuracy: %s\n", bs_error_text());
    }
    return bs_status_exit_code(status);
}
