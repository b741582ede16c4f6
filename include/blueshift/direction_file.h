/* Direction files of the loss-landscape tool: HDF5, groups xdirection, ydirection, zdirection. */
#ifndef BLUESHIFT_DIRECTION_FILE_H
#define BLUESHIFT_DIRECTION_FILE_H

#include <stdbool.h>

#include "blueshift/status.h"
#include "blueshift/tensor.h"

/* Reads direction NUMBER (0 xdirection, 1 ydirection, 2 zdirection) of PATH into DIRECTION at the
 * tensors' offsets: data sets "0" to "count - 1" in the order of the tensors. BS_ERR_INPUT names
 * the file, the group, the tensor and both shapes when the file is of another network. Not
 * collective (opened read-only through NetCDF-C). */
bs_status bs_direction_file_read(const char *path, int number, int tensor_count,
                                 const bs_tensor *tensors, float *direction);

/* The same in this process. bs_direction_file_read does it in one of its own first, which takes
 * along what a damaged file does to the library: a crash, or memory and time without end. */
bs_status bs_direction_file_parse(const char *path, int number, int tensor_count,
                                  const bs_tensor *tensors, float *direction);

/* Directions of one network, and what the file says of them: NOTES is a NULL-terminated list name,
 * text, name, text, ..., or NULL. Borrowed. */
typedef struct bs_direction_set {
    int count; /* 1 to 3 */
    const float *const *directions;
    int tensor_count;
    const bs_tensor *tensors;
    const char *const *notes;
} bs_direction_set;

/* Writes what bs_direction_file_read reads, bit for bit, and loss-landscape too: single precision,
 * whole under a temporary name and then renamed. BS_ERR_INPUT when PATH exists and must not be
 * replaced (REPLACE), BS_ERR_IO in the user's terms. Not collective. */
bs_status bs_direction_file_write(const char *path, bool replace, const bs_direction_set *set);

#endif
