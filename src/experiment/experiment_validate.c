/* Keys and types against the schema, with messages that name file, line, key and remedy. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "blueshift/text.h"
#include "experiment_parts.h"

/* libcyaml would refuse unknown keys too, but tells neither the line nor what was meant, and takes
 * "010" as eight and any word as true; so its text is checked and rewritten here first. */

enum { WORDS_MAX = 32, LIST_MAX = 512, SHOWN_MAX = 80 };

/* Names of a mapping's keys or an enum's words. */
typedef struct word_list {
    int count;
    const char *words[WORDS_MAX];
} word_list;

static word_list keys_of(const cyaml_schema_field_t *fields)
{
    word_list list = {.count = 0};
    for (; fields->key != NULL && list.count < WORDS_MAX; fields++) {
        list.words[list.count++] = fields->key;
    }
    return list;
}

static word_list words_of(const cyaml_schema_value_t *schema)
{
    word_list list = {.count = 0};
    for (uint32_t i = 0; i < schema->enumeration.count && list.count < WORDS_MAX; i++) {
        list.words[list.count++] = schema->enumeration.strings[i].str;
    }
    return list;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_value_t *schema, const char *key)
{
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++) {
        if (strcmp(f->key, key) == 0) {
            return f;
        }
    }
    return NULL;
}

/* "PATH.KEY", or "KEY" at the top. */
static void join_path(const char *path, const char *key, char joined[BS_KEY_MAX])
{
    snprintf(joined, BS_KEY_MAX, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
}

/* Where KEY would be at home under TOP, such as "networks.depth"; false when nowhere. */
static bool find_elsewhere(const cyaml_schema_value_t *top, const char *key, char home[BS_KEY_MAX])
{
    if (field_of(top, key) != NULL) {
        snprintf(home, BS_KEY_MAX, "%s", key);
        return true;
    }
    for (const cyaml_schema_field_t *f = top->mapping.fields; f->key != NULL; f++) {
        const cyaml_schema_value_t *inner =
            f->value.type == CYAML_SEQUENCE ? f->value.sequence.entry : &f->value;
        if (inner->type == CYAML_MAPPING && field_of(inner, key) != NULL) {
            join_path(f->key, key, home);
            return true;
        }
    }
    return false;
}

static bs_status unknown_key(const cyaml_schema_value_t *top, const cyaml_schema_value_t *schema,
                             const bs_yaml_node *node, const char *path)
{
    word_list known = keys_of(schema->mapping.fields);
    if (path[0] == '\0') { /* keys of a file, which earlier stages have taken out */
        if (schema == &bs_experiment_schema) {
            known.words[known.count++] = "scan";
        }
        known.words[known.count++] = "sizes";
    }
    char home[BS_KEY_MAX] = "";
    if (!find_elsewhere(top, node->key, home)) {
        const char *near = bs_text_nearest(node->key, known.count, known.words);
        snprintf(home, sizeof home, "%s", near != NULL ? near : "");
    }
    char all[LIST_MAX];
    bs_text_join(known.count, known.words, all, sizeof all);
    char place[BS_PLACE_MAX];
    const bs_yaml_node key = {.source = node->source, .line = node->key_line};
    bs_yaml_node_place(&key, place, sizeof place);
    char question[BS_KEY_MAX + SHOWN_MAX] = ".";
    if (home[0] != '\0') {
        snprintf(question, sizeof question, "; did you mean '%s'?", home);
    }
    return BS_FAIL(BS_ERR_USAGE, "%sunknown key '%.*s'%s%s%s Known keys here: %s", place, SHOWN_MAX,
                   node->key, path[0] != '\0' ? " in " : "", path, question, all);
}

/* "FILE:LINE: PATH is 'VALUE'; expected EXPECTED". */
static bs_status wrong_type(const bs_yaml_node *node, const char *path, const char *expected)
{
    char place[BS_PLACE_MAX];
    bs_yaml_node_place(node, place, sizeof place);
    if (path[0] == '\0') {
        return BS_FAIL(BS_ERR_USAGE, "%sthis is not an experiment; expected lines 'key: value'",
                       place);
    }
    if (node->kind != BS_YAML_SCALAR) {
        return BS_FAIL(BS_ERR_USAGE, "%s%s is a %s; expected %s", place, path,
                       node->kind == BS_YAML_LIST ? "list" : "mapping", expected);
    }
    return BS_FAIL(BS_ERR_USAGE, "%s%s is '%.*s'; expected %s", place, path, SHOWN_MAX, node->text,
                   expected);
}

static bs_status validate_int(const cyaml_schema_value_t *schema, bs_yaml_node *node,
                              const char *path)
{
    bool wide = schema->data_size == sizeof(int64_t);
    int64_t number = 0;
    if (!bs_text_to_int64(node->text, &number)) {
        return wrong_type(node, path, "a whole number");
    }
    if (!wide && (number < INT32_MIN || number > INT32_MAX)) {
        return wrong_type(node, path, "a whole number of at most 2147483647");
    }
    char text[BS_TEXT_DOUBLE];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status validate_uint(const cyaml_schema_value_t *schema, bs_yaml_node *node,
                               const char *path)
{
    bool wide = schema->data_size == sizeof(uint64_t);
    uint64_t number = 0;
    if (!bs_text_to_uint64(node->text, &number) || (!wide && number > UINT32_MAX)) {
        return wrong_type(node, path,
                          wide ? "a whole number from 0 to 18446744073709551615"
                               : "a whole number from 0 to 4294967295");
    }
    char text[BS_TEXT_DOUBLE];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status validate_float(bs_yaml_node *node, const char *path)
{
    double number = 0.0;
    if (!bs_text_to_double(node->text, &number)) {
        return wrong_type(node, path, "a finite number");
    }
    char text[BS_TEXT_DOUBLE];
    bs_text_from_double(number, text);
    return bs_yaml_node_set_text(node, text, false);
}

static bs_status validate_bool(bs_yaml_node *node, const char *path)
{
    static const char *const words[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
    for (int truth = 0; truth < 2; truth++) {
        for (int i = 0; i < 3; i++) {
            if (strcasecmp(node->text, words[truth][i]) == 0) {
                return bs_yaml_node_set_text(node, words[truth][0], false);
            }
        }
    }
    return wrong_type(node, path, "true or false");
}

static bs_status validate_word(const cyaml_schema_value_t *schema, const bs_yaml_node *node,
                               const char *path)
{
    word_list known = words_of(schema);
    for (int i = 0; i < known.count; i++) {
        if (strcmp(known.words[i], node->text) == 0) {
            return BS_OK;
        }
    }
    char expected[LIST_MAX] = "one of: ";
    size_t used = strlen(expected);
    bs_text_join(known.count, known.words, expected + used, sizeof expected - used);
    const char *near = bs_text_nearest(node->text, known.count, known.words);
    if (near == NULL) {
        return wrong_type(node, path, expected);
    }
    char place[BS_PLACE_MAX];
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(BS_ERR_USAGE, "%s%s is '%.*s'; did you mean '%s'? Expected %s", place, path,
                   SHOWN_MAX, node->text, near, expected);
}

static const char *describe(const cyaml_schema_value_t *schema, char *text, size_t length)
{
    if (schema->type == CYAML_MAPPING) {
        word_list known = keys_of(schema->mapping.fields);
        int used = snprintf(text, length, "a mapping with keys of its own: ");
        bs_text_join(known.count, known.words, text + used, length - (size_t)used);
        return text;
    }
    if (schema->type == CYAML_SEQUENCE_FIXED) {
        snprintf(text, length, "a list of %u numbers", schema->sequence.max);
        return text;
    }
    if (schema->type == CYAML_SEQUENCE) {
        snprintf(text, length, "a list of 1 to %u entries", schema->sequence.max);
        return text;
    }
    return "a single value";
}

static bs_status validate(const cyaml_schema_value_t *top, const cyaml_schema_value_t *schema,
                          bs_yaml_node *node, const char *path);

static bs_status validate_list(const cyaml_schema_value_t *top, const cyaml_schema_value_t *schema,
                               const bs_yaml_node *list, const char *path)
{
    if ((uint32_t)list->count < schema->sequence.min ||
        (uint32_t)list->count > schema->sequence.max) {
        char place[BS_PLACE_MAX];
        char expected[LIST_MAX];
        bs_yaml_node_place(list, place, sizeof place);
        return BS_FAIL(BS_ERR_USAGE, "%s%s has %d entries; expected %s", place, path, list->count,
                       describe(schema, expected, sizeof expected));
    }
    for (int i = 0; i < list->count; i++) {
        char number[BS_TEXT_DOUBLE];
        char inner[BS_KEY_MAX];
        snprintf(number, sizeof number, "%d", i);
        join_path(path, number, inner);
        BS_TRY(validate(top, schema->sequence.entry, list->children[i], inner));
    }
    return BS_OK;
}

static bs_status validate_mapping(const cyaml_schema_value_t *top,
                                  const cyaml_schema_value_t *schema, const bs_yaml_node *mapping,
                                  const char *path)
{
    for (int i = 0; i < mapping->count; i++) {
        const cyaml_schema_field_t *field = field_of(schema, mapping->children[i]->key);
        if (field == NULL) {
            return unknown_key(top, schema, mapping->children[i], path);
        }
        char inner[BS_KEY_MAX];
        join_path(path, field->key, inner);
        BS_TRY(validate(top, &field->value, mapping->children[i], inner));
    }
    return BS_OK;
}

static bs_status validate_scalar(const cyaml_schema_value_t *schema, bs_yaml_node *node,
                                 const char *path)
{
    switch (schema->type) {
    case CYAML_INT:
        return validate_int(schema, node, path);
    case CYAML_UINT:
        return validate_uint(schema, node, path);
    case CYAML_FLOAT:
        return validate_float(node, path);
    case CYAML_BOOL:
        return validate_bool(node, path);
    case CYAML_ENUM:
        return validate_word(schema, node, path);
    case CYAML_STRING:
        return BS_OK;
    case CYAML_FLAGS:
    case CYAML_MAPPING:
    case CYAML_BITFIELD:
    case CYAML_SEQUENCE:
    case CYAML_SEQUENCE_FIXED:
    case CYAML_IGNORE:
    case CYAML__TYPE_COUNT:
        break;
    }
    return BS_FAIL(BS_ERR_INTERNAL, "%s: no check for the schema's type %d", path, schema->type);
}

/* Descends no deeper than the schema does. */
static bs_status validate(const cyaml_schema_value_t *top, const cyaml_schema_value_t *schema,
                          bs_yaml_node *node, const char *path)
{
    bool list = schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED;
    bs_yaml_node_kind wanted = list                            ? BS_YAML_LIST
                               : schema->type == CYAML_MAPPING ? BS_YAML_MAPPING
                                                               : BS_YAML_SCALAR;
    if (node->kind != wanted) {
        char expected[LIST_MAX];
        return wrong_type(node, path, describe(schema, expected, sizeof expected));
    }
    if (list) {
        return validate_list(top, schema, node, path);
    }
    return wanted == BS_YAML_MAPPING ? validate_mapping(top, schema, node, path)
                                     : validate_scalar(schema, node, path);
}

bs_status bs_experiment_validate(const cyaml_schema_value_t *schema, const bs_yaml_tree *tree)
{
    return validate(schema, schema, bs_yaml_root(tree), "");
}
