/* Fuzz target: direction files of the loss-landscape tool, which NetCDF and HDF5 parse. */
#include "fuzz/fuzz.h"

#include "blueshift/direction_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bs_tensor tensors[] = {
        {.name = "conv1.weight", .ndim = 2, .shape = {2, 3}, .count = 6},
        {.name = "fc.bias", .ndim = 1, .shape = {4}, .count = 4, .offset = 6}};
    const char *path = fuzz_file(data, size);
    float direction[10];
    bs_status status = bs_direction_file_parse(path, 0, 2, tensors, direction);
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_INPUT || status == BS_ERR_IO);
    return 0;
}
