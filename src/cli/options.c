/* From argv to options, against our own table of flags. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "blueshift/yaml_tree.h"
#include "foreign_flags.h"
#include "verb.h"

/* Not getopt_long: it takes "-1:1:51" for a flag, and cannot say what was probably meant. */

enum { LIST_LENGTH = 128, NAME_LENGTH = 64, NAMES_MAX = 64 };

/* The words under way. */
typedef struct reading {
    int argc;
    char *const *argv;
    int at;          /* of the current word */
    bool only_words; /* after "--" */
    bs_options *options;
    const char *values[NAMES_MAX]; /* last value of each flag */
} reading;

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

/* Index among the flags of VERB; -1: it has none of this name. */
static int find_flag(const bs_verb *verb, const char *name, size_t length)
{
    const bs_flag *flag = NULL;
    for (int i = 0; (flag = bs_flag_at(verb, i)) != NULL; i++) {
        if (same_name(name, length, flag->name)) {
            return i;
        }
    }
    return -1;
}

/* The same for "-o" and "-oVALUE". */
static int find_letter(const bs_verb *verb, const char *word)
{
    const bs_flag *flag = NULL;
    for (int i = 0; (flag = bs_flag_at(verb, i)) != NULL; i++) {
        if (flag->letter == word[1] && (word[2] == '\0' || flag->argument != NULL)) {
            return i;
        }
    }
    return -1;
}

/* The flag that names the result file of VERB; NULL: it has none. */
static const char *find_output(const bs_verb *verb)
{
    const bs_flag *flag = NULL;
    for (int i = 0; (flag = bs_flag_at(verb, i)) != NULL; i++) {
        if (flag->key != NULL && strcmp(flag->key, "output.file") == 0) {
            return flag->name;
        }
    }
    return NULL;
}

/* A flag that other verbs have. OTHERS are their names. */
static bs_status misplaced_flag(const bs_verb *verb, const char *name, int count,
                                const char *const *others)
{
    char list[LIST_LENGTH];
    bs_text_join(count, others, list, sizeof list);
    if (verb == NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--%s is a flag of %s: write it after the verb, as in 'blueshift %s --%s'",
                       name, list, others[0], name);
    }
    const char *here = strcmp(name, "output") == 0 ? find_output(verb) : NULL;
    return here != NULL ? BS_FAIL(BS_ERR_USAGE,
                                  "--%s is a flag of %s, not of %s, where --%s names the output",
                                  name, list, verb->name, here)
                        : BS_FAIL(BS_ERR_USAGE, "--%s is a flag of %s, not of %s; leave it out",
                                  name, list, verb->name);
}

static bs_status unknown_flag(const bs_verb *verb, const char *word)
{
    const char *names[NAMES_MAX];
    int count = 0;
    for (const bs_flag *flag = NULL; (flag = bs_flag_at(verb, count)) != NULL; count++) {
        names[count] = flag->name;
    }
    char bare[NAME_LENGTH];
    const char *start = word + strspn(word, "-");
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(start, "="), start);
    const char *here = bs_foreign_flag(bare, strlen(bare));
    if (here != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "--%s is a flag of loss-landscape; here: %s", bare, here);
    }
    const char *near = bs_text_nearest(bare, count, names);
    return BS_FAIL(BS_ERR_USAGE, "unknown flag '%.*s'%s%s%s `blueshift %s%s--help` lists the flags",
                   (int)strcspn(word, "="), word, near != NULL ? "; did you mean '--" : ";",
                   near != NULL ? near : "", near != NULL ? "'?" : "",
                   verb != NULL ? verb->name : "", verb != NULL ? " " : "");
}

/* NAME, as written in WORD, is no flag of the verb. */
static bs_status no_flag(const reading *r, const char *word, const char *name, size_t length)
{
    const char *others[NAMES_MAX];
    const char *known = NULL;
    int count = 0;
    const bs_verb *verb = NULL;
    for (int i = 0; (verb = bs_verb_at(i)) != NULL; i++) {
        int found = find_flag(verb, name, length);
        if (found >= 0) {
            known = bs_flag_at(verb, found)->name;
            others[count++] = verb->name;
        }
    }
    return count > 0 ? misplaced_flag(r->options->verb, known, count, others)
                     : unknown_flag(r->options->verb, word);
}

/* The setting KEY=VALUE, or VALUE as it stands when KEY is NULL. Only counted without room for it.
 */
static bs_status add_setting(bs_options *options, const char *key, const char *value)
{
    if (options->settings == NULL) {
        options->setting_count++;
        return BS_OK;
    }
    char *setting = key != NULL ? bs_yaml_assignment(key, value) : bs_strdup(value);
    if (setting == NULL) {
        return BS_ERR_MEMORY;
    }
    options->settings[options->setting_count++] = setting;
    return BS_OK;
}

/* The value after '=' or in the next word; NULL with a recorded error when there is none. A value
 * may begin with a dash (-1:1:51), but a word with two is a forgotten value. */
static const char *take_value(reading *r, const bs_flag *flag, const char *attached)
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
static bs_status apply_flag(reading *r, int index, const char *attached)
{
    bs_options *options = r->options;
    const bs_flag *flag = bs_flag_at(options->verb, index);
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
    r->values[index] = value;
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
    int index = find_flag(r->options->verb, name, length);
    return index >= 0 ? apply_flag(r, index, name[length] == '=' ? name + length + 1 : NULL)
                      : no_flag(r, word, name, length);
}

/* -q, -o value, -ovalue */
static bs_status read_short(reading *r, const char *word)
{
    int index = find_letter(r->options->verb, word);
    if (index >= 0) {
        return apply_flag(r, index, word[2] != '\0' ? word + 2 : NULL);
    }
    const bs_verb *verb = NULL;
    for (int i = 0; (verb = bs_verb_at(i)) != NULL; i++) {
        index = find_letter(verb, word);
        if (index >= 0) {
            const char *name = bs_flag_at(verb, index)->name;
            return no_flag(r, word, name, strlen(name));
        }
    }
    return unknown_flag(r->options->verb, word);
}

static bs_status read_verb(reading *r, const char *word)
{
    const char *names[NAMES_MAX];
    int count = 0;
    for (const bs_verb *verb = NULL; (verb = bs_verb_at(count)) != NULL; count++) {
        names[count] = verb->name;
        if (strcmp(word, verb->name) == 0) {
            r->options->verb = verb;
            return BS_OK;
        }
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "version") == 0) {
        *(word[0] == 'h' ? &r->options->help : &r->options->version) = true;
        return BS_OK;
    }
    char known[2 * LIST_LENGTH];
    bs_text_suggest(word, count, names, "Verbs", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "unknown verb '%s'%s; `blueshift --help` explains them", word,
                   known);
}

static bs_status add_operand(bs_options *options, const char *word)
{
    if (options->operand_count == BS_OPERANDS_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "more than %d files; give fewer, or join some of them first",
                       BS_OPERANDS_MAX);
    }
    options->operands[options->operand_count++] = word;
    return BS_OK;
}

/* A word that is neither flag nor value: the verb, then its operand. */
static bs_status read_word(reading *r, const char *word)
{
    bs_options *options = r->options;
    if (options->verb == NULL) {
        return read_verb(r, word);
    }
    if (options->operand != NULL && options->verb->many) {
        return add_operand(options, word);
    }
    if (options->operand != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "one at a time: '%s' was given, then '%s'; flags begin with --",
                       options->operand, word);
    }
    options->operand = word;
    return add_operand(options, word);
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
    const bs_verb *verb = r->options->verb;
    const bs_flag *b = NULL;
    for (int i = 0; (b = bs_flag_at(verb, i)) != NULL; i++) {
        for (int j = 0; j < i && b->key != NULL && r->values[i] != NULL; j++) {
            const bs_flag *a = bs_flag_at(verb, j);
            if (a->key == NULL || strcmp(a->key, b->key) != 0 || r->values[j] == NULL ||
                strcmp(r->values[i], r->values[j]) == 0) {
                continue;
            }
            return BS_FAIL(BS_ERR_USAGE,
                           "--%s=%s and --%s=%s differ, but set the same; give one of the two",
                           a->name, r->values[j], b->name, r->values[i]);
        }
    }
    return BS_OK;
}

static bool find_level(const char *word, bs_log_level *level)
{
    const char *name = NULL;
    for (int i = 0; (name = bs_log_level_name(i)) != NULL; i++) {
        if (strcmp(word, name) == 0) {
            *level = (bs_log_level)i;
            return true;
        }
    }
    return false;
}

bs_log_level bs_options_level(const bs_options *options, const char **unknown)
{
    bs_log_level level = options->verbose ? BS_LOG_DEBUG
                         : options->quiet ? BS_LOG_WARNING
                                          : BS_LOG_INFO;
    *unknown = NULL;
    if (options->log_level != NULL) {
        (void)find_level(options->log_level, &level);
    } else if (!options->verbose && !options->quiet) {
        const char *word = getenv("BLUESHIFT_LOG");
        *unknown = word != NULL && word[0] != '\0' && !find_level(word, &level) ? word : NULL;
    }
    return level;
}

static bs_status check_level(const bs_options *options)
{
    if (options->quiet + options->verbose + (options->log_level != NULL) > 1) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--quiet, --verbose and --log-level exclude each other; give one of them");
    }
    bs_log_level level = BS_LOG_INFO;
    if (options->log_level == NULL || find_level(options->log_level, &level)) {
        return BS_OK;
    }
    const char *names[NAMES_MAX];
    int count = 0;
    while ((names[count] = bs_log_level_name(count)) != NULL) {
        count++;
    }
    char known[LIST_LENGTH];
    bs_text_suggest(options->log_level, count, names, "Levels", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "unknown level '%s'%s", options->log_level, known);
}

static bs_status check_complete(const bs_options *options)
{
    const bs_verb *verb = options->verb;
    if (options->help || options->version || options->list) {
        return BS_OK;
    }
    if (verb == NULL) {
        return BS_FAIL(BS_ERR_USAGE, "no verb was given; try `blueshift --help`");
    }
    if (verb->needs != NULL && options->operand == NULL && !options->defaults) {
        return BS_FAIL(BS_ERR_USAGE, "%s needs %s", verb->name, verb->needs);
    }
    return check_level(options);
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
    *options = (bs_options){.verb = NULL};
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
    *options = (bs_options){.verb = NULL};
}
