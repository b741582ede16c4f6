/* Weights files that differ from realisation to realisation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

bool bs_experiment_has_seeds(const bs_network_spec *spec)
{
    return strstr(spec->weights, BS_REALISATION_MARK) != NULL;
}

char *bs_experiment_seed_path(const char *weights, uint32_t realisation)
{
    enum { DIGITS = 16 };
    const char *mark = strstr(weights, BS_REALISATION_MARK);
    if (mark == NULL) {
        return bs_strdup(weights);
    }
    const size_t length = strlen(weights) + DIGITS;
    char *path = bs_alloc(length, 1);
    if (path != NULL) {
        snprintf(path, length, "%.*s%" PRIu32 "%s", (int)(mark - weights), weights, realisation,
                 mark + strlen(BS_REALISATION_MARK));
    }
    return path;
}
