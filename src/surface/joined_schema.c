/* The schema of several results read as one, made of theirs. */
#include "joined.h"

#include <string.h>

#include "blueshift/analysis_mark.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"

enum { NAME = 256 };

static const bs_surface_schema *schema_of(const struct bs_joined *joined, int p)
{
    return &joined->parts[p].file->schema;
}

/* A text that lives as long as the surface; NULL with a recorded error. */
static const char *keep(bs_surface *surface, const char *text)
{
    char *kept = NULL;
    return bs_surface_keep(surface, bs_strdup(text), &kept) == BS_OK ? kept : NULL;
}

static bool is_same_variables(int count, const bs_variable *a, const bs_variable *b)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(a[i].name, b[i].name) != 0) {
            return false;
        }
    }
    return true;
}

/* Experiments are the same, so that files differ in these only when another program changed them,
 * or another version made them. */
static bs_status check_variables(const struct bs_joined *joined)
{
    const bs_surface_schema *a = schema_of(joined, 0);
    for (int p = 1; p < joined->count; p++) {
        const bs_surface_schema *b = schema_of(joined, p);
        bool same = a->value_count == b->value_count && a->scalar_count == b->scalar_count &&
                    is_same_variables(a->value_count, a->values, b->values) &&
                    is_same_variables(a->scalar_count, a->scalars, b->scalars) &&
                    a->grid.ndim == b->grid.ndim && a->spectrum_of == b->spectrum_of;
        for (int d = 0; d < a->grid.ndim && same; d++) {
            same = a->grid.axis[d].points == b->grid.axis[d].points;
        }
        if (!same) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s and %s hold other values, or points; take the original files",
                           joined->parts[0].file->nc.path, joined->parts[p].file->nc.path);
        }
    }
    return BS_OK;
}

/* The file's name without folder and ending. */
static void stem_of(const char *path, char *stem, size_t length)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    snprintf(stem, length, "%.*s", dot != NULL && dot != base ? (int)(dot - base) : 120, base);
}

static bool is_taken(const bs_surface_schema *schema, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(schema->network_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A name that other networks have, too, gets the name of its file. */
static bs_status name_networks(bs_surface *surface)
{
    const struct bs_joined *joined = surface->joined;
    bs_surface_schema *schema = &surface->schema;
    const char **names = bs_surface_own(surface, (size_t)schema->networks, sizeof *names);
    if (names == NULL) {
        return BS_ERR_MEMORY;
    }
    schema->network_names = names;
    int count = 0;
    for (int p = 0; p < joined->count; p++) {
        const bs_surface_schema *from = schema_of(joined, p);
        for (int n = 0; joined->parts[p].network == count && joined->parts[p].realisation == 0 &&
                        n < from->networks;
             n++) {
            char name[NAME];
            char stem[NAME / 2];
            stem_of(joined->parts[p].file->nc.path, stem, sizeof stem);
            snprintf(name, sizeof name, "%s", from->network_names[n]);
            if (is_taken(schema, count + n, name)) {
                snprintf(name, sizeof name, "%.100s (%s)", from->network_names[n], stem);
            }
            names[count + n] = keep(surface, name);
            if (names[count + n] == NULL) {
                return BS_ERR_MEMORY;
            }
        }
        count += joined->parts[p].network == count && joined->parts[p].realisation == 0
                     ? from->networks
                     : 0;
    }
    return BS_OK;
}

/* Whether all files were analysed with the same options, so that what was derived belongs together.
 */
static bs_status compare_analyses(const struct bs_joined *joined, bool *same)
{
    static const char *const names[] = {BS_ANALYSIS_MARK, "analysis_window", "analysis_cutoff",
                                        "analysis_tail"};
    *same = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double first[2] = {0};
        for (int p = 0; p < joined->count; p++) {
            double numbers[2] = {0};
            bs_surface *file = joined->parts[p].file;
            int array = bs_surface_find_array(file, names[i]);
            if (array >= 0 && bs_array_row(&file->schema.arrays[array]) <= 2) {
                BS_TRY(bs_surface_read_array(file, array, (bs_range){0, 1}, numbers));
            }
            memcpy(first, p == 0 ? numbers : first, sizeof first);
            *same = *same && first[0] == numbers[0] && first[1] == numbers[1];
        }
    }
    if (!*same) {
        bs_log(BS_LOG_WARNING,
               "the files were analysed with different options, or not all of them: "
               "only what was measured is shown; analyse them all alike");
    }
    return BS_OK;
}

/* Index in file P of the array like ARRAY; -1: none. */
static int find_like(const bs_surface *file, const bs_array *array)
{
    int index = bs_surface_find_array(file, array->variable.name);
    const bs_array *other = index >= 0 ? &file->schema.arrays[index] : NULL;
    bool same = other != NULL && other->kind == array->kind && other->ndim == array->ndim;
    for (int d = 0; same && d < array->ndim; d++) {
        same = other->dims[d].length == array->dims[d].length;
    }
    return same ? index : -1;
}

/* Keeps the arrays that all files have. What was derived of a network from some of its realisations
 * only is not what all of them give. */
static bs_status list_arrays(bs_surface *surface, bool derived)
{
    struct bs_joined *joined = surface->joined;
    const bs_surface *file = joined->parts[0].file;
    bs_surface_schema *schema = &surface->schema;
    size_t most = (size_t)file->schema.array_count;
    bs_array *arrays = bs_surface_own(surface, most, sizeof *arrays);
    joined->array = bs_surface_own(surface, most * (size_t)joined->count, sizeof *joined->array);
    if (arrays == NULL || joined->array == NULL) {
        return BS_ERR_MEMORY;
    }
    int first_derived = bs_surface_find_array(file, BS_ANALYSIS_MARK);
    schema->array_count = 0;
    for (int a = 0; a < file->schema.array_count; a++) {
        const bs_array *array = &file->schema.arrays[a];
        bool of_analysis = first_derived >= 0 && a >= first_derived;
        bool partial = array->kind == BS_ARRAY_NETWORK && joined->groups < joined->count;
        bool taken = !of_analysis || (derived && !partial);
        for (int p = 0; p < joined->count && taken; p++) {
            int index = find_like(joined->parts[p].file, array);
            joined->array[schema->array_count * joined->count + p] = index;
            taken = index >= 0;
        }
        if (taken) {
            arrays[schema->array_count++] = *array;
        }
    }
    schema->arrays = arrays;
    return BS_OK;
}

static const char *text_of(const bs_surface_schema *schema, const char *name)
{
    for (int i = 0; i < schema->attribute_count; i++) {
        if (strcmp(schema->attributes[i].name, name) == 0 && schema->attributes[i].text != NULL) {
            return schema->attributes[i].text;
        }
    }
    return "";
}

/* The texts NAME of the first file of every group, or of every file, with BETWEEN between them. */
static const char *join_texts(bs_surface *surface, const char *name, bool all, const char *between)
{
    const struct bs_joined *joined = surface->joined;
    size_t length = 1;
    for (int p = 0; p < joined->count; p++) {
        length += strlen(text_of(schema_of(joined, p), name)) + strlen(between);
    }
    char *text = bs_surface_own(surface, length, 1);
    size_t used = 0;
    for (int p = 0; p < joined->count && text != NULL; p++) {
        const char *more = text_of(schema_of(joined, p), name);
        if ((all || joined->parts[p].realisation == 0) && more[0] != '\0') {
            int written =
                snprintf(text + used, length - used, "%s%s", used > 0 ? between : "", more);
            used += written > 0 ? (size_t)written : 0;
        }
    }
    return text;
}

/* A title that a sweep made, "Loss of NETWORKS, on a line", with the networks of all; another one
 * as it is. */
static const char *title_of(bs_surface *surface, const char *first)
{
    enum { SHOWN = 6, LENGTH = 400 };
    static const char loss[] = "Loss of ";
    const bs_surface_schema *schema = &surface->schema;
    const char *place = strrchr(first, ',');
    if (surface->joined->groups == 1 || strncmp(first, loss, strlen(loss)) != 0 || place == NULL) {
        return first;
    }
    char title[LENGTH];
    int used = snprintf(title, sizeof title, "%s", loss);
    if (schema->networks > SHOWN) {
        used +=
            snprintf(title + used, sizeof title - (size_t)used, "%d networks", schema->networks);
    }
    for (int n = 0; n < schema->networks && schema->networks <= SHOWN; n++) {
        used += snprintf(title + used, sizeof title - (size_t)used, "%s%.50s", n > 0 ? " / " : "",
                         schema->network_names[n]);
    }
    snprintf(title + used, sizeof title - (size_t)used, "%.30s", place);
    return keep(surface, title);
}

/* The names of the files, a line each. */
static const char *list_files(bs_surface *surface)
{
    const struct bs_joined *joined = surface->joined;
    size_t length = 1;
    for (int p = 0; p < joined->count; p++) {
        length += strlen(joined->parts[p].file->nc.path) + 1;
    }
    char *text = bs_surface_own(surface, length, 1);
    size_t used = 0;
    for (int p = 0; p < joined->count && text != NULL; p++) {
        int written = snprintf(text + used, length - used, "%s%s", p > 0 ? "\n" : "",
                               joined->parts[p].file->nc.path);
        used += written > 0 ? (size_t)written : 0;
    }
    return text;
}

/* Those of the first file. What only one file can say of itself, its identity and its seed, is left
 * out: the whole cannot be resumed or repeated. */
static bs_status list_attributes(bs_surface *surface)
{
    static const char *const own[] = {"experiment_identity", "experiment_hash", "seed"};
    static const struct {
        const char *name, *between;
        bool all;
    } joint[] = {{"networks", "", false}, {"history", "\n", true}};
    const bs_surface_schema *from = schema_of(surface->joined, 0);
    bs_attribute *attributes =
        bs_surface_own(surface, (size_t)from->attribute_count + 1, sizeof *attributes);
    if (attributes == NULL) {
        return BS_ERR_MEMORY;
    }
    int count = 0;
    for (int i = 0; i < from->attribute_count; i++) {
        bool left_out = false;
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++) {
            left_out = left_out || strcmp(from->attributes[i].name, own[k]) == 0;
        }
        if (left_out) {
            continue;
        }
        attributes[count] = from->attributes[i];
        for (size_t k = 0; k < sizeof joint / sizeof joint[0]; k++) {
            if (strcmp(attributes[count].name, joint[k].name) == 0) {
                attributes[count].text =
                    join_texts(surface, joint[k].name, joint[k].all, joint[k].between);
                BS_TRY(attributes[count].text == NULL ? BS_ERR_MEMORY : BS_OK);
            }
        }
        if (strcmp(attributes[count].name, "title") == 0 && attributes[count].text != NULL) {
            attributes[count].text = title_of(surface, attributes[count].text);
            BS_TRY(attributes[count].text == NULL ? BS_ERR_MEMORY : BS_OK);
        }
        count++;
    }
    attributes[count] = (bs_attribute){.name = "joined", .text = list_files(surface)};
    BS_TRY(attributes[count].text == NULL ? BS_ERR_MEMORY : BS_OK);
    surface->schema.attributes = attributes;
    surface->schema.attribute_count = count + 1;
    return BS_OK;
}

/* Numbers of the variables: see joined.h. */
static bs_status number_variables(bs_surface *surface)
{
    const bs_surface_schema *schema = &surface->schema;
    int count = schema->value_count + schema->scalar_count + schema->array_count;
    int *ids = bs_surface_own(surface, (size_t)count, sizeof *ids);
    if (ids == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        ids[i] = BS_JOINED_FIRST + i;
    }
    surface->status_id = BS_JOINED_STATUS;
    surface->wall_time_id = BS_JOINED_WALL_TIME;
    surface->sessions_id = BS_JOINED_SESSIONS;
    surface->value_ids = ids;
    surface->scalar_ids = ids + schema->value_count;
    surface->array_ids = surface->scalar_ids + schema->scalar_count;
    surface->spectrum_ids[0] = BS_JOINED_FIRST + count;
    surface->spectrum_ids[1] = BS_JOINED_FIRST + count + 1;
    return BS_OK;
}

bs_status bs_joined_combine(bs_surface *surface)
{
    struct bs_joined *joined = surface->joined;
    bs_surface_schema *schema = &surface->schema;
    bool derived = false;
    *schema = *schema_of(joined, 0);
    BS_TRY(bs_joined_place(joined, &schema->networks, &schema->realisations));
    BS_TRY(check_variables(joined));
    BS_TRY(name_networks(surface));
    BS_TRY(compare_analyses(joined, &derived));
    surface->part = !derived;
    BS_TRY(list_arrays(surface, derived));
    BS_TRY(list_attributes(surface));
    BS_TRY(number_variables(surface));
    surface->layout = bs_surface_shapes_of(schema);
    return BS_OK;
}
