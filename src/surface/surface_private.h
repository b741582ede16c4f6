/* What the files of the module surface share; not part of its interface. */
#ifndef BLUESHIFT_SURFACE_PRIVATE_H
#define BLUESHIFT_SURFACE_PRIVATE_H

#include <stddef.h>

#include <netcdf.h>

#include "blueshift/format.h"
#include "blueshift/netcdf_check.h"
#include "blueshift/netcdf_slab.h"
#include "blueshift/surface.h"

_Static_assert(BS_SLAB_DIMS == BS_GRID_DIMS + 2 + BS_ARRAY_DIMS,
               "network, realisation, z, y, x, and an array's own");

/* The variable with the names of several networks, over the dimension of its name. */
#define BS_NETWORK_NAMES "network"

/* Its letters, in names of dimensions and of their coordinate variables. */
extern const char *const bs_axis_letters[BS_GRID_DIMS];

/* Shapes of the kinds of variables; arrays have dimensions of their own after these. */
typedef struct bs_surface_shapes {
    bs_shape networks; /* network, only when there are several */
    bs_shape scalars;  /* network, realisation, each only when there are several */
    bs_shape values;   /* these, then z, y, x */
    bs_shape spectrum; /* these, then z, y, x / 2 + 1 */
} bs_surface_shapes;

/* Numbers of the dimensions in the file, in the order of these shapes. */
typedef struct bs_surface_dims {
    int scalars[BS_SLAB_DIMS];
    int values[BS_SLAB_DIMS];
    int spectrum[BS_SLAB_DIMS];
} bs_surface_dims;

/* What a surface without a file of its own does in the places of these. */
typedef struct bs_surface_methods {
    bs_status (*get)(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                     size_t size, void *data);
    bs_status (*close)(bs_surface *surface);
} bs_surface_methods;

struct bs_surface {
    bs_comm comm;   /* the caller's */
    bs_nc nc;       /* id -1: not open */
    int descriptor; /* our own, for the header, the lock and fsync; -1: none */
    bool writable;
    int format;
    bool part; /* another program cut it out of a result */
    bs_surface_schema schema;
    bs_surface_shapes layout;
    int status_id;
    int wall_time_id;
    int sessions_id;
    int *value_ids;
    int *scalar_ids;
    int *array_ids;
    int spectrum_ids[2];      /* real and imaginary part */
    double *column;           /* [BS_SLAB_CHUNK] one value of many points */
    double *echo;             /* [BS_SLAB_CHUNK] what was written, read back */
    struct bs_joined *joined; /* several files read as one (joined.h); or NULL */
    const struct bs_surface_methods *methods;
    struct bs_owned *owned;
};

/* Says that variable ID, over the networks, has their names as a coordinate. Coordinate variables
 * need no such word: they have the names of their dimensions. */
bs_status bs_variable_put_coordinates(bs_surface *surface, int id);

/* Memory that lives as long as the surface; NULL with a recorded error when there is none. */
void *bs_surface_own(bs_surface *surface, size_t count, size_t size);

/* Moves TEXT, a string for bs_free or NULL when memory was exhausted, into such memory. */
bs_status bs_surface_keep(bs_surface *surface, char *text, char **kept);

/* Sets up an empty surface for COMM and PATH (copied). Undone by bs_surface_release. */
bs_status bs_surface_init(bs_surface *surface, const bs_comm *comm, const char *path);

/* Frees memory and closes the descriptor, which gives back the lock. Not collective. */
void bs_surface_release(bs_surface *surface);

/* Shapes of a file of ours; of one that another program cut out of it, where dimensions of length
 * one may have stayed. */
bs_surface_shapes bs_surface_shapes_of(const bs_surface_schema *schema);
bs_surface_shapes bs_surface_shapes_with(const bs_surface_schema *schema, bool network,
                                         bool realisation);

/* Whether CDF-2, which more programs read than CDF-5, can hold it: no variable of 4 GiB or more. */
bool bs_surface_fits_cdf2(const bs_surface_schema *schema);

/* Shape of an array in the file, and of what its rows belong to. */
bs_shape bs_array_shape(const bs_surface_shapes *layout, const bs_array *array);
const bs_shape *bs_array_leading(const bs_surface_shapes *layout, bs_array_kind kind);

/* What a point has in one variable: a value, or its row of an array. */
typedef struct bs_column {
    int variable;
    bs_shape shape;
    int64_t row; /* numbers per point; 0: not a variable of points */
} bs_column;

/* All values, then all arrays. */
int bs_column_count(const bs_surface *surface);
bs_column bs_column_at(const bs_surface *surface, int i);

/* Hints for PnetCDF; the caller frees them. */
bs_status bs_surface_hints(MPI_Info *info);

/* Defines every dimension, variable and attribute of surface->schema. Not collective. */
bs_status bs_header_define(bs_surface *surface);

/* Fills all variables and writes the coordinates: all ranks, each its part. Not collective. */
bs_status bs_surface_fill(bs_surface *surface);

/* Recovers schema, layout and variable numbers from an open file, and checks that every variable
 * has the type and the dimensions that its role has. Not collective. */
bs_status bs_header_read(bs_surface *surface);

/* Reads the axes, with the coordinates that the file has: those of the whole, whose points are MADE
 * (0: not said), or of a part of it. DIMS gets their dimensions, x first. BS_ERR_INPUT for
 * coordinates that are not even, or not among those that were evaluated. */
bs_status bs_axes_read(bs_surface *surface, const int made[BS_GRID_DIMS], int *dims);

/* ---- variables in the header ---- */

/* Number and length of dimension NAME; FOUND is false, and LENGTH 1, when the file has none. The
 * second one takes that for damage. */
bs_status bs_dimension_find(bs_surface *surface, const char *name, bool *found, int *id,
                            int64_t *length);
bs_status bs_dimension_need(bs_surface *surface, const char *name, int *id, int64_t *length);

/* Defines a variable of doubles with long name and units, and its fill value. */
bs_status bs_variable_define(bs_surface *surface, const bs_variable *variable, int ndim,
                             const int *dims, int *id);
bs_status bs_variable_put_fill(bs_surface *surface, int id);

/* Defines the attribute NAME that lists the names of variables. */
bs_status bs_variable_put_list(bs_surface *surface, const char *name, int count,
                               const bs_variable *variables);

/* Finds a variable by the name STORED in the file and reads its texts, owned by the surface; its
 * name is the one of this version. BS_ERR_INPUT when there is none. */
bs_status bs_variable_find(bs_surface *surface, const char *stored, bs_variable *variable, int *id);

/* BS_ERR_INPUT unless variable ID has TYPE, and as its first dimensions the NDIM of DIMS; REST says
 * that others may follow. */
bs_status bs_variable_check(bs_surface *surface, int id, int type, int ndim, const int *dims,
                            bool rest);

/* The words of the attribute that is NAME today, one after the other, each ended by a 0, owned by
 * the surface. BS_ERR_INPUT when it is missing. */
bs_status bs_variable_read_list(bs_surface *surface, const char *name, char **words, int *count);

/* The variables that such an attribute lists. */
bs_status bs_variable_read_all(bs_surface *surface, const char *list, int *count,
                               const bs_variable **variables, int **ids);

/* An attribute as text, owned by the surface; "" when absent. */
bs_status bs_variable_read_text(bs_surface *surface, int id, const char *name, const char **text);

/* ---- arrays in the header ---- */

/* Defines all arrays, and the list of them. COORDINATES: of a point. */
bs_status bs_array_define_all(bs_surface *surface, const bs_surface_dims *dims);

/* Recovers them. */
bs_status bs_array_read_all(bs_surface *surface, const bs_surface_dims *dims,
                            const bs_surface_shapes *layout);

/* Moves elements [range) of a variable whose elements have SIZE bytes. Puts are read back and
 * compared. Not collective. */
bs_status bs_surface_put(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, const void *data);
bs_status bs_surface_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, void *data);

/* Takes the lock on surface->descriptor, rank 0 first. Collective. */
bs_status bs_surface_lock(bs_surface *surface);

/* Whether the name still leads to the open file. */
bool bs_surface_has_its_name(const bs_surface *surface);

#endif
