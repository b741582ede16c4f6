/* Shapes of a surface's variables, and the bytes that they take. */
#include <string.h>

#include "surface_private.h"

/* Header without the caller's attributes and arrays, an array's part of it without its texts, and
 * PnetCDF's alignment of every variable. */
enum { HEADER_BYTES = 16384, ARRAY_HEADER_BYTES = 1536, ALIGNMENT_BYTES = 512 };

const char *const bs_axis_letters[BS_GRID_DIMS] = {"x", "y", "z"};

static void append(bs_shape *shape, int64_t extent)
{
    shape->extent[shape->ndim++] = (size_t)extent;
}

bs_surface_shapes bs_surface_shapes_with(const bs_surface_schema *schema, bool network,
                                         bool realisation)
{
    bs_surface_shapes layout = {.networks = {.ndim = 0}};
    if (network) {
        append(&layout.networks, schema->networks);
    }
    layout.scalars = layout.networks;
    if (realisation) {
        append(&layout.scalars, schema->realisations);
    }
    layout.values = layout.scalars;
    layout.spectrum = layout.scalars;
    for (int axis = schema->grid.ndim - 1; axis >= 0; axis--) {
        int64_t points = schema->grid.axis[axis].points;
        append(&layout.values, points);
        append(&layout.spectrum, axis == 0 ? points / 2 + 1 : points);
    }
    return layout;
}

bs_surface_shapes bs_surface_shapes_of(const bs_surface_schema *schema)
{
    return bs_surface_shapes_with(schema, schema->networks > 1, schema->realisations > 1);
}

static int64_t array_bytes(const bs_surface_shapes *layout, const bs_array *array)
{
    const bs_shape shape = bs_array_shape(layout, array);
    return bs_shape_elements(&shape) * (int64_t)sizeof(double);
}

/* Bytes that an array adds to the header, estimated from above. */
static int64_t array_header(const bs_array *array)
{
    int64_t bytes = ARRAY_HEADER_BYTES + (int64_t)strlen(array->variable.name) +
                    (int64_t)strlen(array->variable.long_name) +
                    (int64_t)strlen(array->variable.units);
    bytes += array->comment != NULL ? (int64_t)strlen(array->comment) : 0;
    for (int d = 0; d < array->ndim; d++) {
        bytes += 32 + (int64_t)strlen(array->dims[d].name);
    }
    return bytes;
}

/* Bytes of the data alone. */
static int64_t data_size(const bs_surface_schema *schema)
{
    bs_surface_shapes layout = bs_surface_shapes_of(schema);
    const int64_t real = (int64_t)sizeof(double);
    int64_t bytes = bs_shape_elements(&layout.values) * (real * schema->value_count + 1);
    bytes += bs_shape_elements(&layout.scalars) * real * schema->scalar_count;
    if (schema->spectrum_of >= 0) {
        bytes += bs_shape_elements(&layout.spectrum) * 2 * real;
    }
    for (int a = 0; a < schema->array_count; a++) {
        bytes += array_bytes(&layout, &schema->arrays[a]);
    }
    return bytes;
}

int64_t bs_surface_file_size(const bs_surface_schema *schema)
{
    const int64_t real = (int64_t)sizeof(double);
    int64_t bytes = HEADER_BYTES + 2 * real + data_size(schema);
    for (int i = 0; i < schema->attribute_count; i++) {
        const bs_attribute *attribute = &schema->attributes[i];
        bytes += 64 + (attribute->text != NULL ? (int64_t)strlen(attribute->text) : real);
    }
    for (int a = 0; a < schema->array_count; a++) {
        bytes += array_header(&schema->arrays[a]);
    }
    for (int axis = 0; axis < schema->grid.ndim; axis++) {
        bytes += 2 * real * schema->grid.axis[axis].points;
    }
    int variables = schema->value_count + schema->scalar_count + schema->array_count;
    return bytes + ALIGNMENT_BYTES * (int64_t)variables;
}

/* Bytes of its largest variable. */
static int64_t largest_variable(const bs_surface_schema *schema)
{
    bs_surface_shapes layout = bs_surface_shapes_of(schema);
    int64_t largest = bs_shape_elements(&layout.values) * (int64_t)sizeof(double);
    for (int a = 0; a < schema->array_count; a++) {
        int64_t bytes = array_bytes(&layout, &schema->arrays[a]);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

bool bs_surface_fits_cdf2(const bs_surface_schema *schema)
{
    return largest_variable(schema) <= (int64_t)UINT32_MAX - 3;
}
