/* Fuzz target: experiment files. What a result keeps of an experiment gives it again. */
#include "fuzz/fuzz.h"

#include "blueshift/experiment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_parse(text, "input.yaml", 0, NULL, &experiment);
    FUZZ_REQUIRE((status == BS_OK) == (experiment != NULL));
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_USAGE || status == BS_ERR_INPUT);
    if (experiment != NULL) {
        bs_experiment *again = NULL;
        FUZZ_REQUIRE(bs_experiment_parse(experiment->yaml, "kept", 0, NULL, &again) == BS_OK);
        FUZZ_REQUIRE(strcmp(experiment->yaml, again->yaml) == 0);
        FUZZ_REQUIRE(strcmp(experiment->identity, again->identity) == 0);
        bs_experiment_destroy(again);
    }
    bs_experiment_destroy(experiment);
    free(text);
    return 0;
}
