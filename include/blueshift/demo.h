/* What a demo does: read from YAML with defaults and overrides, as an experiment is. */
#ifndef BLUESHIFT_DEMO_H
#define BLUESHIFT_DEMO_H

#include <stdint.h>

#include "blueshift/status.h"

typedef enum bs_demo_kind {
    BS_DEMO_FBM,       /* E2: fractional Brownian motion x, relu(x), and the average of both */
    BS_DEMO_AVERAGING, /* E3: noisy copies of an image, averaged */
    BS_DEMO_PLANE      /* E5: averages of complex coefficients of other radii and angles */
} bs_demo_kind;

typedef enum bs_fbm_generator {
    BS_GENERATOR_BOTH,
    BS_GENERATOR_CHOLESKY, /* distributed, N^2 doubles */
    BS_GENERATOR_CIRCULANT /* long paths */
} bs_fbm_generator;

enum { BS_DEMO_CORRELATIONS = 16 };

typedef struct bs_demo {
    char *title;
    bs_demo_kind kind;
    uint64_t seed;

    /* fbm */
    double hurst;
    int64_t samples;
    int64_t paths;
    bs_fbm_generator generator;
    double cutoff;  /* of the fraction of power above it, as a fraction of Nyquist */
    double band[2]; /* of the slope's fit, fractions of Nyquist */

    /* averaging */
    char *image;  /* PGM or PNG; "": one of our own */
    int64_t size; /* pixels of a side of our own image */
    double noise; /* standard deviation; images reach from 0 to 1 */
    int64_t copies;
    int64_t repeats;
    unsigned correlation_count;
    double *correlations;      /* of the noise of every two copies */
    double signal_correlation; /* of the signals of every two copies, in the second part */

    /* plane */
    int64_t coefficients; /* random pairs */
    double ratio;         /* radius of the skip against the main coefficient */
    int64_t branches;     /* paths that are averaged, at most */

    char *output;
    char *yaml; /* the whole demo with all defaults */
} bs_demo;

/* The built-in defaults as commented YAML: for people (demo --defaults). The caller frees the text
 * with bs_free. */
bs_status bs_demo_defaults(char **text);

/* WHAT is the name of a demo or of a YAML file; over it come the SETTINGS "key=value". Checks every
 * key, type and range. The caller owns the demo. BS_ERR_USAGE. Not collective. */
bs_status bs_demo_read(const char *what, int setting_count, const char *const *settings,
                       bs_demo **demo);

void bs_demo_destroy(bs_demo *demo); /* NULL is fine */

const char *bs_demo_name(bs_demo_kind kind);

#endif
