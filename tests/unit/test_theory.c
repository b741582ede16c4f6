/* Great circles in theory: powers, <k^2> and tails against the known numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "blueshift/theory.h"
#include "unit/unit_test.h"

static const double PI = 3.14159265358979323846;

enum { MANY = 2048 };

static bs_architecture mlp(int weight_layers)
{
    return (bs_architecture){.family = BS_FAMILY_MLP,
                             .depth = weight_layers - 1,
                             .paths = 1,
                             .width = 64,
                             .activation = BS_ACTIVATION_RELU};
}

/* The power of a logit along a great circle. */
static bs_status great_circle(const bs_architecture *architecture, int64_t bins, double *power)
{
    bs_theory_chain chain;
    BS_TRY(bs_theory_chain_of(architecture, &chain));
    return bs_theory_chain_power(&chain, bins, power);
}

static bool near(double got, double wanted, double relative)
{
    return fabs(got - wanted) <= relative * fabs(wanted);
}

static void relu_of_eight_layers(void **state)
{
    (void)state;
    static const struct {
        int k;
        double power;
    } known[] = {{0, .1423},    {1, .2400},     {2, .08782},    {4, .02253},
                 {8, 3.284e-3}, {12, 6.947e-4}, {16, 2.117e-4}, {24, 3.961e-5}};
    double power[25];
    bs_architecture net = mlp(8);
    assert_int_equal(great_circle(&net, 25, power), BS_OK);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(near(power[known[i].k], known[i].power, 4e-4)); /* four digits */
    }
}

/* P_k = C(L, (L - k) / 2) / 2^L of the parity of L, nothing above L. */
static void linear_is_binomial(void **state)
{
    (void)state;
    for (int layers = 1; layers <= 12; layers++) {
        double power[16];
        bs_architecture net = mlp(layers);
        net.activation = BS_ACTIVATION_LEAKY_RELU;
        net.slope = 1.0;
        assert_int_equal(great_circle(&net, 16, power), BS_OK);
        for (int k = 0; k < 16; k++) {
            double wanted = 0.0;
            if (k <= layers && (layers - k) % 2 == 0) {
                wanted = exp2(-layers);
                for (int j = 1; j <= (layers - k) / 2; j++) {
                    wanted *= (double)(layers + 1 - j) / j;
                }
            }
            assert_true(fabs(power[k] - wanted) < 1e-15);
        }
    }
}

static bs_theory_chain chain(bs_theory_block block, int blocks, int layers)
{
    return (bs_theory_chain){.block = block, .blocks = blocks, .layers = layers, .paths = 1};
}

/* A few of every kind, with leaky relus. */
static const bs_theory_chain samples[] = {
    {BS_THEORY_PLAIN, 7, 1, 1, 0.0, 0},     {BS_THEORY_PLAIN, 4, 2, 1, 0.2, 0},
    {BS_THEORY_AVERAGED, 9, 2, 1, 0.0, 1},  {BS_THEORY_RESIDUAL, 9, 2, 1, 0.0, 0},
    {BS_THEORY_RESIDUAL, 3, 1, 1, -0.3, 2}, {BS_THEORY_MULTIPATH, 9, 2, 3, 0.0, 0},
    {BS_THEORY_MULTIPATH, 5, 1, 2, 0.1, 0}, {BS_THEORY_PLAIN, 0, 1, 1, 0.0, 0},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* The correlation at 0 is 1: so is the sum of all powers, and sum k^2 P_k is <k^2>. */
static void powers_add_up(void **state)
{
    (void)state;
    static double power[MANY];
    for (int i = 0; i < SAMPLES; i++) {
        double tail[2];
        assert_int_equal(bs_theory_chain_power(&samples[i], MANY, power), BS_OK);
        bs_theory_chain_tail(&samples[i], tail);
        /* beyond MANY: sums of k^-4 and k^-2 */
        double rest = 2.0 * tail[0] / (3.0 * pow(MANY - 0.5, 3));
        double sum = power[0];
        double moment = 2.0 * tail[0] / (MANY - 0.5);
        for (int k = 1; k < MANY; k++) {
            assert_true(power[k] > -1e-16);
            sum += 2.0 * power[k];
            moment += 2.0 * power[k] * k * k;
        }
        assert_true(fabs(sum + rest - 1.0) < 1e-12);
        assert_true(fabs(bs_theory_chain_correlation(&samples[i], 0.0) - 1.0) < 1e-14);
        assert_true(near(moment, bs_theory_chain_moment(&samples[i]), 1e-6));
    }
}

static void growth_of_the_second_moment(void **state)
{
    (void)state;
    bs_theory_chain plain = chain(BS_THEORY_PLAIN, 27, 2);
    bs_theory_chain averaged = chain(BS_THEORY_AVERAGED, 27, 2);
    bs_theory_chain residual = chain(BS_THEORY_RESIDUAL, 27, 2);
    assert_true(near(bs_theory_chain_moment(&plain), 55.0, 1e-12));
    assert_true(near(bs_theory_chain_moment(&averaged), 28.0, 1e-12));
    assert_true(near(bs_theory_chain_moment(&residual), 6.85, 1e-3));
    double harmonic = 1.0;
    for (int l = 1; l <= 27; l++) {
        harmonic += 2.0 / (l + 1.0);
    }
    assert_true(near(bs_theory_chain_moment(&residual), harmonic, 1e-12));
    for (int layers = 1; layers < 20; layers++) { /* L for every slope */
        plain = chain(BS_THEORY_PLAIN, layers - 1, 1);
        plain.slope = 0.05 * layers;
        assert_true(near(bs_theory_chain_moment(&plain), layers, 1e-12));
    }
}

static void multipath_saturates(void **state)
{
    (void)state;
    for (int paths = 2; paths < 9; paths++) {
        bs_theory_chain net = chain(BS_THEORY_MULTIPATH, 400, 1);
        net.paths = paths;
        assert_true(near(bs_theory_chain_moment(&net), 1.0 + PI / (paths - 1), 1e-12));
        net.layers = 2;
        assert_true(near(bs_theory_chain_moment(&net), 2.0 * (1.0 + PI / (paths - 1)), 1e-12));
    }
    bs_theory_chain three = chain(BS_THEORY_MULTIPATH, 400, 1);
    three.paths = 3;
    assert_true(near(bs_theory_chain_moment(&three), 2.571, 1e-4));
    bs_theory_chain one = chain(BS_THEORY_MULTIPATH, 8, 1);
    bs_theory_chain plain = chain(BS_THEORY_PLAIN, 8, 1);
    for (double tau = 0.0; tau < 3.2; tau += 0.1) {
        assert_true(bs_theory_chain_correlation(&one, tau) ==
                    bs_theory_chain_correlation(&plain, tau));
    }
}

/* P_k k^4 tends to its limits at even and odd k, which the quadrature does not know of. */
static void tails(void **state)
{
    (void)state;
    static double power[MANY];
    for (int i = 0; i < SAMPLES; i++) {
        double tail[2];
        bs_theory_chain_tail(&samples[i], tail);
        assert_int_equal(bs_theory_chain_power(&samples[i], MANY, power), BS_OK);
        for (int k = 2000; k < 2002; k++) {
            double limit = tail[0] + (k % 2 == 0 ? tail[1] : -tail[1]);
            assert_true(fabs(power[k] - limit / pow(k, 4)) < 1e-4 * tail[0] / pow(k, 4) + 1e-17);
        }
    }
    /* the bend of leaky relus; the growth L^(5/2) of the power */
    bs_theory_chain relu = chain(BS_THEORY_PLAIN, 100, 1);
    bs_theory_chain leaky = relu;
    leaky.slope = 0.3;
    double a[2];
    double b[2];
    bs_theory_chain_tail(&relu, a);
    bs_theory_chain_tail(&leaky, b);
    assert_true(near(b[0] / a[0], 0.7 * 0.7 / (1.0 + 0.3 * 0.3), 1e-12));
    relu.blocks = 400;
    bs_theory_chain_tail(&relu, b);
    assert_true(near(log(b[0] / a[0]) / log(401.0 / 101.0), 2.5, 0.01));
}

/* Twice as many samples give the same power: bins that one call shares with a finer one. */
static void quadrature_converges(void **state)
{
    (void)state;
    enum { FINE = 1 << 12 };
    static double power[FINE];
    for (int i = 0; i < SAMPLES; i++) {
        double coarse[1024];
        assert_int_equal(bs_theory_chain_power(&samples[i], 1024, coarse), BS_OK);
        assert_int_equal(bs_theory_chain_power(&samples[i], FINE, power), BS_OK);
        for (int k = 0; k < 1024; k++) {
            assert_true(fabs(coarse[k] - power[k]) < 1e-7 * fabs(power[k]) + 1e-17);
        }
    }
}

/* ---- Monte Carlo: real networks of finite width ---- */

enum { WIDTH = 64, COPIES = 3, NETS = 160 };
static const double TAU = 0.7;

/* Signals of one network at two points of the circle. */
typedef struct pair {
    double at[2][WIDTH];
} pair;

/* Linear layer NUMBER, and the leaky relu in front of it where ACTIVATES: He variance. */
static void add_layer(uint32_t net, uint32_t number, const pair *in, pair *out)
{
    static double ends[2][WIDTH * WIDTH];
    bs_rng rng = {.seed = 7, .stream = BS_STREAM_TEST, .realisation = net, .item = 2 * number};
    bs_rng_normal(&rng, 0, (size_t)WIDTH * WIDTH, ends[0]);
    rng.item++;
    bs_rng_normal(&rng, 0, (size_t)WIDTH * WIDTH, ends[1]);
    for (int side = 0; side < 2; side++) {
        double angle = side * TAU;
        for (int i = 0; i < WIDTH; i++) {
            double sum = 0.0;
            for (int j = 0; j < WIDTH; j++) {
                double weight =
                    cos(angle) * ends[0][i * WIDTH + j] + sin(angle) * ends[1][i * WIDTH + j];
                sum += weight * in->at[side][j];
            }
            out->at[side][i] = sum / sqrt(WIDTH);
        }
    }
}

static void activate(double slope, const pair *in, int copies, pair *out)
{
    /* the second moment of an average of leaky relus of standard normal numbers */
    double square = (1.0 + slope * slope) / 2.0;
    double mean = (1.0 - slope) * (1.0 - slope) / (2.0 * PI);
    double scale = 1.0 / sqrt((square + (copies - 1) * mean) / copies);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < WIDTH; i++) {
            double sum = 0.0;
            for (int c = 0; c < copies; c++) {
                double x = in[c].at[side][i];
                sum += x > 0.0 ? x : slope * x;
            }
            out->at[side][i] = scale * sum / copies;
        }
    }
}

static void add_block(const bs_theory_chain *net, uint32_t realisation, int number, pair *x)
{
    int copies = net->block == BS_THEORY_MULTIPATH ? net->paths : 1;
    static pair entry;
    static pair f[COPIES];
    activate(net->slope, x, copies, &entry);
    for (int c = 0; c < copies; c++) {
        for (int layer = 0; layer < net->layers; layer++) {
            uint32_t tensor = (uint32_t)((number * net->layers + layer) * COPIES + c);
            if (layer > 0) {
                pair before = f[c];
                activate(net->slope, &before, 1, &f[c]);
            }
            pair input = layer > 0 ? f[c] : entry;
            add_layer(realisation, tensor, &input, &f[c]);
        }
        for (int e = 0; e < 2 * WIDTH; e++) {
            double *signal = &x[c].at[e / WIDTH][e % WIDTH];
            double main = f[c].at[e / WIDTH][e % WIDTH];
            if (net->block == BS_THEORY_AVERAGED) {
                *signal = (*signal + main) / sqrt(2.0);
            } else if (net->block == BS_THEORY_RESIDUAL) { /* f is homogeneous: undo x's growth */
                *signal += main / sqrt(number);
            } else {
                *signal = main;
            }
        }
    }
}

/* Sums over the units of network REALISATION: z(0)^2, z(TAU)^2, z(0) z(TAU). */
static void add_network(const bs_theory_chain *net, uint32_t realisation, double sums[3])
{
    static pair x[COPIES];
    static pair image;
    for (int e = 0; e < 2 * WIDTH; e++) {
        image.at[e / WIDTH][e % WIDTH] = 1.0;
    }
    int copies = net->block == BS_THEORY_MULTIPATH ? net->paths : 1;
    for (int c = 0; c < copies; c++) {
        add_layer(realisation, (uint32_t)c, &image, &x[c]);
    }
    for (int block = 1; block <= net->blocks; block++) {
        add_block(net, realisation, block, x);
    }
    for (int i = 0; i < WIDTH; i++) {
        sums[0] += x[0].at[0][i] * x[0].at[0][i];
        sums[1] += x[0].at[1][i] * x[0].at[1][i];
        sums[2] += x[0].at[0][i] * x[0].at[1][i];
    }
}

/* The units of one network fluctuate together: the error is that over networks, linearised. */
static double measured_correlation(const bs_theory_chain *net, double *error)
{
    static double sums[NETS][3];
    double all[3] = {0.0, 0.0, 0.0};
    for (int n = 0; n < NETS; n++) {
        for (int i = 0; i < 3; i++) {
            sums[n][i] = 0.0;
        }
        add_network(net, (uint32_t)n, sums[n]);
        for (int i = 0; i < 3; i++) {
            all[i] += sums[n][i];
        }
    }
    double rho = all[2] / sqrt(all[0] * all[1]);
    double squares = 0.0;
    for (int n = 0; n < NETS; n++) {
        double share = sums[n][2] / sqrt(all[0] * all[1]);
        double away = share - 0.5 * rho * (sums[n][0] / all[0] + sums[n][1] / all[1]);
        squares += away * away;
    }
    *error = sqrt(squares);
    return rho;
}

static void networks_of_finite_width_agree(void **state)
{
    (void)state;
    static const bs_theory_chain nets[] = {
        {BS_THEORY_PLAIN, 3, 1, 1, 0.0, 0},          {BS_THEORY_PLAIN, 3, 1, 1, 0.4, 0},
        {BS_THEORY_AVERAGED, 2, 2, 1, 0.0, 0},       {BS_THEORY_RESIDUAL, 3, 1, 1, 0.0, 0},
        {BS_THEORY_MULTIPATH, 2, 2, COPIES, 0.2, 0},
    };
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        double error = 0.0;
        double theory = bs_theory_chain_correlation(&nets[i], TAU);
        double measured = measured_correlation(&nets[i], &error);
        double finite_width = 1.0 / WIDTH;
        if (fabs(measured - theory) > 3.5 * error + finite_width || error > 0.03) {
            fail_msg("net %zu: measured %g +- %g, theory %g", i, measured, error, theory);
        }
    }
}

static void where_it_applies(void **state)
{
    (void)state;
    bs_architecture net = mlp(3);
    double power[2];
    assert_true(bs_theory_applies(&net));
    net.activation = BS_ACTIVATION_TANH;
    assert_false(bs_theory_applies(&net));
    net = mlp(3);
    net.bias = true;
    assert_false(bs_theory_applies(&net));
    net = mlp(3);
    net.norm = BS_NORM_FROZEN;
    assert_false(bs_theory_applies(&net));
    net = mlp(3);
    net.family = BS_FAMILY_RESNET;
    assert_false(bs_theory_applies(&net));
    assert_int_equal(great_circle(&net, 2, power), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "it needs kind mlp"));
}

static void impossible_chains_are_refused(void **state)
{
    (void)state;
    double power[2];
    bs_theory_chain net = chain(BS_THEORY_PLAIN, -1, 1);
    assert_int_equal(bs_theory_chain_power(&net, 2, power), BS_ERR_USAGE);
    net = chain(BS_THEORY_PLAIN, 1, 0);
    assert_int_equal(bs_theory_chain_power(&net, 2, power), BS_ERR_USAGE);
    net = chain(BS_THEORY_MULTIPATH, 1, 1);
    net.paths = 0;
    assert_int_equal(bs_theory_chain_power(&net, 2, power), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "0 paths"));
    net = chain(BS_THEORY_PLAIN, 1, 1);
    net.slope = INFINITY;
    assert_int_equal(bs_theory_chain_power(&net, 2, power), BS_ERR_USAGE);
    net.slope = 0.0;
    assert_int_equal(bs_theory_chain_power(&net, 0, power), BS_ERR_USAGE);
    assert_int_equal(bs_theory_chain_power(&net, (int64_t)1 << 40, power), BS_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_of_eight_layers), cmocka_unit_test(linear_is_binomial),
        cmocka_unit_test(powers_add_up),        cmocka_unit_test(growth_of_the_second_moment),
        cmocka_unit_test(multipath_saturates),  cmocka_unit_test(tails),
        cmocka_unit_test(quadrature_converges), cmocka_unit_test(networks_of_finite_width_agree),
        cmocka_unit_test(where_it_applies),     cmocka_unit_test(impossible_chains_are_refused),
    };
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
