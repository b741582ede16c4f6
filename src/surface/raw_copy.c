/* Copies what a sweep wrote from one surface file into another, all ranks each its part. */
#include <string.h>

#include "surface_private.h"

/* The variables of both files that one copy goes between. */
typedef struct pair {
    bs_column from, to;
    size_t size; /* bytes of an element */
} pair;

static bs_status refuse(const bs_surface *from, const bs_surface *to, const char *what)
{
    return BS_FAIL(BS_ERR_INTERNAL, "%s and %s differ in %s", from->nc.path, to->nc.path, what);
}

/* Dimensions of length one may be left out in one of them. */
static bool same_grid(const bs_surface_schema *a, const bs_surface_schema *b)
{
    bool same = a->networks == b->networks && a->realisations == b->realisations &&
                a->grid.ndim == b->grid.ndim;
    for (int d = 0; d < a->grid.ndim && same; d++) {
        same = a->grid.axis[d].points == b->grid.axis[d].points;
    }
    return same;
}

static bool same_names(int count, const bs_variable *a, const bs_variable *b)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(a[i].name, b[i].name) != 0) {
            return false;
        }
    }
    return true;
}

static bs_status check_shapes(const bs_surface *from, const bs_surface *to)
{
    const bs_surface_schema *a = &from->schema;
    const bs_surface_schema *b = &to->schema;
    if (!same_grid(a, b)) {
        return refuse(from, to, "their shapes");
    }
    if (a->value_count != b->value_count || !same_names(a->value_count, a->values, b->values)) {
        return refuse(from, to, "their values");
    }
    if (a->scalar_count != b->scalar_count ||
        !same_names(a->scalar_count, a->scalars, b->scalars)) {
        return refuse(from, to, "their scalars");
    }
    if (bs_surface_point_size(from) != bs_surface_point_size(to)) {
        return refuse(from, to, "their arrays of points");
    }
    return BS_OK;
}

/* Elements [range), in pieces. */
static bs_status copy_elements(bs_surface *from, bs_surface *to, const pair *p, bs_range range)
{
    for (int64_t done = 0; done < range.count; done += BS_SLAB_CHUNK) {
        int64_t left = range.count - done;
        bs_range part = {range.first + done, left < BS_SLAB_CHUNK ? left : BS_SLAB_CHUNK};
        BS_TRY(bs_surface_get(from, p->from.variable, &p->from.shape, part, p->size, from->column));
        BS_TRY(bs_surface_put(to, p->to.variable, &p->to.shape, part, p->size, from->column));
    }
    return BS_OK;
}

static bs_status copy_numbers(bs_surface *from, bs_surface *to, bs_range points)
{
    int values = from->schema.value_count;
    for (int c = 0; c < bs_column_count(from); c++) {
        pair p = {.from = bs_column_at(from, c), .size = sizeof(double)};
        if (p.from.row == 0) {
            continue;
        }
        int match = c;
        if (c >= values) {
            const char *name = from->schema.arrays[c - values].variable.name;
            int array = bs_surface_find_array(to, name);
            if (array < 0) {
                return refuse(from, to, name);
            }
            match = values + array;
        }
        p.to = bs_column_at(to, match);
        if (p.to.row != p.from.row) {
            return refuse(from, to, "the shape of an array of points");
        }
        BS_TRY(copy_elements(from, to, &p,
                             (bs_range){points.first * p.from.row, points.count * p.from.row}));
    }
    return BS_OK;
}

/* As the source shows them: a point whose values were lost is pending in the copy. */
static bs_status copy_statuses(bs_surface *from, bs_surface *to, bs_range points)
{
    uint8_t status[4096];
    const int64_t most = (int64_t)sizeof status;
    for (int64_t done = 0; done < points.count; done += most) {
        int64_t left = points.count - done;
        bs_range part = {points.first + done, left < most ? left : most};
        BS_TRY(bs_surface_read_status(from, part, status));
        BS_TRY(bs_surface_put(to, to->status_id, &to->layout.values, part, 1, status));
    }
    return BS_OK;
}

/* What is small is rank 0's alone. */
static bs_status copy_small(bs_surface *from, bs_surface *to)
{
    const bs_column scalar = {.row = 1};
    pair time = {scalar, scalar, sizeof(double)};
    pair sessions = {scalar, scalar, sizeof(int)};
    bs_range scalars = {0, bs_shape_elements(&from->layout.scalars)};
    for (int i = 0; i < from->schema.scalar_count; i++) {
        const pair both = {.from = {from->scalar_ids[i], from->layout.scalars, 1},
                           .to = {to->scalar_ids[i], to->layout.scalars, 1},
                           .size = sizeof(double)};
        BS_TRY(copy_elements(from, to, &both, scalars));
    }
    time.from.variable = from->wall_time_id;
    time.to.variable = to->wall_time_id;
    sessions.from.variable = from->sessions_id;
    sessions.to.variable = to->sessions_id;
    BS_TRY(copy_elements(from, to, &time, (bs_range){0, 1}));
    return copy_elements(from, to, &sessions, (bs_range){0, 1});
}

static bs_status copy(bs_surface *from, bs_surface *to)
{
    BS_TRY(check_shapes(from, to));
    bs_range mine = bs_partition_block(bs_surface_points(to), to->comm.size, to->comm.rank);
    if (to->comm.rank == 0) {
        BS_TRY(copy_small(from, to));
    }
    BS_TRY(copy_numbers(from, to, mine));
    return copy_statuses(from, to, mine);
}

bs_status bs_surface_copy_raw(bs_surface *from, bs_surface *to)
{
    return bs_agree(&to->comm, copy(from, to));
}
