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
    int least, most; /* axes of the grid */
    bool selects;    /* networks and realisations may be chosen */
    bool single;     /* holds one surface only */
    bool heights;    /* takes clip and logarithm */
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
     "a table, one row a point",
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

static bs_status read_clip(const bs_convert_options *options, double clip[2])
{
    clip[0] = -INFINITY;
    clip[1] = INFINITY;
    if (options->clip == NULL) {
        return BS_OK;
    }
    const char *colon = strchr(options->clip, ':');
    char from[BS_TEXT_DOUBLE] = "";
    const char *to = colon != NULL ? colon + 1 : options->clip;
    bool good = true;
    if (colon != NULL && colon > options->clip) {
        good = (size_t)(colon - options->clip) < sizeof from;
        snprintf(from, sizeof from, "%.*s", (int)(colon - options->clip), options->clip);
        good = good && bs_text_to_double(from, &clip[0]);
    }
    if (to[0] != '\0' || colon == NULL) {
        good = good && bs_text_to_double(to, &clip[1]);
    }
    bool none = isinf(clip[0]) && isinf(clip[1]);
    if (!good || none || clip[0] >= clip[1]) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--clip=%s: write MAX or MIN:MAX with two numbers, the smaller first",
                       options->clip);
    }
    return BS_OK;
}

/* A number from 0 to BELOW - 1; -1: it is none. */
static int read_index(const char *text, int below)
{
    int64_t number = 0;
    bool good = bs_text_to_int64(text, &number) && number >= 0 && number < below;
    return good ? (int)number : -1;
}

static bs_status choose_network(bs_conversion *c)
{
    const char *text = c->options->network;
    const bs_surface_schema *schema = c->schema;
    c->networks = schema->networks;
    if (text == NULL) {
        return BS_OK;
    }
    int found = -1;
    for (int n = 0; n < schema->networks && found < 0; n++) {
        found = strcmp(schema->network_names[n], text) == 0 ? n : -1;
    }
    found = found >= 0 ? found : read_index(text, schema->networks);
    if (found < 0) {
        char list[LIST_LENGTH];
        bs_text_join(schema->networks, schema->network_names, list, sizeof list);
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: no network '%s'; give a number from 0 to %d, or one of: %s", c->path,
                       text, schema->networks - 1, list);
    }
    c->first_network = found;
    c->networks = 1;
    return BS_OK;
}

static bs_status choose_realisation(bs_conversion *c)
{
    const char *text = c->options->realisation;
    c->realisations = c->schema->realisations;
    if (text == NULL || strcmp(text, "all") == 0) {
        return BS_OK;
    }
    c->first_realisation = read_index(text, c->schema->realisations);
    c->realisations = 1;
    if (c->first_realisation < 0) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--realisation=%s: %s holds realisations 0 to %d; give one of these, or all",
                       text, c->path, c->schema->realisations - 1);
    }
    return BS_OK;
}

/* Whether the file has what the format needs. */
static bs_status check_shape(const bs_conversion *c, const format *f)
{
    static const char *const shapes[] = {"", "a line", "a plane", "a volume"};
    int ndim = c->schema->grid.ndim;
    if (ndim < f->least || ndim > f->most) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s holds %s, but the format %s needs %s%s; choose another one", c->path,
                       shapes[ndim], f->name, f->least == 1 ? "a line or " : "", "a plane");
    }
    if (f->single && c->networks > 1) {
        char list[LIST_LENGTH];
        bs_text_join(c->networks, c->schema->network_names, list, sizeof list);
        return BS_FAIL(BS_ERR_USAGE,
                       "%s holds %d networks, but the format %s one; choose it with --network: %s",
                       c->path, c->networks, f->name, list);
    }
    if (f->single && c->realisations > 1) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s holds %d realisations, but the format %s one; choose it with "
                       "--realisation=0 to %d",
                       c->path, c->realisations, f->name, c->realisations - 1);
    }
    return BS_OK;
}

int64_t bs_conversion_first(const bs_conversion *c, int network, int realisation)
{
    int64_t surface = (int64_t)network * c->schema->realisations + realisation;
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
    BS_TRY(choose_network(c));
    BS_TRY(choose_realisation(c));
    BS_TRY(check_shape(c, f));
    if (c->schema->value_count == 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s holds no values to convert", c->path);
    }
    bs_log(BS_LOG_DEBUG, "format: %s; %d network%s, %d realisation%s, %d numbers at a time",
           f->name, c->networks, c->networks == 1 ? "" : "s", c->realisations,
           c->realisations == 1 ? "" : "s", BS_CONVERSION_CHUNK);
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
    BS_TRY(read_clip(options, c.clip));
    BS_TRY(bs_output_file_init(&c.output, options->output));
    c.output.replace = options->replace;
    BS_TRY(check_different(file, options->output));
    BS_TRY(bs_output_file_check(&c.output));
    BS_TRY(bs_surface_open_read(&bs_comm_alone, file, &c.surface));
    bs_status status = write_output(&c, f);
    bs_status closed = bs_surface_close(c.surface);
    return status != BS_OK ? status : closed;
}
