/* Checks of what the NetCDF library returns. */
#ifndef BLUESHIFT_NETCDF_CHECK_H
#define BLUESHIFT_NETCDF_CHECK_H

#include "blueshift/status.h"

/* Turns a return code of NetCDF into BS_ERR_IO with the library's text, CALL and the file's name
 * PATH; OK for NC_NOERR. FILE and LINE are the caller's. Not collective. */
bs_status bs_nc_check(int code, const char *call, const char *path, const char *file, int line);

#endif
