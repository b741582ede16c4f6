/* The correlation of great circles from layer to layer: autocorrelation, power, <k^2> and tail of
 * the spectrum.
 *
 * On theta(tau) = cos tau A + sin tau B every weight at tau and at tau' has the correlation
 * cos(tau - tau'). In the limit of infinite width a layer's outputs are Gaussian, so that the
 * correlation rho of two points goes through a linear layer as rho -> cos tau rho and through a
 * relu of normalised variance as rho -> C(rho), the arc-cosine kernel of Cho and Saul (2009):
 *   C(rho) = (sqrt(1 - rho^2) + rho (pi - acos rho)) / pi.
 * A leaky relu is s x + (1 - s) relu(x); E[x relu(x')] = rho / 2 gives
 *   C_s(rho) = (1 - a) rho + a C(rho), a = (1 - s)^2 / (1 + s^2).
 * The average of p independent copies after the activation adds the p - 1 products of means:
 *   C_sp(rho) = (C_s(rho) + (p - 1) m) / (1 + (p - 1) m), m = a / pi.
 * rho is its own Fourier series with the coefficients P_k (Wiener-Khinchin). */
#include "blueshift/theory.h"

#include <complex.h>
#include <inttypes.h>
#include <math.h>

#include "blueshift/statistics.h"

#include <fftw3.h>

#include "blueshift/memory.h"

/* Of the quadrature: samples of the half circle are a power of two. */
enum { SAMPLES_MIN = 1 << 15, SAMPLES_PER_BIN = 32 };
static const int64_t BINS_MAX = 1 << 20;

/* Aliases are added up to this many times the samples: their power falls as k^-4. */
enum { ALIASES = 8 };

enum { MLP_BLOCK_LAYERS = 2 };

/* The part of the activation that is not linear. */
static double bend(double slope)
{
    return (1.0 - slope) * (1.0 - slope) / (1.0 + slope * slope);
}

/* Near rho = 1 it is 1 - (1 - rho) + O((1 - rho)^(3/2)): 1 - rho^2 as a
 * product keeps what the difference would cancel. */
double bs_theory_relu_correlation(double rho)
{
    double r = fmin(1.0, fmax(-1.0, rho));
    return (sqrt((1.0 - r) * (1.0 + r)) + r * (BS_PI - acos(r))) / BS_PI;
}

/* What an activation and the average after it make of a correlation. */
typedef struct correlation_map {
    double bend;
    double mean; /* (p - 1) m */
} correlation_map;

static correlation_map map_of(const bs_theory_chain *chain, bool averages)
{
    double a = bend(chain->slope);
    int copies = averages && chain->block == BS_THEORY_MULTIPATH ? chain->paths : 1;
    return (correlation_map){.bend = a, .mean = (copies - 1) * a / BS_PI};
}

static double apply(correlation_map map, double rho)
{
    double c = (1.0 - map.bend) * rho + map.bend * bs_theory_relu_correlation(rho);
    return (c + map.mean) / (1.0 + map.mean);
}

/* Weights of x and f(x) in the correlation of block NUMBER's output, NUMBER from 1. */
static void mix_of(const bs_theory_chain *chain, int number, double mix[2])
{
    mix[0] = 0.0;
    if (chain->block == BS_THEORY_AVERAGED) {
        mix[0] = 0.5;
    } else if (chain->block == BS_THEORY_RESIDUAL) {
        mix[0] = number / (number + 1.0); /* x has the variance NUMBER by then */
    }
    mix[1] = 1.0 - mix[0];
}

/* LAYERS times an activation and a linear layer. */
static double pass(correlation_map map, double cosine, int layers, double rho)
{
    for (int layer = 0; layer < layers; layer++) {
        rho = cosine * apply(map, rho);
    }
    return rho;
}

double bs_theory_chain_correlation(const bs_theory_chain *chain, double tau)
{
    const double cosine = cos(tau);
    const correlation_map entry = map_of(chain, true);
    const correlation_map inner = map_of(chain, false);
    double rho = cosine;
    for (int block = 1; block <= chain->blocks; block++) {
        double mix[2];
        mix_of(chain, block, mix);
        double f = pass(inner, cosine, chain->layers - 1, pass(entry, cosine, 1, rho));
        rho = mix[0] * rho + mix[1] * f;
    }
    return pass(inner, cosine, chain->head, rho);
}

/* rho(tau) near 0 or pi: value + curvature t^2 / 2 + cusp |t|^3, t the distance. */
typedef struct jet {
    double value, curvature, cusp;
} jet;

/* COSINE is 1 at 0 and -1 at pi, and cos t is COSINE (1 - t^2 / 2). */
static jet jet_linear(double cosine, jet j)
{
    return (jet){cosine * j.value, cosine * (j.curvature - j.value), cosine * j.cusp};
}

/* C'(rho) = 1 - acos(rho) / pi, and where rho is 1 or -1 the term theta^3 / (3 pi) with
 * theta = sqrt|curvature| |t|. */
static jet jet_apply(correlation_map map, jet j)
{
    static const double END = 1.0 - 1e-9; /* rounding leaves values of 1 a little off */
    double r = fmin(1.0, fmax(-1.0, j.value));
    double end = fabs(r) > END ? pow(fabs(j.curvature), 1.5) / (3.0 * BS_PI) : 0.0;
    double derivative = (1.0 - map.bend) + map.bend * (1.0 - acos(r) / BS_PI);
    double scale = 1.0 / (1.0 + map.mean);
    return (jet){apply(map, j.value), scale * derivative * j.curvature,
                 scale * (derivative * j.cusp + map.bend * end)};
}

static jet jet_pass(correlation_map map, double cosine, int layers, jet j)
{
    for (int layer = 0; layer < layers; layer++) {
        j = jet_linear(cosine, jet_apply(map, j));
    }
    return j;
}

static jet jet_at(const bs_theory_chain *chain, double cosine)
{
    const correlation_map entry = map_of(chain, true);
    const correlation_map inner = map_of(chain, false);
    jet rho = {cosine, -cosine, 0.0};
    for (int block = 1; block <= chain->blocks; block++) {
        double mix[2];
        mix_of(chain, block, mix);
        jet f = jet_pass(inner, cosine, chain->layers - 1, jet_pass(entry, cosine, 1, rho));
        rho = (jet){mix[0] * rho.value + mix[1] * f.value,
                    mix[0] * rho.curvature + mix[1] * f.curvature,
                    mix[0] * rho.cusp + mix[1] * f.cusp};
    }
    return jet_pass(inner, cosine, chain->head, rho);
}

double bs_theory_chain_moment(const bs_theory_chain *chain)
{
    return -jet_at(chain, 1.0).curvature;
}

void bs_theory_chain_tail(const bs_theory_chain *chain, double tail[2])
{
    /* (1 / 2 pi) integral |t|^3 exp(-i k t) dt, as a generalised function, is 6 / (pi k^4). */
    tail[0] = 6.0 / BS_PI * jet_at(chain, 1.0).cusp;
    tail[1] = 6.0 / BS_PI * jet_at(chain, -1.0).cusp;
}

static bs_status check(const bs_theory_chain *chain, int64_t bins)
{
    if (chain->blocks < 0) {
        return BS_FAIL(BS_ERR_USAGE, "a network of %d blocks; give 0 or more", chain->blocks);
    }
    if (chain->layers < 1) {
        return BS_FAIL(BS_ERR_USAGE, "blocks of %d layers; give 1 or more", chain->layers);
    }
    if (chain->head < 0) {
        return BS_FAIL(BS_ERR_USAGE, "a head of %d layers; give 0 or more", chain->head);
    }
    if (chain->block == BS_THEORY_MULTIPATH && chain->paths < 1) {
        return BS_FAIL(BS_ERR_USAGE, "blocks of %d paths; give 1 or more", chain->paths);
    }
    if (!isfinite(chain->slope)) {
        return BS_FAIL(BS_ERR_USAGE, "a leaky relu of slope %g; give a finite number",
                       chain->slope);
    }
    if (bins < 1 || bins > BINS_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "%" PRId64 " bins of a spectrum; give 1 to %" PRId64, bins,
                       BINS_MAX);
    }
    return BS_OK;
}

/* P_k by the trapezoidal rule, which on a circle is a discrete Fourier transform: of N points it
 * gives the aliased sum of P_(k + m N), off by 2 (k / N)^4 relative in a tail k^-4. */
bs_status bs_theory_chain_power(const bs_theory_chain *chain, int64_t bins, double *power)
{
    BS_TRY(check(chain, bins));
    int64_t half = SAMPLES_MIN;
    while (half < SAMPLES_PER_BIN * bins) {
        half *= 2;
    }
    double *rho = bs_alloc((size_t)half + 1, sizeof *rho);
    if (rho == NULL) {
        return BS_ERR_MEMORY;
    }
    /* The correlation is even in tau: half the circle and a cosine transform. */
    fftw_plan plan = fftw_plan_r2r_1d((int)half + 1, rho, rho, FFTW_REDFT00, FFTW_ESTIMATE);
    if (plan == NULL) {
        bs_free(rho);
        return BS_FAIL(BS_ERR_LIBRARY, "FFTW has no plan for %" PRId64 " samples", half + 1);
    }
    for (int64_t j = 0; j <= half; j++) {
        rho[j] = bs_theory_chain_correlation(chain, BS_PI * (double)j / (double)half);
    }
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    for (int64_t k = 0; k < bins; k++) {
        power[k] = rho[k] / (2.0 * (double)half);
    }
    bs_free(rho);
    return BS_OK;
}

bs_status bs_theory_chain_sampled_power(const bs_theory_chain *chain, int64_t points, int64_t bins,
                                        double *power)
{
    const int64_t most = BINS_MAX / (ALIASES + 1);
    if (points < 1 || points > most || bins < 1 || bins > points) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%" PRId64 " bins of %" PRId64 " samples; give 1 to %" PRId64
                       " samples and no more bins",
                       bins, points, most);
    }
    const int64_t count = ALIASES * points + bins;
    double *all = bs_alloc((size_t)count, sizeof *all);
    if (all == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_theory_chain_power(chain, count, all);
    for (int64_t k = 0; k < bins && status == BS_OK; k++) {
        power[k] = all[k];
        for (int64_t alias = 1; alias <= ALIASES; alias++) {
            power[k] += all[alias * points - k] + all[alias * points + k];
        }
    }
    bs_free(all);
    return status;
}

/* With a skip weight of 0 there is no shortcut. */
static bool has_shortcut(const bs_architecture *architecture)
{
    return architecture->shortcut != BS_SHORTCUT_NONE && architecture->skip_weight != 0.0;
}

bool bs_theory_applies(const bs_architecture *architecture)
{
    return architecture->family == BS_FAMILY_MLP && !architecture->bias &&
           architecture->norm == BS_NORM_NONE &&
           (!has_shortcut(architecture) || architecture->skip_weight == 1.0) &&
           (architecture->activation == BS_ACTIVATION_RELU ||
            architecture->activation == BS_ACTIVATION_LEAKY_RELU);
}

bs_status bs_theory_chain_of(const bs_architecture *architecture, bs_theory_chain *chain)
{
    if (!bs_theory_applies(architecture)) {
        return BS_FAIL(BS_ERR_USAGE, "there is no closed form for this network's great circle; it "
                                     "needs kind mlp, norm none, no bias, relu or leaky-relu, and "
                                     "skip weight 1 if it has a shortcut");
    }
    bool leaky = architecture->activation == BS_ACTIVATION_LEAKY_RELU;
    *chain = (bs_theory_chain){.block = BS_THEORY_PLAIN,
                               .blocks = architecture->depth,
                               .layers = 1,
                               .paths = architecture->paths,
                               .slope = leaky ? architecture->slope : 0.0};
    if (has_shortcut(architecture)) {
        chain->block = BS_THEORY_AVERAGED;
        chain->blocks = (architecture->depth - 1) / MLP_BLOCK_LAYERS;
        chain->layers = MLP_BLOCK_LAYERS;
        chain->head = 1;
    } else if (architecture->paths > 1) {
        chain->block = BS_THEORY_MULTIPATH;
    }
    return BS_OK;
}
