/* Texts and numbers inside a page. */
#ifndef BLUESHIFT_PLOT_HTML_TEXT_H
#define BLUESHIFT_PLOT_HTML_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"

/* TEXT as a string of JSON that may stand in a script element, whatever it holds; NULL as "". */
void bs_html_string(FILE *out, const char *text);

/* NUMBER, or null where it is not finite. */
void bs_html_number(FILE *out, double number);

/* COUNT numbers as an array of JSON. */
void bs_html_numbers(FILE *out, int64_t count, const double *numbers);

/* Bytes in base 64. */
void bs_html_bytes(FILE *out, size_t count, const unsigned char *bytes);

#endif
