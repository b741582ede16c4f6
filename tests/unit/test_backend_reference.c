/* Tests of the reference backend against hand-written cases and formulas: one layer at a time. */
#include <math.h>
#include <string.h>

#include "blueshift/backend.h"
#include "unit/unit_test.h"

enum { LAYERS_MAX = 6, PARAMETERS_MAX = 4, VALUES_MAX = 512 };

/* A table written by hand. Layer 0 is the input; the last layer's value comes out as "logits". */
typedef struct table {
    bs_network network;
    bs_layer layers[LAYERS_MAX];
    bs_tensor parameters[PARAMETERS_MAX], statistics[2];
} table;

static void start(table *t, int channels, int height, int width)
{
    *t = (table){0};
    t->layers[0] = (bs_layer){.kind = BS_LAYER_INPUT,
                              .channels = channels,
                              .height = height,
                              .width = width,
                              .weight = -1,
                              .bias = -1};
    t->network.layers = t->layers;
    t->network.layer_count = 1;
    t->network.parameters = t->parameters;
    t->network.statistics = t->statistics;
}

static int add_parameter(table *t, size_t count)
{
    bs_network *n = &t->network;
    t->parameters[n->parameter_count] = (bs_tensor){.count = count, .offset = n->parameter_size};
    n->parameter_size += count;
    return n->parameter_count++;
}

/* A layer after the last one with its shape; the caller changes what differs. */
static bs_layer *add_layer(table *t, bs_layer_kind kind)
{
    bs_layer *layer = &t->layers[t->network.layer_count];
    *layer = t->layers[t->network.layer_count - 1];
    layer->kind = kind;
    layer->input_count = 1;
    layer->inputs[0] = t->network.layer_count++ - 1;
    layer->weight = -1;
    layer->bias = -1;
    return layer;
}

static void add_norm(table *t)
{
    size_t channels = (size_t)t->layers[0].channels;
    bs_layer *norm = add_layer(t, BS_LAYER_NORM);
    norm->weight = add_parameter(t, channels);
    norm->bias = add_parameter(t, channels);
    norm->mean = 0;
    norm->variance = 1;
    t->statistics[0] = (bs_tensor){.count = channels};
    t->statistics[1] = (bs_tensor){.count = channels, .offset = channels};
    t->network.statistic_count = 2;
    t->network.statistic_size = 2 * channels;
}

typedef struct run {
    const float *theta, *statistics; /* statistics NULL: batch mode */
    const float *images;             /* [N][H][W][C] */
    int count;
    double out[VALUES_MAX]; /* [N][C][H][W] */
    double measured[VALUES_MAX];
} run;

static void evaluate(const table *t, run *r)
{
    const bs_backend *backend = NULL;
    void *state = NULL;
    bool batch = r->statistics == NULL && t->network.statistic_count > 0;
    assert_int_equal(bs_backend_find("reference", &backend), BS_OK);
    assert_int_equal(backend->create(&t->network, r->count, batch, &state), BS_OK);
    assert_int_equal(backend->load(state, r->theta, r->statistics), BS_OK);
    assert_int_equal(backend->forward(state, r->images, r->count, r->out), BS_OK);
    backend->batch_statistics(state, r->measured);
    backend->destroy(state);
}

static void check(const double *out, int count, const double *expected)
{
    for (int i = 0; i < count; i++) {
        if (!(fabs(out[i] - expected[i]) < 1e-12)) {
            fail_msg("value %d is %.17g, not %.17g", i, out[i], expected[i]);
        }
    }
}

static void input_becomes_planes(void **state)
{
    (void)state;
    table t;
    start(&t, 2, 1, 3);
    const float images[] = {1, 10, 2, 20, 3, 30};
    const double expected[] = {1, 2, 3, 10, 20, 30};
    run r = {.images = images, .count = 1, .theta = images};
    evaluate(&t, &r);
    check(r.out, 6, expected);
}

static void convolution_by_hand(void **state)
{
    (void)state;
    table t;
    start(&t, 1, 3, 3);
    bs_layer *conv = add_layer(&t, BS_LAYER_CONV);
    conv->kernel = 3;
    conv->stride = 1;
    conv->weight = add_parameter(&t, 9);
    /* A cross-correlation, not a mirrored one: each tap has its own digit. */
    const float theta[] = {100, 0, 0, 0, 10, 1, 0, 0, 1000};
    const float images[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const double expected[] = {5012, 6023, 30, 8045, 9156, 260, 78, 489, 590};
    run r = {.images = images, .count = 1, .theta = theta};
    evaluate(&t, &r);
    check(r.out, 9, expected);
}

/* Value of the convolution's definition at image n, filter k, pixel (y, x). */
static double conv_at(const bs_layer *in, const bs_layer *conv, const float *images,
                      const float *weights, const int at[4])
{
    double total = 0.0;
    for (int c = 0; c < in->channels; c++) {
        for (int r = 0; r < conv->kernel; r++) {
            for (int s = 0; s < conv->kernel; s++) {
                int y = at[2] * conv->stride + r - conv->kernel / 2;
                int x = at[3] * conv->stride + s - conv->kernel / 2;
                if (y < 0 || y >= in->height || x < 0 || x >= in->width) {
                    continue;
                }
                int pixel = ((at[0] * in->height + y) * in->width + x) * in->channels + c;
                int tap = ((at[1] * in->channels + c) * conv->kernel + r) * conv->kernel + s;
                total += (double)images[pixel] * (double)weights[tap];
            }
        }
    }
    return total;
}

static void check_convolution(int kernel, int stride)
{
    enum { N = 2, C = 3, K = 2, SIDE = 6 };
    float images[N * SIDE * SIDE * C];
    float theta[K * C * 25];
    for (int i = 0; i < N * SIDE * SIDE * C; i++) {
        images[i] = sinf((float)(i * i));
    }
    for (int i = 0; i < K * C * 25; i++) {
        theta[i] = cosf((float)(3 * i * i));
    }
    table t;
    start(&t, C, SIDE, SIDE);
    bs_layer *conv = add_layer(&t, BS_LAYER_CONV);
    conv->kernel = kernel;
    conv->stride = stride;
    conv->channels = K;
    conv->height = SIDE / stride;
    conv->width = SIDE / stride;
    conv->weight = add_parameter(&t, (size_t)K * C * (size_t)kernel * (size_t)kernel);
    run r = {.images = images, .count = N, .theta = theta};
    evaluate(&t, &r);
    const double *out = r.out;
    for (int n = 0; n < N; n++) {
        for (int k = 0; k < K; k++) {
            for (int y = 0; y < conv->height; y++) {
                for (int x = 0; x < conv->width; x++) {
                    const int at[4] = {n, k, y, x};
                    double expected = conv_at(&t.layers[0], conv, images, theta, at);
                    assert_true(fabs(*out++ - expected) < 1e-12);
                }
            }
        }
    }
}

static void convolutions_by_definition(void **state)
{
    (void)state;
    check_convolution(3, 1);
    check_convolution(3, 2);
    check_convolution(1, 1);
    check_convolution(1, 2);
    check_convolution(5, 1);
}

/* Two images of two pixels, two channels: mean and biased variance over images and pixels. */
static void batch_norm_by_hand(void **state)
{
    (void)state;
    table t;
    start(&t, 2, 1, 2);
    add_norm(&t);
    const float images[] = {1, 5, 3, 5, 5, 5, 7, 5}; /* channel 0: 1 3 5 7; channel 1: all 5 */
    const float theta[] = {2, 3, 10, 20};
    double scale = 2.0 / sqrt(5.0 + 1e-5);
    const double expected[] = {10 - 3 * scale, 10 - scale,     20, 20,
                               10 + scale,     10 + 3 * scale, 20, 20};
    run r = {.images = images, .count = 2, .theta = theta};
    evaluate(&t, &r);
    check(r.out, 8, expected);
    const double measured[] = {4, 5, 5, 0}; /* means, then variances */
    check(r.measured, 4, measured);
    const float given[] = {1, 4, 0.25F, 4};
    double scales[] = {2.0 / sqrt(0.25 + 1e-5), 3.0 / sqrt(4.0 + 1e-5)};
    const double fixed[] = {10, 10 + 2 * scales[0], 20 + scales[1], 20 + scales[1]};
    r.statistics = given;
    r.count = 1;
    evaluate(&t, &r);
    check(r.out, 4, fixed);
}

/* Values of 1e200, whose variance has no number: not the shift, which is finite. */
static void a_variance_that_overflows_stays_visible(void **state)
{
    (void)state;
    table t;
    start(&t, 1, 1, 2);
    bs_layer *sum = add_layer(&t, BS_LAYER_SUM);
    sum->coefficients[0] = 1e200;
    add_norm(&t);
    const float images[] = {1, 2};
    const float theta[] = {1, 3};
    run r = {.images = images, .count = 1, .theta = theta};
    evaluate(&t, &r);
    assert_true(isnan(r.out[0]) && isnan(r.out[1]));
}

static void activations_by_definition(void **state)
{
    (void)state;
    const float images[] = {-2, -0.5F, 0, 0.5F, 2, 40, -40};
    const double expected[5][7] = {{0, 0, 0, 0.5, 2, 40, 0},
                                   {-0.5, -0.125, 0, 0.5, 2, 40, -10},
                                   {-0.9640275800758169, -0.46211715726000973, 0,
                                    0.46211715726000973, 0.9640275800758169, 1, -1},
                                   {0.12692801104297249, 0.4740769841801067, 0.6931471805599453,
                                    0.9740769841801067, 2.1269280110429727, 40,
                                    4.248354255291589e-18},
                                   {-0.04550026389635842, -0.15426876936299344, 0,
                                    0.34573123063700656, 1.9544997361036416, 40, 0}};
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        table t;
        start(&t, 1, 1, 7);
        (void)add_layer(&t, BS_LAYER_ACTIVATION);
        t.network.architecture.activation = (bs_activation)a;
        t.network.architecture.slope = 0.25;
        run r = {.images = images, .count = 1, .theta = images};
        evaluate(&t, &r);
        check(r.out, 7, expected[a]);
    }
}

static void activations_keep_nan(void **state)
{
    (void)state;
    const float images[] = {NAN};
    for (int a = 0; a < BS_ACTIVATIONS; a++) {
        table t;
        start(&t, 1, 1, 1);
        (void)add_layer(&t, BS_LAYER_ACTIVATION);
        t.network.architecture.activation = (bs_activation)a;
        run r = {.images = images, .count = 1, .theta = images};
        evaluate(&t, &r);
        assert_true(isnan(r.out[0]));
    }
}

static void pad_takes_every_second_pixel_into_the_middle_channels(void **state)
{
    (void)state;
    table t;
    start(&t, 2, 2, 4);
    bs_layer *pad = add_layer(&t, BS_LAYER_PAD);
    pad->stride = 2;
    pad->channels = 4;
    pad->height = 1;
    pad->width = 2;
    float images[16];
    for (int i = 0; i < 16; i++) {
        images[i] = (float)i;
    }
    const double expected[] = {0, 0, 0, 4, 1, 5, 0, 0};
    run r = {.images = images, .count = 1, .theta = images};
    evaluate(&t, &r);
    check(r.out, 8, expected);
}

/* sum = 2 x - 3 pad(x), pool, linear with bias: (x = 1 2 3 4) */
static void sum_pool_and_linear_by_hand(void **state)
{
    (void)state;
    table t;
    start(&t, 2, 2, 1);
    (void)add_layer(&t, BS_LAYER_ACTIVATION);
    bs_layer *sum = add_layer(&t, BS_LAYER_SUM);
    sum->input_count = 2;
    sum->inputs[0] = 1;
    sum->inputs[1] = 0;
    sum->coefficients[0] = 2.0;
    sum->coefficients[1] = -3.0;
    bs_layer *pool = add_layer(&t, BS_LAYER_POOL);
    pool->height = 1;
    pool->width = 1;
    bs_layer *linear = add_layer(&t, BS_LAYER_LINEAR);
    linear->channels = 3;
    linear->weight = add_parameter(&t, 6);
    linear->bias = add_parameter(&t, 3);
    const float images[] = {1, -2, 3, 4}; /* channel 0: 1 3; channel 1: -2 4 */
    const float theta[] = {1, 0, 0, 1, 10, 100, 0.5F, 0, -1};
    /* relu: 1 3, 0 4; sums: -1 -3, 6 -4; means: -2, 1 */
    const double expected[] = {-1.5, 1, 79};
    run r = {.images = images, .count = 1, .theta = theta};
    evaluate(&t, &r);
    check(r.out, 3, expected);
}

/* PyTorch's flatten of [C][H][W]. */
static void linear_flattens_channels_first(void **state)
{
    (void)state;
    table t;
    start(&t, 2, 1, 2);
    bs_layer *linear = add_layer(&t, BS_LAYER_LINEAR);
    linear->channels = 1;
    linear->height = 1;
    linear->width = 1;
    linear->weight = add_parameter(&t, 4);
    const float images[] = {1, 2, 3, 4};
    const float theta[] = {1, 10, 100, 1000};
    run r = {.images = images, .count = 1, .theta = theta};
    evaluate(&t, &r);
    const double expected[] = {1 + 30 + 200 + 4000};
    check(r.out, 1, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_becomes_planes),
        cmocka_unit_test(convolution_by_hand),
        cmocka_unit_test(convolutions_by_definition),
        cmocka_unit_test(batch_norm_by_hand),
        cmocka_unit_test(a_variance_that_overflows_stays_visible),
        cmocka_unit_test(activations_by_definition),
        cmocka_unit_test(activations_keep_nan),
        cmocka_unit_test(pad_takes_every_second_pixel_into_the_middle_channels),
        cmocka_unit_test(sum_pool_and_linear_by_hand),
        cmocka_unit_test(linear_flattens_channels_first),
    };
    return cmocka_run_group_tests_name("backend_reference", tests, NULL, NULL);
}
