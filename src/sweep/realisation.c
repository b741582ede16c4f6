/* Makes the base point and the directions that a path runs along. */
#include "realisation.h"

#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/rng.h"
#include "blueshift/trajectory.h"

/* The path of the running statistics: on weights' way to others they move with the weights. */
static bs_status init_statistics(bs_realisation *realisation)
{
    const bs_experiment *e = realisation->experiment;
    const bs_base_point *base = realisation->base;
    size_t size = base->network->statistic_size;
    realisation->statistics_move = e->statistics == BS_STATISTICS_INTERPOLATE &&
                                   base->network->architecture.norm == BS_NORM_RUNNING &&
                                   (base->weights[1] != NULL || base->trajectory != NULL);
    if (!realisation->statistics_move) {
        return BS_OK;
    }
    for (int i = 0; i < bs_path_directions(e->path); i++) {
        realisation->statistics_directions[i] = bs_alloc(size, sizeof(float));
        if (realisation->statistics_directions[i] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    realisation->statistics_path = (bs_path){
        .kind = e->path,
        .radius = e->radius,
        .size = size,
        .origin = realisation->statistics,
        .directions = {realisation->statistics_directions[0], realisation->statistics_directions[1],
                       realisation->statistics_directions[2]},
    };
    return BS_OK;
}

bs_status bs_realisation_init(bs_realisation *realisation, const bs_experiment *experiment,
                              const bs_base_point *base)
{
    const bs_network *network = base->network;
    *realisation = (bs_realisation){
        .experiment = experiment,
        .base = base,
        .theta = bs_alloc(network->parameter_size, sizeof(float)),
        .statistics = bs_alloc(network->statistic_size, sizeof(float)),
    };
    if (realisation->theta == NULL || realisation->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < bs_path_directions(experiment->path); i++) {
        realisation->directions[i] = bs_alloc(network->parameter_size, sizeof(float));
        if (realisation->directions[i] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    realisation->path = (bs_path){
        .kind = experiment->path,
        .radius = experiment->radius,
        .size = network->parameter_size,
        .origin = realisation->theta,
        .directions = {realisation->directions[0], realisation->directions[1],
                       realisation->directions[2]},
        .tensor_count = network->parameter_count,
        .tensors = network->parameters,
        .ignore_vectors = experiment->ignore_vectors,
    };
    return init_statistics(realisation);
}

/* The other end of direction NUMBER; NULL when it does not run to given weights. */
static const float *target(const bs_realisation *realisation, int number)
{
    return number + 1 < BS_BASE_WEIGHTS ? realisation->base->weights[number + 1] : NULL;
}

/* How the statistics move along direction NUMBER; in a random one they stay. */
static void make_statistics_direction(bs_realisation *realisation, int number)
{
    size_t size = realisation->base->network->statistic_size;
    float *out = realisation->statistics_directions[number];
    if (realisation->base->trajectory != NULL) {
        memcpy(out, realisation->base->trajectory->statistics[number], size * sizeof *out);
    } else if (target(realisation, number) != NULL) {
        bs_direction_difference(size, realisation->statistics,
                                realisation->base->statistics[number + 1], out);
    } else {
        memset(out, 0, size * sizeof *out);
    }
}

/* Makes direction NUMBER orthogonal to those before, and moves the statistics the same way. */
static void orthogonalise(bs_realisation *realisation, int number)
{
    for (int j = 0; j < number; j++) {
        double factor =
            bs_direction_orthogonalise(realisation->base->network->parameter_size,
                                       realisation->directions[j], realisation->directions[number]);
        if (realisation->statistics_move) {
            bs_direction_subtract(realisation->base->network->statistic_size, factor,
                                  realisation->statistics_directions[j],
                                  realisation->statistics_directions[number]);
        }
    }
}

/* One direction, by the first source that is given. */
static void make_direction(bs_realisation *realisation, int number, uint32_t index)
{
    const bs_experiment *e = realisation->experiment;
    const bs_network *network = realisation->base->network;
    float *out = realisation->directions[number];
    size_t size = network->parameter_size;
    const float *end = target(realisation, number);
    if (realisation->base->directions[number] != NULL) {
        bool ignore = (e->given & BS_GIVEN_IGNORE) != 0 && e->ignore_vectors;
        bool norm = (e->given & BS_GIVEN_DIRECTION_NORM) != 0;
        memcpy(out, realisation->base->directions[number], size * sizeof *out);
        bs_direction_normalise(network->parameter_count, network->parameters, realisation->theta,
                               norm ? e->direction_norm : BS_DIRECTION_NORM_NONE, ignore, out);
    } else if (e->path == BS_PATH_GREAT_CIRCLE) {
        bs_network_init(network, e->seed, BS_STREAM_INIT_FAR, index, out);
    } else if (end != NULL) {
        bs_direction_difference(size, realisation->theta, end, out);
    } else {
        bs_direction_random(network->parameter_count, network->parameters, e->seed, index, number,
                            out);
        bs_direction_normalise(network->parameter_count, network->parameters, realisation->theta,
                               e->direction_norm, e->ignore_vectors, out);
    }
}

bs_status bs_realisation_make(bs_realisation *realisation, uint32_t index)
{
    const bs_experiment *e = realisation->experiment;
    const bs_base_point *base = realisation->base;
    const bs_network *network = base->network;
    int directions = bs_path_directions(e->path);
    const float *statistics = NULL;
    const float *weights = bs_base_weights(base, index, &statistics);
    if (weights != NULL) {
        memcpy(realisation->theta, weights, network->parameter_size * sizeof(float));
        memcpy(realisation->statistics, statistics, network->statistic_size * sizeof(float));
    } else {
        bs_network_init(network, e->seed, BS_STREAM_INIT, index, realisation->theta);
    }
    for (int i = 0; i < directions; i++) {
        make_direction(realisation, i, index);
        if (realisation->statistics_move) {
            make_statistics_direction(realisation, i);
        }
        if (e->orthogonalise) {
            orthogonalise(realisation, i);
        }
    }
    return BS_OK;
}

bool bs_realisation_recomputes(const bs_experiment *experiment, const bs_network *network)
{
    return experiment->statistics == BS_STATISTICS_RECOMPUTE &&
           network->architecture.norm == BS_NORM_RUNNING;
}

bool bs_realisation_measures(const bs_experiment *experiment, const bs_network *network)
{
    return bs_realisation_recomputes(experiment, network) ||
           network->architecture.norm == BS_NORM_FROZEN;
}

void bs_realisation_cosines(const bs_realisation *realisation, double *cosines)
{
    size_t size = realisation->base->network->parameter_size;
    int pair = 0;
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        for (int j = i + 1; j < BS_GRID_DIMS && realisation->directions[j] != NULL; j++) {
            cosines[pair++] =
                bs_direction_cosine(size, realisation->directions[i], realisation->directions[j]);
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

void bs_realisation_release(bs_realisation *realisation)
{
    bs_free(realisation->theta);
    bs_free(realisation->statistics);
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        bs_free(realisation->directions[i]);
        bs_free(realisation->statistics_directions[i]);
    }
    *realisation = (bs_realisation){0};
}
