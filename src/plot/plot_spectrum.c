/* Reading power spectra: those the analysis has binned, or of a path from its complex spectrum. */
#include "plot_spectrum.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"

/* Names of the arrays that the analysis writes. */
static const char wavenumber_name[] = "wavenumber";
static const char power_name[] = "power";
static const char theory_name[] = "theory_power";
static const char *const floor_names[2] = {"power_floor_sampling", "power_floor_arithmetic"};

enum { NAMES_MAX = 64, LIST_LENGTH = 512 };

static const bs_array *find_array(const bs_surface_schema *schema, const char *name)
{
    for (int i = 0; i < schema->array_count; i++) {
        if (strcmp(schema->arrays[i].variable.name, name) == 0) {
            return &schema->arrays[i];
        }
    }
    return NULL;
}

static bool is_path_with_spectrum(const bs_surface_schema *schema)
{
    return schema->grid.ndim == 1 && schema->spectrum_of >= 0 && schema->grid.axis[0].points > 2;
}

/* Whether ARRAY holds one number for each wavenumber. */
static bool is_spectrum(const bs_surface_schema *schema, const bs_array *array)
{
    const bs_array *wavenumber = find_array(schema, wavenumber_name);
    return wavenumber != NULL && wavenumber->ndim == 1 && array->ndim == 1 &&
           (array->kind == BS_ARRAY_ITEM || array->kind == BS_ARRAY_NETWORK) &&
           strcmp(array->dims[0].name, wavenumber->dims[0].name) == 0;
}

bool bs_plot_has_spectrum(bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_describe(file);
    const bs_array *power = find_array(schema, power_name);
    return (power != NULL && is_spectrum(schema, power)) || is_path_with_spectrum(schema);
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

/* One row of an array, missing numbers as NaN. */
static bs_status read_row(const plot_data *data, const bs_array *array, int64_t row,
                          double *numbers)
{
    int index = bs_surface_find_array(data->file, array->variable.name);
    BS_TRY(bs_surface_read_array(data->file, index, (bs_range){row, 1}, numbers));
    for (int64_t i = 0; i < bs_array_row(array); i++) {
        numbers[i] = bs_plot_is_missing(numbers[i]) ? (double)NAN : numbers[i];
    }
    return BS_OK;
}

/* Row of chosen network N in an array of networks, if the file has it. */
static bs_status read_network_row(const plot_data *data, const char *name, int n, int64_t bins,
                                  double **numbers)
{
    const bs_array *array = find_array(data->schema, name);
    if (array == NULL || !is_spectrum(data->schema, array) || array->kind != BS_ARRAY_NETWORK) {
        return BS_OK;
    }
    *numbers = new_numbers(bins);
    return *numbers == NULL ? BS_ERR_MEMORY : read_row(data, array, data->network[n], *numbers);
}

/* |X_k|^2 of a path from its stored transform. */
static bs_status read_transform(const plot_data *data, int64_t item, int64_t bins, double *power)
{
    double complex *transform = bs_alloc((size_t)bins, sizeof *transform);
    if (transform == NULL) {
        return BS_ERR_MEMORY;
    }
    int realisations = data->schema->realisations;
    bs_status status =
        bs_surface_read_spectrum(data->file, (int)(item / realisations), (int)(item % realisations),
                                 (bs_range){0, 1}, transform);
    for (int64_t k = 0; k < bins && status == BS_OK; k++) {
        double magnitude = cabs(transform[k]);
        power[k] = isfinite(magnitude) && magnitude < 1e30 ? magnitude * magnitude : (double)NAN;
    }
    bs_free(transform);
    return status;
}

/* Of COUNT rows of BINS numbers. */
static void mean_and_error(const double *rows, int64_t bins, int count, plot_spectrum *s)
{
    for (int64_t k = 0; k < bins; k++) {
        double sum = 0;
        double square = 0;
        for (int r = 0; r < count; r++) {
            sum += rows[r * bins + k];
        }
        double mean = sum / count;
        for (int r = 0; r < count; r++) {
            square += pow(rows[r * bins + k] - mean, 2);
        }
        s->power[k] = mean;
        s->error[k] = count > 1 ? sqrt(square / (count - 1) / count) : (double)NAN;
    }
}

/* Mean and standard error over the chosen realisations, of ARRAY or (NULL) the transforms. */
static bs_status average(const plot_data *data, const bs_array *array, int n, plot_spectra *spectra)
{
    plot_spectrum *s = &spectra->of[n];
    int64_t bins = spectra->bins;
    int count = data->realisations;
    s->power = new_numbers(bins);
    s->error = new_numbers(bins);
    double *rows = new_numbers(bins * count);
    bs_status status = s->power == NULL || s->error == NULL || rows == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int r = 0; r < count && status == BS_OK; r++) {
        int64_t item =
            (int64_t)data->network[n] * data->schema->realisations + data->first_realisation + r;
        status = array != NULL ? read_row(data, array, item, rows + r * bins)
                               : read_transform(data, item, bins, rows + r * bins);
    }
    if (status == BS_OK) {
        mean_and_error(rows, bins, count, s);
    }
    bs_free(rows);
    return status;
}

static bs_status read_networks(const plot_data *data, const bs_array *array, plot_spectra *spectra)
{
    spectra->of = bs_alloc((size_t)data->networks, sizeof *spectra->of);
    if (spectra->of == NULL) {
        return BS_ERR_MEMORY;
    }
    spectra->networks = data->networks;
    bool power = array == NULL || strcmp(array->variable.name, power_name) == 0;
    for (int n = 0; n < data->networks; n++) {
        plot_spectrum *s = &spectra->of[n];
        if (array != NULL && array->kind == BS_ARRAY_NETWORK) {
            BS_TRY(read_network_row(data, array->variable.name, n, spectra->bins, &s->power));
            s->error = new_numbers(spectra->bins);
            if (s->error == NULL) {
                return BS_ERR_MEMORY;
            }
        } else {
            BS_TRY(average(data, array, n, spectra));
        }
        for (int f = 0; f < 2 && power; f++) {
            BS_TRY(read_network_row(data, floor_names[f], n, spectra->bins, &s->floors[f]));
        }
        if (power) {
            BS_TRY(read_network_row(data, theory_name, n, spectra->bins, &s->theory));
        }
    }
    return BS_OK;
}

static bs_status no_spectrum(const plot_data *data, const char *name)
{
    const bs_surface_schema *schema = data->schema;
    const char *names[NAMES_MAX];
    int count = 0;
    for (int i = 0; i < schema->array_count && count < NAMES_MAX; i++) {
        if (is_spectrum(schema, &schema->arrays[i])) {
            names[count++] = schema->arrays[i].variable.name;
        }
    }
    if (count == 0) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: holds no binned spectra; `blueshift analyse %s` computes them",
                       data->path, data->path);
    }
    char list[LIST_LENGTH];
    bs_text_join(count, names, list, sizeof list);
    return BS_FAIL(BS_ERR_USAGE, "%s: no spectrum '%s'. It holds: %s", data->path,
                   name != NULL ? name : power_name, list);
}

bs_status bs_plot_spectra_read(const plot_data *data, const char *name, plot_spectra *spectra)
{
    const bs_surface_schema *schema = data->schema;
    *spectra = (plot_spectra){0};
    const bs_array *array = find_array(schema, name != NULL ? name : power_name);
    const bs_array *wavenumber = find_array(schema, wavenumber_name);
    if (array != NULL && wavenumber != NULL && is_spectrum(schema, array)) {
        spectra->bins = wavenumber->dims[0].length;
        spectra->axis = wavenumber->variable;
        spectra->variable = array->variable;
    } else if (name == NULL && is_path_with_spectrum(schema)) {
        array = NULL;
        spectra->bins = schema->grid.axis[0].points / 2 + 1;
        spectra->axis = (bs_variable){"k", "wavenumber (periods along the path)", "1"};
        spectra->variable = (bs_variable){"power", "power |X_k|\xC2\xB2", schema->spectrum_units};
    } else {
        return no_spectrum(data, name);
    }
    spectra->wavenumber = new_numbers(spectra->bins);
    if (spectra->wavenumber == NULL) {
        return BS_ERR_MEMORY;
    }
    if (array != NULL) {
        BS_TRY(read_row(data, wavenumber, 0, spectra->wavenumber));
    } else {
        for (int64_t k = 0; k < spectra->bins; k++) {
            spectra->wavenumber[k] = (double)k;
        }
    }
    return read_networks(data, array, spectra);
}

void bs_plot_spectra_release(plot_spectra *spectra)
{
    for (int n = 0; n < spectra->networks; n++) {
        plot_spectrum *s = &spectra->of[n];
        bs_free(s->power);
        bs_free(s->error);
        bs_free(s->theory);
        bs_free(s->floors[0]);
        bs_free(s->floors[1]);
    }
    bs_free(spectra->of);
    bs_free(spectra->wavenumber);
    *spectra = (plot_spectra){0};
}
