/* Is the GPU right, and how fast is it: bench-gpu [-t] [-r ROUNDS] [-c]
 *
 * First all kinds of networks at points along a line, against the reference in double precision:
 * the largest error of a logit as a fraction of the largest logit, and the mean error of the losses
 * with its sign; and whether points together, alone, and again have the same bits. Then images per
 * second of whole networks, the weights of every point new and made on the card. -t: tiny networks
 * and few images, and no speeds (for compute-sanitizer, and for an emulation); -c: no speeds. Exit
 * code 1 when anything is wrong. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench-line.h"
#include "bench-median.h"
#include "bench-peak.h"
#include "blueshift/backend.h"
#include "blueshift/images.h"
#include "blueshift/loss.h"
#include "blueshift/memory.h"
#include "blueshift/score.h"

enum { POINTS = 5, ROUNDS_MAX = 99, CLASSES = BS_CLASSES };

/* Rounding of single precision in a deep network with norms; one sum too long in the tensor cores
 * gives ten times as much. */
static const double TOLERANCE = 5e-6;

static const double ALONG[POINTS] = {0.0, 0.25, -0.5, 1.0, 0.125};

typedef struct bench {
    bool tiny, correct_only;
    int rounds;
    const bs_backend *gpu, *reference;
    float *images; /* [image_count] normalised */
    int image_count;
    int wrong;
} bench;

static bs_status load_points(const bench *b, void *state, const bench_line *l, const double *along,
                             int count)
{
    double coefficients[64 * BENCH_LINE_VECTORS];
    for (int i = 0; i < count; i++) {
        coefficients[(size_t)i * BENCH_LINE_VECTORS] = 1.0;
        coefficients[(size_t)i * BENCH_LINE_VECTORS + 1] = along[i];
    }
    const bool given = !l->batch && l->network->statistic_size > 0;
    const bs_point_weights weights = {.count = count,
                                      .vectors = BENCH_LINE_VECTORS,
                                      .coefficients = coefficients,
                                      .statistics = given ? l->statistics : NULL,
                                      .same_statistics = given};
    return b->gpu->points->load(state, &weights);
}

/* A state of the GPU for up to POINT_COUNT points of COUNT images each, which it holds. */
static bs_status make_state(const bench *b, const bench_line *l, int count, int point_count,
                            void **state)
{
    const float *vectors[BENCH_LINE_VECTORS] = {l->vectors[0], l->vectors[1]};
    int room = 0;
    BS_TRY(b->gpu->create(l->network, count, l->batch, state));
    BS_TRY(b->gpu->points->reserve(*state, count, point_count, &room));
    if (room < point_count) {
        return BS_FAIL(BS_ERR_MEMORY, "no room for %d points of %d images", point_count, count);
    }
    BS_TRY(b->gpu->points->place(*state, 0, count, b->images));
    return b->gpu->points->vectors(*state, BENCH_LINE_VECTORS, vectors);
}

/* ---- is it right? ---- */

/* The reference's logits [POINTS][count][CLASSES]. */
static bs_status evaluate_reference(const bench *b, const bench_line *l, int count, double *logits)
{
    void *state = NULL;
    float *theta = bs_alloc(l->network->parameter_size, sizeof *theta);
    bs_status status = theta == NULL ? BS_ERR_MEMORY : BS_OK;
    status = status == BS_OK ? b->reference->create(l->network, count, l->batch, &state) : status;
    for (int p = 0; p < POINTS && status == BS_OK; p++) {
        for (size_t i = 0; i < l->network->parameter_size; i++) {
            theta[i] = (float)((double)l->vectors[0][i] + ALONG[p] * (double)l->vectors[1][i]);
        }
        status = b->reference->load(state, theta, l->statistics);
        if (status == BS_OK) {
            status = b->reference->forward(state, b->images, count,
                                           logits + (size_t)p * (size_t)count * CLASSES);
        }
    }
    if (state != NULL) {
        b->reference->destroy(state);
    }
    bs_free(theta);
    return status;
}

/* The GPU's, all points together in the first set, one by one in the second, together again in the
 * third. */
static bs_status evaluate_gpu(const bench *b, const bench_line *l, int count, double *logits)
{
    const size_t point = (size_t)count * CLASSES;
    void *state = NULL;
    bs_status status = make_state(b, l, count, POINTS, &state);
    for (int again = 0; again < 3 && status == BS_OK; again += 2) {
        status = load_points(b, state, l, ALONG, POINTS);
        if (status == BS_OK) {
            status = b->gpu->points->forward(state, 0, count,
                                             logits + (size_t)again * POINTS * point, NULL);
        }
        for (int p = 0; p < POINTS && again == 0 && status == BS_OK; p++) {
            status = load_points(b, state, l, &ALONG[p], 1);
            if (status == BS_OK) {
                status = b->gpu->points->forward(state, 0, count,
                                                 logits + (size_t)(POINTS + p) * point, NULL);
            }
        }
    }
    if (state != NULL) {
        b->gpu->destroy(state);
    }
    return status;
}

/* The mean over all images and points of the difference of the losses. */
static double loss_difference(const double *a, const double *b, int rows)
{
    double sum = 0.0;
    for (int n = 0; n < rows; n++) {
        const size_t row = (size_t)n * CLASSES;
        sum += bs_cross_entropy(a + row, CLASSES, n % CLASSES) -
               bs_cross_entropy(b + row, CLASSES, n % CLASSES);
    }
    return sum / rows;
}

static void judge(bench *b, const double *got, const double *wanted, int count)
{
    const size_t all = (size_t)POINTS * (size_t)count * CLASSES;
    double largest = 0.0;
    double worst = 0.0;
    for (size_t i = 0; i < all; i++) {
        largest = fmax(largest, fabs(wanted[i]));
        worst = isfinite(got[i]) ? fmax(worst, fabs(got[i] - wanted[i])) : (double)INFINITY;
    }
    bool same = memcmp(got, got + all, all * sizeof *got) == 0 &&
                memcmp(got, got + 2 * all, all * sizeof *got) == 0;
    bool right = worst <= TOLERANCE * largest;
    printf(" %10.1e %+10.1e  %s%s\n", worst / largest, loss_difference(got, wanted, POINTS * count),
           right ? "right" : "WRONG", same ? ", same bits" : ", BITS DIFFER");
    b->wrong += !right || !same;
}

static bs_status check(bench *b, const bs_architecture *a, int count)
{
    bench_line l = {0};
    const size_t all = (size_t)POINTS * (size_t)count * CLASSES;
    double *wanted = bs_alloc(all, sizeof *wanted);
    double *got = bs_alloc(3 * all, sizeof *got);
    bs_status status = wanted == NULL || got == NULL ? BS_ERR_MEMORY : BS_OK;
    status = status == BS_OK ? bench_line_make(a, &l) : status;
    printf("depth %3d x %-3d %s, %-10s %-6s %d path%s, %-10s", a->depth, a->width,
           a->family == BS_FAMILY_MLP ? "mlp" : bs_version_name(a->version),
           bs_shortcut_name(a->shortcut), bs_norm_name(a->norm), a->paths,
           a->paths == 1 ? " " : "s", bs_activation_name(a->activation));
    status = status == BS_OK ? evaluate_reference(b, &l, count, wanted) : status;
    status = status == BS_OK ? evaluate_gpu(b, &l, count, got) : status;
    if (status == BS_OK) {
        judge(b, got, wanted, count);
    }
    (void)fflush(stdout);
    bench_line_release(&l);
    bs_free(wanted);
    bs_free(got);
    return status;
}

/* What goes layer by layer: other widths, and fully connected networks. */
static bs_status check_layers(bench *b, int images)
{
    const bs_architecture all[] = {{.depth = 2, .family = BS_FAMILY_MLP, .paths = 1, .width = 100},
                                   {.depth = 8, .paths = 3, .width = 2, .norm = BS_NORM_BATCH},
                                   {.depth = 20, .paths = 1, .width = 3, .norm = BS_NORM_FROZEN}};
    bs_status status = BS_OK;
    for (int i = 0; i < (b->tiny ? 1 : 3) && status == BS_OK; i++) {
        bs_architecture a = all[i];
        a.shortcut = i == 0 ? BS_SHORTCUT_NONE : BS_SHORTCUT_PROJECTION;
        a.skip_weight = 1.0;
        status = check(b, &a, images);
    }
    return status;
}

static bs_status check_all(bench *b)
{
    static const bs_norm norms[] = {BS_NORM_NONE, BS_NORM_FROZEN, BS_NORM_BATCH};
    const int images = b->tiny ? 2 : 8;
    bs_status status = BS_OK;
    for (int i = 0; i < 36 && status == BS_OK; i++) {
        const bs_architecture a = {.depth = i % 5 == 4 && !b->tiny ? 20 : 8,
                                   .version = (bs_version)(i % 2),
                                   .shortcut = (bs_shortcut)(i / 2 % 3),
                                   .norm = norms[i / 6 % 3],
                                   .paths = i < 18 ? 1 : 3,
                                   .skip_weight = i % 4 == 0 ? 0.7 : 1.0,
                                   .width = 1};
        status = b->tiny && i % 17 != 0 ? BS_OK : check(b, &a, images);
    }
    for (int i = 0; i < BS_ACTIVATIONS && status == BS_OK && !b->tiny; i++) {
        const bs_architecture a = {.depth = 8,
                                   .shortcut = BS_SHORTCUT_PAD,
                                   .skip_weight = 1.0,
                                   .paths = 1,
                                   .width = 1,
                                   .activation = (bs_activation)i,
                                   .slope = 0.1,
                                   .norm = BS_NORM_FROZEN};
        status = check(b, &a, images);
    }
    for (int i = 1; i < 3 && status == BS_OK && !b->tiny; i++) {
        const bs_architecture a = {.depth = 56,
                                   .shortcut = BS_SHORTCUT_PAD,
                                   .skip_weight = 1.0,
                                   .paths = 1,
                                   .width = 1,
                                   .norm = norms[i]};
        status = check(b, &a, images);
    }
    return status == BS_OK ? check_layers(b, images) : status;
}

/* ---- how fast is it? ---- */

static bs_status time_rounds(const bench *b, void *state, const bench_line *l, int count,
                             int points, double *rates)
{
    double along[64] = {0.0};
    double *logits = bs_alloc((size_t)points * (size_t)count * CLASSES, sizeof *logits);
    bs_status status = logits == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int round = -2; round < b->rounds && status == BS_OK; round++) {
        for (int p = 0; p < points; p++) {
            along[p] = 0.01 * (round + p);
        }
        double start = bench_seconds();
        status = load_points(b, state, l, along, points);
        if (status == BS_OK) {
            status = b->gpu->points->forward(state, 0, count, logits, NULL);
        }
        if (round >= 0) {
            rates[round] = (double)points * count / (bench_seconds() - start);
        }
    }
    bs_free(logits);
    return status;
}

static bs_status time_case(const bench *b, const bs_architecture *a, const char *name, int count,
                           int points)
{
    bench_line l = {0};
    void *state = NULL;
    double rates[ROUNDS_MAX];
    bs_status status = bench_line_make(a, &l);
    status = status == BS_OK ? make_state(b, &l, count, points, &state) : status;
    status = status == BS_OK ? time_rounds(b, state, &l, count, points, rates) : status;
    if (status == BS_OK) {
        double median = bench_median(rates, b->rounds);
        printf("%-20s %-6s %3d x %-6d %9.0f  (%.0f to %.0f)\n", name, bs_norm_name(a->norm), points,
               count, median, rates[0], rates[b->rounds - 1]);
    } else if (status == BS_ERR_MEMORY) {
        printf("%-20s %-6s %3d x %-6d no room\n", name, bs_norm_name(a->norm), points, count);
        status = BS_OK;
    }
    (void)fflush(stdout);
    if (state != NULL) {
        b->gpu->destroy(state);
    }
    bench_line_release(&l);
    return status;
}

static bs_status time_all(const bench *b)
{
    static const struct {
        const char *name;
        int depth, paths;
        bs_version version;
        bs_shortcut shortcut;
        int width;
    } nets[] = {{"resnet56", 56, 1, BS_VERSION_V1, BS_SHORTCUT_PAD, 1},
                {"resnet56-noshort", 56, 1, BS_VERSION_V1, BS_SHORTCUT_NONE, 1},
                {"resnet56-k3", 56, 3, BS_VERSION_V1, BS_SHORTCUT_PAD, 1},
                {"resnet56-v2", 56, 1, BS_VERSION_V2, BS_SHORTCUT_PAD, 1},
                {"resnet20", 20, 1, BS_VERSION_V1, BS_SHORTCUT_PAD, 1},
                {"resnet110", 110, 1, BS_VERSION_V1, BS_SHORTCUT_PAD, 1},
                {"resnet56-w3", 56, 1, BS_VERSION_V1, BS_SHORTCUT_PAD, 3}};
    bs_status status = BS_OK;
    printf("\n%-20s %-6s %12s %9s  (least to most of %d rounds)\n", "network", "norm",
           "points x images", "images/s", b->rounds);
    for (size_t i = 0; i < sizeof nets / sizeof nets[0] && status == BS_OK; i++) {
        for (int batch = 0; batch < 2 && status == BS_OK; batch++) {
            bs_architecture a = {.depth = nets[i].depth,
                                 .paths = nets[i].paths,
                                 .version = nets[i].version,
                                 .shortcut = nets[i].shortcut,
                                 .skip_weight = 1.0,
                                 .width = nets[i].width,
                                 .norm = batch ? BS_NORM_BATCH : BS_NORM_FROZEN};
            bench_line l = {0};
            BS_TRY(bs_network_create(&a, &l.network));
            int wanted = b->gpu->points->wanted(l.network, 128);
            bench_line_release(&l);
            status = time_case(b, &a, nets[i].name, 128, wanted);
            if (i == 0 && status == BS_OK) {
                status = time_case(b, &a, nets[i].name, 128, 1);
            }
        }
    }
    const bs_architecture large = {.depth = 56,
                                   .paths = 1,
                                   .shortcut = BS_SHORTCUT_PAD,
                                   .skip_weight = 1.0,
                                   .width = 1,
                                   .norm = BS_NORM_FROZEN};
    return status == BS_OK ? time_case(b, &large, "resnet56", b->image_count, 1) : status;
}

static bs_status make_images(bench *b)
{
    b->images = bs_alloc((size_t)b->image_count * BS_IMAGE_BYTES, sizeof *b->images);
    if (b->images == NULL) {
        return BS_ERR_MEMORY;
    }
    for (size_t i = 0; i < (size_t)b->image_count * BS_IMAGE_BYTES; i++) {
        b->images[i] = (float)(i * 2654435761U % 4096) / 1024.0F - 2.0F;
    }
    return BS_OK;
}

static bs_status run(bench *b)
{
    BS_TRY(bs_backend_find("reference", &b->reference));
    BS_TRY(bs_backend_find("cuda", &b->gpu));
    BS_TRY(make_images(b));
    printf("%s, %s, kernels: %s\n\n", bs_backend_card_in_use().name, b->gpu->name,
           bs_backend_cuda_text());
    printf("%-58s %10s %10s\n", "against double precision", "logits", "loss");
    BS_TRY(check_all(b));
    if (!b->tiny && !b->correct_only) {
        BS_TRY(time_all(b));
    }
    return b->wrong == 0 ? BS_OK : BS_FAIL(BS_ERR_LIBRARY, "%d networks are not right", b->wrong);
}

int main(int argc, char **argv)
{
    bench b = {.rounds = 9, .image_count = 10032};
    int option = 0;
    while ((option = getopt(argc, argv, "tcr:")) != -1) {
        b.tiny = b.tiny || option == 't';
        b.correct_only = b.correct_only || option == 'c';
        b.rounds = option == 'r' ? atoi(optarg) : b.rounds;
        b.rounds = option == '?' ? 0 : b.rounds;
    }
    if (b.rounds < 1 || b.rounds > ROUNDS_MAX || optind < argc) {
        (void)fprintf(stderr, "usage: bench-gpu [-t] [-r ROUNDS] [-c]\n");
        return 2;
    }
    b.image_count = b.tiny ? 2 : b.image_count;
    bs_status status = run(&b);
    if (status != BS_OK) {
        (void)fprintf(stderr, "bench-gpu: %s\n", bs_error_text());
    }
    bs_free(b.images);
    return bs_status_exit_code(status);
}
