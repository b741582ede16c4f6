/* Compares the points of two files, a slab at a time. */
#include "compare_files.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/surface.h"

enum { CHUNK = 4096 /* points that are compared at a time */ };

/* Numbers of one kind, of points [range). */
static bs_status compare_numbers(bs_surface *const files[2], int value, bs_range range,
                                 double *numbers[2], bool *equal, comparison *c)
{
    for (int f = 0; f < 2; f++) {
        BS_TRY(bs_surface_read_values(files[f], value, range, numbers[f]));
    }
    for (int64_t i = 0; i < range.count; i++) {
        const double a = numbers[0][i], b = numbers[1][i];
        const bool same = a == b && signbit(a) == signbit(b);
        if (!same && !(isnan(a) && isnan(b))) {
            const double off = fabs(a - b) / fmax(fabs(a), fabs(b));
            equal[i] = false;
            c->worst = off > c->worst || isnan(off) ? off : c->worst;
        }
    }
    return BS_OK;
}

/* Arrays of points, whole rows at a time. */
static bs_status compare_array(bs_surface *const files[2], int array, bs_range range, bool *equal)
{
    const int64_t row = bs_array_row(&bs_surface_get_schema(files[0])->arrays[array]);
    double *rows[2] = {bs_alloc((size_t)row, sizeof(double)),
                       bs_alloc((size_t)row, sizeof(double))};
    bs_status status = rows[0] == NULL || rows[1] == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; i < range.count && status == BS_OK; i++) {
        for (int f = 0; f < 2 && status == BS_OK; f++) {
            status =
                bs_surface_read_array(files[f], array, (bs_range){range.first + i, 1}, rows[f]);
        }
        /* Missing numbers are NaN, and alike bit by bit. */
        equal[i] = equal[i] && status == BS_OK &&
                   memcmp(rows[0], rows[1], (size_t)row * sizeof *rows[0]) == 0;
    }
    bs_free(rows[0]);
    bs_free(rows[1]);
    return status;
}

static bs_status compare_slab(bs_surface *const files[2], bs_range range, double *numbers[2],
                              bool *equal, comparison *c)
{
    const bs_surface_schema *schema = bs_surface_get_schema(files[0]);
    uint8_t status[CHUNK];
    BS_TRY(bs_surface_read_status(files[0], range, status));
    memset(equal, true, (size_t)range.count * sizeof *equal);
    for (int v = 0; v < schema->value_count; v++) {
        BS_TRY(compare_numbers(files, v, range, numbers, equal, c));
    }
    for (int a = 0; a < schema->array_count; a++) {
        if (schema->arrays[a].kind == BS_ARRAY_POINT) {
            BS_TRY(compare_array(files, a, range, equal));
        }
    }
    for (int64_t i = 0; i < range.count; i++) {
        const bool there = status[i] != BS_POINT_PENDING && status[i] != BS_POINT_FAILED;
        c->points += there;
        c->equal += there && equal[i];
    }
    return BS_OK;
}

static bs_status compare_all(bs_surface *const files[2], comparison *c)
{
    double *numbers[2] = {bs_alloc(CHUNK, sizeof(double)), bs_alloc(CHUNK, sizeof(double))};
    bool *equal = bs_alloc(CHUNK, sizeof *equal);
    const int64_t all = bs_surface_points(files[0]);
    bool allocated = numbers[0] != NULL && numbers[1] != NULL && equal != NULL;
    bs_status status = allocated ? BS_OK : BS_ERR_MEMORY;
    for (int64_t first = 0; first < all && status == BS_OK; first += CHUNK) {
        const int64_t count = all - first < CHUNK ? all - first : CHUNK;
        status = compare_slab(files, (bs_range){first, count}, numbers, equal, c);
    }
    bs_free(numbers[0]);
    bs_free(numbers[1]);
    bs_free(equal);
    return status;
}

bs_status bs_compare_files(const char *first, const char *second, comparison *c)
{
    bs_surface *files[2] = {NULL, NULL};
    *c = (comparison){0};
    BS_TRY(bs_surface_open_read(&bs_comm_alone, first, &files[0]));
    bs_status status = bs_surface_open_read(&bs_comm_alone, second, &files[1]);
    if (status == BS_OK) {
        status = compare_all(files, c);
    }
    (void)bs_surface_close(files[1]);
    (void)bs_surface_close(files[0]);
    return status;
}
