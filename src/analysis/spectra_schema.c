/* What the schema of a file says of its spectra, and their place in it. */
#include <string.h>

#include "blueshift/text.h"
#include "blueshift/wavenumber.h"
#include "spectra.h"

const char *bs_spectra_attribute(const bs_surface_schema *schema, const char *name)
{
    for (int i = 0; i < schema->attribute_count; i++) {
        if (strcmp(schema->attributes[i].name, name) == 0) {
            return schema->attributes[i].text;
        }
    }
    return NULL;
}

bool bs_spectra_has_theory(const bs_surface_schema *schema)
{
    const char *path = bs_spectra_attribute(schema, "path");
    return bs_spectra_periodic(schema) && path != NULL && strcmp(path, "great-circle") == 0 &&
           bs_spectra_attribute(schema, "experiment") != NULL;
}

bs_spectrum_shape bs_spectra_shape(const bs_surface_schema *schema)
{
    bs_spectrum_shape shape = {.ndim = schema->grid.ndim};
    for (int d = 0; d < shape.ndim; d++) {
        const bs_axis *axis = &schema->grid.axis[d];
        shape.points[d] = axis->points;
        /* A single point has no wavenumber but 0. */
        shape.spacing[d] = axis->points > 1 ? bs_wavenumber(axis, &schema->axes[d], true, 1) : 0.0;
    }
    return shape;
}

bool bs_spectra_is_loss(const bs_surface_schema *schema)
{
    return schema->spectrum_of >= 0 &&
           bs_text_ends_in(schema->values[schema->spectrum_of].name, "_loss");
}

bool bs_spectra_periodic(const bs_surface_schema *schema)
{
    return schema->grid.ndim == 1 && bs_axis_is_period(&schema->grid.axis[0], &schema->axes[0]);
}

bs_status bs_spectra_write(const bs_spectra *s, const char *name, bs_range rows, const double *data)
{
    const int array = bs_surface_find_array(s->surface, name);
    return array < 0 ? BS_OK : bs_surface_write_array(s->surface, array, rows, data);
}
