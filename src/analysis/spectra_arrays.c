/* The arrays of the spectra: their names, and their definitions for whoever reads the file. */
#include <string.h>

#include "blueshift/backend.h"
#include "blueshift/observables.h"
#include "blueshift/undersampling.h"
#include "spectra.h"

/* What a quantity has one number for each of. */
typedef enum quantity_over {
    OVER_NOTHING,
    OVER_BINS,
    OVER_LAGS,   /* along paths only: in planes a lag has a direction; as many as bins */
    OVER_REGIONS /* of curvature.h */
} quantity_over;

/* One quantity as three arrays. */
typedef struct quantity_entry {
    quantity_over over;
    bool of_logarithm; /* there for losses only */
    bs_quantity_names names;
    const char *long_names[3];
    const char *comment;
} quantity_entry;

#define QUANTITY(name, text, comment_, ...)                                                        \
    {                                                                                              \
        .names = {name, name "_mean", name "_stderr"},                                             \
        .long_names = {text, "mean over the realisations: " text,                                  \
                       "standard error of the mean over the realisations: " text},                 \
        .comment = comment_, __VA_ARGS__                                                           \
    }
#define REGIONS "regions: all, centre (the middle half of every axis), rim (the rest)"

static const quantity_entry quantities[QUANTITIES] = {
    [QUANTITY_POWER] =
        QUANTITY("radial_power", "radially binned power of the loss",
                 "mean of |X_k|^2 over the modes of a bin, X the stored spectrum; not corrected "
                 "for the window, which lowers noise by the factor window_power",
                 .over = OVER_BINS),
    [QUANTITY_MAGNITUDE] =
        QUANTITY("radial_magnitude", "radially binned magnitude of the spectrum of the loss",
                 "mean of |X_k| over the modes of a bin, X the stored spectrum", .over = OVER_BINS),
    [QUANTITY_NORMALISED] =
        QUANTITY("normalised_power", "radially binned power at unit total power",
                 "radial_power / sum of modes x radial_power over all bins but 0, per realisation: "
                 "networks whose losses differ in scale can be compared",
                 .over = OVER_BINS),
    [QUANTITY_LOG_NORMALISED] =
        QUANTITY("log_normalised_power", "normalised_power of the logarithm of the loss",
                 "as normalised_power; the logarithm shows the valley of a trained network, where "
                 "the loss is small, as large as its walls. Missing where a loss is 0",
                 .over = OVER_BINS, .of_logarithm = true),
    [QUANTITY_GRADIENT] =
        QUANTITY("gradient_correlation", "autocorrelation of the gradient along the path",
                 "sum k^2 |X_k|^2 cos(2 pi k lag / N) / sum k^2 |X_k|^2 over all k, lag in points: "
                 "the gradient along the path has the power k^2 |X_k|^2. On lines it is that of "
                 "what the window leaves. It falls to 0 within a lag or two where gradients are "
                 "shattered, or where the path is undersampled (Balduzzi et al. 2017)",
                 .over = OVER_LAGS),
    [QUANTITY_STRUCTURE] = QUANTITY(
        "structure_function", "structure function of the loss along the path",
        "mean over j of (x_(j + lag) - x_j)^2 over twice the variance, x the loss, without "
        "window, lag in points. Unlike roughness it does not grow with the number of "
        "points: compare it at the same distance",
        .over = OVER_LAGS),
    [QUANTITY_MINIMA] =
        QUANTITY("local_minima", "local minima of the loss",
                 "inner points below all their neighbours, diagonal ones included; " REGIONS,
                 .over = OVER_REGIONS),
    [QUANTITY_NEGATIVE] =
        QUANTITY("negative_curvature", "fraction of points with negative mean curvature",
                 "inner points with a Laplacian (second differences) below 0; " REGIONS,
                 .over = OVER_REGIONS),
    [QUANTITY_SECOND_MOMENT] =
        QUANTITY("second_moment", "second moment of the wavenumber",
                 "<k^2> = sum |k|^2 |X_k|^2 / sum |X_k|^2 over all k but 0 "
                 "(the mean under the window is removed before the transform)",
                 .over = OVER_NOTHING),
    [QUANTITY_CENTROID] =
        QUANTITY("centroid", "spectral centroid", "sum |k| |X_k|^2 / sum |X_k|^2 over all k but 0",
                 .over = OVER_NOTHING),
    [QUANTITY_HIGH_FRACTION] =
        QUANTITY("high_fraction", "fraction of the power at high wavenumbers",
                 "sum over |k| > analysis_cutoff x Nyquist of |X_k|^2 / sum over all k but 0; "
                 "Nyquist: the smallest one of an axis with more than one point",
                 .over = OVER_NOTHING),
    [QUANTITY_BEYOND] =
        QUANTITY(BS_UNDERSAMPLED_LOSS, "fraction of the power beyond half of Nyquist",
                 "sum over |k| > Nyquist / 2 of |X_k|^2 / sum over all k but 0. Above 0.01 the "
                 "grid is too coarse: high wavenumbers have come back as aliases, and the other "
                 "numbers are the grid's as much as the surface's",
                 .over = OVER_NOTHING),
    [QUANTITY_TAIL_SLOPE] =
        QUANTITY("tail_slope", "slope of the tail of the radial power",
                 "least squares of ln(radial_power) over ln(wavenumber), all bins within "
                 "analysis_tail x Nyquist alike; missing with fewer than two bins of power",
                 .over = OVER_NOTHING),
    [QUANTITY_LOG_SECOND_MOMENT] =
        QUANTITY("log_second_moment", "second_moment of the logarithm of the loss",
                 "as second_moment, of ln(loss); missing where a loss is 0", .of_logarithm = true),
    [QUANTITY_LOG_HIGH_FRACTION] =
        QUANTITY("log_high_fraction", "high_fraction of the logarithm of the loss",
                 "as high_fraction, of ln(loss); missing where a loss is 0", .of_logarithm = true),
    [QUANTITY_LOG_TAIL_SLOPE] =
        QUANTITY("log_tail_slope", "tail_slope of the logarithm of the loss",
                 "as tail_slope, of ln(loss); missing where a loss is 0", .of_logarithm = true),
    [QUANTITY_VARIATION] =
        QUANTITY("total_variation", "total variation of the loss",
                 "sum of |difference of neighbours| along a grid line, mean over the lines of an "
                 "axis, mean over the axes; of the loss itself, without window; a periodic path "
                 "includes the step from its last point to its first",
                 .over = OVER_NOTHING),
    [QUANTITY_ROUGHNESS] =
        QUANTITY("roughness", "roughness index of the loss",
                 "total_variation / standard deviation over the points; a sinusoid of k periods "
                 "has 4 sqrt(2) k",
                 .over = OVER_NOTHING),
    [QUANTITY_NOISE] =
        QUANTITY("noise_floor", "power in each mode due to the choice of images",
                 "sum_j w_j^2 s_j^2 / N^2, s loss_stderr and w the window: the power of errors "
                 "that are independent from point to point. Here all points share their images, "
                 "so that errors vary as smoothly as the losses of single images do: their power "
                 "sums to the same over all modes but gathers at small wavenumbers. In a tail that "
                 "falls this floor is an upper bound, at the smallest wavenumbers it is too low. "
                 "The surface of these very images has no such error",
                 .over = OVER_NOTHING),
    [QUANTITY_ARITHMETIC] =
        QUANTITY("arithmetic_floor", "power in each mode due to rounding in the backend",
                 "sum_j w_j^2 (e x_j)^2 / N^2, x the loss, e arithmetic_error and w the window: "
                 "errors independent from point to point",
                 .over = OVER_NOTHING),
};

/* Numbers of the whole file. */
static const bs_array globals[] = {
    {.variable = {BS_ANALYSIS_WINDOW, "window of the spectra", "1"},
     .comment = "0: none, 1: periodic Hann, sin^2(pi j / N), along every axis",
     .kind = BS_ARRAY_GLOBAL},
    {.variable = {"window_power", "mean square of the window's weights", "1"},
     .kind = BS_ARRAY_GLOBAL},
    {.variable = {BS_ANALYSIS_CUTOFF, "fraction of Nyquist above which power is high", "1"},
     .kind = BS_ARRAY_GLOBAL},
    {.variable = {BS_ANALYSIS_TAIL, "fractions of Nyquist between which the slope is fitted", "1"},
     .kind = BS_ARRAY_GLOBAL,
     .ndim = 1,
     .dims = {{"tail_end", 2}}},
    {.variable = {"arithmetic_error", "relative rms error of a loss by the backend's arithmetic",
                  "1"},
     .comment = "the attribute " BS_BACKEND_ERROR ": measured near trained ResNets with norm "
                "layers; in deep networks without them it was 30 to 100 times as large. Where "
                "the file states none: 3e-7 for single precision, 1e-15 for double",
     .kind = BS_ARRAY_GLOBAL},
};

bs_quantity_names bs_spectra_names(bs_quantity quantity)
{
    return quantities[quantity].names;
}

/* Whether a file of SCHEMA has the quantity. */
static bool is_there(const bs_surface_schema *schema, const quantity_entry *entry)
{
    return (entry->over != OVER_LAGS || schema->grid.ndim == 1) &&
           (!entry->of_logarithm || bs_spectra_is_loss(schema));
}

static bs_dimension dimension_of(const quantity_entry *entry, int64_t bins)
{
    switch (entry->over) {
    case OVER_BINS:
        return (bs_dimension){BS_WAVENUMBER, bins};
    case OVER_LAGS:
        return (bs_dimension){"lag", bins};
    case OVER_REGIONS:
        return (bs_dimension){"region", BS_REGIONS};
    case OVER_NOTHING:
        break;
    }
    return (bs_dimension){NULL, 1};
}

int64_t bs_spectra_result_size(const bs_spectra *s)
{
    int64_t size = 0;
    for (int q = 0; q < QUANTITIES; q++) {
        size += dimension_of(&quantities[q], s->bins).length;
    }
    return size;
}

double *bs_spectra_quantity(const bs_spectra *s, double *result, bs_quantity quantity)
{
    for (int q = 0; q < (int)quantity; q++) {
        result += dimension_of(&quantities[q], s->bins).length;
    }
    return result;
}

static bs_status describe_quantity(const quantity_entry *entry, int64_t bins, bs_array_list *list)
{
    const char *const names[3] = {entry->names.pair, entry->names.mean, entry->names.error};
    for (int i = 0; i < 3; i++) {
        const bs_array array = {
            .variable = {names[i], entry->long_names[i], "1"},
            .comment = entry->comment,
            .kind = i == 0 ? BS_ARRAY_REALISATION : BS_ARRAY_NETWORK,
            .ndim = entry->over == OVER_NOTHING ? 0 : 1,
            .dims = {dimension_of(entry, bins)},
        };
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

/* What theory gives the logits, where it applies. */
static bs_status describe_theory(int64_t bins, bs_array_list *list)
{
    static const bs_array theory = {
        .variable = {BS_THEORY_POWER, "power of the logits in networks of infinite width", "1"},
        .comment =
            "correlation along a great circle from layer to layer (Cho and Saul 2009), normalised "
            "as "
            "logits_power_mean, aliases of the samples added; missing for networks that it "
            "does not apply to: it holds for fully connected ones at initialisation, without "
            "biases, with relu or leaky relu, and a skip weight of 1 if any",
        .kind = BS_ARRAY_NETWORK,
        .ndim = 1,
        .dims = {{BS_WAVENUMBER, 0}},
    };
    static const bs_array moment = {
        .variable = {BS_THEORY_MOMENT, "second moment of the wavenumber of theory_power", "1"},
        .comment = "over the wavenumbers of the samples, as logits_second_moment_mean; infinitely "
                   "many samples would give the number of weight layers (plain networks), but "
                   "k^2 P_k falls only as k^-2, so that few samples give less",
        .kind = BS_ARRAY_NETWORK,
    };
    BS_TRY(bs_array_list_add(list, &moment));
    bs_array array = theory;
    array.dims[0].length = bins;
    return bs_array_list_add(list, &array);
}

/* Of a path with logits. */
static bs_status describe_logits(const bs_surface_schema *schema, int64_t bins, bs_array_list *list)
{
#define LOGITS_COMMENT                                                                             \
    "P_k = sum over channels and realisations of |X_k|^2 / the same over all k, of +k alone: "     \
    "P_0 + 2 P_1 + ... = 1 (the last one of an even N once); a channel is one logit of one "       \
    "image; on periodic paths their means stay in (k = 0), on others they are removed"
#define NORMALISED_COMMENT                                                                         \
    "|X_k|^2 of the logits less the mean over the classes of an image, summed over images and "    \
    "classes and divided by the sum over all k but 0, per realisation; then the mean"
    static const bs_array arrays[] = {
        {.variable = {"logits_power_mean", "normalised power of the logits", "1"},
         .comment = LOGITS_COMMENT,
         .ndim = 1},
        {.variable = {"logits_power_stderr", "standard error of logits_power_mean", "1"},
         .comment = "of a ratio of means over realisations, linearised",
         .ndim = 1},
        {.variable = {"logits_second_moment_mean", "second moment of the logits' wavenumber", "1"},
         .comment = "<k^2> = sum k^2 P_k over all k, where the mean stays in k = 0 "
                    "included; " LOGITS_COMMENT},
        {.variable = {"logits_second_moment_stderr", "standard error of logits_second_moment_mean",
                      "1"},
         .comment = "of a ratio of means over realisations, linearised"},
        {.variable = {"logits_normalised_power_mean", "power of the logits at unit total power",
                      "1"},
         .comment = NORMALISED_COMMENT,
         .ndim = 1},
        {.variable = {"logits_normalised_power_stderr",
                      "standard error of logits_normalised_power_mean", "1"},
         .comment = "over the realisations",
         .ndim = 1},
        {.variable = {"logits_normalised_second_moment_mean",
                      "second moment of the logits' wavenumber at unit power", "1"},
         .comment = "<k^2> over all k but 0; " NORMALISED_COMMENT},
        {.variable = {"logits_normalised_second_moment_stderr",
                      "standard error of logits_normalised_second_moment_mean", "1"},
         .comment = "over the realisations"},
        {.variable = {"logits_high_fraction_mean",
                      "fraction of the logits' power at high wavenumbers", "1"},
         .comment = "beyond analysis_cutoff x Nyquist; " NORMALISED_COMMENT},
        {.variable = {"logits_high_fraction_stderr", "standard error of logits_high_fraction_mean",
                      "1"},
         .comment = "over the realisations"},
        {.variable = {BS_UNDERSAMPLED_LOGITS "_mean",
                      "fraction of the logits' power beyond half of Nyquist", "1"},
         .comment = "above 0.01 the path is sampled too coarsely; " NORMALISED_COMMENT},
        {.variable = {BS_UNDERSAMPLED_LOGITS "_stderr",
                      "standard error of logits_undersampled_fraction_mean", "1"},
         .comment = "over the realisations"},
    };
    BS_TRY(bs_spectra_has_theory(schema) ? describe_theory(bins, list) : BS_OK);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        bs_array array = arrays[i];
        array.kind = BS_ARRAY_NETWORK;
        array.dims[0] = (bs_dimension){BS_WAVENUMBER, bins};
        BS_TRY(bs_array_list_add(list, &array));
    }
    return BS_OK;
}

static bool has_logits(const bs_surface_schema *schema)
{
    for (int a = 0; a < schema->array_count; a++) {
        if (strcmp(schema->arrays[a].variable.name, BS_LOGITS) == 0) {
            return true;
        }
    }
    return false;
}

bs_status bs_spectra_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    if (schema->spectrum_of < 0) {
        return BS_OK;
    }
    const bs_spectrum_shape shape = bs_spectra_shape(schema);
    const int64_t bins = bs_spectrum_bins(&shape);
    const bs_array axis[] = {
        {.variable = {BS_WAVENUMBER, "wavenumber", "1"},
         .comment = "|k| at the middle of a bin, in the units of the axes' wavenumbers; bin b "
                    "holds the modes with "
                    "round(|k| / width) = b, width the largest spacing of an axis; bins beyond the "
                    "smallest Nyquist of an axis hold only the corners of the spectrum",
         .kind = BS_ARRAY_GLOBAL,
         .ndim = 1,
         .dims = {{BS_WAVENUMBER, bins}}},
        {.variable = {"modes", "number of modes in a bin", "1"},
         .comment = "+k and -k both counted, so that the sum of modes x radial_power is the mean "
                    "square of what is transformed",
         .kind = BS_ARRAY_GLOBAL,
         .ndim = 1,
         .dims = {{BS_WAVENUMBER, bins}}},
        {.variable = {"realisations_analysed", "realisations in the means of a network", "1"},
         .comment = "those whose points are all done and finite",
         .kind = BS_ARRAY_NETWORK},
    };
    for (size_t i = 0; i < sizeof axis / sizeof axis[0]; i++) {
        BS_TRY(bs_array_list_add(list, &axis[i]));
    }
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++) {
        BS_TRY(bs_array_list_add(list, &globals[i]));
    }
    for (int q = 0; q < QUANTITIES; q++) {
        const quantity_entry *entry = &quantities[q];
        BS_TRY(is_there(schema, entry) ? describe_quantity(entry, bins, list) : BS_OK);
    }
    return schema->grid.ndim == 1 && has_logits(schema) ? describe_logits(schema, bins, list)
                                                        : BS_OK;
}
