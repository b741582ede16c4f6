/* Fuzz target: experiment files. */
#include "fuzz/fuzz.h"

#include "blueshift/experiment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_parse(text, "input.yaml", 0, NULL, &experiment);
    FUZZ_REQUIRE((status == BS_OK) == (experiment != NULL));
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_USAGE || status == BS_ERR_INPUT);
    bs_experiment_destroy(experiment);
    free(text);
    return 0;
}
