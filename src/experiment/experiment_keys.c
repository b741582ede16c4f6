/* The tables of an experiment's keys, whose rows stand in experiment_keys.def. */
#include <math.h>

#include "experiment_parts.h"

#include "blueshift/keys_as_table.def"

enum { COUNT_MAX = 65536, STEPS_MAX = 1 << 30 };

/* The generator tells 2^24 realisations apart, half of which are those of foreign paths. */
enum { REALISATIONS_MAX = 8388608 };

#define STRUCTURE bs_network_spec
static const bs_key network_rows[] = {
#include "blueshift/network_keys.def"
};
#undef STRUCTURE
static const bs_keys network_keys = {
    .what = "a network",
    .count = (int)(sizeof network_rows / sizeof network_rows[0]),
    .keys = network_rows,
    .given_offset = offsetof(bs_network_spec, given),
};

#define STRUCTURE bs_experiment
static const bs_key rows[] = {
#include "blueshift/experiment_keys.def"
};
#undef STRUCTURE

const bs_keys bs_experiment_keys = {
    .what = "an experiment",
    .count = (int)(sizeof rows / sizeof rows[0]),
    .keys = rows,
    .given_offset = offsetof(bs_experiment, given),
    .header =
        "# Defaults of `blueshift sweep`: every key there is. An experiment file gives only what\n"
        "# differs; --set key=value comes on top (--set networks.0.depth=20).\n",
    .footer =
        "\n"
        "# Names of files and folders may begin with an environment variable: $NAME/... Two keys\n"
        "# have no default. A scan expands every network into one for each combination of values\n"
        "# (strength: 1 - slope of a leaky relu; any other hyperparameter as above):\n"
        "#   scan: {strength: [0, 0.5, 1], skip_weight: [0, 1]}\n"
        "# Variants of an experiment, of which --set size=small chooses one:\n"
        "#   sizes: {small: {data.images: 64, grid.x: '-1:1:17'}}\n",
};
