/* The files that a pattern means, in the order of the numbers in their names. */
#ifndef BLUESHIFT_FILE_LIST_H
#define BLUESHIFT_FILE_LIST_H

#include <stdbool.h>

#include "blueshift/status.h"

/* Whether TEXT is a pattern: it has a star in what follows its last slash. */
bool bs_file_list_is_pattern(const char *text);

typedef struct bs_file_list {
    int count;
    char **paths;   /* with the folder of the pattern */
    char **matches; /* what the star stands for in each */
} bs_file_list;

/* The files that PATTERN means: one star in the name of the file stands for any text, also none;
 * files whose name begins with a dot are left out. In the order of what the star stands for, with
 * digits compared as numbers: step-9 before step-10. The caller releases LIST, also after a
 * failure. BS_ERR_USAGE: no file, no such folder, or no pattern of this kind; says which. Not
 * collective. */
bs_status bs_file_list_find(const char *pattern, bs_file_list *list);

void bs_file_list_release(bs_file_list *list);

#endif
