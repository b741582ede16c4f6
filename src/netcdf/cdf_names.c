/* The names in one list of a NetCDF header, by NetCDF's rules. */
#include "cdf_names.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/text.h"

const char *bs_cdf_name_fault(const char *name)
{
    if (name[0] == '\0') {
        return "a name is empty";
    }
    for (const char *c = name; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < ' ' || byte == '/' || byte == 0x7f) {
            return "a name has a character that none may have";
        }
    }
    if (!bs_text_is_utf8(name)) {
        return "a name is not UTF-8";
    }
    unsigned char first = (unsigned char)name[0];
    if (first < 0x80 && !isalnum(first) && first != '_') {
        return "a name begins with neither a letter, a digit nor '_'";
    }
    return name[strlen(name) - 1] == ' ' ? "a name ends in a blank" : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

const char *bs_cdf_name_twice(char (*names)[CDF_NAME_LENGTH + 1], int64_t count)
{
    if (count > 0) {
        qsort(names, (size_t)count, sizeof *names, compare_names);
    }
    for (int64_t n = 1; n < count; n++) {
        if (strcmp(names[n - 1], names[n]) == 0) {
            return names[n];
        }
    }
    return NULL;
}
