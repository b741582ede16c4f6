/* The verb export: a point of a result file, its directions or its images, for other programs. */
#include <stdio.h>
#include <string.h>

#include "blueshift/direction_file.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/network_point.h"
#include "blueshift/selection.h"
#include "blueshift/text.h"
#include "blueshift/weights.h"
#include "export_notes.h"
#include "export_observables.h"
#include "export_place.h"
#include "output.h"
#include "verb.h"

/* One export on its way. */
typedef struct export_job {
    const bs_options *options;
    bs_surface *file;
    bs_experiment *experiment;
    char *identity, *backend; /* of the sweep */
    int file_network;         /* of the file; of the experiment: request.network */
    bs_point_request request;
    bs_network_point *point;
    export_place place;
    export_subject subject;
    export_notes notes;
} export_job;

static bool is_hdf5(const char *output)
{
    return bs_text_ends_in(output, ".h5") || bs_text_ends_in(output, ".hdf5");
}

static bool is_point(const bs_options *o)
{
    return !o->images && !o->directions && !o->heads;
}

/* The suffix says what is meant: a picture of the result by a typing error is nobody's wish. */
static bs_status check_suffix(const bs_options *o)
{
    const bool weights = bs_text_ends_in(o->output, ".safetensors");
    if (o->images && !bs_text_ends_in(o->output, ".bin")) {
        return BS_FAIL(BS_ERR_USAGE, "%s: images are written as OUT.bin, CIFAR-10's binary format",
                       o->output);
    }
    if (o->directions && !weights && !is_hdf5(o->output)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: directions are written as OUT.h5, which --dir_file reads, or as "
                       "OUT.safetensors",
                       o->output);
    }
    if (!o->images && !o->directions && !weights) {
        return BS_FAIL(BS_ERR_USAGE, "%s: %s are written as OUT.safetensors%s", o->output,
                       o->heads ? "heads" : "weights",
                       is_hdf5(o->output) ? "; directions with --directions" : "");
    }
    return BS_OK;
}

static bs_status check_options(const bs_options *o)
{
    if (o->output == NULL) {
        char word[BS_SHELL_WORD];
        return BS_FAIL(BS_ERR_USAGE, "export needs an output: blueshift export %s -o OUT",
                       bs_text_shell_word(o->operand, word, sizeof word));
    }
    if (o->directions + o->images + o->heads > 1) {
        return BS_FAIL(BS_ERR_USAGE, "--directions, --images and --heads are files of their own; "
                                     "export one at a time");
    }
    if (o->at != NULL && !is_point(o)) {
        return BS_FAIL(BS_ERR_USAGE, "--at has no meaning with --%s; leave it out",
                       o->images  ? "images"
                       : o->heads ? "heads"
                                  : "directions");
    }
    BS_TRY(check_suffix(o));
    return bs_check_output(o->output, o->force);
}

/* What the sweep was. Settings may say where its files are now, and nothing else. */
static bs_status read_experiment(export_job *j)
{
    const bs_options *o = j->options;
    char *text = NULL;
    bs_experiment *then = NULL;
    BS_TRY(bs_surface_attribute(j->file, "experiment", &text));
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: holds no attribute experiment, so it is no sweep's",
                       o->operand);
    }
    bs_status status = bs_experiment_parse(text, o->operand, 0, NULL, &then);
    if (status == BS_OK) {
        status = bs_experiment_parse(text, o->operand, o->setting_count,
                                     (const char *const *)o->settings, &j->experiment);
    }
    if (status == BS_OK && strcmp(then->identity, j->experiment->identity) != 0) {
        status = BS_FAIL(BS_ERR_USAGE,
                         "--set changes what %s was measured with; export can only be told where "
                         "its files are now, such as data.path=DIR or networks.0.weights=FILE",
                         o->operand);
    }
    bs_free(text);
    bs_experiment_destroy(then);
    return status;
}

/* Which network of the experiment it is: a part of a file has fewer. */
static bs_status find_network(export_job *j, const char *name)
{
    for (unsigned i = 0; i < j->experiment->network_count; i++) {
        if (strcmp(j->experiment->networks[i].name, name) == 0) {
            j->request.network = (int)i;
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_INPUT, "%s: its experiment has no network '%s'; the file is damaged",
                   j->options->operand, name);
}

static bs_status check_single(const export_job *j, const bs_selection *selection)
{
    enum { LIST_LENGTH = 256 };
    const bs_surface_schema *schema = bs_surface_get_schema(j->file);
    const bool several = j->options->plot.realisation != NULL && selection->realisations > 1;
    if (selection->networks > 1 && !j->options->images) {
        char list[LIST_LENGTH];
        bs_text_join(schema->networks, schema->network_names, list, sizeof list);
        return BS_FAIL(BS_ERR_USAGE, "%s holds %d networks; export one, with --network: %s",
                       j->options->operand, schema->networks, list);
    }
    if (several) {
        return BS_FAIL(BS_ERR_USAGE, "--realisation=%s: export one realisation at a time, 0 to %d",
                       j->options->plot.realisation, schema->realisations - 1);
    }
    if (bs_surface_is_part(j->file) && schema->realisations != (int)j->experiment->realisations) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: another program has cut realisations out of it, so that nobody knows "
                       "which these are; export from the whole file",
                       j->options->operand);
    }
    return BS_OK;
}

static bs_status select_surface(export_job *j)
{
    const bs_surface_schema *schema = bs_surface_get_schema(j->file);
    const bs_plot_options *wanted = &j->options->plot;
    bs_selection selection;
    bs_status status = bs_selection_make(schema, j->options->operand, wanted->network,
                                         wanted->realisation, &selection);
    if (status == BS_OK) {
        status = check_single(j, &selection);
    }
    if (status == BS_OK) {
        j->file_network = selection.network[0];
        j->request.realisation = (uint32_t)selection.first_realisation;
        status = find_network(j, schema->network_names[j->file_network]);
    }
    bs_selection_release(&selection);
    return status;
}

/* Makes the network, after everything that can be wrong without it. */
static bs_status make_point(export_job *j)
{
    const bs_surface_schema *schema = bs_surface_get_schema(j->file);
    const bs_path_kind path = j->experiment->path;
    const int realisation = (int)j->request.realisation;
    BS_TRY(bs_export_place_read(schema, path, j->options->at, &j->place));
    BS_TRY(bs_export_place_measure(j->file, path, j->file_network, realisation, &j->place));
    BS_TRY(bs_surface_identity(j->file, &j->identity));
    BS_TRY(bs_surface_attribute(j->file, "backend", &j->backend));
    j->request.experiment = j->experiment;
    j->request.path = j->options->operand;
    j->request.identity = j->identity;
    j->request.backend = j->backend;
    BS_TRY(bs_network_point_create(&j->request, &j->point));
    j->subject = (export_subject){.file = j->options->operand,
                                  .experiment = j->experiment,
                                  .identity = j->identity,
                                  .backend = j->backend,
                                  .network = j->request.network,
                                  .realisation = realisation,
                                  .view = bs_network_point_view(j->point),
                                  .place = &j->place};
    return BS_OK;
}

/* The tensors of a point, parameters and statistics, with offsets into one vector of VALUES. */
static bs_status write_tensors(const export_job *j, bs_tensor *tensors, float *values)
{
    const bs_point_view *v = j->subject.view;
    const bs_network *n = v->network;
    int count = n->parameter_count;
    memcpy(tensors, n->parameters, (size_t)count * sizeof *tensors);
    memcpy(values, v->theta, n->parameter_size * sizeof *values);
    if (v->statistics != NULL) {
        memcpy(values + n->parameter_size, v->statistics, n->statistic_size * sizeof *values);
    }
    for (int i = 0; v->statistics != NULL && i < n->statistic_count; i++) {
        tensors[count] = n->statistics[i];
        tensors[count++].offset += n->parameter_size;
    }
    return bs_weights_write(j->options->output, j->options->force, count, tensors, values,
                            j->notes.list);
}

static bs_status write_point(export_job *j)
{
    BS_TRY(bs_network_point_place(j->point, j->place.base ? NULL : j->place.at));
    BS_TRY(bs_export_notes_origin(&j->subject, &j->notes));
    BS_TRY(bs_export_notes_evaluation(&j->subject, &j->notes));
    const bs_network *n = j->subject.view->network;
    size_t count = (size_t)n->parameter_count + (size_t)n->statistic_count;
    bs_tensor *tensors = bs_alloc(count, sizeof *tensors);
    float *values = bs_alloc(n->parameter_size + n->statistic_size, sizeof *values);
    bs_status status = tensors == NULL || values == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = write_tensors(j, tensors, values);
    }
    bs_free(tensors);
    bs_free(values);
    BS_TRY(status);
    bs_log(BS_LOG_INFO, "to evaluate it: %s", bs_export_notes_find(&j->notes, "command"));
    return BS_OK;
}

/* All directions in one file: "xdirection.conv1.weight", "ydirection.conv1.weight", ... */
static bs_status write_named(const export_job *j, bs_tensor *tensors, float *values)
{
    static const char *const names[BS_GRID_DIMS] = {"xdirection", "ydirection", "zdirection"};
    const bs_point_view *v = j->subject.view;
    const bs_network *n = v->network;
    int count = 0;
    for (int d = 0; d < v->direction_count; d++) {
        const size_t first = (size_t)d * n->parameter_size;
        memcpy(values + first, v->directions[d], n->parameter_size * sizeof *values);
        for (int t = 0; t < n->parameter_count; t++) {
            bs_tensor *tensor = &tensors[count++];
            *tensor = n->parameters[t];
            tensor->offset += first;
            snprintf(tensor->name, sizeof tensor->name, "%s.%.50s", names[d],
                     n->parameters[t].name);
        }
    }
    return bs_weights_write(j->options->output, j->options->force, count, tensors, values,
                            j->notes.list);
}

static bs_status write_safetensors(const export_job *j)
{
    const bs_point_view *v = j->subject.view;
    const size_t directions = (size_t)v->direction_count;
    bs_tensor *tensors =
        bs_alloc(directions * (size_t)v->network->parameter_count, sizeof *tensors);
    float *values = bs_alloc(directions * v->network->parameter_size, sizeof *values);
    bs_status status = tensors == NULL || values == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = write_named(j, tensors, values);
    }
    bs_free(tensors);
    bs_free(values);
    return status;
}

static bs_status write_directions(export_job *j)
{
    const bs_point_view *v = j->subject.view;
    BS_TRY(bs_export_notes_origin(&j->subject, &j->notes));
    if (!is_hdf5(j->options->output)) {
        return write_safetensors(j);
    }
    const bs_direction_set set = {.count = v->direction_count,
                                  .directions = v->directions,
                                  .tensor_count = v->network->parameter_count,
                                  .tensors = v->network->parameters,
                                  .notes = j->notes.list};
    return bs_direction_file_write(j->options->output, j->options->force, &set);
}

static bs_status write_images(export_job *j)
{
    const bs_images *images = NULL;
    BS_TRY(bs_network_point_images(j->point, &images));
    return bs_images_write(j->options->output, j->options->force, images);
}

static bs_status write_heads(export_job *j)
{
    const bs_images *images = NULL;
    BS_TRY(bs_export_notes_origin(&j->subject, &j->notes));
    BS_TRY(bs_network_point_images(j->point, &images));
    const bs_observables_output output = {
        .path = j->options->output, .replace = j->options->force, .notes = j->notes.list};
    return bs_export_observables(&output, j->experiment, j->subject.view->network, images->count);
}

static bs_status write_output(export_job *j)
{
    BS_TRY(read_experiment(j));
    BS_TRY(select_surface(j));
    BS_TRY(make_point(j));
    BS_TRY(j->options->images       ? write_images(j)
           : j->options->directions ? write_directions(j)
           : j->options->heads      ? write_heads(j)
                                    : write_point(j));
    const bool place = is_point(j->options);
    bs_log(BS_LOG_INFO, "written: %s (network '%s', realisation %d%s%s)", j->options->output,
           j->experiment->networks[j->request.network].name, j->subject.realisation,
           place ? ", " : "", place ? j->place.text : "");
    return BS_OK;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    (void)world;
    export_job j = {.options = options};
    BS_TRY(check_options(options));
    BS_TRY(bs_surface_open_read(&bs_comm_alone, options->operand, &j.file));
    bs_status status = write_output(&j);
    bs_status closed = bs_surface_close(j.file);
    bs_network_point_destroy(j.point);
    bs_export_notes_release(&j.notes);
    bs_experiment_destroy(j.experiment);
    bs_free(j.identity);
    bs_free(j.backend);
    return status != BS_OK ? status : closed;
}

static const bs_flag flags[] = {
    BS_FLAG_TEXT("output", 'o', "OUT", output, NULL, "the new file"),
    BS_FLAG_TEXT("at", 0, "X[,Y[,Z]]", at, NULL,
                 "the point at these coordinates, on the grid or off it (default: the base point)"),
    BS_FLAG_TEXT("network", 0, "NAME", plot.network, NULL,
                 "of this network, by its name or its number from 0"),
    BS_FLAG_TEXT("realisation", 0, "N", plot.realisation, NULL,
                 "of this realisation, counted from 0 (default: 0)"),
    BS_FLAG_SWITCH("directions", 0, directions,
                   "the directions as they were used, as OUT.h5 or OUT.safetensors"),
    BS_FLAG_SWITCH("images", 0, images, "the images, as OUT.bin in CIFAR-10's binary format"),
    BS_FLAG_SWITCH("heads", 0, heads,
                   "the random heads of branch losses and the positions of probes, as "
                   "OUT.safetensors"),
    BS_FLAG_SETTING("set", "KEY=FILE", NULL,
                    "where a file of the sweep is now, such as networks.0.weights=W.safetensors or "
                    "data.path=DIR; may be repeated"),
    BS_FLAG_SWITCH("force", 0, force, "replace OUT if it exists"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_export = {
    .name = "export",
    .usage = "FILE -o OUT [FLAGS]",
    .summary = "write the weights of a point, its directions, images or heads",
    .details = "Nothing random is in a result file but its seed; this makes it again, with the "
               "same bits. Weights are OUT.safetensors with PyTorch's names: `blueshift sweep "
               "--model_file` and blueshift-evaluate-pytorch (in the source: "
               "tools/evaluate-pytorch.py) evaluate them. Norms that are frozen "
               "or running have their statistics in it; with norms of the batch take PyTorch's "
               "train(). Coordinates within a millionth of a step of a grid point are that point.",
    .needs = "a result file: blueshift export FILE -o OUT",
    .flags = flags,
    .run = run,
};
