/* One conversion, as the writers of the formats see it, and the one table of formats. */
#ifndef BLUESHIFT_CONVERSION_H
#define BLUESHIFT_CONVERSION_H

#include "blueshift/convert.h"
#include "blueshift/output_file.h"
#include "blueshift/selection.h"
#include "blueshift/surface.h"

enum { BS_CONVERSION_CHUNK = 1 << 16 /* numbers moved at once */ };

typedef struct bs_conversion_format bs_conversion_format;

/* What is converted. */
typedef struct bs_conversion {
    const char *path; /* of the result file */
    const bs_conversion_format *format;
    const bs_convert_options *options;
    const bs_surface_schema *schema;
    bs_surface *surface;
    const bs_output_file *output; /* while it is being made */
    bs_selection selection;
    double clip[2];  /* of heights; infinite without */
    double *numbers; /* [BS_CONVERSION_CHUNK] */
    uint8_t *status; /* [BS_CONVERSION_CHUNK] */
} bs_conversion;

/* A format: what it can hold, and its writer. */
struct bs_conversion_format {
    const char *name;
    const char *summary;
    const char *suffixes; /* with commas: ".nc4, .h5", or "" */
    int min_axes, max_axes;
    bool selects; /* networks and realisations may be chosen */
    bool single;  /* holds one surface only */
    bool heights; /* takes clip and logarithm */
    /* Writes the output to OUT, or by a library to c->output->descriptor. */
    bs_status (*write)(bs_conversion *c, FILE *out);
};

/* The table, in the order of the help: bs_format_NAME stands at the end of its writer's file. */
#define BS_FORMATS(FORMAT) FORMAT(netcdf4) FORMAT(losslandscape) FORMAT(vti) FORMAT(vts) FORMAT(csv)

#define BS_FORMAT_DECLARE(name) extern const bs_conversion_format bs_format_##name;
BS_FORMATS(BS_FORMAT_DECLARE)
#undef BS_FORMAT_DECLARE

/* First point in the file of the surface of chosen network N and realisation R. */
int64_t bs_conversion_first(const bs_conversion *c, int n, int r);

/* The next chunk of a surface, DONE of whose POINTS are converted. */
bs_range bs_conversion_part(int64_t points, int64_t done);

/* Index of the value that is the loss: named ..._loss, or the first one. */
int bs_conversion_loss(const bs_conversion *c);

/* Value VALUE of points [range), at most a chunk, into c->numbers; what is missing becomes NaN. */
bs_status bs_conversion_read(bs_conversion *c, int value, bs_range range);

#endif
