/* Reading curves over the wavenumber, its octaves and the blocks. */
#include "spectrum_curves.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/statistics.h"
#include "blueshift/text.h"
#include "blueshift/wavenumber.h"
#include "line_styles.h"

static const char wavenumber_name[] = PLOT_OVER_WAVENUMBER;
static const char power_name[] = "radial_power";

enum { NAMES_MAX = 64, LIST_LENGTH = 512, NAME_LENGTH = 160 };

static bool is_path_with_transform(const bs_surface_schema *schema)
{
    return schema->grid.ndim == 1 && schema->spectrum_of >= 0 && schema->grid.axis[0].points > 2;
}

/* Branch surfaces have blocks of their own, every n-th of the network's. */
static bool runs_over(const char *dimension, const char *over)
{
    bool blocks = strcmp(over, PLOT_OVER_BLOCK) == 0;
    return strcmp(dimension, over) == 0 || (blocks && strcmp(dimension, "surface_block") == 0);
}

/* Whether ARRAY holds one number, or LEADING indices and then one for each wavenumber, or whatever
 * else curves run OVER. */
static bool is_series(const bs_array *array, int leading, const char *over)
{
    if (array->kind != BS_ARRAY_REALISATION && array->kind != BS_ARRAY_NETWORK) {
        return false;
    }
    return array->ndim == 0 ||
           (array->ndim == leading + 1 && runs_over(array->dims[leading].name, over));
}

/* The array NAME, or that of NAME[i]; NULL where FILE has none. */
static const bs_array *find_array(bs_surface *file, const char *name)
{
    char bare[NAME_LENGTH];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(name, "["), name);
    int index = bs_surface_find_array(file, bare);
    return index >= 0 ? &bs_surface_get_schema(file)->arrays[index] : NULL;
}

bool bs_spectra_has_over(bs_surface *file, const char *name, const char *over)
{
    const bs_array *array = find_array(file, name);
    int leading = array != NULL && array->ndim > 0 ? array->ndim - 1 : 0;
    bool element = strchr(name, '[') != NULL;
    return array != NULL && array->ndim > 0 && element == (leading > 0) &&
           is_series(array, leading, over);
}

bool bs_spectra_has(bs_surface *file, const char *name)
{
    int index = bs_surface_find_array(file, name);
    return index >= 0 && is_series(&bs_surface_get_schema(file)->arrays[index], 0, wavenumber_name);
}

bool bs_spectra_exist(bs_surface *file)
{
    bool binned = bs_surface_find_array(file, wavenumber_name) >= 0;
    return (binned && bs_spectra_has(file, power_name)) ||
           is_path_with_transform(bs_surface_get_schema(file));
}

/* COUNT numbers that are missing; NULL with a recorded error. */
static double *new_numbers(int64_t count)
{
    double *numbers = bs_alloc((size_t)count, sizeof *numbers);
    for (int64_t i = 0; numbers != NULL && i < count; i++) {
        numbers[i] = NAN;
    }
    return numbers;
}

bs_status bs_spectra_open(const plot_data *data, plot_spectra *spectra)
{
    const bs_surface_schema *schema = data->schema;
    *spectra = (plot_spectra){.networks = data->networks, .over = wavenumber_name};
    int index = bs_surface_find_array(data->file, wavenumber_name);
    if (index >= 0) {
        spectra->bins = bs_array_row(&schema->arrays[index]);
    } else if (is_path_with_transform(schema)) {
        spectra->bins = schema->grid.axis[0].points / 2 + 1;
    } else {
        char word[BS_SHELL_WORD];
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: holds no binned spectra; `blueshift analyse %s` computes them",
                       data->path, bs_text_shell_word(data->path, word, sizeof word));
    }
    bool period = schema->grid.ndim == 1 && bs_axis_is_period(&schema->grid.axis[0], schema->axes);
    spectra->axis = (bs_variable){wavenumber_name, wavenumber_name,
                                  period ? "cycles per period" : "cycles per unit step"};
    spectra->wavenumber = new_numbers(spectra->bins);
    if (spectra->wavenumber == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t k = 0; k < spectra->bins; k++) {
        spectra->wavenumber[k] = (double)k;
    }
    return index < 0
               ? BS_OK
               : bs_surface_read_array(data->file, index, (bs_range){0, 1}, spectra->wavenumber);
}

/* The geometric means of first and last wavenumber of the octaves. */
static bs_status read_octaves(const plot_data *data, plot_spectra *spectra)
{
    const char *const names[] = {"band_first", "band_last"};
    for (int end = 0; end < 2; end++) {
        int index = bs_surface_find_array(data->file, names[end]);
        double *edges = new_numbers(spectra->bins);
        bs_status status = edges == NULL ? BS_ERR_MEMORY : BS_OK;
        if (status == BS_OK && index >= 0) {
            status = bs_surface_read_array(data->file, index, (bs_range){0, 1}, edges);
        }
        for (int64_t k = 0; k < spectra->bins && status == BS_OK; k++) {
            spectra->wavenumber[k] = end == 0 ? edges[k] : sqrt(spectra->wavenumber[k] * edges[k]);
        }
        bs_free(edges);
        BS_TRY(status);
    }
    return BS_OK;
}

bs_status bs_spectra_open_over(const plot_data *data, const char *name, const char *over,
                               plot_spectra *spectra)
{
    if (strcmp(over, wavenumber_name) == 0) {
        return bs_spectra_open(data, spectra);
    }
    const bs_array *array = find_array(data->file, name);
    bool blocks = strcmp(over, PLOT_OVER_BLOCK) == 0;
    *spectra = (plot_spectra){.networks = data->networks, .over = over};
    spectra->bins = array != NULL ? array->dims[array->ndim - 1].length : 0;
    spectra->axis = blocks ? (bs_variable){"block", "block, from the input on", "1"}
                           : (bs_variable){"band", "octave of the wavenumber", "1"};
    spectra->wavenumber = new_numbers(spectra->bins);
    if (spectra->wavenumber == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t b = 0; b < spectra->bins; b++) {
        spectra->wavenumber[b] = (double)(b + 1);
    }
    return blocks ? BS_OK : read_octaves(data, spectra);
}

void bs_spectra_release(plot_spectra *spectra)
{
    for (int s = 0; s < spectra->count; s++) {
        bs_free(spectra->series[s].values);
        bs_free(spectra->series[s].errors);
    }
    bs_free(spectra->wavenumber);
    *spectra = (plot_spectra){0};
}

bool bs_spectra_any(const plot_spectra *spectra)
{
    for (int64_t i = 0; i < spectra->networks * spectra->bins && spectra->count > 0; i++) {
        bool above = spectra->wavenumber[i % spectra->bins] > 0;
        if (above && isfinite(spectra->series[0].values[i])) {
            return true;
        }
    }
    return false;
}

/* BINS numbers of one row of an array from ELEMENT on; a single number is repeated. */
static bs_status read_row(const plot_data *data, const bs_array *array, bs_range place,
                          int64_t bins, double *numbers)
{
    int64_t length = bs_array_row(array);
    double *row = bs_alloc((size_t)length, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    int index = bs_surface_find_array(data->file, array->variable.name);
    bs_status status = bs_surface_read_array(data->file, index, (bs_range){place.first, 1}, row);
    for (int64_t k = 0; k < bins && status == BS_OK; k++) {
        double number = row[array->ndim == 0 ? 0 : place.count + k];
        numbers[k] = isfinite(number) && !bs_plot_is_missing(number) ? number : (double)NAN;
    }
    bs_free(row);
    return status;
}

/* |X_k|^2 of a path from its stored transform. */
static bs_status read_transform(const plot_data *data, int64_t pair, int64_t bins, double *power)
{
    double complex *transform = bs_alloc((size_t)bins, sizeof *transform);
    if (transform == NULL) {
        return BS_ERR_MEMORY;
    }
    int realisations = data->schema->realisations;
    bs_status status =
        bs_surface_read_spectrum(data->file, (int)(pair / realisations), (int)(pair % realisations),
                                 (bs_range){0, 1}, transform);
    for (int64_t k = 0; k < bins && status == BS_OK; k++) {
        double magnitude = cabs(transform[k]);
        power[k] = magnitude < 1e30 ? magnitude * magnitude : (double)NAN;
    }
    bs_free(transform);
    return status;
}

/* Mean over the chosen realisations of network N, of ARRAY or (NULL) the squared transforms. */
static bs_status average(const plot_data *data, const bs_array *array, int64_t element, int n,
                         double *const into[2], int64_t bins)
{
    int count = data->realisations;
    double *rows = new_numbers(bins * count);
    bs_status status = rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int r = 0; r < count && status == BS_OK; r++) {
        int64_t pair =
            (int64_t)data->network[n] * data->schema->realisations + data->first_realisation + r;
        double *row = rows + r * bins;
        status = array != NULL ? read_row(data, array, (bs_range){pair, element}, bins, row)
                               : read_transform(data, pair, bins, row);
    }
    for (int64_t k = 0; k < bins && status == BS_OK; k++) {
        bs_estimate mean = bs_estimate_of(rows + k, count, bins);
        into[0][k] = mean.mean;
        into[1][k] = mean.error;
    }
    bs_free(rows);
    return status;
}

/* The array with the standard errors of array NAME: NAME_stderr, or of NAME_mean that of NAME. */
static const bs_array *find_errors(const plot_data *data, const char *name)
{
    static const char mean[] = "_mean";
    size_t length = strlen(name) - (bs_text_ends_in(name, mean) ? strlen(mean) : 0);
    char errors[NAME_LENGTH];
    snprintf(errors, sizeof errors, "%.*s_stderr", (int)length, name);
    int index = bs_surface_find_array(data->file, errors);
    return index >= 0 ? &data->schema->arrays[index] : NULL;
}

/* Means over all realisations are in the file already: array NAME_mean of array NAME. */
static const bs_array *find_means(const plot_data *data, const bs_array *array)
{
    char means[NAME_LENGTH];
    snprintf(means, sizeof means, "%s_mean", array->variable.name);
    int index = bs_surface_find_array(data->file, means);
    bool all = data->realisations == data->schema->realisations && data->realisations > 1;
    return all && index >= 0 && data->schema->arrays[index].ndim == array->ndim
               ? &data->schema->arrays[index]
               : array;
}

static bs_status read_series(const plot_data *data, const bs_array *array, int64_t element,
                             const plot_spectra *spectra, plot_series *series)
{
    int64_t bins = spectra->bins;
    array = array != NULL ? find_means(data, array) : NULL;
    bool constant = array != NULL && array->ndim == 0;
    const bs_array *errors = array != NULL ? find_errors(data, array->variable.name) : NULL;
    for (int n = 0; n < data->networks; n++) {
        double *const into[2] = {series->values + n * bins, series->errors + n * bins};
        if (array == NULL || array->kind == BS_ARRAY_REALISATION) {
            BS_TRY(average(data, array, element, n, into, bins));
            continue;
        }
        bs_range place = {data->network[n], element};
        BS_TRY(read_row(data, array, place, bins, into[0]));
        if (errors != NULL && errors->kind == BS_ARRAY_NETWORK && errors->ndim == array->ndim) {
            BS_TRY(read_row(data, errors, place, bins, into[1]));
        }
    }
    for (int64_t i = 0; i < data->networks * bins && !constant; i++) {
        series->has_errors = series->has_errors || isfinite(series->errors[i]);
    }
    return BS_OK;
}

static bs_status add_series(const plot_data *data, const bs_array *array, int64_t element,
                            plot_series series, plot_spectra *spectra)
{
    if (spectra->count == SERIES_MAX) {
        return BS_FAIL(BS_ERR_INTERNAL, "a panel of spectra holds at most %d curves per network",
                       SERIES_MAX);
    }
    series.values = new_numbers(spectra->networks * spectra->bins);
    series.errors = new_numbers(spectra->networks * spectra->bins);
    bs_status status = series.values == NULL || series.errors == NULL ? BS_ERR_MEMORY : BS_OK;
    if (status == BS_OK) {
        status = read_series(data, array, element, spectra, &series);
    }
    spectra->series[spectra->count++] = series;
    return status;
}

static bs_status no_series(const plot_data *data, const char *name)
{
    const bs_surface_schema *schema = data->schema;
    const char *names[NAMES_MAX];
    int count = 0;
    for (int i = 0; schema->arrays != NULL && i < schema->array_count && count < NAMES_MAX; i++) {
        const bs_array *array = &schema->arrays[i];
        if (array->ndim > 0 && is_series(array, array->ndim - 1, wavenumber_name)) {
            names[count++] = array->variable.name;
        }
    }
    char known[LIST_LENGTH] = ". It holds none";
    if (count > 0) {
        bs_text_suggest(name, count, names, "It holds", known, sizeof known);
    }
    return BS_FAIL(BS_ERR_USAGE, "%s: no spectrum '%s'%s", data->path, name, known);
}

bs_status bs_spectra_add(const plot_data *data, const char *name, const char *style,
                         const char *label, plot_spectra *spectra)
{
    const bs_array *array = find_array(data->file, name);
    int leading = array != NULL && array->ndim > 0 ? array->ndim - 1 : 0;
    if (array == NULL || !is_series(array, leading, spectra->over)) {
        return no_series(data, name);
    }
    int64_t element = 0;
    BS_TRY(bs_plot_read_index(data, array, leading, name + strcspn(name, "["), &element));
    plot_series series = {.variable = array->variable, .style = style, .label = label};
    return add_series(data, array, element * (array->ndim > 0 ? spectra->bins : 1), series,
                      spectra);
}

bs_status bs_spectra_add_optional(const plot_data *data, const char *name, const char *style,
                                  const char *label, plot_spectra *spectra)
{
    bool there =
        bs_spectra_has(data->file, name) || bs_spectra_has_over(data->file, name, spectra->over);
    return there ? bs_spectra_add(data, name, style, label, spectra) : BS_OK;
}

bs_status bs_spectra_add_power(const plot_data *data, plot_spectra *spectra)
{
    if (!bs_spectra_has(data->file, power_name)) {
        plot_series series = {.variable = {"power", "power |X_k|\xC2\xB2", "1"},
                              .style = "lw 1.5 " LINE_MEASURED};
        return add_series(data, NULL, 0, series, spectra);
    }
    BS_TRY(bs_spectra_add(data, power_name, "lw 1.5 " LINE_MEASURED, NULL, spectra));
    BS_TRY(bs_spectra_add_optional(data, "noise_floor", "lw 1 " LINE_IMAGES,
                                   "noise floor: choice of the images", spectra));
    return bs_spectra_add_optional(data, "arithmetic_floor", "lw 1 " LINE_ROUNDING,
                                   "noise floor: rounding", spectra);
}
