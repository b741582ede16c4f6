/* Where the numbers of a conversion stand in the result file, and how they are read. */
#include "conversion.h"

#include <math.h>

#include <netcdf.h>

#include "blueshift/text.h"

int64_t bs_conversion_first(const bs_conversion *c, int n, int r)
{
    int64_t surface = (int64_t)c->selection.network[n] * c->schema->realisations +
                      c->selection.first_realisation + r;
    return surface * bs_grid_points(&c->schema->grid);
}

bs_range bs_conversion_part(int64_t points, int64_t done)
{
    int64_t left = points - done;
    return (bs_range){done, left < BS_CONVERSION_CHUNK ? left : BS_CONVERSION_CHUNK};
}

int bs_conversion_loss(const bs_conversion *c)
{
    for (int v = 0; v < c->schema->value_count; v++) {
        if (bs_text_ends_in(c->schema->values[v].name, "_loss")) {
            return v;
        }
    }
    return 0;
}

bs_status bs_conversion_read(bs_conversion *c, int value, bs_range range)
{
    BS_TRY(bs_surface_read_values(c->surface, value, range, c->numbers));
    for (int64_t i = 0; i < range.count; i++) {
        if (c->numbers[i] == NC_FILL_DOUBLE) {
            c->numbers[i] = (double)NAN;
        }
    }
    return BS_OK;
}
