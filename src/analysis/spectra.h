/* What the parts of the spectra share; private to analysis. */
#ifndef BLUESHIFT_ANALYSIS_SPECTRA_H
#define BLUESHIFT_ANALYSIS_SPECTRA_H

#include "blueshift/analysis.h"
#include "blueshift/curvature.h"
#include "blueshift/fft_mpi.h"
#include "blueshift/roughness.h"
#include "blueshift/spectrum.h"

/* Quantities of one surface, each with its mean and standard error over the realisations. */
typedef enum bs_quantity {
    QUANTITY_POWER,
    QUANTITY_MAGNITUDE,
    QUANTITY_NORMALISED,
    QUANTITY_LOG_NORMALISED,
    QUANTITY_GRADIENT,
    QUANTITY_STRUCTURE,
    QUANTITY_MINIMA,
    QUANTITY_NEGATIVE,
    QUANTITY_SECOND_MOMENT,
    QUANTITY_CENTROID,
    QUANTITY_HIGH_FRACTION,
    QUANTITY_BEYOND,
    QUANTITY_TAIL_SLOPE,
    QUANTITY_LOG_SECOND_MOMENT,
    QUANTITY_LOG_HIGH_FRACTION,
    QUANTITY_LOG_TAIL_SLOPE,
    QUANTITY_VARIATION,
    QUANTITY_ROUGHNESS,
    QUANTITY_NOISE,
    QUANTITY_ARITHMETIC,
    QUANTITIES
} bs_quantity;

/* Names of the arrays of a quantity. */
typedef struct bs_quantity_names {
    const char *pair, *mean, *error;
} bs_quantity_names;

bs_quantity_names bs_spectra_names(bs_quantity quantity);

/* What a run knows of its file. */
typedef struct bs_spectra {
    const bs_comm *comm;
    bs_surface *surface;
    const bs_surface_schema *schema;
    const bs_analysis_options *options;
    bs_spectrum_shape shape;
    bs_roughness_shape roughness;
    bs_curvature_shape curvature;
    bool logarithm; /* whether the surface is a loss, whose logarithm has a spectrum too */
    int64_t points; /* of one surface */
    int64_t bins;
    bool shared;       /* all ranks transform one surface together; else each its own */
    int error_value;   /* index of the value that is the loss's standard error; -1: none */
    double arithmetic; /* relative rms error of a loss by the backend's arithmetic */
    double *modes;     /* [bins] */
    uint8_t *complete; /* [networks * realisations] */
} bs_spectra;

/* The shape of the spectra of a file; its wavenumbers are those that the file has. Pure. */
bs_spectrum_shape bs_spectra_shape(const bs_surface_schema *schema);

/* Text of the attribute NAME; NULL: none. Pure. */
const char *bs_spectra_attribute(const bs_surface_schema *schema, const char *name);

/* Whether the surface is a loss. Pure. */
bool bs_spectra_is_loss(const bs_surface_schema *schema);

/* Whether the grid is a path that closes on itself. Pure. */
bool bs_spectra_periodic(const bs_surface_schema *schema);

/* Writes rows of array NAME. A file without such an array (it is older) is left alone. Not
 * collective. */
bs_status bs_spectra_write(const bs_spectra *s, const char *name, bs_range rows,
                           const double *data);

/* Numbers that a surface gives, in the order of the quantities; and where in them those of one
 * begin. */
int64_t bs_spectra_result_size(const bs_spectra *s);
double *bs_spectra_quantity(const bs_spectra *s, double *result, bs_quantity quantity);

/* This rank's rows of a surface, and what all rows add up to. */
typedef struct bs_spectra_slab {
    bs_range rows; /* of the slowest axis; a line is one row */
    int64_t all_rows;
    int64_t row_points;
    double *raw;    /* [1 + rows.count + 1][row_points]: with the rows before and after */
    double *errors; /* [rows.count][row_points] */
    double *values; /* [rows.count][row_points], detrended and windowed */
    double complex *spectrum;
    double *weights;   /* of the window: of all points of x, then y, then z */
    double *sums;      /* of the spectrum, of the surface, of the logarithm's spectrum */
    double *structure; /* along a path: [bins] */
} bs_spectra_slab;

/* FFT is of planes and volumes, NULL for lines; over all ranks where surfaces are shared, else over
 * this one. Not collective. Release it also after a failure. */
bs_status bs_spectra_slab_init(const bs_spectra *s, const bs_fft *fft, bs_spectra_slab *slab);
void bs_spectra_slab_release(bs_spectra_slab *slab);

/* Transforms surface PAIR, writes this rank's rows of its spectrum, and sums up all rows, in their
 * order, in slab->sums. Collective where surfaces are shared. */
bs_status bs_spectra_transform(const bs_spectra *s, int pair, bs_fft *fft, bs_spectra_slab *slab);

/* The numbers of a surface from what its transform left in SLAB: RESULT [bs_spectra_result_size].
 * Not collective. */
bs_status bs_spectra_finish(const bs_spectra *s, const bs_spectra_slab *slab, double *result);

/* The quantities of all complete surfaces, with their means over realisations. Collective. */
bs_status bs_spectra_surfaces(const bs_spectra *s);

/* The spectra of the logits' channels along a path; nothing where the file has no logits.
 * Collective. */
bs_status bs_spectra_logits(const bs_spectra *s);

/* Arrays of what theory gives the logits of a fully connected network. */
#define BS_THEORY_POWER "theory_power"
#define BS_THEORY_MOMENT "theory_second_moment"

/* Whether a file is a great circle, and names its experiment. Pure. */
bool bs_spectra_has_theory(const bs_surface_schema *schema);

/* Writes it for the networks it holds for. Rank 0. */
bs_status bs_spectra_theory(const bs_spectra *s);

#endif
