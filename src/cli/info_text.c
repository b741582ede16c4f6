/* Texts of several lines behind their labels, and the heads of lines about networks. */
#include "info_text.h"

#include <string.h>

#include "blueshift/text.h"

enum { NAME_ROOM = 16 };

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

int bs_info_name_room(int count, const char *const *names)
{
    size_t room = NAME_ROOM;
    for (int n = 0; n < count && n < BS_INFO_LINES_MAX; n++) {
        const size_t characters = bs_text_characters(names[n], strlen(names[n]));
        room = characters > room ? characters : room;
    }
    return (int)room;
}

void bs_info_print_name(FILE *out, const char *name, int room)
{
    fprintf(out, "  %-*s", bs_text_width(name, room), name);
}

void bs_info_print_claim(void *out, const char *outcome)
{
    fprintf(out, "claim    %s\n", outcome);
}
