/* Reading from the file that has the number. */
#include "joined.h"

/* Rows of the whole that a variable has, and where they stand in a part. */
typedef enum rows_of { ROWS_PAIRS, ROWS_NETWORKS, ROWS_ONE } rows_of;

/* A variable of the whole in one part. */
typedef struct variable_of {
    int id;
    bs_shape shape;
} variable_of;

static rows_of rows_of_array(bs_array_kind kind)
{
    return kind == BS_ARRAY_GLOBAL    ? ROWS_ONE
           : kind == BS_ARRAY_NETWORK ? ROWS_NETWORKS
                                      : ROWS_PAIRS;
}

static rows_of find_rows(const bs_surface *surface, int variable)
{
    const bs_surface_schema *schema = &surface->schema;
    int array = variable - BS_JOINED_FIRST - schema->value_count - schema->scalar_count;
    return array >= 0 && array < schema->array_count ? rows_of_array(schema->arrays[array].kind)
                                                     : ROWS_PAIRS;
}

static variable_of find_variable(const bs_surface *surface, int variable, int p)
{
    const bs_surface_schema *schema = &surface->schema;
    const bs_surface *file = surface->joined->parts[p].file;
    int value = variable - BS_JOINED_FIRST;
    int scalar = value - schema->value_count;
    int array = scalar - schema->scalar_count;
    int half = array - schema->array_count;
    if (variable == BS_JOINED_STATUS) {
        return (variable_of){file->status_id, file->layout.values};
    }
    if (scalar < 0) {
        return (variable_of){file->value_ids[value], file->layout.values};
    }
    if (array < 0) {
        return (variable_of){file->scalar_ids[scalar], file->layout.scalars};
    }
    if (half >= 0) {
        return (variable_of){file->spectrum_ids[half], file->layout.spectrum};
    }
    int index = surface->joined->array[array * surface->joined->count + p];
    return (variable_of){file->array_ids[index],
                         bs_array_shape(&file->layout, &file->schema.arrays[index])};
}

/* The part with ROW of the whole, and the row that it is there. */
static int find_part(const bs_surface *surface, rows_of rows, int64_t row, int64_t *inside)
{
    const struct bs_joined *joined = surface->joined;
    int whole = surface->schema.realisations;
    int n = (int)(rows == ROWS_PAIRS ? row / whole : row);
    int r = (int)(rows == ROWS_PAIRS ? row % whole : 0);
    for (int p = 0; p < joined->count && rows != ROWS_ONE; p++) {
        const bs_joined_part *part = &joined->parts[p];
        const bs_surface_schema *schema = &part->file->schema;
        if (n >= part->network && n < part->network + schema->networks && r >= part->realisation &&
            r < part->realisation + schema->realisations) {
            *inside = rows == ROWS_PAIRS ? (int64_t)(n - part->network) * schema->realisations + r -
                                               part->realisation
                                         : n - part->network;
            return p;
        }
    }
    *inside = 0;
    return 0;
}

/* Wall time and sessions of all. */
static bs_status add_up(bs_surface *surface, int variable, void *data)
{
    const bs_shape scalar = {.ndim = 0};
    double seconds = 0.0;
    int sessions = 0;
    for (int p = 0; p < surface->joined->count; p++) {
        bs_surface *file = surface->joined->parts[p].file;
        double of_part = 0.0;
        int count = 0;
        if (variable == BS_JOINED_WALL_TIME) {
            BS_TRY(bs_surface_get(file, file->wall_time_id, &scalar, (bs_range){0, 1},
                                  sizeof of_part, &of_part));
        } else {
            BS_TRY(bs_surface_get(file, file->sessions_id, &scalar, (bs_range){0, 1}, sizeof count,
                                  &count));
        }
        seconds += of_part;
        sessions += count;
    }
    if (variable == BS_JOINED_WALL_TIME) {
        *(double *)data = seconds;
    } else {
        *(int *)data = sessions;
    }
    return BS_OK;
}

bs_status bs_joined_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                        size_t size, void *data)
{
    if (variable == BS_JOINED_WALL_TIME || variable == BS_JOINED_SESSIONS) {
        return add_up(surface, variable, data);
    }
    const rows_of rows = find_rows(surface, variable);
    const bs_surface_schema *schema = &surface->schema;
    const int64_t pairs = (int64_t)schema->networks * schema->realisations;
    const int64_t count = rows == ROWS_PAIRS ? pairs : rows == ROWS_NETWORKS ? schema->networks : 1;
    const int64_t row = bs_shape_elements(shape) / count;
    char *to = data;
    while (range.count > 0) {
        int64_t inside = 0;
        int p = find_part(surface, rows, range.first / row, &inside);
        int64_t skipped = range.first % row;
        int64_t some = range.count < row - skipped ? range.count : row - skipped;
        variable_of there = find_variable(surface, variable, p);
        BS_TRY(bs_surface_get(surface->joined->parts[p].file, there.id, &there.shape,
                              (bs_range){inside * row + skipped, some}, size, to));
        to += (size_t)some * size;
        range.first += some;
        range.count -= some;
    }
    return BS_OK;
}
