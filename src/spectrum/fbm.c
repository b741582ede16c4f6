/* Fractional Brownian motion: covariances, and exact paths by circulant embedding. */
#include "blueshift/fbm.h"

#include "blueshift/complex.h" /* before FFTW's header, which then uses C's complex type */

#include <inttypes.h>
#include <math.h>

#include <fftw3.h>

#include "blueshift/memory.h"

struct bs_fbm {
    double hurst;
    int64_t samples;
    double *roots;         /* square roots of the eigenvalues 0 to N, over sqrt(2 N) */
    double *normals;       /* 2 N */
    fftw_complex *weights; /* N + 1 */
    double *increments;    /* 2 N */
    fftw_plan plan;
};

/* BS_ERR_USAGE says which is wrong. */
static bs_status check(double hurst, int64_t samples)
{
    if (!(hurst > 0.0 && hurst < 1.0)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "a Hurst exponent of %g; it lies between 0 and 1, both excluded", hurst);
    }
    if (samples < 2 || samples > BS_FBM_SAMPLES_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "paths of %" PRId64 " samples; give 2 to %d", samples,
                       BS_FBM_SAMPLES_MAX);
    }
    return BS_OK;
}

double bs_fbm_covariance(double hurst, double s, double t)
{
    double power = 2.0 * hurst;
    return 0.5 * (pow(s, power) + pow(t, power) - pow(fabs(s - t), power));
}

double bs_fbm_increment_covariance(double hurst, int64_t lag)
{
    enum { FAR = 16, TERMS = 8 };
    double power = 2.0 * hurst;
    double j = fabs((double)lag);
    if (j < FAR) {
        return 0.5 * (pow(j + 1.0, power) - 2.0 * pow(j, power) + pow(fabs(j - 1.0), power));
    }
    /* The difference cancels at large lags: binomial series of (1 + 1/j)^2H + (1 - 1/j)^2H - 2. */
    double term = 1.0;
    double sum = 0.0;
    for (int m = 1; m <= TERMS; m++) {
        double even = 2.0 * m;
        term *= (power - even + 2.0) * (power - even + 1.0) / ((even - 1.0) * even) / (j * j);
        sum += term;
    }
    return pow(j, power) * sum;
}

/* Eigenvalues of the circulant matrix, which are never negative for fractional Gaussian noise;
 * rounding may leave one below 0. */
static void take_roots(bs_fbm *fbm, const fftw_complex *eigenvalues)
{
    for (int64_t k = 0; k <= fbm->samples; k++) {
        double value = creal(eigenvalues[k]);
        fbm->roots[k] = sqrt(fmax(0.0, value) / (2.0 * (double)fbm->samples));
    }
}

static bs_status prepare(bs_fbm *fbm)
{
    const int n = (int)(2 * fbm->samples);
    fftw_plan forward = fftw_plan_dft_r2c_1d(n, fbm->increments, fbm->weights, FFTW_ESTIMATE);
    fbm->plan = fftw_plan_dft_c2r_1d(n, fbm->weights, fbm->increments, FFTW_ESTIMATE);
    if (forward == NULL || fbm->plan == NULL) {
        fftw_destroy_plan(forward);
        return BS_FAIL(BS_ERR_LIBRARY, "FFTW has no plan for %d samples", n);
    }
    for (int64_t j = 0; j <= fbm->samples; j++) {
        double covariance = bs_fbm_increment_covariance(fbm->hurst, j);
        fbm->increments[j] = covariance;
        fbm->increments[(n - j) % n] = covariance;
    }
    fftw_execute(forward);
    fftw_destroy_plan(forward);
    take_roots(fbm, fbm->weights);
    return BS_OK;
}

bs_status bs_fbm_create(double hurst, int64_t samples, bs_fbm **fbm)
{
    BS_TRY(check(hurst, samples));
    bs_fbm *created = bs_alloc(1, sizeof *created);
    if (created == NULL) {
        return BS_ERR_MEMORY;
    }
    size_t n = (size_t)samples;
    created->hurst = hurst;
    created->samples = samples;
    created->roots = bs_alloc(n + 1, sizeof *created->roots);
    created->normals = bs_alloc(2 * n, sizeof *created->normals);
    created->weights = bs_alloc(n + 1, sizeof *created->weights);
    created->increments = bs_alloc(2 * n, sizeof *created->increments);
    bs_status status = BS_ERR_MEMORY;
    if (created->roots != NULL && created->normals != NULL && created->weights != NULL &&
        created->increments != NULL) {
        status = prepare(created);
    }
    if (status != BS_OK) {
        bs_fbm_destroy(created);
        return status;
    }
    *fbm = created;
    return BS_OK;
}

void bs_fbm_destroy(bs_fbm *fbm)
{
    if (fbm == NULL) {
        return;
    }
    fftw_destroy_plan(fbm->plan);
    bs_free(fbm->roots);
    bs_free(fbm->normals);
    bs_free(fbm->weights);
    bs_free(fbm->increments);
    bs_free(fbm);
}

bs_status bs_fbm_path(bs_fbm *fbm, uint64_t seed, uint32_t realisation, double *path)
{
    const int64_t n = fbm->samples;
    const bs_rng rng = {.seed = seed,
                        .stream = BS_STREAM_FBM,
                        .realisation = realisation,
                        .item = BS_FBM_CIRCULANT};
    const double *z = fbm->normals;
    bs_rng_normal(&rng, 0, (size_t)(2 * n), fbm->normals);
    /* Bins 0 and N are real; the others share their variance between two parts. */
    fbm->weights[0] = fbm->roots[0] * z[0];
    fbm->weights[n] = fbm->roots[n] * z[1];
    for (int64_t k = 1; k < n; k++) {
        fbm->weights[k] = fbm->roots[k] * sqrt(0.5) * CMPLX(z[2 * k], z[2 * k + 1]);
    }
    fftw_execute(fbm->plan);
    double scale = pow((double)n, -fbm->hurst); /* from unit steps to the unit interval */
    double sum = 0.0;
    for (int64_t j = 0; j < n; j++) {
        sum += fbm->increments[j];
        path[j] = scale * sum;
    }
    return BS_OK;
}
