/* From argv to options, against our own table of flags. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "options_table.h"

/* Not getopt_long: it takes "-1:1:51" for a flag, and cannot say what was probably meant. */

enum { NAME_LENGTH = 64, DASHED_LENGTH = NAME_LENGTH + 2, LIST_LENGTH = 128 };

/* The words under way. */
typedef struct reading {
    int argc;
    char *const *argv;
    int at;          /* of the current word */
    bool only_words; /* after "--" */
    bs_options *options;
    const char *values[BS_FLAGS]; /* last value of each flag */
} reading;

static const char *verb_name(bs_verb verb)
{
    for (int i = 0; i < BS_VERBS; i++) {
        if (bs_verb_table[i].verb == verb) {
            return bs_verb_table[i].name;
        }
    }
    return "";
}

/* '-' and '_' are the same in a flag. */
static bool same_name(const char *name, size_t length, const char *known)
{
    if (strlen(known) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char c = name[i] == '_' ? '-' : name[i];
        if (c != (known[i] == '_' ? '-' : known[i])) {
            return false;
        }
    }
    return true;
}

static bs_status unknown_flag(const reading *r, const char *word)
{
    const char *names[BS_FLAGS];
    int count = 0;
    bs_verb verb = r->options->verb;
    for (int i = 0; i < BS_FLAGS; i++) {
        if ((bs_flag_table[i].verbs & 1U << verb) != 0) {
            names[count++] = bs_flag_table[i].name;
        }
    }
    char bare[NAME_LENGTH];
    const char *start = word + strspn(word, "-");
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(start, "="), start);
    const char *near = bs_text_nearest(bare, count, names);
    const char *name = verb_name(verb);
    return BS_FAIL(BS_ERR_USAGE, "unknown flag '%.*s'%s%s%s `blueshift %s%s--help` lists the flags",
                   (int)strcspn(word, "="), word, near != NULL ? "; did you mean '--" : ";",
                   near != NULL ? near : "", near != NULL ? "'?" : "", name,
                   name[0] != '\0' ? " " : "");
}

/* A flag that the table has, but not for this verb. */
static bs_status misplaced_flag(const reading *r, const bs_flag_entry *flag)
{
    const char *names[BS_VERBS];
    int count = 0;
    for (int i = 0; i < BS_VERBS; i++) {
        if ((flag->verbs & 1U << bs_verb_table[i].verb) != 0) {
            names[count++] = bs_verb_table[i].name;
        }
    }
    char list[LIST_LENGTH];
    bs_text_join(count, names, list, sizeof list);
    if (r->options->verb == BS_VERB_NONE) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--%s is a flag of %s: write it behind the verb, as in "
                       "'blueshift %s --%s'",
                       flag->name, list, names[0], flag->name);
    }
    return BS_FAIL(BS_ERR_USAGE, "--%s is a flag of %s, not of %s; leave it out", flag->name, list,
                   verb_name(r->options->verb));
}

/* The setting KEY=VALUE, or VALUE as it stands when KEY is NULL. Only counted without room for it.
 */
static bs_status add_setting(bs_options *options, const char *key, const char *value)
{
    if (options->settings == NULL) {
        options->setting_count++;
        return BS_OK;
    }
    size_t length = strlen(value) + (key != NULL ? strlen(key) + 1 : 0) + 1;
    char *setting = bs_alloc(length, 1);
    if (setting == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(setting, length, "%s%s%s", key != NULL ? key : "", key != NULL ? "=" : "", value);
    options->settings[options->setting_count++] = setting;
    return BS_OK;
}

/* The value behind '=' or in the next word; NULL with a recorded error when there is none. A value
 * may begin with a dash (-1:1:51), but a word with two is a forgotten value. */
static const char *take_value(reading *r, const bs_flag_entry *flag, const char *attached)
{
    if (attached != NULL) {
        return attached;
    }
    if (r->at + 1 >= r->argc || strncmp(r->argv[r->at + 1], "--", 2) == 0) {
        (void)BS_FAIL(BS_ERR_USAGE, "--%s needs a value: --%s=%s", flag->name, flag->name,
                      flag->argument);
        return NULL;
    }
    return r->argv[++r->at];
}

/* ATTACHED: the value in the same word, or NULL. */
static bs_status apply_flag(reading *r, const bs_flag_entry *flag, const char *attached)
{
    bs_options *options = r->options;
    if ((flag->verbs & 1U << options->verb) == 0) {
        return misplaced_flag(r, flag);
    }
    if (flag->argument == NULL) {
        if (attached != NULL) {
            return BS_FAIL(BS_ERR_USAGE, "--%s takes no value, but '%s' was given", flag->name,
                           attached);
        }
        *(bool *)((char *)options + flag->member) = true;
        return BS_OK;
    }
    const char *value = take_value(r, flag, attached);
    if (value == NULL) {
        return BS_ERR_USAGE;
    }
    r->values[flag - bs_flag_table] = value;
    if (flag->member == 0) {
        return add_setting(options, flag->key, value);
    }
    *(const char **)((char *)options + flag->member) = value;
    return BS_OK;
}

/* --name, --name=value */
static bs_status read_long(reading *r, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    for (int i = 0; i < BS_FLAGS; i++) {
        if (same_name(name, length, bs_flag_table[i].name)) {
            return apply_flag(r, &bs_flag_table[i], name[length] == '=' ? name + length + 1 : NULL);
        }
    }
    return unknown_flag(r, word);
}

/* -q, -o value, -ovalue */
static bs_status read_short(reading *r, const char *word)
{
    for (int i = 0; i < BS_FLAGS; i++) {
        const bs_flag_entry *flag = &bs_flag_table[i];
        if (flag->letter == word[1] && (word[2] == '\0' || flag->argument != NULL)) {
            return apply_flag(r, flag, word[2] != '\0' ? word + 2 : NULL);
        }
    }
    return unknown_flag(r, word);
}

static bs_status read_verb(reading *r, const char *word)
{
    const char *names[BS_VERBS];
    for (int i = 0; i < BS_VERBS; i++) {
        names[i] = bs_verb_table[i].name;
        if (strcmp(word, names[i]) == 0) {
            r->options->verb = bs_verb_table[i].verb;
            return BS_OK;
        }
    }
    if (strcmp(word, "help") == 0) {
        r->options->help = true;
        return BS_OK;
    }
    char all[LIST_LENGTH];
    bs_text_join(BS_VERBS, names, all, sizeof all);
    const char *near = bs_text_nearest(word, BS_VERBS, names);
    return BS_FAIL(BS_ERR_USAGE,
                   "unknown verb '%s'%s%s%s Verbs: %s; `blueshift --help` explains them", word,
                   near != NULL ? "; did you mean '" : ".", near != NULL ? near : "",
                   near != NULL ? "'?" : "", all);
}

/* A word that is neither flag nor value: the verb, then one file. */
static bs_status read_word(reading *r, const char *word)
{
    bs_options *options = r->options;
    if (options->verb == BS_VERB_NONE) {
        return read_verb(r, word);
    }
    const char **slot = options->verb == BS_VERB_SWEEP ? &options->experiment : &options->file;
    if (*slot != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "one at a time: '%s' was given, then '%s'; flags begin "
                       "with --",
                       *slot, word);
    }
    *slot = word;
    return BS_OK;
}

static bs_status read_any(reading *r)
{
    const char *word = r->argv[r->at];
    if (r->only_words || word[0] != '-' || word[1] == '\0') {
        return read_word(r, word);
    }
    if (strcmp(word, "--") == 0) {
        r->only_words = true;
        return BS_OK;
    }
    return word[1] == '-' ? read_long(r, word) : read_short(r, word);
}

/* Synonyms such as --xnorm and --ynorm must agree. */
static bs_status check_synonyms(const reading *r)
{
    for (int i = 0; i < BS_FLAGS; i++) {
        for (int j = 0; j < i; j++) {
            const bs_flag_entry *a = &bs_flag_table[j];
            const bs_flag_entry *b = &bs_flag_table[i];
            if (a->key == NULL || b->key == NULL || strcmp(a->key, b->key) != 0 ||
                r->values[i] == NULL || r->values[j] == NULL ||
                strcmp(r->values[i], r->values[j]) == 0) {
                continue;
            }
            return BS_FAIL(BS_ERR_USAGE,
                           "--%s=%s and --%s=%s differ, but all directions are treated alike; give "
                           "one of the two",
                           a->name, r->values[j], b->name, r->values[i]);
        }
    }
    return BS_OK;
}

static bs_status check_complete(const bs_options *options)
{
    if (options->help || options->version) {
        return BS_OK;
    }
    if (options->verb == BS_VERB_NONE) {
        return BS_FAIL(BS_ERR_USAGE, "no verb was given; try `blueshift --help`");
    }
    if (options->verb == BS_VERB_DEMO) {
        return options->file != NULL || options->defaults
                   ? BS_OK
                   : BS_FAIL(BS_ERR_USAGE,
                             "demo needs a name, such as fbm, or a YAML file; `blueshift demo "
                             "--help` lists them");
    }
    if (options->verb == BS_VERB_THEORY && options->file == NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "theory needs a topic, such as great-circle; `blueshift theory "
                       "--help` lists them");
    }
    if (options->verb != BS_VERB_SWEEP && options->file == NULL) {
        return BS_FAIL(BS_ERR_USAGE, "%s needs a result file: blueshift %s FILE",
                       verb_name(options->verb), verb_name(options->verb));
    }
    if (options->quiet && options->verbose) {
        return BS_FAIL(BS_ERR_USAGE, "--quiet and --verbose exclude each other; give one of them");
    }
    return BS_OK;
}

static bs_status read_all(reading *r)
{
    for (r->at = 1; r->at < r->argc; r->at++) {
        BS_TRY(read_any(r));
    }
    return BS_OK;
}

bs_status bs_options_parse(int argc, char *const *argv, bs_options *options)
{
    *options = (bs_options){.verb = BS_VERB_NONE};
    reading r = {.argc = argc, .argv = argv, .options = options};
    BS_TRY(read_all(&r));
    BS_TRY(check_synonyms(&r));
    return check_complete(options);
}

bs_status bs_options_collect(int argc, char *const *argv, bs_options *options)
{
    options->settings = bs_alloc((size_t)options->setting_count, sizeof *options->settings);
    if (options->settings == NULL) {
        options->setting_count = 0;
        return BS_ERR_MEMORY;
    }
    bs_options again = {.settings = options->settings};
    reading r = {.argc = argc, .argv = argv, .options = &again};
    bs_status status = read_all(&r);
    options->setting_count = again.setting_count;
    return status;
}

void bs_options_release(bs_options *options)
{
    for (int i = 0; options->settings != NULL && i < options->setting_count; i++) {
        bs_free(options->settings[i]);
    }
    bs_free(options->settings);
    *options = (bs_options){.verb = BS_VERB_NONE};
}
