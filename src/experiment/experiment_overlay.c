/* A file and settings over defaults, with the sizes of a file: named sets of overrides, one of
 * which
 * --set size=NAME chooses. */
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

enum { NAMES_MAX = 32, LIST_MAX = 512, SHOWN_MAX = 80 };

static const char full[] = "full"; /* the file as it stands, unless it has a size of this name */
static const char size_key[] = "size=";

static bool is_size(const char *setting)
{
    return strncmp(setting, size_key, strlen(size_key)) == 0;
}

/* Lays VALUE over PATH; mappings key by key, so that both "data.images: 64" and "data: {images:
 * 64}" leave the other keys alone, also where PATH is a list whose entries all get the key. */
static bs_status apply(bs_yaml_tree *tree, const char *path, const bs_yaml_node *value)
{
    if (value->kind != BS_YAML_MAPPING) {
        return bs_yaml_apply(tree, path, value);
    }
    for (int i = 0; i < value->count; i++) {
        char inner[BS_PLACE_MAX];
        int length = snprintf(inner, sizeof inner, "%s%s%s", path, path[0] != '\0' ? "." : "",
                              value->children[i]->key);
        if (length >= (int)sizeof inner) {
            char place[BS_PLACE_MAX];
            bs_yaml_node_place(value->children[i], place, sizeof place);
            return BS_FAIL(BS_ERR_USAGE, "%sthe key '%.*s...' is too long", place, SHOWN_MAX,
                           inner);
        }
        BS_TRY(apply(tree, inner, value->children[i]));
    }
    return BS_OK;
}

/* PLACE: who asks for the size NAME. */
static bs_status unknown_size(const bs_yaml_node *sizes, const char *place, const char *name)
{
    const char *known[NAMES_MAX] = {full};
    int count = 1;
    for (int i = 0; sizes != NULL && i < sizes->count && count < NAMES_MAX; i++) {
        known[count++] = sizes->children[i]->key;
    }
    char ending[LIST_MAX];
    bs_text_suggest(name, count, known, "The experiment has", ending, sizeof ending);
    return BS_FAIL(BS_ERR_USAGE, "%sthere is no size '%.*s'%s%s", place, SHOWN_MAX, name, ending,
                   count == 1 ? " (its file names no sizes)" : "");
}

/* Applies the size NAME of SIZES (NULL: none). */
static bs_status choose(bs_yaml_tree *tree, const bs_yaml_node *sizes, const char *place,
                        const char *name)
{
    if (name[0] == '\0') {
        return BS_OK;
    }
    for (int i = 0; sizes != NULL && i < sizes->count; i++) {
        if (strcmp(sizes->children[i]->key, name) == 0) {
            return apply(tree, "", sizes->children[i]);
        }
    }
    return strcmp(name, full) == 0 ? BS_OK : unknown_size(sizes, place, name);
}

/* NAME: {KEY: VALUE, ...} for every size. */
static bs_status check_sizes(const bs_yaml_node *sizes)
{
    const bs_yaml_node *wrong = sizes->kind == BS_YAML_MAPPING ? NULL : sizes;
    for (int i = 0; wrong == NULL && i < sizes->count; i++) {
        wrong = sizes->children[i]->kind == BS_YAML_MAPPING ? NULL : sizes->children[i];
    }
    if (wrong == NULL) {
        return BS_OK;
    }
    char place[BS_PLACE_MAX];
    bs_yaml_node_place(wrong, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE,
                   "%ssizes maps a size's name to the keys it changes, such as {small: "
                   "{data.images: 64, grid.x: '-1:1:17'}}",
                   place);
}

/* Applies the size that the settings or else the file choose, and takes `sizes` and `size` out. */
static bs_status choose_size(bs_yaml_tree *tree, int setting_count, const char *const *settings)
{
    bs_yaml_tree *sizes = NULL;
    bs_yaml_tree *file_choice = NULL;
    bs_status status = bs_yaml_detach(tree, "sizes", &sizes);
    if (status == BS_OK) {
        status = bs_yaml_detach(tree, "size", &file_choice);
    }
    const bs_yaml_node *list = sizes != NULL ? bs_yaml_root(sizes) : NULL;
    if (status == BS_OK && list != NULL) {
        status = bs_yaml_node_is_null(list) ? BS_OK : check_sizes(list);
    }
    const char *name = "";
    char place[BS_PLACE_MAX] = "";
    if (file_choice != NULL && bs_yaml_root(file_choice)->kind == BS_YAML_SCALAR) {
        name = bs_yaml_root(file_choice)->text;
        bs_yaml_node_place(bs_yaml_root(file_choice), place, sizeof place);
    }
    for (int i = 0; i < setting_count && status == BS_OK; i++) {
        if (strncmp(settings[i], "sizes", strlen("sizes")) == 0) {
            status = BS_FAIL(BS_ERR_USAGE,
                             "setting '%s': sizes are the file's; choose one with size=NAME, and "
                             "set the key itself, which comes over it",
                             settings[i]);
        }
        if (is_size(settings[i])) {
            name = settings[i] + strlen(size_key);
            snprintf(place, sizeof place, "setting '%s': ", settings[i]);
        }
    }
    if (status == BS_OK) {
        status = choose(tree, list, place, name);
    }
    bs_yaml_destroy(file_choice);
    bs_yaml_destroy(sizes);
    return status;
}

bs_status bs_experiment_overlay(bs_yaml_tree *tree, const bs_yaml_tree *file, int setting_count,
                                const char *const *settings)
{
    if (file != NULL) {
        BS_TRY(bs_yaml_merge(tree, file));
    }
    BS_TRY(choose_size(tree, setting_count, settings));
    for (int i = 0; i < setting_count; i++) {
        if (!is_size(settings[i])) {
            BS_TRY(bs_yaml_set(tree, settings[i]));
        }
    }
    return BS_OK;
}

char *bs_experiment_output(const char *file)
{
    static const char ending[] = ".nc";
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    const char *dot = strrchr(base, '.');
    size_t length = dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base);
    char *output = bs_alloc(length + sizeof ending, 1);
    if (output != NULL) {
        memcpy(output, base, length);
        memcpy(output + length, ending, sizeof ending);
    }
    return output;
}
