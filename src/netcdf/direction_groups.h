/* The layout of direction files: one list for who reads and who writes. Private to src/netcdf. */
#ifndef BLUESHIFT_NETCDF_DIRECTION_GROUPS_H
#define BLUESHIFT_NETCDF_DIRECTION_GROUPS_H

enum { BS_DIRECTION_GROUPS = 3 };

/* The group of each direction; in it data sets "0", "1", ..., one a parameter tensor. */
static const char *const bs_direction_groups[BS_DIRECTION_GROUPS] = {"xdirection", "ydirection",
                                                                     "zdirection"};

#endif
