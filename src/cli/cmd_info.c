/* The verb info: what a result file holds and where it comes from. */
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "info_origin.h"
#include "report.h"
#include "verb.h"

enum { LINES_MAX = 20 };

/* One attribute, its further lines indented below the first; a screenful at most. */
static bs_status print_attribute(bs_surface *file, const char *name)
{
    char *text = NULL;
    BS_TRY(bs_surface_attribute(file, name, &text));
    const char *label = name;
    int lines = 0;
    for (const char *line = text; line != NULL && *line != '\0'; lines++) {
        size_t length = strcspn(line, "\n");
        if (lines < LINES_MAX) {
            printf("%-12s %.*s\n", label, (int)length, line);
        }
        label = "";
        line += length + (line[length] == '\n');
    }
    if (lines > LINES_MAX) {
        printf("%-12s ... and %d more\n", "", lines - LINES_MAX);
    }
    bs_free(text);
    return BS_OK;
}

static bs_status print_file(const char *path)
{
    static const char *const names[] = {"title",   "networks", "path",  "source",   "backend",
                                        "history", "host",     "build", "libraries"};
    bs_surface *file = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, path, &file));
    printf("%s\n", path);
    bs_status status = BS_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == BS_OK; i++) {
        status = print_attribute(file, names[i]);
    }
    if (status == BS_OK) {
        status = bs_info_print_origin(stdout, file);
    }
    if (status == BS_OK) {
        status = bs_report_print(stdout, file);
    }
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    (void)world;
    return print_file(options->operand);
}

const bs_verb bs_verb_info = {
    .name = "info",
    .usage = "FILE",
    .summary = "show what a result file holds",
    .details = "Works while a sweep is writing the file.",
    .needs = "a result file: blueshift info FILE",
    .run = run,
};
