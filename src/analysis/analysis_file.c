/* One analysis of a file: a new file beside the output, which takes its name when it is whole. */
#include "blueshift/analysis_file.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/provenance.h"

/* One analysis on its way. */
typedef struct renewal {
    const bs_comm *comm;
    const bs_analysis_request *request;
    bs_experiment *experiment;
    char target[PATH_MAX];    /* the name of the finished file, links followed */
    char temporary[PATH_MAX]; /* the same on every run, so that the next one clears it away */
    bool created;
} renewal;

/* Other keys would say that the file's values are something else than they are. */
static bs_status check_settings(const bs_analysis_request *request)
{
    static const char section[] = "analysis.";
    for (int i = 0; i < request->setting_count; i++) {
        if (strncmp(request->settings[i], section, strlen(section)) != 0) {
            return BS_FAIL(BS_ERR_USAGE,
                           "setting '%s': analyse can only set keys of analysis, such as "
                           "analysis.window=none; the rest was decided by the sweep",
                           request->settings[i]);
        }
    }
    return BS_OK;
}

/* The options of the file's experiment, and over them the settings. */
static bs_status read_experiment(renewal *r, bs_surface *from, bs_analysis_options *options)
{
    const bs_analysis_request *request = r->request;
    char *text = NULL;
    BS_TRY(check_settings(request));
    BS_TRY(bs_surface_attribute(from, "experiment", &text));
    if (text == NULL) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: holds no attribute experiment, so it is not the result of a sweep",
                       request->file);
    }
    bs_status status = bs_experiment_parse(text, request->file, request->setting_count,
                                           request->settings, &r->experiment);
    bs_free(text);
    BS_TRY(status);
    const bs_experiment *e = r->experiment;
    *options = (bs_analysis_options){
        .window = e->window, .cutoff = e->cutoff, .tail = {e->tail[0], e->tail[1]}};
    return BS_OK;
}

static bs_status name_files(renewal *r)
{
    static const char ending[] = ".analysing";
    const bs_analysis_request *request = r->request;
    char resolved[PATH_MAX];
    if (request->output == NULL && realpath(request->file, resolved) == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s", request->file, strerror(errno));
    }
    const char *target = request->output != NULL ? request->output : resolved;
    if (request->output != NULL) {
        BS_TRY(bs_output_file_check_path(target, false));
    }
    snprintf(r->target, sizeof r->target, "%s", target);
    /* Cut where the file system's limit would be exceeded. */
    const char *slash = strrchr(target, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - target);
    int length = snprintf(r->temporary, sizeof r->temporary, "%.*s%.*s%s", folder, target,
                          NAME_MAX - (int)strlen(ending), target + folder, ending);
    return length > 0 && (size_t)length < sizeof r->temporary
               ? BS_OK
               : BS_FAIL(BS_ERR_INPUT, "%s: the name is too long", target);
}

/* Rank 0 knows the names, and removes what a killed analysis has left. Whoever is still at it holds
 * the lock, and then this is refused. Collective. */
static bs_status prepare_names(renewal *r)
{
    const bs_comm *comm = r->comm;
    BS_TRY(bs_agree(comm, comm->rank == 0 ? name_files(r) : BS_OK));
    BS_TRY(BS_MPI(MPI_Bcast(r->target, sizeof r->target, MPI_CHAR, 0, comm->mpi)));
    BS_TRY(BS_MPI(MPI_Bcast(r->temporary, sizeof r->temporary, MPI_CHAR, 0, comm->mpi)));
    bs_surface *left = NULL;
    struct stat found;
    int exists = comm->rank == 0 && lstat(r->temporary, &found) == 0;
    BS_TRY(BS_MPI(MPI_Bcast(&exists, 1, MPI_INT, 0, comm->mpi)));
    if (exists == 0) {
        return BS_OK;
    }
    BS_TRY(bs_surface_open(comm, r->temporary, &left));
    if (comm->rank == 0) {
        unlink(r->temporary);
    }
    (void)bs_surface_close(left); /* complains that the file is gone */
    return BS_OK;
}

/* Arrays that the sweep made: those before the first that an analysis derives. */
static int sweep_arrays(const bs_surface *file)
{
    int first = bs_surface_find_array(file, BS_ANALYSIS_MARK);
    return first >= 0 ? first : bs_surface_get_schema(file)->array_count;
}

/* The list of the new file: what the sweep of FROM made, and all that is derived. */
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

/* The history OLD and a line on what is done now; for bs_free. */
static char *append_history(const bs_analysis_request *request, const char *old)
{
    enum { TIME = 64 };
    char now[TIME];
    bs_time_text(now, sizeof now);
    size_t length =
        strlen(old) + sizeof now + strlen(request->file) + sizeof "\n: blueshift analyse ";
    for (int i = 0; i < request->more_count; i++) {
        length += 1 + strlen(request->more[i]);
    }
    for (int i = 0; i < request->setting_count; i++) {
        length += strlen(" --set ") + strlen(request->settings[i]);
    }
    char *history = bs_alloc(length, 1);
    if (history == NULL) {
        return NULL;
    }
    int used = snprintf(history, length, "%s\n%s: blueshift analyse %s", old, now, request->file);
    for (int i = 0; i < request->more_count && used > 0 && (size_t)used < length; i++) {
        used += snprintf(history + used, length - (size_t)used, " %s", request->more[i]);
    }
    for (int i = 0; i < request->setting_count && used > 0 && (size_t)used < length; i++) {
        used += snprintf(history + used, length - (size_t)used, " --set %s", request->settings[i]);
    }
    return history;
}

/* The attributes of the old file; its experiment with the options now used, and its history with
 * this analysis. HISTORY is for bs_free. */
static bs_status renew_attributes(const renewal *r, const bs_surface_schema *old,
                                  bs_attribute *attributes, char **history)
{
    assert(r->experiment != NULL);
    for (int i = 0; i < old->attribute_count; i++) {
        attributes[i] = old->attributes[i];
        if (strcmp(attributes[i].name, "experiment") == 0) {
            attributes[i].text = r->experiment->yaml;
        }
        if (strcmp(attributes[i].name, "history") == 0 && attributes[i].text != NULL) {
            *history = append_history(r->request, attributes[i].text);
            attributes[i].text = *history;
            BS_TRY(*history == NULL ? BS_ERR_MEMORY : BS_OK);
        }
    }
    return BS_OK;
}

/* Creates the new file. Collective. */
static bs_status create(const renewal *r, const bs_surface *from)
{
    bs_surface_schema schema = *bs_surface_get_schema(from);
    bs_array_list list = {0};
    char *history = NULL;
    bs_attribute *attributes = bs_alloc((size_t)schema.attribute_count, sizeof *attributes);
    bs_status status = attributes == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = renew_attributes(r, &schema, attributes, &history);
    }
    if (status == BS_OK) {
        status = list_arrays(from, &list);
    }
    status = bs_agree(r->comm, status);
    if (status == BS_OK) {
        schema.attributes = attributes;
        schema.array_count = list.count;
        schema.arrays = list.arrays;
        status = bs_surface_create(r->comm, r->temporary, &schema);
    }
    bs_array_list_release(&list);
    bs_free(attributes);
    bs_free(history);
    return status;
}

/* Copies what was measured and derives the rest. Collective. */
static bs_status fill(const renewal *r, bs_surface *from, bs_analysis_summary *summary)
{
    const bs_comm *comm = r->comm;
    bs_surface *to = NULL;
    BS_TRY(bs_surface_open(comm, r->temporary, &to));
    bs_status status = bs_surface_copy_raw(from, to);
    if (status == BS_OK) {
        status = bs_agree(comm, comm->rank == 0 ? copy_arrays(from, to) : BS_OK);
    }
    if (status == BS_OK) {
        status = bs_analysis_run(comm, to, &summary->options, &summary->skipped);
    }
    bs_status closed = bs_surface_close(to);
    return status != BS_OK ? status : closed;
}

/* Gives the finished file its name; whoever reads the old one under this name can continue. Rank 0.
 */
static bs_status publish(const renewal *r)
{
    struct stat old;
    if (r->request->output == NULL) {
        if (stat(r->target, &old) == 0) {
            (void)chmod(r->temporary, old.st_mode & 07777);
        }
        return rename(r->temporary, r->target) == 0
                   ? BS_OK
                   : BS_FAIL(BS_ERR_IO, "%s: cannot take the place of the old file: %s", r->target,
                             strerror(errno));
    }
    /* A link refuses a name that has come into use meanwhile; some file systems have no links. */
    if (link(r->temporary, r->target) == 0) {
        unlink(r->temporary);
        return BS_OK;
    }
    if (errno != EEXIST && rename(r->temporary, r->target) == 0) {
        return BS_OK;
    }
    return errno == EEXIST
               ? bs_output_file_refuse(r->target)
               : BS_FAIL(BS_ERR_IO, "%s: cannot be given its name: %s", r->target, strerror(errno));
}

static bs_status renew(renewal *r, bs_surface *from, bs_analysis_summary *summary)
{
    const bs_comm *comm = r->comm;
    BS_TRY(bs_agree(comm, read_experiment(r, from, &summary->options)));
    BS_TRY(prepare_names(r));
    BS_TRY(create(r, from));
    r->created = true;
    return fill(r, from, summary);
}

static bs_status open_files(const bs_comm *comm, const bs_analysis_request *request,
                            bs_surface **from)
{
    const int count = request->more_count + 1;
    if (request->output == NULL) {
        return count == 1
                   ? bs_surface_open(comm, request->file, from)
                   : BS_FAIL(BS_ERR_USAGE,
                             "several files are analysed into a new one; name it: -o NEW.nc");
    }
    const char **paths = bs_alloc((size_t)count, sizeof *paths);
    BS_TRY(bs_agree_block(comm, paths));
    paths[0] = request->file;
    for (int i = 1; i < count; i++) {
        paths[i] = request->more[i - 1];
    }
    bs_status status = bs_surface_open_joined(comm, count, paths, from);
    bs_free(paths);
    return status;
}

bs_status bs_analysis_file_run(const bs_comm *comm, const bs_analysis_request *request,
                               bs_analysis_summary *summary)
{
    renewal r = {.comm = comm, .request = request};
    bs_surface *from = NULL;
    *summary = (bs_analysis_summary){.skipped = 0};
    /* Whose place is taken is locked, so that no sweep writes into it meanwhile. */
    BS_TRY(open_files(comm, request, &from));
    bs_status status = renew(&r, from, summary);
    /* Who waits for the file must not have it before the new one has its name. */
    int lock = bs_surface_keep_lock(from);
    bs_status closed = bs_surface_close(from);
    bs_experiment_destroy(r.experiment);
    status = status != BS_OK ? status : closed;
    if (status == BS_OK) {
        status = bs_agree(comm, comm->rank == 0 ? publish(&r) : BS_OK);
    }
    if (status != BS_OK && r.created && comm->rank == 0) {
        unlink(r.temporary);
    }
    if (lock >= 0) {
        close(lock);
    }
    return status;
}
