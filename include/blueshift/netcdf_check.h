/* An open NetCDF file, and checks of what the library returns. */
#ifndef BLUESHIFT_NETCDF_CHECK_H
#define BLUESHIFT_NETCDF_CHECK_H

#include "blueshift/status.h"

/* A file that the library has open, and what messages call it (borrowed). */
typedef struct bs_nc {
    int id;
    const char *path;
} bs_nc;

/* Turns a return code of NetCDF into BS_ERR_IO with the library's text, CALL and the file's name
 * PATH; OK for NC_NOERR. FILE and LINE are the caller's. Not collective. */
bs_status bs_nc_check(int code, const char *call, const char *path, const char *file, int line);

/* The same for a CALL about NC, a bs_nc. */
#define BS_NC(nc, call) bs_nc_check((call), #call, (nc)->path, __FILE__, __LINE__)

#endif
