/* What decides the values of a sweep, as text to compare, and its hash. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

/* Keys that change where and how fast, or what is done afterwards, but no value. */
static bool is_housekeeping(const char *path)
{
    static const char *const keys[] = {"title", "data.path", "analysis", "parallel", "output"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(path, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Files whose contents count, not their names: their hashes are compared elsewhere. */
static bool is_input_file(const char *path)
{
    const char *key = strrchr(path, '.');
    return key != NULL && (strncmp(key, ".weights", strlen(".weights")) == 0 ||
                           strcmp(path, "path.directions") == 0);
}

/* The axis as parsed, so that -1:1:51 and -1.0:1:51 are the same. */
static void print_axis(FILE *out, const char *path, const bs_experiment *experiment)
{
    const bs_axis *axis = &experiment->grid.axis[path[strlen("grid.")] - 'x'];
    char from[BS_TEXT_DOUBLE];
    char to[BS_TEXT_DOUBLE];
    bs_text_from_double(axis->from, from);
    bs_text_from_double(axis->to, to);
    fprintf(out, "%s=%s:%s:%" PRId64 "\n", path, from, to, axis->points);
}

static void print_scalar(FILE *out, const bs_yaml_node *node, const char *path,
                         const bs_experiment *experiment)
{
    bool axis =
        strcmp(path, "grid.x") == 0 || strcmp(path, "grid.y") == 0 || strcmp(path, "grid.z") == 0;
    if (axis && node->text[0] != '\0') {
        print_axis(out, path, experiment);
        return;
    }
    bool file = is_input_file(path) && node->text[0] != '\0';
    fprintf(out, "%s=", path);
    for (const char *t = file ? "file" : node->text; *t != '\0'; t++) {
        fputc(*t == '\n' ? ' ' : *t, out); /* an entry stays one line */
    }
    fputc('\n', out);
}

/* Lines "path=value" of everything below NODE; as deep as the schema. */
static void print_node(FILE *out, const bs_yaml_node *node, const char *path,
                       const bs_experiment *experiment)
{
    if (is_housekeeping(path)) {
        return;
    }
    if (node->kind == BS_YAML_SCALAR) {
        print_scalar(out, node, path, experiment);
        return;
    }
    for (int i = 0; i < node->count; i++) {
        char inner[BS_KEY_MAX];
        char number[BS_TEXT_DOUBLE];
        snprintf(number, sizeof number, "%d", i);
        const char *key = node->kind == BS_YAML_MAPPING ? node->children[i]->key : number;
        snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
        print_node(out, node->children[i], inner, experiment);
    }
}

bs_status bs_experiment_identify(const bs_yaml_tree *tree, bs_experiment *experiment)
{
    size_t size = 0;
    FILE *out = open_memstream(&experiment->identity, &size);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of an experiment");
    }
    print_node(out, bs_yaml_root(tree), "", experiment);
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
