/* Reads a network's files on rank 0 and gives every rank the same bits. */
#include "blueshift/base_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/direction_file.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "blueshift/trajectory.h"
#include "blueshift/weights.h"
#include "base_kin.h"
#include "base_seeds.h"

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Reads weights file NUMBER into base->weights[NUMBER]. Rank 0 only. */
static bs_status read_weights(bs_base_point *base, int number, const bs_weights *weights)
{
    BS_TRY(bs_hash_file(weights->path, base->hashes[number]));
    bool statistics = base->network->architecture.norm == BS_NORM_RUNNING;
    return bs_network_load(base->network, weights, base->weights[number],
                           statistics ? base->statistics[number] : NULL);
}

/* Says what was taken for granted: other networks have the same tensors. */
static void warn_assumed(const bs_weights *weights, const bs_architecture *architecture,
                         unsigned assumed)
{
    if ((assumed & BS_HYPERPARAMETER_SHORTCUT) != 0) {
        bs_log(
            BS_LOG_WARNING,
            "%s: neither its tensors nor its metadata say which shortcuts the network has; %s is "
            "taken: where there are none, --set networks.shortcut=none",
            weights->path, bs_shortcut_name(architecture->shortcut));
    }
    if ((assumed & BS_HYPERPARAMETER_VERSION) != 0) {
        bs_log(BS_LOG_WARNING,
               "%s: without norms neither its tensors nor its metadata say whether the network is "
               "v1 or v2; %s is taken: else --set networks.version=v2",
               weights->path, bs_version_name(architecture->version));
    }
}

/* Says what an exported point was evaluated with and this network is not. A scan may want that. */
static void warn_otherwise(const bs_network_spec *spec, const bs_weights *weights,
                           const bs_architecture *a)
{
    char skip_weight[BS_TEXT_DOUBLE];
    char slope[BS_TEXT_DOUBLE];
    bs_text_from_double(a->skip_weight, skip_weight);
    bs_text_from_double(a->slope, slope);
    const char *const taken[][2] = {{"activation", bs_activation_name(a->activation)},
                                    {"slope", slope},
                                    {"skip_weight", skip_weight}};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        const char *told = bs_weights_metadata(weights, taken[i][0]);
        if (told != NULL && strcmp(told, taken[i][1]) != 0) {
            bs_log(BS_LOG_WARNING,
                   "network '%s': %s was evaluated with %s %s, here it is %s; for the same: --set "
                   "networks.%s=%s",
                   spec->name, weights->path, taken[i][0], told, taken[i][1], taken[i][0], told);
        }
    }
}

/* Running statistics that an exported point says it does not have. */
static bs_status check_statistics(const bs_network_spec *spec, const bs_weights *weights,
                                  const bs_architecture *a)
{
    const char *told = bs_weights_metadata(weights, "norm");
    const bool without = told != NULL && (strcmp(told, bs_norm_name(BS_NORM_BATCH)) == 0 ||
                                          strcmp(told, bs_norm_name(BS_NORM_NONE)) == 0);
    if (a->norm != BS_NORM_RUNNING || !without) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "network '%s': %s holds no running statistics, since it was evaluated with norm "
                   "%s; for the same: --set networks.norm=%s",
                   spec->name, weights->path, told, told);
}

/* What the metadata say of the training behind the weights. */
static double read_number(const bs_weights *weights, const char *key)
{
    double number = NAN;
    const char *text = bs_weights_metadata(weights, key);
    return text != NULL && bs_text_to_double(text, &number) ? number : (double)NAN;
}

/* The first weights, those of realisation 0. */
static bs_status read_first(bs_base_point *base, bs_weights *weights)
{
    BS_TRY(bs_weights_read(base->file, weights));
    base->steps = read_number(weights, "steps");
    base->epochs = read_number(weights, "epochs");
    return BS_OK;
}

static const char *weights_path(const bs_network_spec *spec, int number)
{
    const char *const paths[BS_BASE_WEIGHTS] = {spec->weights, spec->weights2, spec->weights3};
    return paths[number];
}

/* The hyperparameters, completed from the weights file, and the normalisation. Rank 0 only. */
static bs_status plan(const bs_experiment *experiment, bs_base_point *base, bs_weights *weights,
                      bs_architecture *architecture)
{
    *architecture = base->spec->architecture;
    bool have = given(base->spec->weights);
    if (have) {
        BS_TRY(read_first(base, weights));
        unsigned assumed = 0;
        BS_TRY(bs_network_infer(weights, base->spec->given, architecture, &assumed));
        warn_assumed(weights, architecture, assumed);
        BS_TRY(bs_experiment_check_network(base->spec, base->file, architecture));
        BS_TRY(check_statistics(base->spec, weights, architecture));
        warn_otherwise(base->spec, weights, architecture);
    }
    if (have && experiment->path == BS_PATH_GREAT_CIRCLE) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network '%s': a great circle runs between two initialisations and takes no "
                       "weights file; use path.kind: ring around trained weights",
                       base->spec->name);
    }
    if (architecture->norm == BS_NORM_RUNNING && !have) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network '%s': norm 'running' needs a weights file with stored statistics; "
                       "use batch or frozen",
                       base->spec->name);
    }
    return bs_base_normalisation(experiment, have ? weights : NULL, &base->normalisation);
}

static bs_status allocate(const bs_experiment *experiment, bs_base_point *base)
{
    size_t size = base->network->parameter_size;
    for (int i = 0; i < BS_BASE_WEIGHTS; i++) {
        if (given(weights_path(base->spec, i))) {
            base->weights[i] = bs_alloc(size, sizeof(float));
            if (base->weights[i] == NULL) {
                return BS_ERR_MEMORY;
            }
        }
        base->statistics[i] = bs_alloc(base->network->statistic_size, sizeof(float));
        if (base->statistics[i] == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    if (given(experiment->directions) || given(base->spec->trajectory)) {
        for (int i = 0; i < bs_path_directions(experiment->path); i++) {
            base->directions[i] = bs_alloc(size, sizeof(float));
            if (base->directions[i] == NULL) {
                return BS_ERR_MEMORY;
            }
        }
    }
    return BS_OK;
}

/* Fills the allocated vectors from the files. Rank 0 only. */
static bs_status read_files(const bs_experiment *experiment, bs_base_point *base,
                            const bs_weights *first)
{
    if (base->weights[0] != NULL) {
        BS_TRY(read_weights(base, 0, first));
    }
    for (int i = 1; i < BS_BASE_WEIGHTS; i++) {
        if (base->weights[i] == NULL) {
            continue;
        }
        bs_weights other = {0};
        BS_TRY(bs_weights_read(weights_path(base->spec, i), &other));
        bs_status status = bs_base_check_kin(experiment, base, &other);
        if (status == BS_OK) {
            status = read_weights(base, i, &other);
        }
        bs_weights_release(&other);
        BS_TRY(status);
    }
    if (!given(experiment->directions)) {
        return BS_OK;
    }
    for (int i = 0; i < BS_GRID_DIMS && base->directions[i] != NULL; i++) {
        BS_TRY(bs_direction_file_read(experiment->directions, i, base->network->parameter_count,
                                      base->network->parameters, base->directions[i]));
    }
    return bs_hash_file(experiment->directions, base->directions_hash);
}

/* Gives every rank what rank 0 has; alone, where MPI may not be started, nobody needs it. */
static bs_status share(const bs_comm *comm, void *values, size_t count, MPI_Datatype type)
{
    if (comm->size == 1 || values == NULL || count == 0) {
        return BS_OK;
    }
    return BS_MPI(MPI_Bcast(values, (int)count, type, 0, comm->mpi));
}

static bs_status share_files(const bs_comm *comm, bs_base_point *base)
{
    size_t size = base->network->parameter_size;
    for (int i = 0; i < BS_BASE_WEIGHTS; i++) {
        BS_TRY(share(comm, base->weights[i], size, MPI_FLOAT));
        BS_TRY(share(comm, base->statistics[i], base->network->statistic_size, MPI_FLOAT));
        BS_TRY(share(comm, base->hashes[i], BS_HASH_HEX, MPI_CHAR));
    }
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        BS_TRY(share(comm, base->directions[i], size, MPI_FLOAT));
    }
    return share(comm, base->directions_hash, BS_HASH_HEX, MPI_CHAR);
}

static bs_status load(const bs_comm *comm, const bs_experiment *experiment, bs_base_point *base,
                      bs_weights *weights)
{
    bs_architecture architecture;
    bool reader = comm->rank == 0;
    BS_TRY(bs_agree(comm, reader ? plan(experiment, base, weights, &architecture) : BS_OK));
    /* Plain values without pointers, on ranks that run the same program. */
    BS_TRY(share(comm, &architecture, sizeof architecture, MPI_BYTE));
    BS_TRY(share(comm, &base->normalisation, sizeof base->normalisation, MPI_BYTE));
    BS_TRY(share(comm, &base->steps, 1, MPI_DOUBLE));
    BS_TRY(share(comm, &base->epochs, 1, MPI_DOUBLE));
    bs_status status = bs_network_create(&architecture, &base->network);
    if (status == BS_OK) {
        status = allocate(experiment, base);
    }
    BS_TRY(bs_agree(comm, status));
    BS_TRY(bs_agree(comm, reader ? read_files(experiment, base, weights) : BS_OK));
    BS_TRY(bs_agree(comm, share_files(comm, base)));
    BS_TRY(bs_experiment_has_seeds(base->spec) ? bs_base_seeds_load(comm, experiment, base)
                                               : BS_OK);
    return given(base->spec->trajectory) ? bs_trajectory_load(comm, experiment, base) : BS_OK;
}

bs_image_set bs_base_images(const bs_experiment *experiment)
{
    return (bs_image_set){
        .source = experiment->source,
        .seed = experiment->seed,
        .path = experiment->data_path,
        .split = experiment->split == BS_SPLIT_TEST ? BS_SPLIT_TEST : BS_SPLIT_TRAIN,
        .file = experiment->data_file,
        .first = experiment->first,
        .count = experiment->images,
    };
}

int bs_base_block(const bs_experiment *experiment, const bs_images *images)
{
    return images->count < (int64_t)experiment->batch ? (int)images->count : (int)experiment->batch;
}

bs_status bs_base_point_load(const bs_comm *comm, const bs_experiment *experiment,
                             const bs_network_spec *spec, bs_base_point *base)
{
    *base = (bs_base_point){.spec = spec, .steps = NAN, .epochs = NAN};
    base->file = bs_experiment_seed_path(spec->weights, 0);
    bs_weights weights = {0};
    bs_status status = bs_agree(comm, base->file != NULL ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK) {
        status = load(comm, experiment, base, &weights);
    }
    bs_weights_release(&weights);
    if (status != BS_OK) {
        bs_base_point_release(base);
    }
    return status;
}

void bs_base_point_identify(const bs_base_point *base, int index, FILE *out)
{
    const bs_normalisation *n = &base->normalisation;
    fprintf(out, "network %d parameters: %zu\n", index, base->network->parameter_size);
    fprintf(out, "network %d normalisation: %.17g %.17g %.17g / %.17g %.17g %.17g\n", index,
            n->mean[0], n->mean[1], n->mean[2], n->std[0], n->std[1], n->std[2]);
    for (int j = 0; j < BS_BASE_WEIGHTS; j++) {
        if (base->hashes[j][0] != '\0') {
            fprintf(out, "network %d weights%d_sha256: %s\n", index, j + 1, base->hashes[j]);
        }
    }
    if (base->directions_hash[0] != '\0') {
        fprintf(out, "directions_sha256: %s\n", base->directions_hash);
    }
    if (base->seeds > 0) {
        fprintf(out, "network %d realisations_sha256: %s\n", index, base->seeds_hash);
    }
    if (base->trajectory != NULL) {
        fprintf(out, "network %d trajectory_sha256: %s\n", index, base->trajectory->hash);
    }
}

void bs_base_point_release(bs_base_point *base)
{
    for (int i = 0; i < BS_BASE_WEIGHTS; i++) {
        bs_free(base->weights[i]);
        bs_free(base->statistics[i]);
    }
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        bs_free(base->directions[i]);
    }
    bs_free(base->file);
    bs_free(base->seed_weights);
    bs_free(base->seed_statistics);
    bs_trajectory_destroy(base->trajectory);
    bs_network_destroy(base->network);
    *base = (bs_base_point){0};
}
