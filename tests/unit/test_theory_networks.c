/* Great circles in theory and evaluated: the power spectrum of the logits of real networks. */
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/path.h"
#include "blueshift/theory.h"
#include "unit/unit_test.h"

enum {
    POINTS = 34,
    BINS = POINTS / 2 + 1,
    CHECKED = 17, /* bins up to 16 */
    IMAGES = 8,
    LOGITS = IMAGES * BS_CLASSES,
    REALISATIONS_MAX = 200
};
static const double PI = 3.14159265358979323846;

/* Of a bin, and of <k^2>: finite width takes up to 10 % and 4 %, the rest is for chance. */
static const double BIN_TOLERANCE = 0.15;
static const double MOMENT_TOLERANCE = 0.05;

/* The tolerances are at least so many standard errors. */
static const double BIN_ERRORS = 3.5;
static const double MOMENT_ERRORS = 2.5;

/* A network and how often it is drawn. */
typedef struct circle {
    bs_architecture hyperparameters;
    int realisations;
    bool damped; /* the last layer of block l, from 0, is divided by sqrt(l + 1) */
} circle;

/* What every realisation gave: the power of each bin, summed over images and classes. */
static double power[REALISATIONS_MAX][BINS];

/* Noise: images as different as can be. */
static bs_images make_images(void)
{
    static uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
    static const uint8_t labels[IMAGES];
    static double uniform[IMAGES * BS_IMAGE_BYTES];
    const bs_rng rng = {.seed = 5, .stream = BS_STREAM_TEST};
    bs_rng_uniform(&rng, 0, sizeof uniform / sizeof *uniform, uniform);
    for (int i = 0; i < IMAGES * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)(256.0 * uniform[i]);
    }
    return (bs_images){.count = IMAGES, .pixels = pixels, .labels = labels};
}

/* x + f(x) becomes x + f(x) / sqrt(l + 1): x has the variance l + 1 by then, and so has f(x). */
static void damp(const bs_network *network, float *theta)
{
    for (int b = 0; b < network->block_count; b++) {
        const bs_layer *last = &network->layers[network->blocks[b].paths[0]];
        const bs_tensor *weight = &network->parameters[last->weight];
        for (size_t i = 0; i < weight->count; i++) {
            theta[weight->offset + i] /= sqrtf((float)(b + 1));
        }
    }
}

/* Adds |X_k|^2 of all logits' series [POINTS][LOGITS] to SUMS [BINS]. */
static void add_power(double (*series)[LOGITS], double *sums)
{
    for (int k = 0; k < BINS; k++) {
        double real[LOGITS] = {0.0};
        double imaginary[LOGITS] = {0.0};
        for (int j = 0; j < POINTS; j++) {
            double angle = 2.0 * PI * (j * k % POINTS) / POINTS;
            double cosine = cos(angle);
            double sine = sin(angle);
            for (int i = 0; i < LOGITS; i++) {
                real[i] += cosine * series[j][i];
                imaginary[i] += sine * series[j][i];
            }
        }
        for (int i = 0; i < LOGITS; i++) {
            sums[k] += real[i] * real[i] + imaginary[i] * imaginary[i];
        }
    }
}

/* The circle from ENDS[0] to ENDS[1], both [size]; THETA [size] is scratch. */
static void evaluate(bs_model *model, size_t size, float *const ends[2], float *theta, double *sums)
{
    static double series[POINTS][LOGITS];
    const bs_images images = make_images();
    const bs_path path = {
        .kind = BS_PATH_GREAT_CIRCLE, .size = size, .origin = ends[0], .directions = {ends[1]}};
    for (int j = 0; j < POINTS; j++) {
        bs_score score;
        const double angle[BS_GRID_DIMS] = {2.0 * PI * j / POINTS};
        bs_path_point(&path, angle, theta);
        assert_int_equal(bs_model_load(model, theta, NULL), BS_OK);
        assert_int_equal(bs_model_score(model, &images, 0, IMAGES, &score), BS_OK);
        memcpy(series[j], bs_model_logits(model), sizeof series[j]);
    }
    add_power(series, sums);
}

/* Fills POWER. */
static void measure(const circle *c)
{
    const bs_normalisation normalisation = {.mean = {0.5, 0.5, 0.5}, .std = {0.3, 0.3, 0.3}};
    bs_network *network = NULL;
    bs_model *model = NULL;
    assert_int_equal(bs_network_create(&c->hyperparameters, &network), BS_OK);
    assert_int_equal(bs_model_create(network, bs_backend_at(0), IMAGES, &normalisation, &model),
                     BS_OK);
    size_t size = network->parameter_size;
    float *theta = bs_alloc(3 * size, sizeof *theta);
    assert_non_null(theta);
    float *const ends[2] = {theta + size, theta + 2 * size};
    memset(power, 0, sizeof power);
    for (int r = 0; r < c->realisations; r++) {
        bs_network_init(network, 3, BS_STREAM_INIT, (uint32_t)r, ends[0]);
        bs_network_init(network, 3, BS_STREAM_INIT_FAR, (uint32_t)r, ends[1]);
        if (c->damped) {
            damp(network, ends[0]);
            damp(network, ends[1]);
        }
        evaluate(model, size, ends, theta, power[r]);
    }
    bs_free(theta);
    bs_model_destroy(model);
    bs_network_destroy(network);
}

/* Modes of bin K: +k and -k. */
static double modes(int k)
{
    return k == 0 || 2 * k == POINTS ? 1.0 : 2.0;
}

static double weighted(const double *weights, const double *values)
{
    double sum = 0.0;
    for (int k = 0; k < BINS; k++) {
        sum += weights[k] * values[k];
    }
    return sum;
}

/* WEIGHTS [BINS] times the normalised power, measured against THEORY's [BINS]. The error is that of
 * a ratio of means over the realisations. */
static void check(const circle *c, const double *weights, const double *theory,
                  const double limits[2], int bin)
{
    double all[BINS];
    double top = 0.0;
    double bottom = 0.0;
    double squares = 0.0;
    for (int k = 0; k < BINS; k++) {
        all[k] = modes(k);
    }
    for (int r = 0; r < c->realisations; r++) {
        top += weighted(weights, power[r]);
        bottom += weighted(all, power[r]);
    }
    for (int r = 0; r < c->realisations; r++) {
        double away = weighted(weights, power[r]) - top / bottom * weighted(all, power[r]);
        squares += away * away;
    }
    double wanted = weighted(weights, theory);
    double ratio = top / bottom / wanted;
    double error = sqrt(squares) / bottom / wanted;
    if (!(fabs(ratio - 1.0) <= limits[0] && limits[1] * error <= limits[0])) {
        fail_msg("%s %d: measured over theory %.4f +- %.4f", bin < 0 ? "<k^2>" : "bin",
                 bin < 0 ? 2 : bin, ratio, error);
    }
}

static void check_circle(const circle *c, const bs_theory_chain *chain)
{
    double theory[BINS];
    double square[BINS];
    const double limits[2] = {BIN_TOLERANCE, BIN_ERRORS};
    const double moment_limits[2] = {MOMENT_TOLERANCE, MOMENT_ERRORS};
    assert_true(c->realisations <= REALISATIONS_MAX);
    assert_int_equal(bs_theory_chain_sampled_power(chain, POINTS, BINS, theory), BS_OK);
    measure(c);
    for (int k = 0; k < BINS; k++) {
        square[k] = modes(k) * k * k;
    }
    for (int k = 0; k < CHECKED; k++) {
        double one[BINS] = {0.0};
        one[k] = 1.0;
        check(c, one, theory, limits, k);
    }
    check(c, square, theory, moment_limits, -1);
}

static bs_architecture plain(int depth, int width)
{
    return (bs_architecture){
        .family = BS_FAMILY_MLP, .depth = depth, .width = width, .paths = 1, .skip_weight = 1.0};
}

/* Nine blocks of two layers. */
static bs_architecture with_shortcut(int width)
{
    bs_architecture hyperparameters = plain(19, width);
    hyperparameters.shortcut = BS_SHORTCUT_PAD;
    return hyperparameters;
}

static void plain_networks(void **state)
{
    (void)state;
    const circle c = {.hyperparameters = plain(7, 96), .realisations = 75};
    const bs_theory_chain chain = {.block = BS_THEORY_PLAIN, .blocks = 7, .layers = 1};
    check_circle(&c, &chain);
}

static void averaged_networks(void **state)
{
    (void)state;
    const circle c = {.hyperparameters = with_shortcut(128), .realisations = 84};
    const bs_theory_chain chain = {
        .block = BS_THEORY_AVERAGED, .blocks = 9, .layers = 2, .head = 1};
    check_circle(&c, &chain);
}

static void residual_networks(void **state)
{
    (void)state;
    const circle c = {.hyperparameters = with_shortcut(96), .realisations = 60, .damped = true};
    const bs_theory_chain chain = {
        .block = BS_THEORY_RESIDUAL, .blocks = 9, .layers = 2, .head = 1};
    check_circle(&c, &chain);
}

static void multipath_networks(void **state)
{
    (void)state;
    circle c = {.hyperparameters = plain(4, 64), .realisations = 150};
    c.hyperparameters.paths = 3;
    const bs_theory_chain chain = {
        .block = BS_THEORY_MULTIPATH, .blocks = 4, .layers = 1, .paths = 3};
    check_circle(&c, &chain);
}

static void check_chain(const bs_architecture *hyperparameters, const bs_theory_chain *wanted)
{
    bs_theory_chain chain;
    assert_true(bs_theory_applies(hyperparameters));
    assert_int_equal(bs_theory_chain_of(hyperparameters, &chain), BS_OK);
    assert_true(chain.block == wanted->block && chain.blocks == wanted->blocks &&
                chain.paths == wanted->paths && chain.layers == wanted->layers &&
                chain.head == wanted->head && chain.slope == wanted->slope);
}

static void architectures_have_their_chains(void **state)
{
    (void)state;
    bs_architecture hyperparameters = plain(5, 64);
    check_chain(&hyperparameters, &(bs_theory_chain){BS_THEORY_PLAIN, 5, 1, 1, 0.0, 0});
    hyperparameters.paths = 3;
    hyperparameters.activation = BS_ACTIVATION_LEAKY_RELU;
    hyperparameters.slope = 0.2;
    check_chain(&hyperparameters, &(bs_theory_chain){BS_THEORY_MULTIPATH, 5, 1, 3, 0.2, 0});
    hyperparameters = with_shortcut(64);
    check_chain(&hyperparameters, &(bs_theory_chain){BS_THEORY_AVERAGED, 9, 2, 1, 0.0, 1});
    hyperparameters.skip_weight = 0.0;
    check_chain(&hyperparameters, &(bs_theory_chain){BS_THEORY_PLAIN, 19, 1, 1, 0.0, 0});
    bs_theory_chain chain;
    hyperparameters.skip_weight = 0.5;
    assert_false(bs_theory_applies(&hyperparameters));
    assert_int_equal(bs_theory_chain_of(&hyperparameters, &chain), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "skip weight 1"));
}

/* The correlation's samples have the sampled power as their transform. */
static void sampled_power_has_its_aliases(void **state)
{
    (void)state;
    enum { N = 10 };
    const bs_theory_chain chain = {
        .block = BS_THEORY_AVERAGED, .blocks = 3, .layers = 2, .head = 1};
    double sampled[N];
    assert_int_equal(bs_theory_chain_sampled_power(&chain, N, N, sampled), BS_OK);
    for (int k = 0; k < N; k++) {
        double sum = 0.0;
        for (int j = 0; j < N; j++) {
            double tau = 2.0 * PI * j / N;
            sum += bs_theory_chain_correlation(&chain, tau) * cos(k * tau) / N;
        }
        assert_true(fabs(sampled[k] - sum) < 1e-3 * sum);
    }
    assert_int_equal(bs_theory_chain_sampled_power(&chain, N, N + 1, sampled), BS_ERR_USAGE);
    assert_int_equal(bs_theory_chain_sampled_power(&chain, 1 << 20, N, sampled), BS_ERR_USAGE);
    assert_int_equal(bs_theory_chain_sampled_power(&chain, 0, 0, sampled), BS_ERR_USAGE);
    const bs_theory_chain headless = {.block = BS_THEORY_PLAIN, .layers = 1, .head = -1};
    assert_int_equal(bs_theory_chain_power(&headless, N, sampled), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "head of -1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(architectures_have_their_chains),
        cmocka_unit_test(sampled_power_has_its_aliases),
        cmocka_unit_test(plain_networks),
        cmocka_unit_test(averaged_networks),
        cmocka_unit_test(residual_networks),
        cmocka_unit_test(multipath_networks),
    };
    return cmocka_run_group_tests_name("theory_networks", tests, NULL, NULL);
}
