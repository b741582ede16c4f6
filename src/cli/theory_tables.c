/* The answers of `blueshift theory`: a few lines and a table for every topic. */
#include <inttypes.h>
#include <math.h>

#include "blueshift/fbm.h"
#include "blueshift/memory.h"
#include "theory_request.h"

static const char *activation_text(const theory_request *request, char *text, size_t length)
{
    if (request->activation == BS_ACTIVATION_LEAKY_RELU && request->slope == 1.0) {
        snprintf(text, length, "linear");
    } else if (request->activation == BS_ACTIVATION_LEAKY_RELU) {
        snprintf(text, length, "leaky relu of slope %g", request->slope);
    } else {
        snprintf(text, length, "%s", bs_activation_name(request->activation));
    }
    return text;
}

static double decibels(double value, double reference)
{
    return value == 0.0 || reference == 0.0 ? (double)NAN : 20.0 * log10(fabs(value / reference));
}

static bs_status fill_harmonics(const bs_theory_wave *wave, const theory_request *request, table *t)
{
    bs_status status = BS_ERR_MEMORY;
    double *a = bs_alloc((size_t)request->bins + 2, sizeof *a);
    double *x = bs_alloc((size_t)request->samples / 2 + 1, sizeof *x);
    if (a != NULL && x != NULL) {
        status = bs_theory_harmonics(wave, request->bins + 2, a);
    }
    if (status == BS_OK && request->samples > 0) {
        status = bs_theory_sampled_harmonics(wave, request->samples, x);
    }
    for (int64_t k = 0; status == BS_OK && k < request->bins; k++) {
        bs_table_set(t, k, 0, (double)k);
        bs_table_set(t, k, 1, a[k]);
        bs_table_set(t, k, 2, k == 0 ? a[0] * a[0] : 0.5 * a[k] * a[k]);
        bs_table_set(t, k, 3, decibels(a[k], a[1]));
        if (request->samples > 0) {
            bs_table_set(t, k, 4, k <= request->samples / 2 ? x[k] : (double)NAN);
        }
    }
    bs_free(a);
    bs_free(x);
    return status;
}

static bs_status harmonics(const theory_request *request, FILE *out, table *t)
{
    static const char *const names[] = {"k", "a_k", "power", "dB", "X_k"};
    const bs_theory_wave wave = {.activation = request->activation,
                                 .slope = request->slope,
                                 .amplitude = request->amplitude,
                                 .threshold = request->bias};
    char text[64];
    fprintf(out,
            "y(t) = %s of x = %g cos t - %g; a_k: y = sum over k of a_k cos kt; dB: against a_1\n",
            activation_text(request, text, sizeof text), request->amplitude, request->bias);
    if (request->samples > 0) {
        fprintf(out, "X_k: discrete transform of %" PRId64 " samples, the aliased sum\n",
                request->samples);
    }
    if (request->activation == BS_ACTIVATION_TANH) {
        fprintf(out, "a_(k+2) / a_k tends to %.7g\n", bs_theory_tanh_ratio(request->amplitude));
    }
    BS_TRY(bs_table_init(t, request->bins, request->samples > 0 ? 5 : 4, names));
    return fill_harmonics(&wave, request, t);
}

static bs_theory_chain chain_of(const theory_request *request, bs_theory_block block)
{
    bool leaky = request->activation == BS_ACTIVATION_LEAKY_RELU;
    return (bs_theory_chain){.block = block,
                             .blocks = (int)request->blocks,
                             .layers = (int)request->block_layers,
                             .paths = (int)request->paths,
                             .slope = leaky ? request->slope : 0.0};
}

static bs_theory_chain circle_of(const theory_request *request)
{
    bs_theory_chain chain = chain_of(request, BS_THEORY_PLAIN);
    switch (request->topic) {
    case TOPIC_AVERAGED:
        chain.block = BS_THEORY_AVERAGED;
        break;
    case TOPIC_RESIDUAL:
        chain.block = BS_THEORY_RESIDUAL;
        break;
    case TOPIC_MULTIPATH:
        chain.block = BS_THEORY_MULTIPATH;
        break;
    case TOPIC_HARMONICS:
    case TOPIC_GREAT_CIRCLE:
    case TOPIC_MOMENTS:
    case TOPIC_FBM:
    case TOPIC_AVERAGING:
    case TOPICS:
        chain.blocks = (int)request->layers - 1;
        chain.layers = 1;
        break;
    }
    return chain;
}

static void describe_chain(const theory_request *request, const bs_theory_chain *chain, FILE *out)
{
    static const char *const blocks[] = {"f(x)", "(x + f(x)) / sqrt 2", "x + f(x)",
                                         "the average of f_1(x) to f_p(x) after the activation"};
    char text[64];
    fprintf(out, "great circle of a fully connected network of infinite width, %s, ",
            activation_text(request, text, sizeof text));
    if (request->topic == TOPIC_GREAT_CIRCLE) {
        fprintf(out, "%" PRId64 " weight layers\n", request->layers);
        return;
    }
    fprintf(out, "a weight layer and %d blocks of %d\nblock: %s", chain->blocks, chain->layers,
            blocks[chain->block]);
    if (chain->block == BS_THEORY_MULTIPATH) {
        fprintf(out, ", p = %d", chain->paths);
    }
    fputc('\n', out);
}

static bs_status circle(const theory_request *request, FILE *out, table *t)
{
    static const char *const names[] = {"k", "P_k", "above_k"};
    const bs_theory_chain chain = circle_of(request);
    BS_TRY(bs_table_init(t, request->bins, 3, names));
    double *power = bs_alloc((size_t)request->bins, sizeof *power);
    bs_status status =
        power == NULL ? BS_ERR_MEMORY : bs_theory_chain_power(&chain, request->bins, power);
    if (status == BS_OK) {
        double tail[2];
        bs_theory_chain_tail(&chain, tail);
        describe_chain(request, &chain, out);
        fprintf(
            out,
            "<k^2> = %.7g; P_k k^4 tends to %.6g at even k, %.6g at odd k\n"
            "P_k: fraction of the power at +k alone; above_k: fraction beyond k on both sides\n",
            bs_theory_chain_moment(&chain), tail[0] + tail[1], tail[0] - tail[1]);
        double above = 1.0;
        for (int64_t k = 0; k < request->bins; k++) {
            above -= k == 0 ? power[0] : 2.0 * power[k];
            bs_table_set(t, k, 0, (double)k);
            bs_table_set(t, k, 1, fmax(0.0, power[k])); /* rounding leaves an exact 0 below it */
            bs_table_set(t, k, 2, fmax(0.0, above));
        }
    }
    bs_free(power);
    return status;
}

static bs_status moments(const theory_request *request, FILE *out, table *t)
{
    static const char *const names[] = {"block", "plain", "averaged", "residual", "multipath"};
    static const bs_theory_block blocks[] = {BS_THEORY_PLAIN, BS_THEORY_AVERAGED,
                                             BS_THEORY_RESIDUAL, BS_THEORY_MULTIPATH};
    char text[64];
    BS_TRY(bs_table_init(t, request->blocks + 1, 5, names));
    fprintf(out,
            "<k^2> after every block on a great circle, %s, %" PRId64 " weight layers per block\n"
            "plain f(x), averaged (x + f(x)) / sqrt 2, residual x + f(x), multipath of %" PRId64
            " paths\n",
            activation_text(request, text, sizeof text), request->block_layers, request->paths);
    for (int64_t row = 0; row <= request->blocks; row++) {
        bs_table_set(t, row, 0, (double)row);
        for (int i = 0; i < 4; i++) {
            bs_theory_chain chain = chain_of(request, blocks[i]);
            chain.blocks = (int)row;
            bs_table_set(t, row, i + 1, bs_theory_chain_moment(&chain));
        }
    }
    return BS_OK;
}

static bs_status motion(const theory_request *request, FILE *out, table *t)
{
    static const char *const names[] = {"lag", "increments"};
    double exponent = bs_theory_fbm_exponent(request->hurst);
    BS_TRY(bs_table_init(t, request->bins, 2, names));
    fprintf(out,
            "fractional Brownian motion, H = %g: Var B(t) = t^%g\n"
            "power spectral density f^-%g, magnitudes f^-%g\n"
            "increments: covariance of two steps of unit length, lag apart\n",
            request->hurst, 2.0 * request->hurst, exponent, 0.5 * exponent);
    for (int64_t lag = 0; lag < request->bins; lag++) {
        bs_table_set(t, lag, 0, (double)lag);
        bs_table_set(t, lag, 1, bs_fbm_increment_covariance(request->hurst, lag));
    }
    return BS_OK;
}

static bs_status averaging(const theory_request *request, FILE *out, table *t)
{
    static const char *const names[] = {"copies", "variance", "gain"};
    BS_TRY(bs_table_init(t, request->copies, 3, names));
    fprintf(out,
            "average of n signals of variance %g, every two with the correlation %g:\n"
            "variance (1 + (n - 1) correlation) / n; gain against a single one\n",
            request->variance, request->correlation);
    for (int64_t n = 1; n <= request->copies; n++) {
        double fraction = bs_theory_averaged_variance(1.0, n, request->correlation);
        bs_table_set(t, n - 1, 0, (double)n);
        bs_table_set(t, n - 1, 1, request->variance * fraction);
        bs_table_set(t, n - 1, 2, 1.0 / fraction);
    }
    return BS_OK;
}

bs_status bs_theory_tabulate(const theory_request *request, FILE *out, table *t)
{
    *t = (table){.columns = 0};
    switch (request->topic) {
    case TOPIC_HARMONICS:
        return harmonics(request, out, t);
    case TOPIC_GREAT_CIRCLE:
    case TOPIC_AVERAGED:
    case TOPIC_RESIDUAL:
    case TOPIC_MULTIPATH:
        return circle(request, out, t);
    case TOPIC_MOMENTS:
        return moments(request, out, t);
    case TOPIC_FBM:
        return motion(request, out, t);
    case TOPIC_AVERAGING:
        return averaging(request, out, t);
    case TOPICS:
        break;
    }
    return BS_FAIL(BS_ERR_INTERNAL, "no table for the topic %d", (int)request->topic);
}
