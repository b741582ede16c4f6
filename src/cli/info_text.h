/* Lines of info. */
#ifndef BLUESHIFT_CLI_INFO_TEXT_H
#define BLUESHIFT_CLI_INFO_TEXT_H

#include <stdio.h>

enum { BS_INFO_LINES_MAX = 20 };

/* TEXT behind LABEL, its further lines indented below the first, a screenful at most; nothing of an
 * empty text, or of NULL. */
void bs_info_print_text(FILE *out, const char *label, const char *text);

/* Characters that the COUNT names of networks take at the heads of lines, 16 or more. */
int bs_info_name_room(int count, const char *const *names);

/* The head of a line about the network NAME: filled up to ROOM characters, whatever its bytes. */
void bs_info_print_name(FILE *out, const char *name, int room);

/* The OUTCOME of a claim, as a line to OUT, a FILE: a bs_claim_taker. */
void bs_info_print_claim(void *out, const char *outcome);

#endif
