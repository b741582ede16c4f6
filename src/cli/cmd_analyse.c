/* The verb analyse: everything derived of a file once more, in the file or in a new one. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/analysis.h"
#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "blueshift/provenance.h"
#include "report.h"
#include "verb.h"

/* One analysis from the command line. */
typedef struct analyse_run {
    const bs_comm *world;
    const char *file;
    const char *output; /* NULL: in the file */
    bs_experiment *experiment;
    bs_analysis_options options;
    int skipped;
} analyse_run;

/* Other keys would say that the file's values are something else than they are. */
static bs_status check_settings(const bs_options *options)
{
    static const char section[] = "analysis.";
    for (int i = 0; i < options->setting_count; i++) {
        if (strncmp(options->settings[i], section, strlen(section)) != 0) {
            return BS_FAIL(BS_ERR_USAGE,
                           "setting '%s': analyse can only set keys of analysis, such as "
                           "analysis.window=none; the rest was decided by the sweep",
                           options->settings[i]);
        }
    }
    return BS_OK;
}

/* The options of the file's experiment, and over them the settings. */
static bs_status read_experiment(analyse_run *run, bs_surface *from, const bs_options *options)
{
    char *text = NULL;
    BS_TRY(check_settings(options));
    BS_TRY(bs_surface_attribute(from, "experiment", &text));
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: holds no attribute experiment, so it is no sweep's",
                       run->file);
    }
    bs_status status =
        bs_experiment_parse(text, run->file, options->setting_count,
                            (const char *const *)options->settings, &run->experiment);
    bs_free(text);
    BS_TRY(status);
    const bs_experiment *e = run->experiment;
    run->options = (bs_analysis_options){
        .window = e->window, .cutoff = e->cutoff, .tail = {e->tail[0], e->tail[1]}};
    return BS_OK;
}

/* Arrays that the sweep made: those before the first that an analysis derives. */
static int sweep_arrays(const bs_surface *file)
{
    int first = bs_surface_find_array(file, BS_ANALYSIS_FIRST);
    return first >= 0 ? first : bs_surface_get_schema(file)->array_count;
}

/* The list of a new file: what the sweep of FROM made, and all that is derived. */
static bs_status list_arrays(const bs_surface *from, bs_array_list *list)
{
    const bs_surface_schema *schema = bs_surface_get_schema(from);
    for (int a = 0; a < sweep_arrays(from); a++) {
        BS_TRY(bs_array_list_add(list, &schema->arrays[a]));
    }
    return bs_analysis_list_arrays(schema, list);
}

/* Copies the sweep's arrays that do not belong to points. Not collective. */
static bs_status copy_arrays(bs_surface *from, bs_surface *to)
{
    const bs_surface_schema *schema = bs_surface_get_schema(from);
    const int64_t rows[] = {[BS_ARRAY_POINT] = 0,
                            [BS_ARRAY_REALISATION] =
                                (int64_t)schema->networks * schema->realisations,
                            [BS_ARRAY_NETWORK] = schema->networks,
                            [BS_ARRAY_GLOBAL] = 1};
    bs_status status = BS_OK;
    for (int a = 0; a < sweep_arrays(from) && status == BS_OK; a++) {
        const bs_array *array = &schema->arrays[a];
        bs_range all = {0, rows[array->kind]};
        if (all.count == 0) {
            continue;
        }
        double *data = bs_alloc((size_t)(all.count * bs_array_row(array)), sizeof *data);
        status = data == NULL ? BS_ERR_MEMORY : bs_surface_read_array(from, a, all, data);
        if (status == BS_OK) {
            int to_array = bs_surface_find_array(to, array->variable.name);
            status = bs_surface_write_array(to, to_array, all, data);
        }
        bs_free(data);
    }
    return status;
}

/* The file was made with a place for everything, or there is none. */
static bs_status check_arrays(const analyse_run *run, const bs_surface *file)
{
    bs_array_list list = {0};
    bs_status status = list_arrays(file, &list);
    for (int a = 0; a < list.count && status == BS_OK; a++) {
        if (bs_surface_find_array(file, list.arrays[a].variable.name) < 0) {
            status = BS_FAIL(BS_ERR_INPUT,
                             "%s: has no place for %s, since an older version made it; write a new "
                             "file: blueshift analyse %s -o NEW.nc",
                             run->file, list.arrays[a].variable.name, run->file);
        }
    }
    bs_array_list_release(&list);
    return status;
}

/* The attributes of the old file; its experiment with the options now used, and in the history
 * whence it comes. HISTORY is for bs_free. */
static bs_status renew_attributes(const analyse_run *run, const bs_surface_schema *old,
                                  bs_attribute *attributes, char **history)
{
    assert(run->experiment != NULL);
    enum { LINE = 64 };
    char now[LINE];
    bs_time_text(now, sizeof now);
    for (int i = 0; i < old->attribute_count; i++) {
        attributes[i] = old->attributes[i];
        if (strcmp(attributes[i].name, "experiment") == 0) {
            attributes[i].text = run->experiment->yaml;
        }
        if (strcmp(attributes[i].name, "history") == 0 && attributes[i].text != NULL) {
            static const char verb[] = "blueshift analyse";
            const size_t length = strlen(attributes[i].text) + strlen(run->file) + sizeof verb +
                                  sizeof now + sizeof "\n:  ";
            *history = bs_alloc(length, 1);
            if (*history == NULL) {
                return BS_ERR_MEMORY;
            }
            snprintf(*history, length, "%s\n%s: %s %s", attributes[i].text, now, verb, run->file);
            attributes[i].text = *history;
        }
    }
    return BS_OK;
}

/* Creates the new file. Collective. */
static bs_status create_output(const analyse_run *run, const bs_surface *from)
{
    bs_surface_schema schema = *bs_surface_get_schema(from);
    bs_array_list list = {0};
    char *history = NULL;
    bs_attribute *attributes = bs_alloc((size_t)schema.attribute_count, sizeof *attributes);
    bs_status status = attributes == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = renew_attributes(run, &schema, attributes, &history);
    }
    if (status == BS_OK) {
        status = list_arrays(from, &list);
    }
    status = bs_agree(run->world, status);
    if (status == BS_OK) {
        schema.attributes = attributes;
        schema.array_count = list.count;
        schema.arrays = list.arrays;
        status = bs_surface_create(run->world, run->output, &schema);
    }
    bs_array_list_release(&list);
    bs_free(attributes);
    bs_free(history);
    return status;
}

/* Copies what was measured and derives the rest; half a file is not left behind. Collective. */
static bs_status fill_output(analyse_run *run, bs_surface *from)
{
    bs_surface *to = NULL;
    BS_TRY(bs_surface_open(run->world, run->output, &to));
    bs_status status = bs_surface_copy_raw(from, to);
    if (status == BS_OK) {
        status = bs_agree(run->world, run->world->rank == 0 ? copy_arrays(from, to) : BS_OK);
    }
    if (status == BS_OK) {
        status = bs_analysis_run(run->world, to, &run->options, &run->skipped);
    }
    bs_status closed = bs_surface_close(to);
    status = status != BS_OK ? status : closed;
    if (status != BS_OK && run->world->rank == 0) {
        unlink(run->output);
    }
    return status;
}

static bs_status into_new_file(analyse_run *run, const bs_options *options)
{
    bs_surface *from = NULL;
    BS_TRY(bs_surface_open_read(run->world, run->file, &from));
    bs_status status = bs_agree(run->world, read_experiment(run, from, options));
    if (status == BS_OK) {
        status = create_output(run, from);
    }
    if (status == BS_OK) {
        status = fill_output(run, from);
    }
    bs_status closed = bs_surface_close(from);
    return status != BS_OK ? status : closed;
}

static bs_status in_the_file(analyse_run *run, const bs_options *options)
{
    bs_surface *file = NULL;
    BS_TRY(bs_surface_open(run->world, run->file, &file));
    bs_status status = read_experiment(run, file, options);
    status = status != BS_OK ? status : check_arrays(run, file);
    status = bs_agree(run->world, status);
    if (status == BS_OK) {
        status = bs_analysis_run(run->world, file, &run->options, &run->skipped);
    }
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}

/* Rank 0. */
static bs_status print_end(const analyse_run *run)
{
    const char *path = run->output != NULL ? run->output : run->file;
    bs_surface *file = NULL;
    printf("%s: analysed, window %s, cutoff %g, tail %g to %g\n", path,
           bs_window_name(run->options.window), run->options.cutoff, run->options.tail[0],
           run->options.tail[1]);
    if (run->skipped > 0) {
        printf("nothing derived of %d surface%s with pending, failed or non-finite points\n",
               run->skipped, run->skipped == 1 ? "" : "s");
    }
    BS_TRY(bs_surface_open_read(&bs_comm_alone, path, &file));
    bs_status status = bs_report_print(stdout, file);
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}

static bs_status run_verb(const bs_comm *world, const bs_options *options)
{
    analyse_run run = {.world = world, .file = options->operand, .output = options->output};
    bs_status status =
        run.output != NULL ? into_new_file(&run, options) : in_the_file(&run, options);
    if (status == BS_OK) {
        status = bs_agree(world, world->rank == 0 ? print_end(&run) : BS_OK);
    }
    bs_experiment_destroy(run.experiment);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "analysis.KEY=VALUE", NULL,
                    "an option instead of the experiment's, such as analysis.window=none; may be "
                    "repeated"),
    BS_FLAG_TEXT("output", 'o', "NEW", output, NULL,
                 "write a new file with all that FILE holds, and leave FILE as it is"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_analyse = {
    .name = "analyse",
    .usage = "FILE [-o NEW] [--set analysis.KEY=VALUE]",
    .summary = "derive spectra and branch statistics again, with other options",
    .details =
        "What the sweep measured is never touched. Without -o the derived arrays of FILE are "
        "written again; with -o NEW is written, which also serves files of older versions. "
        "Options are those of FILE's experiment, with --set on top.",
    .needs = "a result file: blueshift analyse FILE",
    .flags = flags,
    .mpi = true,
    .run = run_verb,
};
