/* Help for people and lists for programs, from the table of verbs. */
#include <ctype.h>
#include <string.h>

#include "verb.h"

enum { COLUMN = 31, WIDTH = 80, TERM_LENGTH = 80 };

/* TEXT wrapped at WIDTH, its lines indented by INDENT; the first continues at column AT. */
static void print_wrapped(FILE *out, int at, int indent, const char *text)
{
    bool first = true; /* word of its line */
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (!first && at + 1 + (int)word > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        at += fprintf(out, "%s%.*s", first ? "" : " ", (int)word, text);
        first = false;
        text += word + strspn(text + word, " ");
    }
    fputc('\n', out);
}

/* "  term     text" */
static void print_entry(FILE *out, const char *term, const char *text)
{
    int at = fprintf(out, "  %-*s", COLUMN - 2, term);
    if (at > COLUMN) {
        at = fprintf(out, "\n%*s", COLUMN, "") - 1;
    }
    print_wrapped(out, at, COLUMN, text);
}

static void print_flag(FILE *out, const bs_flag *flag)
{
    char term[TERM_LENGTH];
    char letter[] = {'-', flag->letter, ',', ' ', '\0'};
    snprintf(term, sizeof term, "%s--%s%s%s", flag->letter != 0 ? letter : "", flag->name,
             flag->argument != NULL ? "=" : "", flag->argument != NULL ? flag->argument : "");
    char text[1024];
    snprintf(text, sizeof text, "%s", flag->help);
    const char *word = NULL;
    const char *about = NULL;
    for (int i = 0; flag->word_at != NULL && (word = flag->word_at(i, &about)) != NULL; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i == 0 ? ": " : ", ", word);
    }
    print_entry(out, term, text);
}

/* The verb's own flags first, then, set apart, those that every verb has. */
static void print_flags(FILE *out, const bs_verb *verb)
{
    const int own = bs_verb_own_flags(verb);
    const bs_flag *flag = NULL;
    for (int i = 0; (flag = bs_flag_at(verb, i)) != NULL; i++) {
        if (i == 0 && verb != NULL && own > 0) {
            fprintf(out, "\nFlags of %s:\n", verb->name);
        }
        if (i == own) {
            fprintf(out, "\nFlags of every verb:\n");
        }
        if (flag->help != NULL) {
            print_flag(out, flag);
        }
    }
}

static void print_overview(FILE *out)
{
    fprintf(out, "blueshift measures the loss surfaces of deep networks and their spectra.\n\n"
                 "Usage: blueshift VERB [FILE] [FLAGS]\n\nVerbs:\n");
    const bs_verb *verb = NULL;
    for (int i = 0; (verb = bs_verb_at(i)) != NULL; i++) {
        print_entry(out, verb->name, verb->summary);
    }
    print_flags(out, NULL);
    fprintf(out, "\n`blueshift VERB --help` explains a verb. An example:\n"
                 "  mpirun -n 2 blueshift sweep jobs/quickstart.yaml\n");
}

void bs_options_help(FILE *out, const bs_verb *verb)
{
    if (verb == NULL) {
        print_overview(out);
        return;
    }
    fprintf(out, "Usage: %sblueshift %s %s\n\n", verb->mpi ? "mpirun -n N " : "", verb->name,
            verb->usage);
    int at = fprintf(out, "blueshift %s: ", verb->name);
    print_wrapped(out, at, 0, verb->summary);
    if (verb->details[0] != '\0') {
        fputc('\n', out);
        print_wrapped(out, 0, 0, verb->details);
    }
    const char *word = NULL;
    const char *about = NULL;
    for (int i = 0; verb->operand_at != NULL && (word = verb->operand_at(i, &about)) != NULL; i++) {
        if (i == 0) {
            fprintf(out, "\n%s:\n", verb->operands);
        }
        print_entry(out, word, about);
    }
    print_flags(out, verb);
}

static void list_words(FILE *out, const char *kind, bs_word_at word_at)
{
    const char *word = NULL;
    const char *about = NULL;
    for (int i = 0; word_at != NULL && (word = word_at(i, &about)) != NULL; i++) {
        fprintf(out, "%s\t%s\t%s\n", kind, word, about);
    }
}

/* The words of an argument such as "filter|layer|none"; its names, such as N, are in capitals. */
static void list_argument(FILE *out, const char *argument)
{
    while (argument != NULL && *argument != '\0') {
        size_t length = strcspn(argument, "|");
        if (islower((unsigned char)argument[0])) {
            fprintf(out, "word\t%.*s\t\n", (int)length, argument);
        }
        argument += length + (argument[length] == '|');
    }
}

static void list_flags(FILE *out, const bs_verb *verb)
{
    const bs_flag *flag = NULL;
    for (int i = 0; (flag = bs_flag_at(verb, i)) != NULL; i++) {
        if (flag->help == NULL) {
            continue;
        }
        char letter[] = {flag->letter, '\0'};
        fprintf(out, "flag\t%s\t%s\t%s\t%s\n", flag->name, letter,
                flag->argument != NULL ? flag->argument : "", flag->help);
        list_words(out, "word", flag->word_at);
        list_argument(out, flag->argument);
    }
}

void bs_options_list(FILE *out, const bs_verb *verb)
{
    const bs_verb *row = NULL;
    for (int i = 0; verb == NULL && (row = bs_verb_at(i)) != NULL; i++) {
        fprintf(out, "verb\t%s\t%s\t%s\t%s\t%s\n", row->name, row->mpi ? "mpi" : "", row->usage,
                row->summary, row->details);
    }
    if (verb != NULL) {
        list_words(out, "operand", verb->operand_at);
    }
    list_flags(out, verb);
}
