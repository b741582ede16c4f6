/* Several files read as one surface: who has which part of it. Private to the module surface. */
#ifndef BLUESHIFT_SURFACE_JOINED_H
#define BLUESHIFT_SURFACE_JOINED_H

#include "surface_private.h"

/* One file of several. Files with the same networks form a group, whose realisations follow one
 * another; the networks of the groups do. */
typedef struct bs_joined_part {
    bs_surface *file;
    char *identity; /* for bs_free */
    int group;
    int network, realisation; /* its first ones in the whole */
} bs_joined_part;

struct bs_joined {
    int count, groups;
    bs_joined_part *parts;
    int *array; /* [arrays of the whole][count] index in the part's file */
};

/* Sorts the parts into groups, and gives their places and the NETWORKS and REALISATIONS of the
 * whole. BS_ERR_INPUT names two files that cannot be compared, and where they differ. */
bs_status bs_joined_place(struct bs_joined *joined, int *networks, int *realisations);

/* Reads like bs_surface_get, from the files that have the elements. VARIABLE is a
 * bs_joined_variable. */
bs_status bs_joined_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                        size_t size, void *data);

/* The numbers of a joined surface's variables: these, then values, scalars, arrays and the two
 * parts of the spectrum. */
enum { BS_JOINED_STATUS, BS_JOINED_WALL_TIME, BS_JOINED_SESSIONS, BS_JOINED_FIRST };

/* Makes the schema of the whole, and its variables, from the open parts. BS_ERR_INPUT as above. */
bs_status bs_joined_combine(bs_surface *surface);

#endif
