/* What decides the values of a sweep, as text to compare, and its hash. */
#include <stdio.h>
#include <string.h>

#include "experiment_parts.h"

bs_status bs_experiment_identify(const bs_yaml_tree *tree, bs_experiment *experiment)
{
    size_t size = 0;
    FILE *out = open_memstream(&experiment->identity, &size);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of an experiment");
    }
    bs_keys_print_identity(&bs_experiment_keys, tree, out);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of an experiment");
    }
    return bs_hash_bytes(experiment->identity, size, experiment->identity_hash);
}

/* Copies the line at TEXT, cut off at LENGTH. */
static void copy_line(const char *text, char *line, size_t length)
{
    snprintf(line, length, "%.*s", (int)strcspn(text, "\n"), text);
}

bool bs_experiment_difference(const char *identity_a, const char *identity_b, char *line_a,
                              char *line_b, size_t length)
{
    const char *a = identity_a;
    const char *b = identity_b;
    while (*a != '\0' || *b != '\0') {
        size_t in_a = strcspn(a, "\n");
        size_t in_b = strcspn(b, "\n");
        if (in_a != in_b || strncmp(a, b, in_a) != 0) {
            copy_line(a, line_a, length);
            copy_line(b, line_b, length);
            return true;
        }
        a += in_a + (a[in_a] == '\n');
        b += in_b + (b[in_b] == '\n');
    }
    line_a[0] = '\0';
    line_b[0] = '\0';
    return false;
}
