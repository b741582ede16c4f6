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

#include "blueshift/keys_as_members.def"

/* A member for every key. */
typedef struct bs_demo {
#include "blueshift/demo_keys.def"
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
