/* Turns what NetCDF and PnetCDF return into our errors. */
#include "blueshift/netcdf_check.h"

#include <string.h>

#include <netcdf.h>

bs_status bs_nc_check(int code, const char *call, const char *path, const char *file, int line)
{
    if (code == NC_NOERR) {
        return BS_OK;
    }
    /* Positive codes are errno's. */
    const char *text = code > 0 ? strerror(code) : nc_strerror(code);
    bs_error_record(file, line, "%s: NetCDF failed: %.60s: %s", path, call, text);
    return BS_ERR_IO;
}
