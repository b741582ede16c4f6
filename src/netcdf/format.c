/* The table of what format 1 called otherwise. */
#include "blueshift/format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

/* Pieces of names, in format 1 and today. */
typedef struct renamed {
    const char *old, *current;
    bool whole; /* the name itself, not a piece of it */
} renamed;

static const renamed names[] = {
    {"kernel", "backend", true},
    {"item", "realisation", true},
    {"blueshift_items", "blueshift_scalars", true},
    {"high_share", "high_fraction", false},
    {"residual_main", "skip_main", false},
};
enum { NAMES = sizeof names / sizeof names[0] };

static const renamed keys[] = {{"\n  kernel: ", "\n  backend: ", false}};
enum { KEYS = sizeof keys / sizeof keys[0] };

/* TEXT with the first FROM in it replaced by TO. */
static char *replaced(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    size_t length = strlen(text) - strlen(from) + strlen(to) + 1;
    char *out = bs_alloc(length, 1);
    if (out != NULL) {
        snprintf(out, length, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    }
    return out;
}

/* The first rule of the table that fits is applied. */
static char *translate(const renamed *table, int count, const char *text, bool back)
{
    for (int i = 0; i < count; i++) {
        const char *from = back ? table[i].current : table[i].old;
        const char *to = back ? table[i].old : table[i].current;
        bool fits = table[i].whole ? strcmp(text, from) == 0 : strstr(text, from) != NULL;
        if (fits) {
            return replaced(text, from, to);
        }
    }
    return bs_strdup(text);
}

char *bs_format_current_name(int format, const char *name)
{
    return translate(names, format == 1 ? NAMES : 0, name, false);
}

char *bs_format_stored_name(int format, const char *name)
{
    return translate(names, format == 1 ? NAMES : 0, name, true);
}

char *bs_format_current_experiment(int format, const char *yaml)
{
    return translate(keys, format == 1 ? KEYS : 0, yaml, false);
}
