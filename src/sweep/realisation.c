/* Makes the base point and the directions that a path runs along. */
#include "realisation.h"

#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"

bs_status bs_realisation_init(bs_realisation *origin, const bs_experiment *experiment,
                              const bs_base_point *base)
{
    const bs_network *network = base->network;
    *origin = (bs_realisation){
        .experiment = experiment,
        .base = base,
        .theta = bs_alloc(network->parameter_size, sizeof(float)),
        .statistics = bs_alloc(network->statistic_size, sizeof(float)),
    };
    if (origin->theta == NULL || origin->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < bs_path_directions(experiment->path); i++) {
        origin->directions[i] = bs_alloc(network->parameter_size, sizeof(float));
        if (origin->directions[i] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    origin->path = (bs_path){
        .kind = experiment->path,
        .radius = experiment->radius,
        .size = network->parameter_size,
        .origin = origin->theta,
        .directions = {origin->directions[0], origin->directions[1], origin->directions[2]},
        .tensor_count = network->parameter_count,
        .tensors = network->parameters,
        .ignore_vectors = experiment->ignore_vectors,
    };
    return BS_OK;
}

/* One direction, by the first source that is given. */
static void make_direction(bs_realisation *origin, int number, uint32_t realisation)
{
    const bs_experiment *e = origin->experiment;
    const bs_network *network = origin->base->network;
    float *out = origin->directions[number];
    size_t size = network->parameter_size;
    const float *target = number + 1 < BS_BASE_WEIGHTS ? origin->base->weights[number + 1] : NULL;
    if (origin->base->directions[number] != NULL) {
        memcpy(out, origin->base->directions[number], size * sizeof *out);
    } else if (e->path == BS_PATH_GREAT_CIRCLE) {
        bs_network_init(network, e->seed, BS_STREAM_INIT_FAR, realisation, out);
    } else if (target != NULL) {
        bs_direction_difference(size, origin->theta, target, out);
    } else {
        bs_direction_random(network->parameter_count, network->parameters, e->seed, realisation,
                            number, out);
        bs_direction_normalise(network->parameter_count, network->parameters, origin->theta,
                               e->direction_norm, e->ignore_vectors, out);
    }
}

bs_status bs_realisation_make(bs_realisation *origin, uint32_t realisation)
{
    const bs_experiment *e = origin->experiment;
    const bs_base_point *base = origin->base;
    const bs_network *network = base->network;
    int directions = bs_path_directions(e->path);
    if (base->weights[0] != NULL) {
        memcpy(origin->theta, base->weights[0], network->parameter_size * sizeof(float));
        memcpy(origin->statistics, base->statistics, network->statistic_size * sizeof(float));
    } else {
        bs_network_init(network, e->seed, BS_STREAM_INIT, realisation, origin->theta);
    }
    for (int i = 0; i < directions; i++) {
        make_direction(origin, i, realisation);
        for (int j = 0; j < i && e->orthogonalise; j++) {
            bs_direction_orthogonalise(network->parameter_size, origin->directions[j],
                                       origin->directions[i]);
        }
    }
    return BS_OK;
}

void bs_realisation_cosines(const bs_realisation *origin, double *cosines)
{
    size_t size = origin->base->network->parameter_size;
    int pair = 0;
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        for (int j = i + 1; j < BS_GRID_DIMS && origin->directions[j] != NULL; j++) {
            cosines[pair++] =
                bs_direction_cosine(size, origin->directions[i], origin->directions[j]);
        }
    }
}

int bs_realisation_cosine_count(const bs_experiment *experiment)
{
    int directions = bs_path_directions(experiment->path);
    return directions * (directions - 1) / 2;
}

const bs_variable *bs_realisation_cosine_variables(void)
{
    static const bs_variable variables[] = {
        {"cosine_xy", "cosine of the angle between the first and the second direction", "1"},
        {"cosine_xz", "cosine of the angle between the first and the third direction", "1"},
        {"cosine_yz", "cosine of the angle between the second and the third direction", "1"},
    };
    return variables;
}

void bs_realisation_release(bs_realisation *origin)
{
    bs_free(origin->theta);
    bs_free(origin->statistics);
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        bs_free(origin->directions[i]);
    }
    *origin = (bs_realisation){0};
}
