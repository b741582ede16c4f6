/* The one place that lets HDF5 make a file. */
#include "blueshift/hdf5_output.h"

#include <stdlib.h>

#include <netcdf.h>

bs_status bs_hdf5_create(const bs_output_file *output, bs_nc *nc)
{
    char name[BS_DESCRIPTOR_PATH];
    int old_mode = 0;
    /* The lock on the new file is ours, and HDF5's own would wait for it. */
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    bs_descriptor_path(output->descriptor, name);
    BS_TRY(BS_NC(nc, nc_create(name, NC_NETCDF4 | NC_CLOBBER, &nc->id)));
    return BS_NC(nc, nc_set_fill(nc->id, NC_NOFILL, &old_mode));
}
