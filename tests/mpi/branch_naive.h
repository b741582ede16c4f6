/* Branch statistics straight from their definitions, sample by sample from the numbers of a file.
 */
#ifndef BLUESHIFT_BRANCH_NAIVE_H
#define BLUESHIFT_BRANCH_NAIVE_H

#include "branch_file.h"

enum { POINTS = 9, REALISATIONS = 4, BLOCKS = 4, BRANCHES = 4, PROBES = 6, BINS_MAX = 8 };
enum { LOSS = PROBES, CHANNELS = PROBES + 1 }; /* the loss as one more channel */
enum { SHORT, PATHS, SHALLOW, NETWORKS };

static const double PI = 3.14159265358979323846;

/* Random, except for a neuron that is dead, with something in common within a block and its probes.
 * SHORT has a skip and one path; PATHS has two paths and no skip; SHALLOW is a SHORT of
 * three blocks. */
static double value(const place *at, int t)
{
    bool skip = at->branch == BS_BRANCH_SKIP;
    if ((at->network == PATHS && skip) || (at->network != PATHS && at->branch == 3) ||
        (at->network == SHALLOW && at->block == 3)) {
        return NAN;
    }
    if (at->network == SHORT && skip && at->block == 1 && at->probe >= 0 && at->probe < 3) {
        return 0.0; /* a padded channel */
    }
    uint32_t signal = (uint32_t)((at->block * BRANCHES + at->branch) * CHANNELS + at->probe + 1);
    bs_rng rng = {.seed = 5, .stream = BS_STREAM_TEST, .item = signal};
    rng.realisation = (uint32_t)(at->network * REALISATIONS + at->realisation);
    double own = 0.0;
    double common = 0.0;
    bs_rng_normal(&rng, (uint64_t)t, 1, &own);
    rng.item = 1000 + (uint32_t)at->block;
    bs_rng_normal(&rng, (uint64_t)t, 1, &common);
    return (1 + at->block + 2 * at->branch) * (own + common) + 3.0;
}

/* A file and all its coefficients, by the sums of the definition. */
typedef struct naive {
    const branch_file *file;
    int bins;
    double complex x[NETWORKS][REALISATIONS][BLOCKS][BRANCHES][CHANNELS][BINS_MAX];
} naive;

static void transform(const branch_file *f, const place *at, double complex *x)
{
    double samples[POINTS + 1];
    double mean = 0.0;
    double total = 0.0;
    for (int t = 0; t < f->points; t++) {
        samples[t] = value(at, t);
        mean += bs_window_weight(f->window, t, f->points) * samples[t];
        total += bs_window_weight(f->window, t, f->points);
    }
    mean /= total;
    for (int k = 0; k <= f->points / 2; k++) {
        x[k] = 0.0;
        for (int t = 0; t < f->points; t++) {
            double weight = bs_window_weight(f->window, t, f->points);
            double angle = -2.0 * PI * t * k / f->points;
            x[k] += weight * (samples[t] - mean) * CMPLX(cos(angle), sin(angle)) / f->points;
        }
    }
}

static naive *make_naive(const branch_file *f)
{
    naive *n = bs_alloc(1, sizeof *n);
    n->file = f;
    n->bins = f->points / 2 + 1;
    place at = {0};
    for (at.network = 0; at.network < NETWORKS; at.network++) {
        for (at.realisation = 0; at.realisation < REALISATIONS; at.realisation++) {
            for (at.block = 0; at.block < BLOCKS; at.block++) {
                for (at.branch = 0; at.branch < BRANCHES; at.branch++) {
                    for (at.probe = -1; at.probe < PROBES; at.probe++) {
                        int channel = at.probe < 0 ? LOSS : at.probe;
                        transform(f, &at,
                                  n->x[at.network][at.realisation][at.block][at.branch][channel]);
                    }
                }
            }
        }
    }
    return n;
}

/* A selection of the samples: blocks [first, last), all realisations but one. */
typedef struct selection {
    const naive *n;
    int network, first, last, k, left_out;
} selection;

static bool used(const selection *s, int r)
{
    return r != s->left_out && !(s->network == PATHS && r == 2);
}

static double square(double complex x)
{
    return creal(x) * creal(x) + cimag(x) * cimag(x);
}

/* A coefficient, divided by its branch's root total power where SCALED. */
static double complex coefficient(const selection *s, int r, int block, int branch, int channel,
                                  bool scaled)
{
    double power = 0.0;
    for (int q = 0; q < REALISATIONS && scaled; q++) {
        for (int p = 0; p < PROBES && used(s, q); p++) {
            for (int k = 1; k < s->n->bins; k++) {
                double twice = 2 * k == s->n->file->points ? 1.0 : 2.0;
                power += twice * square(s->n->x[s->network][q][block][branch][p][k]);
            }
        }
    }
    return s->n->x[s->network][r][block][branch][channel][s->k] / (scaled ? sqrt(power) : 1.0);
}

/* Damping, ed, fdsa of skip and path 0, or of two paths. */
static void factors(const selection *s, bool paths, bool scaled, double f[3])
{
    double sum = 0.0;
    double radii = 0.0;
    double power = 0.0;
    for (int b = s->first; b < s->last; b++) {
        for (int r = 0; r < REALISATIONS; r++) {
            for (int p = 0; p < PROBES && used(s, r); p++) {
                double complex x = coefficient(s, r, b, paths ? 3 : 0, p, scaled);
                double complex y = coefficient(s, r, b, 2, p, scaled);
                sum += square(0.5 * (x + y));
                radii += pow(0.5 * (cabs(x) + cabs(y)), 2);
                power += paths ? 0.5 * (square(x) + square(y)) : square(y);
            }
        }
    }
    f[0] = sum / power;
    f[1] = radii / power;
    f[2] = sum / radii;
}

/* Coherence over images [image, image + images) and realisations [r, last). */
static double neuron(const selection *s, const int pair[2], int block, const int r[2],
                     const int image[2])
{
    double complex cross = 0.0;
    double power[2] = {0.0, 0.0};
    for (int q = r[0]; q < r[1]; q++) {
        for (int p = image[0]; p < image[1] && used(s, q); p++) {
            double complex x = coefficient(s, q, block, pair[0], p, false);
            double complex y = coefficient(s, q, block, pair[1], p, false);
            cross += x * conj(y);
            power[0] += square(x);
            power[1] += square(y);
        }
    }
    return cabs(cross) / sqrt(power[0] * power[1]);
}

static double coherence(const selection *s, bool paths)
{
    const int pair[2] = {paths ? 3 : 0, 2};
    int images = s->n->file->images;
    double sum = 0.0;
    int count = 0;
    for (int b = s->first; b < s->last; b++) {
        for (int p = 0; p<PROBES; p += images> 1 ? images : 1) {
            const int all[2] = {0, REALISATIONS};
            const int one[2] = {p, p + 1};
            const int several[2] = {p, p + images};
            for (int r = 0; r < REALISATIONS && images > 1; r++) {
                const int this[2] = {r, r + 1};
                double one_neuron = neuron(s, pair, b, this, several);
                sum += isnan(one_neuron) ? 0.0 : one_neuron;
                count += !isnan(one_neuron);
            }
            if (images <= 1) {
                double one_neuron = neuron(s, pair, b, all, one);
                sum += isnan(one_neuron) ? 0.0 : one_neuron;
                count += !isnan(one_neuron);
            }
        }
    }
    return sum / count;
}

static double correlation(const selection *s, bool paths)
{
    double cross = 0.0;
    double power[2] = {0.0, 0.0};
    for (int b = s->first; b < s->last; b++) {
        for (int r = 0; r < REALISATIONS; r++) {
            double complex x = coefficient(s, r, b, paths ? 3 : 0, LOSS, false);
            double complex y = coefficient(s, r, b, 2, LOSS, false);
            cross += used(s, r) ? creal(x * conj(y)) : 0.0;
            power[0] += used(s, r) ? square(x) : 0.0;
            power[1] += used(s, r) ? square(y) : 0.0;
        }
    }
    return cross / sqrt(power[0] * power[1]);
}

static double power(const selection *s, int branch, int channels)
{
    double sum = 0.0;
    int count = 0;
    for (int b = s->first; b < s->last; b++) {
        for (int r = 0; r < REALISATIONS; r++) {
            for (int p = 0; p < channels && used(s, r); p++) {
                sum += square(coefficient(s, r, b, branch, channels == 1 ? LOSS : p, false));
                count++;
            }
        }
    }
    return sum / count;
}

/* Sum of squares of the coherence matrix of all losses of the network. */
static double effective(const selection *s)
{
    double squares = 0.0;
    int count = 0;
    for (int i = 0; i < s->last * BRANCHES; i++) {
        for (int j = 0; j < s->last * BRANCHES; j++) {
            double complex cross = 0.0;
            double powers[2] = {0.0, 0.0};
            for (int r = 0; r < REALISATIONS; r++) {
                double complex x = coefficient(s, r, i / BRANCHES, i % BRANCHES, LOSS, false);
                double complex y = coefficient(s, r, j / BRANCHES, j % BRANCHES, LOSS, false);
                cross += used(s, r) ? x * conj(y) : 0.0;
                powers[0] += used(s, r) ? square(x) : 0.0;
                powers[1] += used(s, r) ? square(y) : 0.0;
            }
            bool counts = i % BRANCHES != BS_BRANCH_SUM && j % BRANCHES != BS_BRANCH_SUM &&
                          !isnan(powers[0]) && !isnan(powers[1]);
            squares += counts ? square(cross) / (powers[0] * powers[1]) : 0.0;
            count += counts && i == j;
        }
    }
    return count * count / squares;
}

/* What the arrays hold, by name without level. */
static double reference(const selection *s, const char *name)
{
    bool paths = strncmp(name, "path_", 5) == 0;
    bool scaled = strstr(name, "_scaled") != NULL;
    double f[3];
    if (strcmp(name, "effective_signals") == 0) {
        return effective(s);
    }
    if (strstr(name, "coherence") != NULL) {
        return coherence(s, paths);
    }
    if (strstr(name, "loss_correlation") != NULL) {
        return correlation(s, paths);
    }
    factors(s, paths, scaled, f);
    return strstr(name, "_ed") != NULL ? f[1] : strstr(name, "_fdsa") != NULL ? f[2] : f[0];
}

#endif
