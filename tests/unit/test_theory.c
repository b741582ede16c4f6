/* Great circles in theory: powers, <k^2> and tails against the known numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "blueshift/theory.h"

static bs_architecture mlp(int weight_layers)
{
    return (bs_architecture){.family = BS_FAMILY_MLP,
                             .depth = weight_layers - 1,
                             .paths = 1,
                             .width = 64,
                             .activation = BS_ACTIVATION_RELU};
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
    assert_int_equal(bs_theory_great_circle(&net, 25, power), BS_OK);
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
        assert_int_equal(bs_theory_great_circle(&net, 16, power), BS_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_of_eight_layers),
        cmocka_unit_test(linear_is_binomial),
    };
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
