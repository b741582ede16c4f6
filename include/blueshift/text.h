/* Words and numbers in text: strict parsing, exact printing, and the nearest known word. */
#ifndef BLUESHIFT_TEXT_H
#define BLUESHIFT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BS_TEXT_DOUBLE = 32 }; /* bytes that hold any printed double */

/* The whole of TEXT as a decimal number, without blanks; false (and VALUE untouched) when it is
 * anything else or does not fit. "010" is ten. Doubles are finite and never hexadecimal. */
bool bs_text_to_int64(const char *text, int64_t *value);
bool bs_text_to_uint64(const char *text, uint64_t *value);
bool bs_text_to_double(const char *text, double *value);

/* A duration in seconds: a number, numbers with units d, h, min (or m) and s such as "10min",
 * "1.5h" and "1h 30min", or "HH:MM:SS" and "D-HH:MM:SS" as Slurm writes it. */
bool bs_text_to_seconds(const char *text, double *seconds);

/* Whether TEXT is well-formed UTF-8, which YAML and the result file need. */
bool bs_text_is_utf8(const char *text);

/* Characters in the first LENGTH bytes of TEXT, which is UTF-8: what it takes on a line. */
size_t bs_text_characters(const char *text, size_t length);

/* The width to give printf's %-*s, which counts bytes, so that TEXT fills ROOM characters. */
int bs_text_width(const char *text, int room);

/* The shortest decimal text that reads back as exactly VALUE. */
void bs_text_from_double(double value, char text[BS_TEXT_DOUBLE]);

/* The one of WORDS that WORD was most likely meant to be: smallest number of inserted, left out,
 * changed or swapped letters (upper and lower case alike; '_' and '-' alike), or a word that it
 * abbreviates. NULL when none is near. Borrows from WORDS. */
const char *bs_text_nearest(const char *word, int count, const char *const *words);

/* How a message about an unknown WORD ends: "; did you mean 'NEAREST'? KNOWN: a, b, c", or ".
 * KNOWN: a, b, c" when none of WORDS is near; KNOWN says what they are, such as "Verbs". Cut off at
 * LENGTH bytes. */
void bs_text_suggest(const char *word, int count, const char *const *words, const char *known,
                     char *out, size_t length);

/* Whether TEXT ends in END, upper and lower case alike. */
bool bs_text_ends_in(const char *text, const char *end);

/* TEXT as a word that can be pasted into a shell: itself where nothing in it is special, else in
 * single quotes in OUT; itself, too, where that does not fit into LENGTH bytes. */
enum { BS_SHELL_WORD = 4096 };
const char *bs_text_shell_word(const char *text, char *out, size_t length);

/* "a, b, c" in OUT, cut off at LENGTH bytes. */
void bs_text_join(int count, const char *const *words, char *out, size_t length);

#endif
