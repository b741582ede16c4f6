/* Reading one number for each network. */
#include "plot_scalar.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "blueshift/text.h"

enum { NAMES_MAX = 64, LIST_LENGTH = 512, NAME_LENGTH = 160 };

/* Where the number stands: ITEM of the scalar variables, or ELEMENT of the rows of ARRAY. */
typedef struct source {
    int scalar;
    const bs_array *array;
    int64_t element;
} source;

static bool is_of_networks(const bs_array *array)
{
    return array->kind == BS_ARRAY_REALISATION || array->kind == BS_ARRAY_NETWORK;
}

/* The array NAME, NAME[i], or where only the mean over realisations is kept, NAME_mean. NULL: none.
 */
static const bs_array *find_numbers(bs_surface *file, const char *name)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    char bare[NAME_LENGTH];
    int length = (int)strcspn(name, "[");
    snprintf(bare, sizeof bare, "%.*s", length, name);
    int index = bs_surface_find_array(file, bare);
    snprintf(bare, sizeof bare, "%.*s_mean", length, name);
    index = index >= 0 ? index : bs_surface_find_array(file, bare);
    return index >= 0 && is_of_networks(&schema->arrays[index]) ? &schema->arrays[index] : NULL;
}

bool bs_plot_is_scalar(bs_surface *file, const char *name)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    for (int i = 0; i < schema->scalar_count; i++) {
        if (strcmp(schema->scalars[i].name, name) == 0) {
            return true;
        }
    }
    return find_numbers(file, name) != NULL;
}

bool bs_plot_scalars_exist(bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    bool any = schema->scalar_count > 0;
    for (int i = 0; i < schema->array_count && !any; i++) {
        any = is_of_networks(&schema->arrays[i]);
    }
    return any;
}

static bs_status unknown_scalar(const plot_data *data, const char *name)
{
    const bs_surface_schema *schema = data->schema;
    const char *names[NAMES_MAX];
    int count = 0;
    for (int i = 0; schema->arrays != NULL && i < schema->array_count && count < NAMES_MAX; i++) {
        const bs_array *array = &schema->arrays[i];
        if (is_of_networks(array) && array->ndim == 0) {
            names[count++] = array->variable.name;
        }
    }
    for (int i = 0; i < schema->scalar_count && count < NAMES_MAX; i++) {
        names[count++] = schema->scalars[i].name;
    }
    char known[LIST_LENGTH];
    bs_text_suggest(name, count, names, "It holds", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "%s: no number '%s' of a network%s", data->path, name, known);
}

static bs_status find_source(const plot_data *data, const char *name, source *from)
{
    const bs_surface_schema *schema = data->schema;
    *from = (source){.scalar = -1};
    for (int i = 0; i < schema->scalar_count; i++) {
        if (strcmp(schema->scalars[i].name, name) == 0) {
            from->scalar = i;
            return BS_OK;
        }
    }
    const bs_array *array = find_numbers(data->file, name);
    if (array == NULL) {
        return unknown_scalar(data, name);
    }
    from->array = array;
    return bs_plot_read_index(data, array, array->ndim, name + strcspn(name, "["), &from->element);
}

/* Of one network, or of one network and realisation. */
static bs_status read_number(const plot_data *data, const source *from, int64_t row, double *number)
{
    int scalars = data->schema->scalar_count;
    int64_t length = from->array != NULL ? bs_array_row(from->array) : scalars;
    double *numbers = bs_alloc((size_t)length, sizeof *numbers);
    if (numbers == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_OK;
    int realisations = data->schema->realisations;
    if (from->array != NULL) {
        int index = bs_surface_find_array(data->file, from->array->variable.name);
        status = bs_surface_read_array(data->file, index, (bs_range){row, 1}, numbers);
    } else {
        status = bs_surface_read_scalars(data->file, (int)(row / realisations),
                                         (int)(row % realisations), numbers);
    }
    *number = numbers[from->array != NULL ? from->element : from->scalar];
    *number = isfinite(*number) && !bs_plot_is_missing(*number) ? *number : (double)NAN;
    bs_free(numbers);
    return status;
}

static bs_status average(const plot_data *data, const source *from, int n, plot_scalar *scalar)
{
    double *numbers = scalar->each + (int64_t)n * data->realisations;
    for (int r = 0; r < data->realisations; r++) {
        BS_TRY(read_number(data, from,
                           (int64_t)data->network[n] * data->schema->realisations +
                               data->first_realisation + r,
                           &numbers[r]));
    }
    bs_estimate mean = bs_estimate_of(numbers, data->realisations, 1);
    scalar->value[n] = mean.mean;
    scalar->error[n] = mean.error;
    return BS_OK;
}

/* The number of a network as a whole; of NAME or NAME_mean the error is in NAME_stderr. */
static bs_status take_network(const plot_data *data, const source *from, int n, plot_scalar *scalar)
{
    static const char mean[] = "_mean";
    const char *name = from->array->variable.name;
    size_t stem = strlen(name) - (bs_text_ends_in(name, mean) ? strlen(mean) : 0);
    char errors[NAME_LENGTH];
    snprintf(errors, sizeof errors, "%.*s_stderr", (int)stem, name);
    int index = bs_surface_find_array(data->file, errors);
    source error = *from;
    error.array = index >= 0 ? &data->schema->arrays[index] : NULL;
    BS_TRY(read_number(data, from, data->network[n], &scalar->value[n]));
    scalar->error[n] = NAN;
    bool alike = error.array != NULL && error.array->kind == BS_ARRAY_NETWORK &&
                 bs_array_row(error.array) == bs_array_row(from->array);
    return alike ? read_number(data, &error, data->network[n], &scalar->error[n]) : BS_OK;
}

bs_status bs_plot_scalar_read(const plot_data *data, const char *name, plot_scalar *scalar)
{
    *scalar = (plot_scalar){.value = NULL};
    source from;
    BS_TRY(find_source(data, name, &from));
    scalar->variable =
        from.array != NULL ? from.array->variable : data->schema->scalars[from.scalar];
    scalar->value = bs_alloc((size_t)data->networks, sizeof *scalar->value);
    scalar->error = bs_alloc((size_t)data->networks, sizeof *scalar->error);
    int64_t pairs = (int64_t)data->networks * data->realisations;
    scalar->each = bs_alloc((size_t)pairs, sizeof *scalar->each);
    if (scalar->value == NULL || scalar->error == NULL || scalar->each == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; i < pairs; i++) {
        scalar->each[i] = NAN;
    }
    bool whole = from.array != NULL && from.array->kind == BS_ARRAY_NETWORK;
    scalar->several = !whole && data->realisations > 1;
    for (int n = 0; n < data->networks; n++) {
        if (whole) {
            BS_TRY(take_network(data, &from, n, scalar));
        } else {
            BS_TRY(average(data, &from, n, scalar));
        }
    }
    return BS_OK;
}

void bs_plot_scalar_release(plot_scalar *scalar)
{
    bs_free(scalar->value);
    bs_free(scalar->error);
    bs_free(scalar->each);
    *scalar = (plot_scalar){.value = NULL};
}
