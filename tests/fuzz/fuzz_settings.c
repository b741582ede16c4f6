/* Fuzz target: --set key=value, one a line. */
#include "fuzz/fuzz.h"

#include "blueshift/experiment.h"

enum { SETTINGS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    const char *settings[SETTINGS_MAX];
    int count = 0;
    char *rest = text;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < SETTINGS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        settings[count++] = line;
    }
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_read(NULL, count, settings, &experiment);
    FUZZ_REQUIRE((status == BS_OK) == (experiment != NULL));
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_USAGE || status == BS_ERR_INPUT);
    bs_experiment_destroy(experiment);
    free(text);
    return 0;
}
