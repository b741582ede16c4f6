/* Synthetic images: class-dependent random fields with a 1/f spectrum, equal on every machine. */

/* A channel is a real Fourier series on the torus of 32 x 32 pixels,
 *     g(y, x) = sum_jk a_jk / f_jk  phi_j(y) phi_k(x),   f_jk = sqrt(f_j^2 + f_k^2),
 * over the orthogonal functions phi: 1, sqrt 2 cos, sqrt 2 sin (frequencies 1 to 15), (-1)^x.
 * Independent a of equal variance make it stationary with an amplitude spectrum of 1/f, as natural
 * images have (Field 1987); the mean (f = 0) counts as f = 1. The a of an image are
 *     a = sqrt(CLASS_SHARE) prototype of its class + sqrt(1 - CLASS_SHARE) individual,
 * and the a of a channel, in both, are
 *     sqrt(GREY_SHARE) shared by the channels + sqrt(1 - GREY_SHARE) its own.
 * They are uniform, not normal: with sums, products and square roots only, which IEEE 754 rounds
 * correctly, no bit depends on a mathematics library. */
#include <inttypes.h>
#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "sources.h"

enum {
    SIDE = BS_IMAGE_SIDE,
    MODES = SIDE * SIDE,
    DEFAULT_COUNT = 1024,
    QUARTER = SIDE / 4,
    /* Realisations of the stream: prototypes are shared by the splits, images are not. */
    PROTOTYPES = 0,
    TRAIN_IMAGES = 1,
    TEST_IMAGES = 2,
    /* An image's sequence: number 0 gives the label, the coefficients begin here. */
    FIRST_COEFFICIENT = 2
};

static const double CLASS_SHARE = .07;
static const double GREY_SHARE = .8;
static const double CENTRE = 127.5;
static const double CONTRAST = 42.; /* standard deviation: 3 of them reach black and white */
static const int64_t IMAGES_MAX = INT64_C(1) << 32; /* the generator's item */

typedef double coefficients[BS_IMAGE_CHANNELS][MODES];

typedef struct generator {
    double basis[SIDE][SIDE]; /* phi_k(x) */
    double amplitude[MODES];  /* 1/f, scaled so that the variance of a pixel is 1 */
    double uniform[(1 + BS_IMAGE_CHANNELS) * MODES];
    double rows[SIDE][SIDE];
    double field[SIDE][SIDE];
    coefficients image;
    coefficients prototypes[BS_CLASSES];
} generator;

/* cos(2 pi n / SIDE) from the first quarter of the period. */
static double cosine(const double quarter[QUARTER + 1], int n)
{
    n %= SIDE;
    n = n > SIDE / 2 ? SIDE - n : n;
    return n > QUARTER ? -quarter[SIDE / 2 - n] : quarter[n];
}

static void make_basis(double basis[SIDE][SIDE])
{
    double quarter[QUARTER + 1] = {1.};
    for (int step = QUARTER / 2; step >= 1; step /= 2) {
        for (int n = step; n < QUARTER; n += 2 * step) {
            quarter[n] = sqrt((1. + cosine(quarter, 2 * n)) / 2.);
        }
    }
    const double root = sqrt(2.);
    for (int x = 0; x < SIDE; x++) {
        basis[0][x] = 1.;
        for (int f = 1; f < SIDE / 2; f++) {
            size_t k = 2 * (size_t)f - 1;
            basis[k][x] = root * cosine(quarter, f * x);
            basis[k + 1][x] = root * cosine(quarter, f * x + 3 * QUARTER);
        }
        basis[SIDE - 1][x] = x % 2 == 0 ? 1. : -1.;
    }
}

static void make_amplitude(double amplitude[MODES])
{
    double variance = 0.;
    for (int i = 0; i < MODES; i++) {
        int fy = (i / SIDE + 1) / 2;
        int fx = (i % SIDE + 1) / 2;
        double square = i == 0 ? 1. : (double)(fy * fy + fx * fx);
        amplitude[i] = 1. / sqrt(square);
        variance += 1. / square;
    }
    for (int i = 0; i < MODES; i++) {
        amplitude[i] /= sqrt(variance);
    }
}

/* Adds WEIGHT times the coefficients at ADDRESS to OUT. */
static void add_coefficients(generator *g, const bs_rng *address, double weight, coefficients out)
{
    const double unit = sqrt(12.); /* of a uniform number's standard deviation */
    const double grey = weight * unit * sqrt(GREY_SHARE);
    const double own = weight * unit * sqrt(1. - GREY_SHARE);
    bs_rng_uniform(address, FIRST_COEFFICIENT, sizeof g->uniform / sizeof *g->uniform, g->uniform);
    for (size_t c = 0; c < BS_IMAGE_CHANNELS; c++) {
        const double *colour = g->uniform + (1 + c) * MODES;
        for (int i = 0; i < MODES; i++) {
            out[c][i] += grey * (g->uniform[i] - .5) + own * (colour[i] - .5);
        }
    }
}

/* One channel's pixels from its coefficients, one axis after the other. */
static void synthesise(generator *g, const double channel[MODES], uint8_t pixels[MODES])
{
    for (int j = 0; j < SIDE; j++) {
        for (int x = 0; x < SIDE; x++) {
            g->rows[j][x] = 0.;
            g->field[j][x] = 0.;
        }
        for (int k = 0; k < SIDE; k++) {
            double a = channel[j * SIDE + k] * g->amplitude[j * SIDE + k];
            for (int x = 0; x < SIDE; x++) {
                g->rows[j][x] += a * g->basis[k][x];
            }
        }
    }
    for (int y = 0; y < SIDE; y++) {
        for (int j = 0; j < SIDE; j++) {
            double phi = g->basis[j][y];
            for (int x = 0; x < SIDE; x++) {
                g->field[y][x] += phi * g->rows[j][x];
            }
        }
        for (int x = 0; x < SIDE; x++) {
            double value = CENTRE + CONTRAST * g->field[y][x];
            pixels[y * SIDE + x] = (uint8_t)(fmin(fmax(value, 0.), 255.) + .5);
        }
    }
}

static generator *make_generator(uint64_t seed)
{
    generator *g = bs_alloc(1, sizeof *g);
    if (g == NULL) {
        return NULL;
    }
    make_basis(g->basis);
    make_amplitude(g->amplitude);
    for (int class = 0; class < BS_CLASSES; class ++) {
        bs_rng address = {seed, BS_STREAM_SYNTHETIC, PROTOTYPES, (uint32_t) class};
        add_coefficients(g, &address, sqrt(CLASS_SHARE), g->prototypes[class]);
    }
    return g;
}

static void make_image(generator *g, const bs_rng *address, uint8_t *pixels, uint8_t *label)
{
    double draw = 0.;
    bs_rng_uniform(address, 0, 1, &draw);
    *label = (uint8_t)(draw * BS_CLASSES);
    for (int c = 0; c < BS_IMAGE_CHANNELS; c++) {
        for (int i = 0; i < MODES; i++) {
            g->image[c][i] = g->prototypes[*label][c][i];
        }
    }
    add_coefficients(g, address, sqrt(1. - CLASS_SHARE), g->image);
    for (size_t c = 0; c < BS_IMAGE_CHANNELS; c++) {
        synthesise(g, g->image[c], pixels + c * MODES);
    }
}

bs_status bs_synthetic_count(const bs_image_set *set, int64_t *count)
{
    int64_t wanted = set->count > 0 ? set->count : DEFAULT_COUNT;
    if (wanted > IMAGES_MAX || set->first > IMAGES_MAX - wanted) {
        return BS_FAIL(BS_ERR_USAGE,
                       "data.first %" PRId64 " and data.images %" PRId64
                       " reach past the last synthetic image, %" PRId64,
                       set->first, wanted, IMAGES_MAX - 1);
    }
    *count = wanted;
    return BS_OK;
}

bs_status bs_synthetic_read(const bs_image_set *set, int64_t count, uint8_t *pixels,
                            uint8_t *labels)
{
    generator *g = make_generator(set->seed);
    if (g == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_rng address = {.seed = set->seed,
                      .stream = BS_STREAM_SYNTHETIC,
                      .realisation = set->split == BS_SPLIT_TEST ? TEST_IMAGES : TRAIN_IMAGES};
    for (int64_t i = 0; i < count; i++) {
        address.item = (uint32_t)(set->first + i);
        make_image(g, &address, pixels + i * BS_IMAGE_BYTES, labels + i);
    }
    bs_free(g);
    return BS_OK;
}
