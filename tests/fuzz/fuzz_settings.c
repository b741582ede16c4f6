/* Fuzz target: --set key=value, one a line, of a sweep and of a demo. */
#include "fuzz/fuzz.h"

#include "blueshift/demo.h"
#include "blueshift/experiment.h"

enum { SETTINGS_MAX = 16 };

static void read_experiment(int count, const char *const *settings)
{
    bs_experiment *experiment = NULL;
    bs_status status = bs_experiment_read(NULL, count, settings, &experiment);
    FUZZ_REQUIRE((status == BS_OK) == (experiment != NULL));
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_USAGE || status == BS_ERR_INPUT);
    bs_experiment_destroy(experiment);
}

static void read_demo(int count, const char *const *settings)
{
    bs_demo *demo = NULL;
    bs_status status = bs_demo_read("averaging", count, settings, &demo);
    FUZZ_REQUIRE((status == BS_OK) == (demo != NULL));
    FUZZ_REQUIRE(status == BS_OK || status == BS_ERR_USAGE || status == BS_ERR_INPUT);
    bs_demo_destroy(demo);
}

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
    read_experiment(count, settings);
    read_demo(count, settings);
    free(text);
    return 0;
}
