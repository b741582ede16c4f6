/* A result file whose branch losses, probes and surfaces are given by a function, and what is
 * derived of it.
 */
#ifndef BLUESHIFT_BRANCH_FILE_H
#define BLUESHIFT_BRANCH_FILE_H

#include "blueshift/analysis.h"
#include "blueshift/images.h"
#include "blueshift/observables.h"
#include "blueshift/rng.h"
#include "mpi/result_file.h"

/* What a signal is of. */
typedef enum signal_kind {
    SIGNAL_LOSS,
    SIGNAL_PROBE,
    SIGNAL_SURFACE_LOSS,
    SIGNAL_SURFACE_LOGITS,
    SIGNAL_KINDS
} signal_kind;

/* Where a signal is; PROBE is -1 for a loss, and image * BS_CLASSES + class for logits. */
typedef struct place {
    int network, realisation, block, branch, probe;
    signal_kind kind;
} place;

typedef struct branch_file {
    int dimensions; /* of the grid */
    int points;     /* along each of them */
    int networks, realisations, blocks, branches, probes;
    int images; /* attribute probe_images; 0: none */
    bool losses;
    int surface_images; /* of branch surfaces; 0: there are none */
    bs_window window;
    int64_t pending; /* index of a point that is left out; -1: none */
    double (*value)(const place *at, int t);
} branch_file;

/* A whole file along a line, analysed without a window, with the members that are given. */
#define BRANCH_LINE(...)                                                                           \
    {                                                                                              \
        .dimensions = 1, .window = BS_WINDOW_NONE, .pending = -1, __VA_ARGS__                      \
    }

/* Numbers of one block and branch; 0: F has no such array. */
static inline int branch_count(const branch_file *f, signal_kind kind)
{
    const int counts[SIGNAL_KINDS] = {[SIGNAL_LOSS] = f->losses ? 1 : 0,
                                      [SIGNAL_PROBE] = f->probes,
                                      [SIGNAL_SURFACE_LOSS] = f->surface_images > 0 ? 1 : 0,
                                      [SIGNAL_SURFACE_LOGITS] = f->surface_images * BS_CLASSES};
    return counts[kind];
}

/* Adds the arrays that F has, and those derived of them, to SCHEMA; LIST holds them. */
static inline bs_status branch_list_arrays(const branch_file *f, bs_surface_schema *schema,
                                           bs_array_list *list)
{
    const bs_dimension block = {"block", f->blocks};
    const bs_dimension surface_block = {"surface_block", f->blocks};
    const bs_dimension branch = {"branch", f->branches};
    const bs_dimension image = {"surface_image", f->surface_images};
    const bs_array arrays[SIGNAL_KINDS] = {
        {{BS_BRANCH_LOSS, "losses", "1"}, NULL, BS_ARRAY_POINT, 2, {block, branch}},
        {{BS_BRANCH_PROBE, "probes", "1"},
         NULL,
         BS_ARRAY_POINT,
         3,
         {block, branch, {"probe", f->probes}}},
        {{BS_SURFACE_LOSS, "losses", "1"}, NULL, BS_ARRAY_POINT, 2, {surface_block, branch}},
        {{BS_SURFACE_LOGITS, "logits", "1"},
         NULL,
         BS_ARRAY_POINT,
         4,
         {surface_block, branch, image, {"class", BS_CLASSES}}}};
    bs_status status = BS_OK;
    for (int kind = 0; kind < SIGNAL_KINDS && status == BS_OK; kind++) {
        bool there = branch_count(f, (signal_kind)kind) > 0;
        status = there ? bs_array_list_add(list, &arrays[kind]) : BS_OK;
    }
    bs_array_list points = {0};
    for (int i = 0; i < list->count && status == BS_OK; i++) {
        status = bs_array_list_add(&points, &list->arrays[i]);
    }
    schema->arrays = points.arrays;
    schema->array_count = points.count;
    status = status == BS_OK ? bs_branches_list_arrays(schema, list) : status;
    bs_array_list_release(&points);
    schema->arrays = list->arrays;
    schema->array_count = list->count;
    return status;
}

/* One point: a loss, then the signals in the order of the arrays. */
static inline void branch_point(const branch_file *f, int item, int t, double *row)
{
    place at = {.network = item / f->realisations, .realisation = item % f->realisations};
    *row++ = 1.0;
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        at.kind = (signal_kind)kind;
        int count = branch_count(f, at.kind);
        bool loss = at.kind == SIGNAL_LOSS || at.kind == SIGNAL_SURFACE_LOSS;
        for (at.block = 0; at.block < f->blocks && count > 0; at.block++) {
            for (at.branch = 0; at.branch < f->branches; at.branch++) {
                for (int p = 0; p < count; p++) {
                    at.probe = loss ? -1 : p;
                    *row++ = f->value(&at, t);
                }
            }
        }
    }
}

static inline bs_status branch_fill(bs_surface *surface, const void *content)
{
    const branch_file *f = content;
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

/* Makes the file, analyses it and leaves it open; NULL when that fails. Collective. */
static inline bs_surface *branch_analyse(const bs_comm *comm, const branch_file *f)
{
    static const bs_variable value = {"train_loss", "loss", "1"};
    const bs_axis axis = {0.0, 6.0, f->points, false};
    const bs_grid grid = {f->dimensions, {axis, axis}};
    const bs_attribute images = {.name = BS_PROBE_IMAGES, .number = f->images};
    bs_surface_schema schema = result_schema(&grid, "1", f->networks, f->realisations);
    schema.value_count = 1;
    schema.values = &value;
    schema.attribute_count = f->images > 0 ? 1 : 0;
    schema.attributes = &images;
    bs_array_list list = {0};
    bs_surface *surface = NULL;
    bs_status status = branch_list_arrays(f, &schema, &list);
    status = status == BS_OK ? result_make(comm, &schema, branch_fill, f, &surface) : status;
    bs_array_list_release(&list);
    const bs_analysis_options options = {.window = f->window};
    status = status == BS_OK ? bs_branches_run(comm, surface, &options) : status;
    MPI_Barrier(comm->mpi);
    if (status != BS_OK) {
        bs_surface_close(surface);
        return NULL;
    }
    return surface;
}

#endif
