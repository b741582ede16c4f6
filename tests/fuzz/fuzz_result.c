/* Fuzz target: result files. What the check of the header lets through, the library survives. */
#include "fuzz/fuzz.h"

#include "blueshift/cdf_header.h"
#include "blueshift/surface.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    int file = open(path, O_RDONLY);
    FUZZ_REQUIRE(file >= 0);
    bs_status status = bs_cdf_header_check(file, path);
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_INPUT);
    close(file);
    if (status == BS_OK) {
        bs_surface *surface = NULL;
        status = bs_surface_open_read(&bs_comm_alone, path, &surface);
        FUZZ_REQUIRE((status == BS_OK) == (surface != NULL));
        bs_surface_close(surface);
    }
    return 0;
}
