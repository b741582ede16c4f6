/* Chooses format, networks and realisations of a conversion, and sees to the output file. */
#include "blueshift/convert.h"

#include <math.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <netcdf.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "conversion.h"

enum { LIST_LENGTH = 512 };

/* A format: what it can hold, and its writer. */
typedef struct format {
    const char *name;
    const char *suffixes[2];
    const char *listed; /* the suffixes as text */
    const char *summary;
    int min_axes, max_axes;
    bool selects; /* networks and realisations may be chosen */
    bool single;  /* holds one surface only */
    bool heights; /* takes clip and logarithm */
    bs_status (*write)(bs_conversion *c);
} format;

static const format formats[] = {
    {"netcdf4",
     {".nc4", ".h5"},
     ".nc4, .h5",
     "NetCDF-4, compressed, with everything that the file holds",
     1,
     BS_GRID_DIMS,
     false,
     false,
     false,
     bs_convert_netcdf4},
    {"losslandscape",
     {NULL, NULL},
     "",
     "HDF5 as the plotting scripts of loss-landscape (Li et al.) read it; one surface",
     1,
     2,
     true,
     true,
     false,
     bs_convert_losslandscape},
    {"vti",
     {".vti", NULL},
     ".vti",
     "VTK image for ParaView: an array for each value, network and realisation",
     1,
     BS_GRID_DIMS,
     true,
     false,
     false,
     bs_convert_vti},
    {"vts",
     {".vts", NULL},
     ".vts",
     "VTK height surface of one plane for ParaView",
     2,
     2,
     true,
     true,
     true,
     bs_convert_vts},
    {"csv",
     {".csv", NULL},
     ".csv",
     "a table, one row per point",
     1,
     BS_GRID_DIMS,
     true,
     false,
     false,
     bs_convert_csv},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

const char *bs_convert_format_at(int index, const char **summary)
{
    *summary = index < FORMATS ? formats[index].summary : "";
    return index < FORMATS ? formats[index].name : NULL;
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t wanted = end != NULL ? strlen(end) : 0;
    return end != NULL && length >= wanted && strcasecmp(text + length - wanted, end) == 0;
}

static bs_status find_format(const bs_convert_options *options, const format **found)
{
    char list[LIST_LENGTH] = "";
    size_t used = 0;
    for (int i = 0; i < FORMATS; i++) {
        const format *f = &formats[i];
        bool wanted = options->format != NULL ? strcmp(options->format, f->name) == 0
                                              : ends_in(options->output, f->suffixes[0]) ||
                                                    ends_in(options->output, f->suffixes[1]);
        if (wanted) {
            *found = f;
            return BS_OK;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s%s%s%s", i == 0 ? "" : ", ",
                                 f->name, f->listed[0] != '\0' ? " (" : "", f->listed,
                                 f->listed[0] != '\0' ? ")" : "");
    }
    if (options->format != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "unknown format '%s'; there are: %s", options->format, list);
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "%s: this suffix names no format; choose one with --format=NAME, or the suffix "
                   "in parentheses: %s",
                   options->output, list);
}

/* Options that the format would ignore are mistakes. */
static bs_status check_options(const bs_convert_options *options, const format *f)
{
    const char *stray = NULL;
    if (!f->selects) {
        stray = options->network != NULL       ? "network"
                : options->realisation != NULL ? "realisation"
                                               : NULL;
    }
    if (stray == NULL && !f->heights) {
        stray = options->clip != NULL ? "clip" : options->logarithmic ? "log" : NULL;
    }
    if (stray != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "--%s has no meaning for the format %s; leave it out", stray,
                       f->name);
    }
    return BS_OK;
}

/* Whether the file has what the format needs. */
static bs_status check_shape(const bs_conversion *c, const format *f)
{
    static const char *const shapes[] = {"", "a line", "a plane", "a volume"};
    int ndim = c->schema->grid.ndim;
    if (ndim < f->min_axes || ndim > f->max_axes) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s holds %s, but the format %s needs %s%s; choose another one", c->path,
                       shapes[ndim], f->name, f->min_axes == 1 ? "a line or " : "", "a plane");
    }
    if (f->single && c->selection.networks > 1) {
        char list[LIST_LENGTH];
        bs_text_join(c->schema->networks, c->schema->network_names, list, sizeof list);
        return BS_FAIL(BS_ERR_USAGE,
                       "%s holds %d networks, but the format %s one; choose it with --network: %s",
                       c->path, c->selection.networks, f->name, list);
    }
    if (f->single && c->selection.realisations > 1) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s holds %d realisations, but the format %s one; choose it with "
                       "--realisation=0 to %d",
                       c->path, c->selection.realisations, f->name, c->selection.realisations - 1);
    }
    return BS_OK;
}

int64_t bs_conversion_first(const bs_conversion *c, int n, int r)
{
    int64_t surface = (int64_t)c->selection.network[n] * c->schema->realisations +
                      c->selection.first_realisation + r;
    return surface * bs_grid_points(&c->schema->grid);
}

int bs_conversion_loss(const bs_conversion *c)
{
    for (int v = 0; v < c->schema->value_count; v++) {
        if (ends_in(c->schema->values[v].name, "_loss")) {
            return v;
        }
    }
    return 0;
}

bs_status bs_conversion_read(bs_conversion *c, int value, bs_range range)
{
    BS_TRY(bs_surface_read_values(c->surface, value, range, c->numbers));
    for (int64_t i = 0; i < range.count; i++) {
        if (c->numbers[i] == NC_FILL_DOUBLE) {
            c->numbers[i] = (double)NAN;
        }
    }
    return BS_OK;
}

/* An output that is the result file itself would take it away. */
static bs_status check_different(const char *file, const char *output)
{
    struct stat from;
    struct stat to;
    if (stat(file, &from) == 0 && stat(output, &to) == 0 && from.st_dev == to.st_dev &&
        from.st_ino == to.st_ino) {
        return BS_FAIL(BS_ERR_INPUT, "%s is the result file itself; choose another output", output);
    }
    return BS_OK;
}

static bs_status write_output(bs_conversion *c, const format *f)
{
    c->schema = bs_surface_get_schema(c->surface);
    BS_TRY(bs_selection_make(c->schema, c->path, c->options->network, c->options->realisation,
                             &c->selection));
    BS_TRY(check_shape(c, f));
    if (c->schema->value_count == 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s holds no values to convert", c->path);
    }
    bs_log(BS_LOG_DEBUG, "format: %s; %d network%s, %d realisation%s, %d numbers at a time",
           f->name, c->selection.networks, c->selection.networks == 1 ? "" : "s",
           c->selection.realisations, c->selection.realisations == 1 ? "" : "s",
           BS_CONVERSION_CHUNK);
    c->numbers = bs_alloc(BS_CONVERSION_CHUNK, sizeof *c->numbers);
    c->status = bs_alloc(BS_CONVERSION_CHUNK, sizeof *c->status);
    bs_status status = c->numbers == NULL || c->status == NULL ? BS_ERR_MEMORY : f->write(c);
    if (status == BS_OK) {
        status = bs_output_file_publish(&c->output);
    }
    if (status != BS_OK) {
        bs_output_file_discard(&c->output);
    }
    bs_free(c->numbers);
    bs_free(c->status);
    return status;
}

bs_status bs_convert(const char *file, const bs_convert_options *options)
{
    const format *f = NULL;
    bs_conversion c = {.path = file, .options = options};
    BS_TRY(find_format(options, &f));
    BS_TRY(check_options(options, f));
    BS_TRY(bs_selection_clip(options->clip, c.clip));
    BS_TRY(bs_output_file_init(&c.output, options->output));
    c.output.replace = options->replace;
    BS_TRY(check_different(file, options->output));
    BS_TRY(bs_output_file_check(&c.output));
    BS_TRY(bs_surface_open_read(&bs_comm_alone, file, &c.surface));
    bs_status status = write_output(&c, f);
    bs_selection_release(&c.selection);
    bs_status closed = bs_surface_close(c.surface);
    return status != BS_OK ? status : closed;
}
