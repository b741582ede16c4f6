/* Texts of several lines behind their labels. */
#include "info_text.h"

#include <string.h>

void bs_info_print_text(FILE *out, const char *label, const char *text)
{
    int lines = 0;
    for (const char *line = text; line != NULL && *line != '\0'; lines++) {
        size_t length = strcspn(line, "\n");
        if (lines < BS_INFO_LINES_MAX) {
            fprintf(out, "%-12s %.*s\n", lines == 0 ? label : "", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    if (lines > BS_INFO_LINES_MAX) {
        fprintf(out, "%-12s ... and %d more\n", "", lines - BS_INFO_LINES_MAX);
    }
}

void bs_info_print_claim(void *out, const char *outcome)
{
    fprintf(out, "claim    %s\n", outcome);
}
