/* From a result file to a picture, by one of the views. */
#include "blueshift/plot.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/comm.h"
#include "blueshift/dataset.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/plot_demo.h"
#include "blueshift/surface.h"
#include "blueshift/text.h"
#include "blueshift/training.h"
#include "gnuplot.h"
#include "html_page.h"
#include "plot_data.h"
#include "plot_training.h"
#include "views.h"

/* Without --view the first that fits is taken. */
#define VIEW_ADDRESS(name) &bs_view_##name,
static const plot_view *const views[] = {BS_VIEWS(VIEW_ADDRESS)};
#undef VIEW_ADDRESS
enum { VIEWS = sizeof views / sizeof views[0], LIST_LENGTH = 256 };

const char *bs_plot_view_at(int index, const char **summary)
{
    *summary = index < VIEWS ? views[index]->summary : "";
    return index < VIEWS ? views[index]->name : NULL;
}

char *bs_plot_picture_name(const char *file)
{
    size_t stem = strlen(file) - (bs_text_ends_in(file, ".nc") ? strlen(".nc") : 0);
    size_t length = stem + sizeof ".png";
    char *name = bs_alloc(length, 1);
    if (name != NULL) {
        snprintf(name, length, "%.*s.png", (int)stem, file);
    }
    return name;
}

/* The names of the views that fit FILE. */
static void list_views(bs_surface *file, char *list, size_t length)
{
    const char *names[VIEWS];
    int count = 0;
    for (int i = 0; i < VIEWS; i++) {
        if (views[i]->needs(file) == NULL) {
            names[count++] = views[i]->name;
        }
    }
    bs_text_join(count, names, list, length);
}

static bs_status find_view(const char *name, const plot_view **view)
{
    const char *names[VIEWS];
    for (int i = 0; i < VIEWS; i++) {
        names[i] = views[i]->name;
        if (name != NULL && strcmp(name, names[i]) == 0) {
            *view = views[i];
        }
    }
    if (name == NULL || *view != NULL) {
        return BS_OK;
    }
    char known[LIST_LENGTH];
    bs_text_suggest(name, VIEWS, names, "Views", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "unknown view '%s'%s", name, known);
}

static bs_status choose_view(bs_surface *file, const char *path, const bs_plot_options *options,
                             const plot_view **view)
{
    for (int i = 0; i < VIEWS && *view == NULL; i++) {
        if (views[i]->needs(file) == NULL &&
            (views[i]->suits == NULL || views[i]->suits(file, options))) {
            *view = views[i];
        }
    }
    char list[LIST_LENGTH];
    list_views(file, list, sizeof list);
    const char *needs = *view != NULL ? (*view)->needs(file) : "another shape";
    if (needs != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "%s: view %s needs %s; this file fits: %s", path,
                       *view != NULL ? (*view)->name : "", needs, list);
    }
    return BS_OK;
}

/* A view of a file. */
typedef struct drawing {
    const plot_view *view;
    const plot_data *data;
} drawing;

static bs_status draw_view(const void *context, plot_figure *figure)
{
    const drawing *d = context;
    return d->view->draw(d->data, figure);
}

/* A flag that changes nothing would be taken for one that did. */
static bs_status check_flags(const plot_view *view, bs_surface *file,
                             const bs_plot_options *options)
{
    bool several = bs_surface_get_schema(file)->realisations > 1;
    const char *flag = view->no_clip && options->clip != NULL ? "--clip"
                       : view->no_realisation && options->realisation != NULL && several
                           ? "--realisation"
                           : NULL;
    return flag == NULL ? BS_OK
                        : BS_FAIL(BS_ERR_USAGE, "%s has no meaning for the view %s; leave it out",
                                  flag, view->name);
}

static bs_status open_files(const char *path, const bs_plot_options *options, bs_surface **file)
{
    const char **paths = bs_alloc((size_t)options->more_count + 1, sizeof *paths);
    if (paths == NULL) {
        return BS_ERR_MEMORY;
    }
    paths[0] = path;
    for (int i = 0; i < options->more_count; i++) {
        paths[i + 1] = options->more[i];
    }
    bs_status status = bs_surface_open_joined(&bs_comm_alone, options->more_count + 1, paths, file);
    bs_free(paths);
    return status;
}

static bool is_page(const char *output)
{
    return bs_text_ends_in(output, ".html");
}

/* The page has all views that fit the file, and its controls choose among them. */
static bs_status draw_page(const char *path, const bs_plot_options *options, const char *output)
{
    if (options->view != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "%s: a page has all views that fit the file; leave --view out",
                       output);
    }
    bs_surface *file = NULL;
    BS_TRY(open_files(path, options, &file));
    plot_data data = {0};
    bs_status status = bs_plot_data_open(file, path, options, true, &data);
    if (status == BS_OK) {
        status = bs_html_page_write(&data, output, options->replace);
    }
    bs_plot_data_release(&data);
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}

static bs_status draw_file(const char *path, const bs_plot_options *options, const char *output)
{
    const plot_view *view = NULL;
    BS_TRY(find_view(options->view, &view));
    bs_surface *file = NULL;
    BS_TRY(open_files(path, options, &file));
    plot_data data = {0};
    bs_status status = choose_view(file, path, options, &view);
    if (status == BS_OK) {
        status = check_flags(view, file, options);
    }
    if (status == BS_OK) {
        bs_log(BS_LOG_DEBUG, "view: %s (%s)", view->name, view->summary);
        status = bs_plot_data_open(file, path, options, view->all, &data);
    }
    if (status == BS_OK) {
        const drawing drawn = {view, &data};
        status = bs_figure_write(output, options->replace, draw_view, &drawn);
    }
    bs_plot_data_release(&data);
    bs_status closed = bs_surface_close(file);
    return status != BS_OK ? status : closed;
}

/* What has one picture: WHAT is a demo or a training, which DRAW draws. */
static bs_status draw_dataset(const char *file, const bs_plot_options *options, const char *output,
                              const char *what,
                              bs_status (*draw)(const bs_dataset *, const char *, bool))
{
    if (options->more_count > 0) {
        return BS_FAIL(BS_ERR_USAGE, "%s is the file of a %s, which is drawn alone", file, what);
    }
    if (is_page(output)) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s is the file of a %s, which has a picture (.png, .svg, .pdf) "
                       "and no page",
                       file, what);
    }
    if (options->title != NULL || options->view != NULL || options->quantity != NULL ||
        options->network != NULL || options->realisation != NULL || options->clip != NULL ||
        options->logarithmic || options->linear) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: the file of a %s has one picture; leave all flags but "
                       "-o out",
                       file, what);
    }
    bs_dataset *dataset = NULL;
    BS_TRY(bs_dataset_read(file, &dataset));
    bs_status status = draw(dataset, output, options->replace);
    bs_dataset_destroy(dataset);
    return status == BS_ERR_INPUT ? BS_FAIL(status, "%s: %s", file, bs_error_text()) : status;
}

bs_status bs_plot(const char *file, const bs_plot_options *options)
{
    if (options->logarithmic && options->linear) {
        return BS_FAIL(BS_ERR_USAGE, "--log and --linear exclude each other; give one of them");
    }
    char *name = options->output != NULL ? bs_strdup(options->output) : bs_plot_picture_name(file);
    if (name == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = is_page(name) ? BS_OK : bs_gnuplot_check(name);
    if (status == BS_OK) {
        status = bs_output_file_check_source(name, file);
    }
    if (status == BS_OK) {
        status = bs_dataset_is(file, "demo")
                     ? draw_dataset(file, options, name, "demo", bs_plot_demo)
                 : bs_dataset_is(file, BS_TRAINING_IDENTITY)
                     ? draw_dataset(file, options, name, "training", bs_plot_training)
                 : is_page(name) ? draw_page(file, options, name)
                                 : draw_file(file, options, name);
    }
    if (status == BS_OK) {
        bs_log(BS_LOG_INFO, "picture: %s", name);
    }
    bs_free(name);
    return status;
}
