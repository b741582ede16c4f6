/* A result file whose branch losses and probes are given by a function, and what is derived of it.
 */
#ifndef BLUESHIFT_BRANCH_FILE_H
#define BLUESHIFT_BRANCH_FILE_H

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/analysis.h"
#include "blueshift/memory.h"
#include "blueshift/observables.h"
#include "blueshift/rng.h"
#include "mpi/mpi_test.h"

/* Where a signal is; PROBE -1 is its loss. */
typedef struct place {
    int network, realisation, block, branch, probe;
} place;

typedef struct branch_file {
    int dimensions; /* of the grid */
    int points;     /* along each of them */
    int networks, realisations, blocks, branches, probes;
    int images; /* attribute probe_images; 0: none */
    bool losses;
    bs_window window;
    int64_t pending; /* index of a point that is left out; -1: none */
    double (*value)(const place *at, int t);
} branch_file;

static char branch_path[128];

static inline void branch_folder(const bs_comm *comm)
{
    char folder[] = "/tmp/blueshift-branches-XXXXXX";
    if (comm->rank == 0 && mkdtemp(folder) == NULL) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, comm->mpi);
    snprintf(branch_path, sizeof branch_path, "%s/branches.nc", folder);
}

static inline void branch_folder_remove(const bs_comm *comm)
{
    if (comm->rank == 0) {
        unlink(branch_path);
        *strrchr(branch_path, '/') = '\0';
        rmdir(branch_path);
    }
}

static inline bs_status branch_create(const bs_comm *comm, const branch_file *f)
{
    static const bs_variable value = {"train_loss", "loss", "1"};
    static const char *const names[] = {"first", "second", "third"};
    const bs_attribute images = {.name = BS_PROBE_IMAGES, .number = f->images};
    const bs_axis axis = {0.0, 6.0, f->points, false};
    const bs_dimension block = {"block", f->blocks};
    const bs_dimension branch = {"branch", f->branches};
    bs_surface_schema schema = {.grid = {f->dimensions, {axis, axis}},
                                .axes = {{"xcoordinates", "x", "1"}, {"ycoordinates", "y", "1"}},
                                .networks = f->networks,
                                .network_names = names,
                                .realisations = f->realisations,
                                .value_count = 1,
                                .values = &value,
                                .spectrum_of = -1,
                                .attribute_count = f->images > 0 ? 1 : 0,
                                .attributes = &images};
    bs_array_list list = {0};
    bs_array arrays[2] = {
        {{BS_BRANCH_LOSS, "losses", "1"}, NULL, BS_ARRAY_POINT, 2, {block, branch}},
        {{BS_BRANCH_PROBE, "probes", "1"},
         NULL,
         BS_ARRAY_POINT,
         3,
         {block, branch, {"probe", f->probes}}}};
    bs_status status = f->losses ? bs_array_list_add(&list, &arrays[0]) : BS_OK;
    status = status == BS_OK && f->probes > 0 ? bs_array_list_add(&list, &arrays[1]) : status;
    schema.arrays = f->losses ? arrays : arrays + 1;
    schema.array_count = list.count;
    status = status == BS_OK ? bs_branches_list_arrays(&schema, &list) : status;
    schema.arrays = list.arrays;
    schema.array_count = list.count;
    if (comm->rank == 0) {
        unlink(branch_path);
    }
    status = status == BS_OK ? bs_surface_create(comm, branch_path, &schema) : status;
    bs_array_list_release(&list);
    return status;
}

/* One point: a loss, then the branch losses and probes in the order of the arrays. */
static inline void branch_point(const branch_file *f, int item, int t, double *row)
{
    place at = {.network = item / f->realisations, .realisation = item % f->realisations};
    *row++ = 1.0;
    for (int probes = f->losses ? 0 : 1; probes < 2; probes++) {
        int count = probes == 0 ? 1 : f->probes;
        for (at.block = 0; at.block < f->blocks; at.block++) {
            for (at.branch = 0; at.branch < f->branches; at.branch++) {
                for (int p = 0; p < count; p++) {
                    at.probe = probes == 0 ? -1 : p;
                    *row++ = f->value(&at, t);
                }
            }
        }
    }
}

static inline bs_status branch_fill(const branch_file *f, bs_surface *surface)
{
    const uint8_t done = BS_POINT_DONE;
    bs_status status = BS_OK;
    double *row = bs_alloc((size_t)bs_surface_point_size(surface), sizeof *row);
    int64_t each = f->dimensions == 1 ? f->points : (int64_t)f->points * f->points;
    for (int64_t i = 0; i < bs_surface_points(surface) && status == BS_OK; i++) {
        branch_point(f, (int)(i / each), (int)(i % f->points), row);
        if (i != f->pending) {
            status = bs_surface_write_points(surface, (bs_range){i, 1}, row, &done);
        }
    }
    bs_free(row);
    return status;
}

/* Makes the file anew, analyses it and leaves it open; NULL when that fails. Collective. */
static inline bs_surface *branch_analyse(const bs_comm *comm, const branch_file *f)
{
    const bs_analysis_options options = {.window = f->window};
    bs_surface *surface = NULL;
    bs_status status = branch_create(comm, f);
    status = status == BS_OK ? bs_surface_open(comm, branch_path, &surface) : status;
    if (status == BS_OK) {
        status = bs_agree(comm, comm->rank == 0 ? branch_fill(f, surface) : BS_OK);
    }
    status = status == BS_OK ? bs_branches_run(comm, surface, &options) : status;
    MPI_Barrier(comm->mpi);
    if (status != BS_OK) {
        bs_surface_close(surface);
        return NULL;
    }
    return surface;
}

/* One network's row of an array, for bs_free; NULL when the file has none such. */
static inline double *branch_row(bs_surface *surface, const char *name, int network)
{
    int array = bs_surface_find_array(surface, name);
    if (array < 0) {
        return NULL;
    }
    int64_t size = bs_array_row(&bs_surface_get_schema(surface)->arrays[array]);
    double *row = bs_alloc((size_t)size, sizeof *row);
    if (bs_surface_read_array(surface, array, (bs_range){network, 1}, row) != BS_OK) {
        bs_free(row);
        return NULL;
    }
    return row;
}

#endif
