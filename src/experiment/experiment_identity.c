/* What decides the values of a sweep or a training, as text to compare, and its hash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

static void print_training(const bs_yaml_tree *tree, FILE *out)
{
    static const char *const parts[] = {"seed", "data", "networks", "train"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        bs_keys_print_part(&bs_experiment_keys, tree, parts[i], out);
    }
}

static void print_sweep(const bs_yaml_tree *tree, FILE *out)
{
    bs_keys_print_identity(&bs_experiment_keys, tree, out);
}

/* What PRINT prints, as a text. */
static bs_status make_text(void (*print)(const bs_yaml_tree *tree, FILE *out),
                           const bs_yaml_tree *tree, char **text)
{
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of an experiment");
    }
    print(tree, out);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    *text = failed || made == NULL ? NULL : bs_strdup(made);
    free(made);
    return *text == NULL ? BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of an experiment")
                         : BS_OK;
}

bs_status bs_experiment_identify(const bs_yaml_tree *tree, bs_experiment *experiment)
{
    BS_TRY(make_text(print_sweep, tree, &experiment->identity));
    BS_TRY(make_text(print_training, tree, &experiment->training_identity));
    return bs_hash_bytes(experiment->identity, strlen(experiment->identity),
                         experiment->identity_hash);
}

/* Copies the line at TEXT, cut off at LENGTH. */
static void copy_line(const char *text, char *line, size_t length)
{
    snprintf(line, length, "%.*s", (int)strcspn(text, "\n"), text);
}

/* TEXT without the line that says which backend was asked for: the line `kernel` of a sweep says
 * which one it was. */
static const char *skip_wish(const char *text)
{
    static const char wish[] = "evaluation.backend=";
    if (strncmp(text, wish, strlen(wish)) != 0) {
        return text;
    }
    text += strcspn(text, "\n");
    return text + (*text == '\n');
}

bool bs_experiment_difference(const char *identity_a, const char *identity_b, char *line_a,
                              char *line_b, size_t length)
{
    const char *a = skip_wish(identity_a);
    const char *b = skip_wish(identity_b);
    while (*a != '\0' || *b != '\0') {
        size_t in_a = strcspn(a, "\n");
        size_t in_b = strcspn(b, "\n");
        if (in_a != in_b || strncmp(a, b, in_a) != 0) {
            copy_line(a, line_a, length);
            copy_line(b, line_b, length);
            return true;
        }
        a = skip_wish(a + in_a + (a[in_a] == '\n'));
        b = skip_wish(b + in_b + (b[in_b] == '\n'));
    }
    line_a[0] = '\0';
    line_b[0] = '\0';
    return false;
}
