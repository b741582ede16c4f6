/* Points, scalars and spectra of a surface: independent accesses, checked. */
#include "surface_private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"

static int64_t at_most_chunk(int64_t count)
{
    return count < BS_SLAB_CHUNK ? count : BS_SLAB_CHUNK;
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
    for (int64_t done = 0; done < elements; done += BS_SLAB_CHUNK) {
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
    for (int64_t i = 0; i < range.count; i++) {
        status[i] = status[i] <= BS_POINT_FAILED ? status[i] : BS_POINT_PENDING; /* damaged */
    }
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
    if (c->row > BS_SLAB_CHUNK / 2) { /* as they stand */
        for (int64_t i = 0; i < range.count; i++) {
            BS_TRY(bs_surface_put(surface, c->variable, &c->shape,
                                  (bs_range){(range.first + i) * c->row, c->row}, sizeof *values,
                                  values + i * stride));
        }
        return BS_OK;
    }
    int64_t most = BS_SLAB_CHUNK / c->row;
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

static bs_range scalar_range(const bs_surface *surface, int network, int realisation)
{
    return (bs_range){(int64_t)network * surface->schema.realisations + realisation, 1};
}

bs_status bs_surface_write_scalars(bs_surface *surface, int network, int realisation,
                                   const double *scalars)
{
    bs_range range = scalar_range(surface, network, realisation);
    for (int i = 0; i < surface->schema.scalar_count; i++) {
        BS_TRY(bs_surface_put(surface, surface->scalar_ids[i], &surface->layout.scalars, range,
                              sizeof *scalars, &scalars[i]));
    }
    return BS_OK;
}

bs_status bs_surface_read_scalars(bs_surface *surface, int network, int realisation,
                                  double *scalars)
{
    bs_range range = scalar_range(surface, network, realisation);
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
    int64_t first = scalar_range(surface, network, realisation).first * whole;
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
    for (int64_t done = 0; done < range.count; done += BS_SLAB_CHUNK) {
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
    for (int64_t i = 0; i < range.count && surface->part; i++) {
        spectrum[i] = CMPLX((double)NAN, (double)NAN); /* the file has that of the whole */
    }
    for (int64_t done = 0; done < range.count && !surface->part; done += BS_SLAB_CHUNK) {
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

bool bs_surface_has_its_name(const bs_surface *surface)
{
    struct stat mine;
    struct stat named;
    return fstat(surface->descriptor, &mine) == 0 && stat(surface->nc.path, &named) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* A file that lost its name would be filled to the end, and nobody would find it. */
static bs_status check_name(const bs_surface *surface)
{
    return bs_surface_has_its_name(surface)
               ? BS_OK
               : BS_FAIL(BS_ERR_IO,
                         "%s was deleted, moved or replaced while this job wrote to it; move it "
                         "back if it still exists, then run the same command again",
                         surface->nc.path);
}

bs_status bs_surface_sync(bs_surface *surface)
{
    if (bs_fault("io_sync")) {
        return BS_FAIL(BS_ERR_IO, "%s: injected error of fsync", surface->nc.path);
    }
    if (fsync(surface->descriptor) != 0) {
        return BS_FAIL(BS_ERR_IO,
                       "%s: the system could not write to the disk: %s; free space or check the "
                       "file system, then run the same command again",
                       surface->nc.path, strerror(errno));
    }
    return check_name(surface);
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
