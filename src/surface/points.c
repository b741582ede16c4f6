/* Reads and writes the data of a surface: independent accesses, checked. */
#include "surface_private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"

/* The largest hyperslab that starts at element range.first and is contiguous in the file: it grows
 * along the last dimension, and along an earlier one only when all later ones are whole. Returns
 * its elements, at most range.count. */
static int64_t cut_slab(const bs_shape *shape, bs_range range, size_t start[BS_SURFACE_DIMS],
                        size_t count[BS_SURFACE_DIMS])
{
    size_t rest = (size_t)range.first;
    for (int d = shape->ndim - 1; d >= 0; d--) {
        start[d] = rest % shape->extent[d];
        rest /= shape->extent[d];
        count[d] = 1;
    }
    size_t elements = 1;
    bool whole = true;
    for (int d = shape->ndim - 1; d >= 0 && whole; d--) {
        size_t room = shape->extent[d] - start[d];
        size_t wanted = (size_t)range.count / elements;
        count[d] = wanted < room ? wanted : room;
        whole = count[d] == shape->extent[d];
        elements *= count[d];
    }
    return (int64_t)elements;
}

/* Open MPI's OMPIO answers MPI_SUCCESS to a write that the system refused (disk full, I/O error),
 * so a write counts only when it can be read back. */
static bs_status put_slab(bs_surface *surface, int variable, const size_t *start,
                          const size_t *count, size_t bytes, const void *data)
{
    if (bs_fault("io_write")) {
        return BS_FAIL(BS_ERR_IO, "%s: injected write error", surface->path);
    }
    BS_TRY(BS_NC(surface, nc_put_vara(surface->ncid, variable, start, count, data)));
    BS_TRY(BS_NC(surface, nc_get_vara(surface->ncid, variable, start, count, surface->echo)));
    if (memcmp(surface->echo, data, bytes) != 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: what was written cannot be read back; look for a full disk, an "
                       "exceeded quota or an input/output error in the system's log, then run the "
                       "same command again: finished points are kept",
                       surface->path);
    }
    return BS_OK;
}

static bs_status check_range(const bs_surface *surface, const bs_shape *shape, bs_range range)
{
    int64_t elements = bs_shape_elements(shape);
    if (range.first < 0 || range.count < 0 || range.first > elements - range.count) {
        return BS_FAIL(BS_ERR_INTERNAL,
                       "%s: elements %" PRId64 " to %" PRId64 " of a variable of %" PRId64,
                       surface->path, range.first, range.first + range.count - 1, elements);
    }
    return BS_OK;
}

static int64_t at_most_chunk(int64_t count)
{
    return count < BS_SURFACE_CHUNK ? count : BS_SURFACE_CHUNK;
}

bs_status bs_surface_put(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, const void *data)
{
    BS_TRY(check_range(surface, shape, range));
    const char *bytes = data;
    while (range.count > 0) {
        size_t start[BS_SURFACE_DIMS];
        size_t count[BS_SURFACE_DIMS];
        bs_range next = {range.first, at_most_chunk(range.count)};
        int64_t elements = cut_slab(shape, next, start, count);
        BS_TRY(put_slab(surface, variable, start, count, (size_t)elements * size, bytes));
        bytes += (size_t)elements * size;
        range.first += elements;
        range.count -= elements;
    }
    return BS_OK;
}

bs_status bs_surface_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, void *data)
{
    BS_TRY(check_range(surface, shape, range));
    char *bytes = data;
    while (range.count > 0) {
        size_t start[BS_SURFACE_DIMS];
        size_t count[BS_SURFACE_DIMS];
        bs_range next = {range.first, at_most_chunk(range.count)};
        int64_t elements = cut_slab(shape, next, start, count);
        BS_TRY(BS_NC(surface, nc_get_vara(surface->ncid, variable, start, count, bytes)));
        bytes += (size_t)elements * size;
        range.first += elements;
        range.count -= elements;
    }
    return BS_OK;
}

static bool is_evaluated(uint8_t status)
{
    return status == BS_POINT_DONE || status == BS_POINT_NON_FINITE;
}

/* After a crash of the whole machine the disk may hold a status without its values, since it
 * writes in any order: such points, of which a number is missing, are pending again. ROW numbers a
 * point. */
static bs_status demote_unwritten(bs_surface *surface, const bs_column *c, bs_range range,
                                  uint8_t *status)
{
    int64_t elements = range.count * c->row;
    for (int64_t done = 0; done < elements; done += BS_SURFACE_CHUNK) {
        bs_range part = {range.first * c->row + done, at_most_chunk(elements - done)};
        BS_TRY(
            bs_surface_get(surface, c->variable, &c->shape, part, sizeof(double), surface->column));
        for (int64_t i = 0; i < part.count; i++) {
            if (surface->column[i] == NC_FILL_DOUBLE && is_evaluated(status[(done + i) / c->row])) {
                status[(done + i) / c->row] = BS_POINT_PENDING;
            }
        }
    }
    return BS_OK;
}

bs_status bs_surface_read_status(bs_surface *surface, bs_range range, uint8_t *status)
{
    BS_TRY(bs_surface_get(surface, surface->status_id, &surface->layout.values, range, 1, status));
    /* Numbers are read only where there should be some. */
    while (range.count > 0 && !is_evaluated(status[0])) {
        range.first++;
        range.count--;
        status++;
    }
    while (range.count > 0 && !is_evaluated(status[range.count - 1])) {
        range.count--;
    }
    for (int c = 0; c < bs_column_count(surface); c++) {
        bs_column of = bs_column_at(surface, c);
        if (of.row > 0) {
            BS_TRY(demote_unwritten(surface, &of, range, status));
        }
    }
    return BS_OK;
}

bs_status bs_surface_read_values(bs_surface *surface, int value, bs_range range, double *values)
{
    return bs_surface_get(surface, surface->value_ids[value], &surface->layout.values, range,
                          sizeof *values, values);
}

/* Numbers of one column of points [range) out of VALUES [range.count][STRIDE]. */
static bs_status write_column(bs_surface *surface, const bs_column *c, bs_range range,
                              const double *values, int64_t stride)
{
    size_t row = (size_t)c->row * sizeof *values;
    if (c->row > BS_SURFACE_CHUNK / 2) { /* as they stand */
        for (int64_t i = 0; i < range.count; i++) {
            BS_TRY(bs_surface_put(surface, c->variable, &c->shape,
                                  (bs_range){(range.first + i) * c->row, c->row}, sizeof *values,
                                  values + i * stride));
        }
        return BS_OK;
    }
    int64_t most = BS_SURFACE_CHUNK / c->row;
    for (int64_t done = 0; done < range.count; done += most) {
        int64_t count = range.count - done < most ? range.count - done : most;
        for (int64_t i = 0; i < count; i++) {
            memcpy(surface->column + i * c->row, values + (done + i) * stride, row);
        }
        BS_TRY(bs_surface_put(surface, c->variable, &c->shape,
                              (bs_range){(range.first + done) * c->row, count * c->row},
                              sizeof *values, surface->column));
    }
    return BS_OK;
}

bs_status bs_surface_write_points(bs_surface *surface, bs_range range, const double *values,
                                  const uint8_t *status)
{
    int64_t stride = bs_surface_point_size(surface);
    for (int c = 0; c < bs_column_count(surface); c++) {
        bs_column of = bs_column_at(surface, c);
        if (of.row > 0) {
            BS_TRY(write_column(surface, &of, range, values, stride));
            values += of.row;
        }
    }
    /* Last, so that a status never stands for numbers that are not there. */
    return bs_surface_put(surface, surface->status_id, &surface->layout.values, range, 1, status);
}

static bs_range item_range(const bs_surface *surface, int network, int realisation)
{
    return (bs_range){(int64_t)network * surface->schema.realisations + realisation, 1};
}

bs_status bs_surface_write_scalars(bs_surface *surface, int network, int realisation,
                                   const double *scalars)
{
    bs_range range = item_range(surface, network, realisation);
    for (int i = 0; i < surface->schema.scalar_count; i++) {
        BS_TRY(bs_surface_put(surface, surface->scalar_ids[i], &surface->layout.scalars, range,
                              sizeof *scalars, &scalars[i]));
    }
    return BS_OK;
}

bs_status bs_surface_read_scalars(bs_surface *surface, int network, int realisation,
                                  double *scalars)
{
    bs_range range = item_range(surface, network, realisation);
    for (int i = 0; i < surface->schema.scalar_count; i++) {
        BS_TRY(bs_surface_get(surface, surface->scalar_ids[i], &surface->layout.scalars, range,
                              sizeof *scalars, &scalars[i]));
    }
    return BS_OK;
}

/* Elements of the spectrum's rows [rows) of one (network, realisation); a line is one row. */
static bs_range spectrum_range(const bs_surface *surface, int network, int realisation,
                               bs_range rows)
{
    const bs_shape *shape = &surface->layout.spectrum;
    int64_t whole = bs_shape_elements(shape) / bs_shape_elements(&surface->layout.scalars);
    int64_t first = item_range(surface, network, realisation).first * whole;
    if (surface->schema.grid.ndim == 1) {
        return (bs_range){first, rows.count == 0 ? 0 : whole};
    }
    int64_t row = whole / (int64_t)shape->extent[surface->layout.scalars.ndim];
    return (bs_range){first + rows.first * row, rows.count * row};
}

bs_status bs_surface_write_spectrum(bs_surface *surface, int network, int realisation,
                                    bs_range rows, const double complex *spectrum)
{
    bs_range range = spectrum_range(surface, network, realisation, rows);
    for (int64_t done = 0; done < range.count; done += BS_SURFACE_CHUNK) {
        bs_range part = {range.first + done, at_most_chunk(range.count - done)};
        for (int half = 0; half < 2; half++) {
            for (int64_t i = 0; i < part.count; i++) {
                double complex x = spectrum[done + i];
                surface->column[i] = half == 0 ? creal(x) : cimag(x);
            }
            BS_TRY(bs_surface_put(surface, surface->spectrum_ids[half], &surface->layout.spectrum,
                                  part, sizeof(double), surface->column));
        }
    }
    return BS_OK;
}

bs_status bs_surface_read_spectrum(bs_surface *surface, int network, int realisation, bs_range rows,
                                   double complex *spectrum)
{
    bs_range range = spectrum_range(surface, network, realisation, rows);
    for (int64_t done = 0; done < range.count; done += BS_SURFACE_CHUNK) {
        bs_range part = {range.first + done, at_most_chunk(range.count - done)};
        for (int half = 0; half < 2; half++) {
            BS_TRY(bs_surface_get(surface, surface->spectrum_ids[half], &surface->layout.spectrum,
                                  part, sizeof(double), surface->column));
            for (int64_t i = 0; i < part.count; i++) {
                double x = surface->column[i] == NC_FILL_DOUBLE ? (double)NAN : surface->column[i];
                spectrum[done + i] =
                    half == 0 ? CMPLX(x, 0.0) : CMPLX(creal(spectrum[done + i]), x);
            }
        }
    }
    return BS_OK;
}

bs_status bs_surface_sync(bs_surface *surface)
{
    if (bs_fault("io_sync")) {
        return BS_FAIL(BS_ERR_IO, "%s: injected error of fsync", surface->path);
    }
    if (fsync(surface->descriptor) != 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: the system could not write to the disk: %s; free space or check the "
                       "file system, then run the same command again",
                       surface->path, strerror(errno));
    }
    return BS_OK;
}

static bs_status add_session(bs_surface *surface, double seconds)
{
    const bs_shape scalar = {.ndim = 0};
    const bs_range one = {0, 1};
    double wall_time = 0.0;
    int sessions = 0;
    BS_TRY(
        bs_surface_get(surface, surface->wall_time_id, &scalar, one, sizeof wall_time, &wall_time));
    BS_TRY(bs_surface_get(surface, surface->sessions_id, &scalar, one, sizeof sessions, &sessions));
    wall_time += seconds;
    sessions++;
    BS_TRY(
        bs_surface_put(surface, surface->wall_time_id, &scalar, one, sizeof wall_time, &wall_time));
    return bs_surface_put(surface, surface->sessions_id, &scalar, one, sizeof sessions, &sessions);
}

bs_status bs_surface_add_session(bs_surface *surface, double seconds)
{
    bs_status status = surface->comm.rank == 0 ? add_session(surface, seconds) : BS_OK;
    return bs_agree(&surface->comm, status);
}
