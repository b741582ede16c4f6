/* The verb info: what the file of a sweep, a training or a demo holds and where it comes from. */
#include <stdio.h>

#include "blueshift/dataset.h"
#include "blueshift/memory.h"
#include "blueshift/training.h"
#include "demo_report.h"
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

static bs_status print_demo(const char *path)
{
    static const char *const names[] = {"title", "demo",  "source",   "history",
                                        "host",  "build", "libraries"};
    bs_dataset *dataset = NULL;
    BS_TRY(bs_dataset_read(path, &dataset));
    printf("%s\n", path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bs_info_print_text(stdout, names[i], bs_dataset_attribute(dataset, names[i]));
    }
    printf("%-12s %.0f\n", "seed", bs_dataset_attribute_number(dataset, "seed"));
    bs_status status = bs_demo_report_print(stdout, dataset);
    bs_dataset_destroy(dataset);
    return status == BS_ERR_INPUT ? BS_FAIL(status, "%s: %s", path, bs_error_text()) : status;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    const char *path = options->operand;
    (void)world;
    if (bs_dataset_is(path, BS_TRAINING_IDENTITY)) {
        return bs_info_print_training(stdout, path);
    }
    return bs_dataset_is(path, "demo") ? print_demo(path) : print_surface(path);
}

const bs_verb bs_verb_info = {
    .name = "info",
    .usage = "FILE",
    .summary = "show what a result file holds",
    .details = "Of a sweep, a training or a demo; works while it is being written.",
    .needs = "a result file: blueshift info FILE",
    .run = run,
};
