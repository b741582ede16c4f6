/* Reads the weights of a training, slice by slice to the ranks, and finds their components. */
#include "blueshift/trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base_kin.h"
#include "blueshift/components.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "blueshift/weights.h"

/* What reading needs, and leaves. */
typedef struct reading {
    const bs_comm *comm;
    const bs_experiment *experiment;
    bs_base_point *base;
    bs_trajectory *t;
    bs_range slice; /* of this rank */
    int *row_of;    /* [count] of each of the weights; -1: they are the base point */
    float *rows;    /* [count][slice] differences from the base point, those that there are */
    float *moves;   /* rank 0: [count][statistics] the same of the statistics */
    float *theta;   /* rank 0: of one file, then its difference */
    bs_hash *hash;  /* rank 0 */
} reading;

static bs_status find_files(const char *pattern, bs_trajectory *t)
{
    enum { WEIGHTS_MAX = 1 << 20 };
    BS_TRY(bs_file_list_find(pattern, &t->files));
    t->count = t->files.count;
    return t->count <= WEIGHTS_MAX
               ? BS_OK
               : BS_FAIL(BS_ERR_USAGE, "%s: %d files; give a pattern of fewer", pattern, t->count);
}

static bs_status allocate(reading *r)
{
    const bs_network *network = r->base->network;
    bs_trajectory *t = r->t;
    const bool reads = r->comm->rank == 0;
    const size_t count = (size_t)t->count;
    t->steps = bs_alloc(count, sizeof *t->steps);
    t->coordinates = bs_alloc(count * (size_t)t->directions, sizeof *t->coordinates);
    t->distances = bs_alloc(count, sizeof *t->distances);
    t->fraction = bs_alloc(count, sizeof *t->fraction);
    r->row_of = bs_alloc(count, sizeof *r->row_of);
    r->rows = bs_alloc(count * (size_t)r->slice.count, sizeof *r->rows);
    r->moves = bs_alloc(reads ? count * network->statistic_size : 0, sizeof *r->moves);
    r->theta = bs_alloc(reads ? network->parameter_size : 0, sizeof *r->theta);
    r->hash = reads ? bs_hash_create() : NULL;
    bool all = t->steps != NULL && t->coordinates != NULL && t->distances != NULL &&
               t->fraction != NULL && r->row_of != NULL && r->rows != NULL && r->moves != NULL &&
               r->theta != NULL && (r->hash != NULL || !reads);
    for (int d = 0; d < t->directions; d++) {
        t->statistics[d] = bs_alloc(network->statistic_size, sizeof(float));
        all = all && t->statistics[d] != NULL;
    }
    return all ? BS_OK : BS_ERR_MEMORY;
}

/* What reading file NUMBER leaves on rank 0: the difference in r->theta, and its row. */
static bs_status read_difference(reading *r, int number, const bs_weights *weights)
{
    const bs_network *network = r->base->network;
    const bool statistics = network->architecture.norm == BS_NORM_RUNNING;
    float *move = r->moves + (size_t)r->t->components * network->statistic_size;
    const char *steps = bs_weights_metadata(weights, "steps");
    char hash[BS_HASH_HEX];
    BS_TRY(bs_base_check_kin(r->experiment, r->base, weights));
    BS_TRY(bs_hash_file(weights->path, hash));
    bs_hash_update(r->hash, hash, strlen(hash));
    BS_TRY(bs_network_load(network, weights, r->theta, statistics ? move : NULL));
    if (steps == NULL || !bs_text_to_double(steps, &r->t->steps[number])) {
        r->t->steps[number] = NAN;
    }
    bool same = true;
    for (size_t i = 0; i < network->parameter_size; i++) {
        r->theta[i] = (float)((double)r->theta[i] - (double)r->base->weights[0][i]);
        same = same && r->theta[i] == 0.0F;
    }
    for (size_t i = 0; i < network->statistic_size; i++) {
        move[i] = (float)((double)move[i] - (double)r->base->statistics[0][i]);
    }
    r->row_of[number] = same ? -1 : r->t->components;
    return BS_OK;
}

static bs_status read_file(reading *r, int number)
{
    bs_weights weights = {0};
    BS_TRY(bs_weights_read(r->t->files.paths[number], &weights));
    bs_status status = read_difference(r, number, &weights);
    bs_weights_release(&weights);
    return status;
}

/* Every rank gets its slice of the difference that rank 0 has. */
static bs_status deal_slices(reading *r)
{
    enum { TAG = 11 };
    const bs_comm *comm = r->comm;
    float *row = r->rows + (int64_t)r->t->components * r->slice.count;
    if (comm->rank > 0) {
        return BS_MPI(
            MPI_Recv(row, (int)r->slice.count, MPI_FLOAT, 0, TAG, comm->mpi, MPI_STATUS_IGNORE));
    }
    for (int rank = 1; rank < comm->size; rank++) {
        bs_range part = bs_component_slice(r->base->network->parameter_size, comm->size, rank);
        BS_TRY(BS_MPI(
            MPI_Send(r->theta + part.first, (int)part.count, MPI_FLOAT, rank, TAG, comm->mpi)));
    }
    memcpy(row, r->theta + r->slice.first, (size_t)r->slice.count * sizeof *row);
    return BS_OK;
}

static bs_status share(const bs_comm *comm, void *values, size_t count, MPI_Datatype type)
{
    return comm->size == 1 ? BS_OK : BS_MPI(MPI_Bcast(values, (int)count, type, 0, comm->mpi));
}

static bs_status read_all(reading *r)
{
    bs_trajectory *t = r->t;
    for (int i = 0; i < t->count; i++) {
        BS_TRY(bs_agree(r->comm, r->comm->rank == 0 ? read_file(r, i) : BS_OK));
        BS_TRY(share(r->comm, &r->row_of[i], 1, MPI_INT));
        if (r->row_of[i] >= 0) {
            BS_TRY(deal_slices(r));
            t->components++;
        }
    }
    BS_TRY(share(r->comm, t->steps, (size_t)t->count, MPI_DOUBLE));
    if (r->comm->rank == 0) {
        bs_hash_finish(r->hash, t->hash);
        r->hash = NULL;
    }
    return share(r->comm, t->hash, sizeof t->hash, MPI_CHAR);
}

/* Coordinates and distances of all weights; those of the base point are zeros. */
static void place_weights(const reading *r, const bs_components *c)
{
    bs_trajectory *t = r->t;
    for (int i = 0; i < t->count; i++) {
        const int row = r->row_of[i];
        double left = row < 0 ? 0.0 : c->squares[row];
        for (int d = 0; d < t->directions && row >= 0; d++) {
            double x = c->place[row * c->kept + d];
            t->coordinates[i * t->directions + d] = x;
            left -= x * x;
        }
        t->distances[i] = sqrt(fmax(left, 0.0));
    }
    memcpy(t->fraction, c->fraction, (size_t)t->components * sizeof *t->fraction);
}

static bs_status make_directions(const reading *r, const bs_component_rows *rows,
                                 const bs_components *c)
{
    const size_t size = r->base->network->statistic_size;
    for (int d = 0; d < r->t->directions; d++) {
        float *move = r->t->statistics[d];
        BS_TRY(bs_components_vector(r->comm, rows, c, d, r->base->directions[d]));
        for (size_t e = 0; e < size && r->comm->rank == 0; e++) {
            double sum = 0.0;
            for (int i = 0; i < c->count; i++) {
                sum += c->mix[d * c->count + i] * (double)r->moves[(size_t)i * size + e];
            }
            move[e] = (float)sum;
        }
        BS_TRY(share(r->comm, move, size, MPI_FLOAT));
    }
    return BS_OK;
}

static bs_status find_components(const reading *r)
{
    const bs_component_rows rows = {
        .count = r->t->components, .size = r->base->network->parameter_size, .rows = r->rows};
    bs_components c = {0};
    bs_status status = bs_components_find(r->comm, &rows, r->t->directions, &c);
    if (status == BS_ERR_INPUT) {
        status =
            BS_FAIL(BS_ERR_USAGE,
                    "network '%s': trajectory %s has %d weights; but for the base point, and "
                    "around their mean, %s: give a pattern of more, or another path.kind",
                    r->base->spec->name, r->base->spec->trajectory, r->t->count, bs_error_text());
    }
    if (status == BS_OK) {
        place_weights(r, &c);
        status = make_directions(r, &rows, &c);
    }
    bs_components_release(&c);
    return status;
}

static bs_status load(reading *r)
{
    const bs_comm *comm = r->comm;
    bs_trajectory *t = r->t;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? find_files(r->base->spec->trajectory, t) : BS_OK));
    BS_TRY(share(comm, &t->count, 1, MPI_INT));
    BS_TRY(bs_agree(comm, allocate(r)));
    BS_TRY(read_all(r));
    BS_TRY(find_components(r));
    bs_log(BS_LOG_DEBUG,
           "trajectory of %s: %d weights; the first component explains %.2f %% of their variance",
           r->base->spec->name, t->count, 100.0 * t->fraction[0]);
    return BS_OK;
}

bs_status bs_trajectory_load(const bs_comm *comm, const bs_experiment *experiment,
                             bs_base_point *base)
{
    bs_trajectory *t = bs_alloc(1, sizeof *t);
    BS_TRY(bs_agree_block(comm, t));
    t->directions = bs_path_directions(experiment->path);
    base->trajectory = t;
    reading r = {.comm = comm,
                 .experiment = experiment,
                 .base = base,
                 .t = t,
                 .slice =
                     bs_component_slice(base->network->parameter_size, comm->size, comm->rank)};
    bs_status status = load(&r);
    if (r.hash != NULL) {
        char unused[BS_HASH_HEX];
        bs_hash_finish(r.hash, unused);
    }
    bs_free(r.row_of);
    bs_free(r.rows);
    bs_free(r.moves);
    bs_free(r.theta);
    return status;
}

/* Rank 0. */
static bs_status read_again(const bs_base_point *base, const char *path, float *theta,
                            float *statistics)
{
    bs_weights weights = {0};
    const bool running = base->network->architecture.norm == BS_NORM_RUNNING;
    BS_TRY(bs_weights_read(path, &weights));
    bs_status status = bs_network_load(base->network, &weights, theta, running ? statistics : NULL);
    bs_weights_release(&weights);
    return status;
}

bs_status bs_trajectory_weights(const bs_comm *comm, const bs_base_point *base, int number,
                                float *theta, float *statistics)
{
    const bs_network *network = base->network;
    bs_status status = BS_OK;
    if (comm->rank == 0) {
        status = read_again(base, base->trajectory->files.paths[number], theta, statistics);
    }
    BS_TRY(bs_agree(comm, status));
    BS_TRY(share(comm, theta, network->parameter_size, MPI_FLOAT));
    return share(comm, statistics, network->statistic_size, MPI_FLOAT);
}

void bs_trajectory_destroy(bs_trajectory *t)
{
    if (t == NULL) {
        return;
    }
    bs_file_list_release(&t->files);
    bs_free(t->steps);
    bs_free(t->coordinates);
    bs_free(t->distances);
    bs_free(t->fraction);
    for (int d = 0; d < BS_GRID_DIMS; d++) {
        bs_free(t->statistics[d]);
    }
    bs_free(t);
}
