/* Fuzz target: YAML trees. What is read, written and read again is the same. */
#include "fuzz/fuzz.h"

#include "blueshift/memory.h"
#include "blueshift/yaml_tree.h"

static char *emitted(const char *text)
{
    bs_yaml_tree *tree = NULL;
    char *again = NULL;
    if (bs_yaml_parse(text, "input.yaml", &tree) == BS_OK) {
        FUZZ_REQUIRE(bs_yaml_emit(tree, &again) == BS_OK);
        bs_yaml_destroy(tree);
    }
    return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *once = emitted(text);
    if (once != NULL) {
        char *twice = emitted(once);
        FUZZ_REQUIRE(twice != NULL && strcmp(once, twice) == 0);
        bs_free(twice);
    }
    bs_free(once);
    free(text);
    return 0;
}
