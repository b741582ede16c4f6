/* One conversion, as the writers of the formats see it; private to the module convert. */
#ifndef BLUESHIFT_CONVERSION_H
#define BLUESHIFT_CONVERSION_H

#include "blueshift/convert.h"
#include "blueshift/output_file.h"
#include "blueshift/selection.h"
#include "blueshift/surface.h"

enum { BS_CONVERSION_CHUNK = 1 << 16 /* numbers moved at once */ };

/* What is converted. */
typedef struct bs_conversion {
    const char *path; /* of the result file */
    const bs_convert_options *options;
    const bs_surface_schema *schema;
    bs_surface *surface;
    bs_output_file output;
    bs_selection selection;
    double clip[2];  /* of heights; infinite without */
    double *numbers; /* [BS_CONVERSION_CHUNK] */
    uint8_t *status; /* [BS_CONVERSION_CHUNK] */
} bs_conversion;

/* First point in the file of the surface of chosen network N and realisation R. */
int64_t bs_conversion_first(const bs_conversion *c, int n, int r);

/* Index of the value that is the loss: named ..._loss, or the first one. */
int bs_conversion_loss(const bs_conversion *c);

/* Value VALUE of points [range), at most a chunk, into c->numbers; what is missing becomes NaN. */
bs_status bs_conversion_read(bs_conversion *c, int value, bs_range range);

/* Writers: each makes the temporary file of c->output. */
bs_status bs_convert_netcdf4(bs_conversion *c);
bs_status bs_convert_losslandscape(bs_conversion *c);
bs_status bs_convert_vti(bs_conversion *c);
bs_status bs_convert_vts(bs_conversion *c);
bs_status bs_convert_csv(bs_conversion *c);

#endif
