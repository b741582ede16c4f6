/* What the files of the module surface share; not part of its interface. */
#ifndef BLUESHIFT_IO_SURFACE_PRIVATE_H
#define BLUESHIFT_IO_SURFACE_PRIVATE_H

#include <stddef.h>

#include <netcdf.h>

#include "blueshift/netcdf_check.h"
#include "blueshift/surface.h"

enum {
    BS_SURFACE_FORMAT = 1,
    BS_SURFACE_DIMS = BS_GRID_DIMS + 2 + BS_ARRAY_DIMS, /* network, realisation, z, y, x, own */
    BS_SURFACE_CHUNK = 1 << 16                          /* elements moved at once */
};

/* Extents of a variable, slowest first. */
typedef struct bs_shape {
    int ndim;
    size_t extent[BS_SURFACE_DIMS];
} bs_shape;

/* Shapes of the kinds of variables; arrays have dimensions of their own behind these. */
typedef struct bs_surface_shapes {
    bs_shape networks; /* network, only when there are several */
    bs_shape scalars;  /* network, realisation, each only when there are several */
    bs_shape values;   /* these, then z, y, x */
    bs_shape spectrum; /* these, then z, y, x / 2 + 1 */
} bs_surface_shapes;

struct bs_surface {
    bs_comm comm; /* the caller's */
    char *path;
    int ncid;       /* -1: not open */
    int descriptor; /* our own, for the lock and for fsync; -1: none */
    bool writable;
    bs_surface_schema schema;
    bs_surface_shapes layout;
    int status_id;
    int wall_time_id;
    int sessions_id;
    int *value_ids;
    int *scalar_ids;
    int *array_ids;
    int spectrum_ids[2]; /* real and imaginary part */
    double *column;      /* [BS_SURFACE_CHUNK] one value of many points */
    double *echo;        /* [BS_SURFACE_CHUNK] what was written, read back */
    struct bs_owned *owned;
};

#define BS_NC(surface, call) bs_nc_check((call), #call, (surface)->path, __FILE__, __LINE__)

/* Memory that lives as long as the surface; NULL with a recorded error when there is none. */
void *bs_surface_own(bs_surface *surface, size_t count, size_t size);

/* Sets up an empty surface for COMM and PATH (copied). Undone by bs_surface_release. */
bs_status bs_surface_init(bs_surface *surface, const bs_comm *comm, const char *path);

/* Frees memory and closes the descriptor, which gives back the lock. Not collective. */
void bs_surface_release(bs_surface *surface);

bs_surface_shapes bs_surface_shapes_of(const bs_surface_schema *schema);

/* Bytes of the data alone, which no file of SCHEMA can be smaller than. */
int64_t bs_surface_data_size(const bs_surface_schema *schema);

int64_t bs_shape_elements(const bs_shape *shape);

/* Shape of an array in the file, and of what its rows belong to. */
bs_shape bs_array_shape(const bs_surface_shapes *layout, const bs_array *array);
const bs_shape *bs_array_leading(const bs_surface_shapes *layout, bs_array_kind kind);

/* What a point has in one variable: a value, or its row of an array. */
typedef struct bs_column {
    int variable;
    bs_shape shape;
    int64_t row; /* numbers a point; 0: not a variable of points */
} bs_column;

/* All values, then all arrays. */
int bs_column_count(const bs_surface *surface);
bs_column bs_column_at(const bs_surface *surface, int i);

/* Hints for PnetCDF; the caller frees them. */
bs_status bs_surface_hints(MPI_Info *info);

/* Defines every dimension, variable and attribute of surface->schema. Not collective. */
bs_status bs_surface_define(bs_surface *surface);

/* Its parts: a variable of doubles with long name and units; a text attribute (of NC_GLOBAL too);
 * and the arrays, which find the dimensions of the values defined. COORDINATES: of a point. */
bs_status bs_surface_define_variable(bs_surface *surface, const bs_variable *variable, int ndim,
                                     const int *dims, int *id);
bs_status bs_surface_put_text(bs_surface *surface, int variable, const char *name,
                              const char *text);
bs_status bs_surface_put_fill(bs_surface *surface, int variable);
bs_status bs_surface_define_arrays(bs_surface *surface, const int *value_dims,
                                   const char *coordinates);

/* Fills all variables and writes the coordinates: all ranks, each its part. Not collective. */
bs_status bs_surface_fill(bs_surface *surface);

/* Recovers schema, layout and variable numbers from an open file. Not collective. */
bs_status bs_surface_recognise(bs_surface *surface);

/* Its parts: a text attribute (numbers are printed) owned by the surface, NULL when absent; the
 * variables that a global attribute lists; and the arrays. */
bs_status bs_surface_get_text(bs_surface *surface, int variable, const char *name, char **text);
bs_status bs_surface_get_variables(bs_surface *surface, const char *list, int *count,
                                   const bs_variable **variables, int **ids);
bs_status bs_surface_recognise_arrays(bs_surface *surface);

/* Moves elements [range) of a variable whose elements have SIZE bytes. Puts are read back and
 * compared. Not collective. */
bs_status bs_surface_put(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, const void *data);
bs_status bs_surface_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, void *data);

/* Takes the lock on surface->descriptor, rank 0 first. Collective. */
bs_status bs_surface_lock(bs_surface *surface);

#endif
