/* New HDF5 files through NetCDF-C, inside outputs that appear whole or not at all. */
#ifndef BLUESHIFT_HDF5_OUTPUT_H
#define BLUESHIFT_HDF5_OUTPUT_H

#include "blueshift/netcdf_check.h"
#include "blueshift/output_file.h"

/* Makes the temporary file of OUTPUT, which has been created, an empty NetCDF-4 file without fill
 * values: NC->id, while NC->path is the caller's. For the work of bs_run_isolated only: it changes
 * the environment. Not collective. */
bs_status bs_hdf5_create(const bs_output_file *output, bs_nc *nc);

#endif
