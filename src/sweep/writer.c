/* Buffers finished points and writes them in runs of neighbours. */
#include "writer.h"

#include <string.h>

#include <mpi.h>

#include "blueshift/memory.h"

/* Points and numbers that are kept at most, but one point always. */
enum { POINTS = 4096, NUMBERS = 1 << 20 };

int bs_writer_capacity(int64_t point_size)
{
    int64_t most = point_size > 0 ? NUMBERS / point_size : POINTS;
    return most < 1 ? 1 : most < POINTS ? (int)most : POINTS;
}

bs_status bs_writer_init(bs_writer *writer, bs_surface *surface, double flush_interval,
                         double sync_interval)
{
    double now = MPI_Wtime();
    int64_t point_size = bs_surface_point_size(surface);
    int capacity = bs_writer_capacity(point_size);
    *writer = (bs_writer){
        .surface = surface,
        .point_size = point_size,
        .capacity = capacity,
        .flush_interval = flush_interval,
        .sync_interval = sync_interval,
        .last_flush = now,
        .last_sync = now,
        .index = bs_alloc((size_t)capacity, sizeof *writer->index),
        .values = bs_alloc((size_t)(capacity * point_size), sizeof *writer->values),
        .status = bs_alloc((size_t)capacity, sizeof *writer->status),
    };
    if (writer->index == NULL || writer->values == NULL || writer->status == NULL) {
        return BS_ERR_MEMORY;
    }
    return BS_OK;
}

bs_status bs_writer_add(bs_writer *writer, int64_t index, const double *values,
                        bs_point_status status)
{
    size_t width = (size_t)writer->point_size;
    memcpy(writer->values + (size_t)writer->count * width, values, width * sizeof *values);
    writer->index[writer->count] = index;
    writer->status[writer->count] = (uint8_t)status;
    writer->count++;
    double now = MPI_Wtime();
    if (writer->count == writer->capacity || now - writer->last_flush >= writer->flush_interval) {
        BS_TRY(bs_writer_flush(writer));
    }
    if (now - writer->last_sync >= writer->sync_interval) {
        BS_TRY(bs_writer_flush(writer));
        BS_TRY(bs_surface_sync(writer->surface));
        writer->last_sync = now;
    }
    return BS_OK;
}

bs_status bs_writer_flush(bs_writer *writer)
{
    size_t width = (size_t)writer->point_size;
    int first = 0;
    while (first < writer->count) {
        int end = first + 1;
        while (end < writer->count && writer->index[end] == writer->index[end - 1] + 1) {
            end++;
        }
        bs_range run = {.first = writer->index[first], .count = end - first};
        BS_TRY(bs_surface_write_points(writer->surface, run, writer->values + (size_t)first * width,
                                       writer->status + first));
        first = end;
    }
    writer->count = 0;
    writer->last_flush = MPI_Wtime();
    return BS_OK;
}

void bs_writer_release(bs_writer *writer)
{
    bs_free(writer->index);
    bs_free(writer->values);
    bs_free(writer->status);
    *writer = (bs_writer){0};
}
