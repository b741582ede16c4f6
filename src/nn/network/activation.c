/* What the activations are: their names, definitions and derivatives in double precision, and
 * gains. */
#include "blueshift/activation.h"

#include <math.h>

static const double SQRT_HALF = 0.70710678118654752440;
static const double INVERSE_SQRT_TWO_PI = 0.39894228040143267794;

static const char *const activation_names[] = {[BS_ACTIVATION_RELU] = "relu",
                                               [BS_ACTIVATION_LEAKY_RELU] = "leaky-relu",
                                               [BS_ACTIVATION_TANH] = "tanh",
                                               [BS_ACTIVATION_SOFTPLUS] = "softplus",
                                               [BS_ACTIVATION_GELU] = "gelu"};
_Static_assert(sizeof activation_names / sizeof activation_names[0] == BS_ACTIVATIONS,
               "every activation has a name");
const bs_words bs_activation_words = {BS_ACTIVATIONS, activation_names};

const char *bs_activation_name(bs_activation activation)
{
    return bs_words_name(&bs_activation_words, (int)activation);
}

double bs_activation_apply(bs_activation activation, double slope, double x)
{
    switch (activation) {
    case BS_ACTIVATION_RELU:
        return x < 0.0 ? 0.0 : x;
    case BS_ACTIVATION_LEAKY_RELU:
        return x < 0.0 ? slope * x : x;
    case BS_ACTIVATION_TANH:
        return tanh(x);
    case BS_ACTIVATION_SOFTPLUS:
        return fmax(x, 0.0) + log1p(exp(-fabs(x)));
    case BS_ACTIVATION_GELU:
        return 0.5 * x * erfc(-x * SQRT_HALF);
    }
    return x;
}

double bs_activation_derivative(bs_activation activation, double slope, double x)
{
    switch (activation) {
    case BS_ACTIVATION_RELU:
        return x <= 0.0 ? 0.0 : 1.0;
    case BS_ACTIVATION_LEAKY_RELU:
        return x <= 0.0 ? slope : 1.0;
    case BS_ACTIVATION_TANH:
        return 1.0 - tanh(x) * tanh(x);
    case BS_ACTIVATION_SOFTPLUS:
        return 1.0 / (1.0 + exp(-x));
    case BS_ACTIVATION_GELU:
        return 0.5 * erfc(-x * SQRT_HALF) + x * INVERSE_SQRT_TWO_PI * exp(-0.5 * x * x);
    }
    return 1.0;
}

double bs_activation_gain(bs_activation activation, double slope)
{
    switch (activation) {
    case BS_ACTIVATION_LEAKY_RELU:
        return 2.0 / (1.0 + slope * slope);
    case BS_ACTIVATION_TANH:
        return 1.0;
    case BS_ACTIVATION_RELU:
    case BS_ACTIVATION_SOFTPLUS:
    case BS_ACTIVATION_GELU:
        break;
    }
    return 2.0;
}
