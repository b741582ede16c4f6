/* Moments of branches at one frequency and what follows from them. */
#include "blueshift/branch_moments.h"

#include <math.h>

#include "blueshift/statistics.h"

/* Offsets within the sums of a pair. */
enum { PAIR_REAL, PAIR_IMAG, PAIR_RADII, PAIR_SIZE };

int bs_branch_size(int signals)
{
    return 1 + signals + PAIR_SIZE * (signals * (signals - 1) / 2);
}

/* The sums of pair i < j. */
static double *pair(const bs_branch_moments *moments, int i, int j)
{
    int before = i * moments->signals - i * (i + 1) / 2 + (j - i - 1);
    return moments->sums + 1 + moments->signals + (ptrdiff_t)PAIR_SIZE * before;
}

void bs_branch_add(const bs_branch_moments *moments, const double complex *x)
{
    double *sums = moments->sums;
    sums[0] += 1.0;
    for (int i = 0; i < moments->signals; i++) {
        double re = creal(x[i]);
        double im = cimag(x[i]);
        double power = re * re + im * im;
        sums[1 + i] += power;
        for (int j = i + 1; j < moments->signals; j++) {
            double re_j = creal(x[j]);
            double im_j = cimag(x[j]);
            double *p = pair(moments, i, j);
            p[PAIR_REAL] += re * re_j + im * im_j;
            p[PAIR_IMAG] += im * re_j - re * im_j;
            p[PAIR_RADII] += sqrt(power * (re_j * re_j + im_j * im_j));
        }
    }
}

void bs_branch_merge(const bs_branch_moments *into, const bs_branch_moments *from, double weight)
{
    int size = bs_branch_size(into->signals);
    for (int i = 0; i < size; i++) {
        into->sums[i] += weight * from->sums[i];
    }
}

void bs_branch_scale(const bs_branch_moments *moments, const double *gains)
{
    for (int i = 0; i < moments->signals; i++) {
        moments->sums[1 + i] *= gains[i] * gains[i];
        for (int j = i + 1; j < moments->signals; j++) {
            double *p = pair(moments, i, j);
            for (int part = 0; part < PAIR_SIZE; part++) {
                p[part] *= gains[i] * gains[j];
            }
        }
    }
}

double bs_branch_power(const bs_branch_moments *moments, int i)
{
    return moments->sums[1 + i] / moments->sums[0];
}

static double complex cross_sum(const bs_branch_moments *moments, int i, int j)
{
    if (i == j) {
        return moments->sums[1 + i];
    }
    const double *p = i < j ? pair(moments, i, j) : pair(moments, j, i);
    return CMPLX(p[PAIR_REAL], i < j ? p[PAIR_IMAG] : -p[PAIR_IMAG]);
}

double complex bs_branch_cross(const bs_branch_moments *moments, int i, int j)
{
    return cross_sum(moments, i, j) / moments->sums[0];
}

/* Roots first: the product of two small powers may underflow. */
static double norm(const bs_branch_moments *moments, int i, int j)
{
    return sqrt(moments->sums[1 + i]) * sqrt(moments->sums[1 + j]);
}

double bs_branch_coherence(const bs_branch_moments *moments, int i, int j)
{
    return cabs(cross_sum(moments, i, j)) / norm(moments, i, j);
}

double bs_branch_correlation(const bs_branch_moments *moments, int i, int j)
{
    return creal(cross_sum(moments, i, j)) / norm(moments, i, j);
}

double bs_branch_floor(int64_t samples, bool real)
{
    return sqrt((real ? 2.0 / BS_PI : BS_PI / 4.0) / (double)samples);
}

double bs_branch_correlation_floor(int64_t samples, bool real)
{
    return sqrt((real ? 1.0 : 0.5) / (double)samples);
}

double bs_branch_null(int64_t samples, const double complex *x, const double complex *y, bool real,
                      const bs_rng *rng, uint64_t first)
{
    double power_x = 0.0;
    double power_y = 0.0;
    double re = 0.0;
    double im = 0.0;
    for (int64_t i = 0; i < samples; i++) {
        double fraction = 0.0;
        bs_rng_uniform(rng, first + (uint64_t)i, 1, &fraction);
        double angle = real ? (fraction < 0.5 ? 0.0 : BS_PI) : 2.0 * BS_PI * fraction;
        double radii = cabs(x[i]) * cabs(y[i]);
        re += radii * cos(angle);
        im += radii * sin(angle);
        power_x += creal(x[i]) * creal(x[i]) + cimag(x[i]) * cimag(x[i]);
        power_y += creal(y[i]) * creal(y[i]) + cimag(y[i]) * cimag(y[i]);
    }
    return hypot(re, im) / (sqrt(power_x) * sqrt(power_y));
}

bs_branch_factors bs_branch_damping(const bs_branch_moments *moments, int skip, int main)
{
    double power_main = moments->sums[1 + main];
    double powers = moments->sums[1 + skip] + power_main;
    const double *p = skip < main ? pair(moments, skip, main) : pair(moments, main, skip);
    double sum = powers + 2.0 * p[PAIR_REAL];
    double radii = powers + 2.0 * p[PAIR_RADII];
    return (bs_branch_factors){0.25 * sum / power_main, 0.25 * radii / power_main, sum / radii};
}

bs_branch_factors bs_branch_paths(const bs_branch_moments *moments)
{
    double powers = 0.0;
    double cross = 0.0;
    double radii = 0.0;
    for (int i = 0; i < moments->signals; i++) {
        powers += moments->sums[1 + i];
        for (int j = i + 1; j < moments->signals; j++) {
            const double *p = pair(moments, i, j);
            cross += 2.0 * p[PAIR_REAL];
            radii += 2.0 * p[PAIR_RADII];
        }
    }
    double sum = powers + cross;
    double aligned = powers + radii;
    double k = moments->signals;
    return (bs_branch_factors){sum / (k * powers), aligned / (k * powers), sum / aligned};
}

double bs_branch_jackknife(int64_t count, const double *replicates, int64_t stride)
{
    if (count < 2) {
        return NAN;
    }
    double mean = 0.0;
    for (int64_t r = 0; r < count; r++) {
        mean += replicates[r * stride];
    }
    mean /= (double)count;
    double squares = 0.0;
    for (int64_t r = 0; r < count; r++) {
        double difference = replicates[r * stride] - mean;
        squares += difference * difference;
    }
    return sqrt((double)(count - 1) / (double)count * squares);
}
