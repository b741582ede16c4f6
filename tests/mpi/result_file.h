/* The result file of a test: made from a schema, filled by rank 0, read back row by row. */
#ifndef BLUESHIFT_TESTS_RESULT_FILE_H
#define BLUESHIFT_TESTS_RESULT_FILE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "blueshift/surface.h"
#include "mpi/mpi_test.h"

/* A schema without values: networks and axes of UNITS have names that no test looks at. */
static inline bs_surface_schema result_schema(const bs_grid *grid, const char *units, int networks,
                                              int realisations)
{
    static const char *const names[] = {"first", "second", "third"};
    return (bs_surface_schema){.grid = *grid,
                               .axes = {{"x", "x", units}, {"y", "y", units}, {"z", "z", units}},
                               .networks = networks,
                               .network_names = names,
                               .realisations = realisations,
                               .spectrum_of = -1,
                               .spectrum_units = "1"};
}

/* Makes mpi_test_result from SCHEMA, in place of the file before: files are not overwritten.
 * Collective. */
static inline bs_status result_create(const bs_comm *comm, const bs_surface_schema *schema)
{
    mpi_test_remove(comm, mpi_test_result);
    return bs_surface_create(comm, mpi_test_result, schema);
}

typedef bs_status result_fill(bs_surface *surface, const void *content);

/* Makes and opens it; rank 0 fills it with CONTENT. SURFACE is NULL when that fails. Collective. */
static inline bs_status result_make(const bs_comm *comm, const bs_surface_schema *schema,
                                    result_fill *fill, const void *content, bs_surface **surface)
{
    *surface = NULL;
    BS_TRY(result_create(comm, schema));
    BS_TRY(bs_surface_open(comm, mpi_test_result, surface));
    bs_status status = bs_agree(comm, comm->rank == 0 ? fill(*surface, content) : BS_OK);
    if (status != BS_OK) {
        bs_surface_close(*surface);
        *surface = NULL;
    }
    return status;
}

/* Row ROW of array NAME and its length, for bs_free; NULL when the file has none such. Not
 * collective, but what another rank has written is only sure to be seen after a barrier. */
static inline double *result_row(bs_surface *surface, const char *name, int64_t row, int64_t *count)
{
    int array = bs_surface_find_array(surface, name);
    if (array < 0) {
        return NULL;
    }
    int64_t size = bs_array_row(&bs_surface_get_schema(surface)->arrays[array]);
    double *data = bs_alloc((size_t)size, sizeof *data);
    if (bs_surface_read_array(surface, array, (bs_range){row, 1}, data) != BS_OK) {
        bs_free(data);
        return NULL;
    }
    if (count != NULL) {
        *count = size;
    }
    return data;
}

#endif
