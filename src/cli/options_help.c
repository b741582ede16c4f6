/* Help texts, written from the table of verbs and flags. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options_table.h"

enum { COLUMN = 31, WIDTH = 80, TERM_LENGTH = 80 };

/* "  term     text", the text wrapped at WIDTH from COLUMN on. */
static void print_entry(FILE *out, const char *term, const char *text)
{
    int at = fprintf(out, "  %-*s", COLUMN - 2, term);
    if (at > COLUMN) {
        at = fprintf(out, "\n%*s", COLUMN, "") - 1;
    }
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (at > COLUMN && at + 1 + (int)word > WIDTH) {
            at = fprintf(out, "\n%*s", COLUMN, "") - 1;
        }
        at += fprintf(out, "%s%.*s", at > COLUMN ? " " : "", (int)word, text);
        text += word + strspn(text + word, " ");
    }
    fputc('\n', out);
}

static void print_flags(FILE *out, bs_verb verb)
{
    fprintf(out, "\nFlags:\n");
    for (int i = 0; i < BS_FLAGS; i++) {
        const bs_flag_entry *flag = &bs_flag_table[i];
        if (flag->help == NULL || (flag->verbs & 1U << verb) == 0) {
            continue;
        }
        char term[TERM_LENGTH];
        char letter[] = {'-', flag->letter, ',', ' ', '\0'};
        snprintf(term, sizeof term, "%s--%s%s%s", flag->letter != 0 ? letter : "", flag->name,
                 flag->argument != NULL ? "=" : "", flag->argument != NULL ? flag->argument : "");
        print_entry(out, term, flag->help);
    }
}

static void print_overview(FILE *out)
{
    fprintf(out, "blueshift measures the loss surfaces of deep networks and their spectra.\n\n"
                 "Usage: blueshift VERB [FILE] [FLAGS]\n\nVerbs:\n");
    for (int i = 0; i < BS_VERBS; i++) {
        print_entry(out, bs_verb_table[i].name, bs_verb_table[i].summary);
    }
    print_flags(out, BS_VERB_NONE);
    fprintf(out, "\n`blueshift VERB --help` explains a verb. An example:\n"
                 "  mpirun -n 2 blueshift sweep jobs/quickstart.yaml\n");
}

static void print_verb(FILE *out, const bs_verb_entry *entry)
{
    fprintf(out, "Usage: %s\n\nblueshift %s: %s.\n", entry->usage, entry->name, entry->summary);
    if (entry->details[0] != '\0') {
        fprintf(out, "\n%s\n", entry->details);
    }
    print_flags(out, entry->verb);
}

bs_status bs_options_help(bs_verb verb, char **text)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the help text");
    }
    if (verb == BS_VERB_NONE) {
        print_overview(out);
    }
    for (int i = 0; i < BS_VERBS; i++) {
        if (bs_verb_table[i].verb == verb) {
            print_verb(out, &bs_verb_table[i]);
        }
    }
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(*text);
        *text = NULL;
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the help text");
    }
    return BS_OK;
}
