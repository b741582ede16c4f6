/* Chooses format, networks and realisations of a conversion, and sees to the output file. */
#include "blueshift/convert.h"

#include <string.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "conversion.h"

#define FORMAT_ADDRESS(name) &bs_format_##name,
static const bs_conversion_format *const formats[] = {BS_FORMATS(FORMAT_ADDRESS)};
#undef FORMAT_ADDRESS
enum { FORMATS = sizeof formats / sizeof formats[0], LIST_LENGTH = 512, SUFFIX_LENGTH = 16 };

const char *bs_convert_format_at(int index, const char **summary)
{
    *summary = index < FORMATS ? formats[index]->summary : "";
    return index < FORMATS ? formats[index]->name : NULL;
}

/* Whether OUTPUT ends in one of SUFFIXES. */
static bool names_format(const char *output, const char *suffixes)
{
    static const char between[] = ", ";
    char suffix[SUFFIX_LENGTH];
    for (const char *next = suffixes; *next != '\0'; next += strspn(next, between)) {
        int length = (int)strcspn(next, between);
        snprintf(suffix, sizeof suffix, "%.*s", length, next);
        if (bs_text_ends_in(output, suffix)) {
            return true;
        }
        next += length;
    }
    return false;
}

static bs_status find_format(const bs_convert_options *options, const bs_conversion_format **found)
{
    char list[LIST_LENGTH] = "";
    size_t used = 0;
    for (int i = 0; i < FORMATS; i++) {
        const bs_conversion_format *f = formats[i];
        bool wanted = options->format != NULL ? strcmp(options->format, f->name) == 0
                                              : names_format(options->output, f->suffixes);
        if (wanted) {
            *found = f;
            return BS_OK;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s%s%s%s", i == 0 ? "" : ", ",
                                 f->name, f->suffixes[0] != '\0' ? " (" : "", f->suffixes,
                                 f->suffixes[0] != '\0' ? ")" : "");
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
static bs_status check_options(const bs_convert_options *options, const bs_conversion_format *f)
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
static bs_status check_shape(const bs_conversion *c, const bs_conversion_format *f)
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

static bs_status write_content(const bs_output_file *file, FILE *stream, const void *context)
{
    bs_conversion *c = *(bs_conversion *const *)context;
    c->output = file;
    return c->format->write(c, stream);
}

static bs_status write_output(bs_conversion *c)
{
    const bs_conversion_format *f = c->format;
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
    bs_status status = c->numbers == NULL || c->status == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = bs_output_file_write(c->options->output, c->options->replace, write_content, &c);
    }
    bs_free(c->numbers);
    bs_free(c->status);
    return status;
}

bs_status bs_convert(const char *file, const bs_convert_options *options)
{
    bs_conversion c = {.path = file, .options = options};
    BS_TRY(find_format(options, &c.format));
    BS_TRY(check_options(options, c.format));
    BS_TRY(bs_selection_clip(options->clip, c.clip));
    BS_TRY(bs_output_file_check_source(options->output, file));
    BS_TRY(bs_output_file_check_path(options->output, options->replace));
    BS_TRY(bs_surface_open_read(&bs_comm_alone, file, &c.surface));
    bs_status status = write_output(&c);
    bs_selection_release(&c.selection);
    bs_status closed = bs_surface_close(c.surface);
    return status != BS_OK ? status : closed;
}
