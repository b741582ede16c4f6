/* The result file: NetCDF CDF-5 through nc_create_par, one self-describing file a sweep. */
#ifndef BLUESHIFT_SURFACE_H
#define BLUESHIFT_SURFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/comm.h"
#include "blueshift/complex.h"
#include "blueshift/grid.h"
#include "blueshift/netcdf_attribute.h"
#include "blueshift/output_file.h"
#include "blueshift/partition.h"

/* State of a point, in the variable `status`, written after the point's values. */
typedef enum bs_point_status {
    BS_POINT_PENDING = 0,
    BS_POINT_DONE = 1,
    BS_POINT_NON_FINITE = 2, /* evaluated; a value is NaN or infinite, and kept */
    BS_POINT_FAILED = 3      /* could not be evaluated; a resume tries again */
} bs_point_status;

/* A variable, described for CF readers. */
typedef struct bs_variable {
    const char *name;
    const char *long_name;
    const char *units; /* "1", "percent", ... */
} bs_variable;

/* What the rows of an array belong to; dimensions of its own follow those. */
typedef enum bs_array_kind {
    BS_ARRAY_POINT, /* (network, realisation, z, y, x, ...): raw, written with the point's values */
    BS_ARRAY_REALISATION, /* (network, realisation, ...) */
    BS_ARRAY_NETWORK,     /* (network, ...), such as means over realisations */
    BS_ARRAY_GLOBAL       /* (...), such as the axis of a spectrum, or the options of an analysis */
} bs_array_kind;

/* A dimension of arrays; arrays that name the same dimension share it. */
typedef struct bs_dimension {
    const char *name;
    int64_t length;
} bs_dimension;

enum { BS_ARRAY_DIMS = 4 };

/* An array of doubles beside the values: what probes saw, or what an analysis derives. A row is the
 * product of its own dimensions; an array without any holds one number a row. */
typedef struct bs_array {
    bs_variable variable;
    const char *comment; /* definition, source; NULL: none */
    bs_array_kind kind;
    int ndim;
    bs_dimension dims[BS_ARRAY_DIMS]; /* slowest first */
} bs_array;

/* A growing list of arrays; begins as zeros. Names and comments are borrowed. */
typedef struct bs_array_list {
    int count;
    bs_array *arrays;
} bs_array_list;

/* Appends a copy of ARRAY. BS_ERR_INTERNAL when its name is in the list already. */
bs_status bs_array_list_add(bs_array_list *list, const bs_array *array);
void bs_array_list_release(bs_array_list *list);

/* Everything that is defined up front. Borrowed during the call. Dimensions: network and
 * realisation (each only when there are several), then z, y, x as the grid has them. */
typedef struct bs_surface_schema {
    bs_grid grid;
    bs_variable axes[BS_GRID_DIMS]; /* x, y, z as their dimensions: coordinate variables of CF */
    int networks;
    const char *const *network_names;
    int realisations;
    int value_count; /* per point: <split>_loss, <split>_acc, loss_stderr */
    const bs_variable *values;
    int scalar_count; /* per (network, realisation): direction_cosine, ... */
    const bs_variable *scalars;
    int array_count;
    const bs_array *arrays;
    int spectrum_of; /* index of the value whose spectrum is stored; -1: none */
    const char *spectrum_units;
    int attribute_count;
    const bs_attribute *attributes;
} bs_surface_schema;

typedef struct bs_surface bs_surface;

/* Bytes that the file of a schema takes, its header estimated from above. */
int64_t bs_surface_file_size(const bs_surface_schema *schema);

/* Creates PATH: written whole (every value filled, so that the disk's space is taken now) as
 * a temporary name of its own, then named; a kill leaves either nothing or a valid file. Collective
 * over COMM;
 * all ranks return the same status. BS_ERR_INPUT when PATH exists, whatever it is: nothing is ever
 * overwritten. BS_ERR_IO says what the system refused and what to do. */
bs_status bs_surface_create(const bs_comm *comm, const char *path, const bs_surface_schema *schema);

/* Opens for reading and writing and takes the lock that keeps a second job away: waits up to 15
 * seconds (BS_LOCK_WAIT) for the survivors of a killed one, then BS_ERR_IO names the file. File
 * systems without locks, and NFS, are used without. BS_ERR_INPUT when there is no such file, or it
 * is not a result of ours, or damaged. Every later call that is not called collective may be made
 * by any rank at any time. Collective over COMM, which must outlive the surface. */
bs_status bs_surface_open(const bs_comm *comm, const char *path, bs_surface **surface);

/* Opens for reading only, without a lock (a running job may be watched). Collective over COMM. */
bs_status bs_surface_open_read(const bs_comm *comm, const char *path, bs_surface **surface);

/* Opens COUNT results, one or more, as one to read: files with the same networks and other seeds
 * are further realisations of them, files with other networks add theirs, in the order of PATHS.
 * What was derived of single realisations stays; of networks with realisations from several files
 * nothing is derived. BS_ERR_INPUT names two files that differ in more than seed and networks, and
 * in what. Collective over COMM. */
bs_status bs_surface_open_joined(const bs_comm *comm, int count, const char *const *paths,
                                 bs_surface **surface);

/* Shape of the file: the grid with its evaluated ends, networks, realisations, value names.
 * Borrowed until the close. */
const bs_surface_schema *bs_surface_get_schema(const bs_surface *surface);

/* Points of the whole file: networks x realisations x grid points, realisation and grid fastest:
 * index = (network * realisations + realisation) * points + point. */
int64_t bs_surface_points(const bs_surface *surface);

/* Status of points [range), one byte each. A point whose values a crash of the machine took is
 * pending, whatever the file says. Not collective. */
bs_status bs_surface_read_status(bs_surface *surface, bs_range range, uint8_t *status);

/* Called with the statuses of points [PART), one byte each; a failure ends the scan. */
typedef bs_status (*bs_status_visit)(void *context, bs_range part, const uint8_t *status);

/* Reads the status of points [range) in slabs, in their order, and hands each to VISIT. Not
 * collective. */
bs_status bs_surface_scan_status(bs_surface *surface, bs_range range, bs_status_visit visit,
                                 void *context);

/* How many points of each status [range) has. */
typedef struct bs_status_counts {
    int64_t of[BS_POINT_FAILED + 1];
} bs_status_counts;
bs_status bs_surface_count_status(bs_surface *surface, bs_range range, bs_status_counts *counts);

/* Value VALUE of points [range). Not collective. */
bs_status bs_surface_read_values(bs_surface *surface, int value, bs_range range, double *values);

/* Numbers of one point: value_count and, in their order, the rows of all arrays of points. */
int64_t bs_surface_point_size(const bs_surface *surface);

/* Writes finished points [range): VALUES [range.count][point size], then their STATUS. A number
 * that a network does not have is NaN, never NetCDF's fill value, which stands for numbers that a
 * crash has taken (bs_surface_read_status). Not collective: MPI-IO independent writes. The values
 * are with the system (they survive a kill of the job) when it returns. */
bs_status bs_surface_write_points(bs_surface *surface, bs_range range, const double *values,
                                  const uint8_t *status);

/* Writes and reads the scalars of one (network, realisation); NetCDF's fill value where
 * none were written. Not collective. */
bs_status bs_surface_write_scalars(bs_surface *surface, int network, int realisation,
                                   const double *scalars);
bs_status bs_surface_read_scalars(bs_surface *surface, int network, int realisation,
                                  double *scalars);

/* Index of an array by its name; -1 when the file has none such. */
int bs_surface_find_array(const bs_surface *surface, const char *name);

/* Numbers of one row of an array. */
int64_t bs_array_row(const bs_array *array);

/* Writes and reads ROWS of an array: points (indexed as for the values), scalars (network *
 * realisations + realisation), networks, or the one row of a global array, each [row]; the fill
 * value where none were written. Arrays of points are written by bs_surface_write_points, and may
 * only be read. Not collective. */
bs_status bs_surface_write_array(bs_surface *surface, int array, bs_range rows, const double *data);
bs_status bs_surface_read_array(bs_surface *surface, int array, bs_range rows, double *data);

/* Flushes what this rank's node has written to the disk (fsync on a descriptor of our own, since
 * nc_sync is collective and would make every rank wait for the slowest point). BS_ERR_IO also when
 * the file has lost its name meanwhile: deleted, moved or replaced. Not collective. */
bs_status bs_surface_sync(bs_surface *surface);

/* Writes rows [rows) of the slowest grid axis of the spectrum of one (network, realisation):
 * complex [rows.count][...][nx / 2 + 1]. A line (one axis) is written whole when ROWS.count is not
 * 0. ROWS.count 0 is fine. Not collective. */
bs_status bs_surface_write_spectrum(bs_surface *surface, int network, int realisation,
                                    bs_range rows, const double complex *spectrum);

/* Reads what bs_surface_write_spectrum wrote: the same ROWS and layout; NaN where nothing has been
 * written yet. Needs a file with a spectrum (spectrum_of >= 0). Not collective. */
bs_status bs_surface_read_spectrum(bs_surface *surface, int network, int realisation, bs_range rows,
                                   double complex *spectrum);

/* Adds SECONDS to the scalar variable wall_time and 1 to sessions. Collective; rank 0 writes. */
bs_status bs_surface_add_session(bs_surface *surface, double seconds);

/* Copies what a sweep writes, values, arrays of points, scalars, statuses, wall time and sessions,
 * into TO, a file just created whose grid, networks, values and scalars are those of FROM. Arrays
 * of points are found by their names; other arrays stay as they are. BS_ERR_INTERNAL when the
 * shapes differ. Collective over the communicator of TO, all of whose ranks have FROM open. */
bs_status bs_surface_copy_raw(bs_surface *from, bs_surface *to);

/* A global attribute (a number printed with 17 digits) into a new string for bs_free; NULL when
 * there is none. Not collective. */
bs_status bs_surface_attribute(bs_surface *surface, const char *name, char **text);

/* A name under which another library may open the file to read while it is open here: see
 * bs_descriptor_path. Not collective. */
const char *bs_surface_library_path(const bs_surface *surface, char path[BS_DESCRIPTOR_PATH]);

/* Whether another program cut the file out of a result: fewer points, networks or realisations. It
 * is read with its true coordinates; what was derived belongs to the whole, so that the schema has
 * no derived arrays, and the spectrum reads as NaN. */
bool bs_surface_is_part(const bs_surface *surface);

/* The attribute experiment_identity into a new string for bs_free. BS_ERR_INPUT where there is
 * none: in files that were joined of several, which have no single experiment. Not collective. */
bs_status bs_surface_identity(bs_surface *surface, char **identity);

/* Flushes to the disk, closes and unlocks. Collective. NULL is fine. */
bs_status bs_surface_close(bs_surface *surface);

/* A descriptor that keeps this rank's lock of the file beyond bs_surface_close, until close() ends
 * it; -1 when there is none. */
int bs_surface_keep_lock(const bs_surface *surface);

#endif
