/* Fuzz target: safetensors files. */
#include "fuzz/fuzz.h"

#include "blueshift/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bs_weights weights;
    bs_status status = bs_weights_read(fuzz_file(data, size), &weights);
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_INPUT);
    size_t values = 0;
    for (int i = 0; status == BS_OK && i < weights.tensor_count; i++) {
        FUZZ_REQUIRE((size_t)weights.tensors[i].offset == values);
        FUZZ_REQUIRE(bs_weights_find(&weights, weights.tensors[i].name) == &weights.tensors[i]);
        values += (size_t)weights.tensors[i].count;
    }
    FUZZ_REQUIRE(status != BS_OK || values == weights.value_count);
    bs_weights_release(&weights);
    return 0;
}
