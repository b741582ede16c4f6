/* The verb info: what the file of a sweep or a training holds and where it comes from. */
#include <stdio.h>

#include "blueshift/dataset.h"
#include "blueshift/memory.h"
#include "blueshift/training.h"
#include "info_origin.h"
#include "info_text.h"
#include "info_training.h"
#include "report.h"
#include "verb.h"

static bs_status print_attribute(bs_surface *file, const char *name)
{
    char *text = NULL;
    BS_TRY(bs_surface_attribute(file, name, &text));
    bs_info_print_text(stdout, name, text);
    bs_free(text);
    return BS_OK;
}

static bs_status print_surface(const char *path)
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
    return bs_dataset_is(options->operand, BS_TRAINING_IDENTITY)
               ? bs_info_print_training(stdout, options->operand)
               : print_surface(options->operand);
}

const bs_verb bs_verb_info = {
    .name = "info",
    .usage = "FILE",
    .summary = "show what a result file holds",
    .details = "Of a sweep or a training; works while these are writing the file.",
    .needs = "a result file: blueshift info FILE",
    .run = run,
};
