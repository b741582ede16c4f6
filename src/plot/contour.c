/* Marching triangles: directed segments with the higher side to the left, joined to loops. */
#include "contour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"

/* A node is where a loop may turn: a grid point, or the crossing of a level with an edge of a
 * triangle. Node numbers: grid points first, then edges to the right, edges upwards, the four edges
 * from the corners of a cell to its middle, and grid points once more (point_of_cell). */
typedef struct tracer {
    const double *values;
    int64_t nx, ny, points;
    double level;
    int level_index;
    int64_t *next; /* [nodes]; -1: none. Bit 0 says that the line runs along the edge of the data */
    plot_contours *contours;
} tracer;

enum { SECOND = 7, NODES = 8 }; /* in units of points */

typedef struct corner {
    int64_t i, j;
} corner;

/* Counter-clockwise from the lower left. */
static const int corner_i[4] = {0, 1, 1, 0};
static const int corner_j[4] = {0, 0, 1, 1};

static double value_at(const tracer *t, int64_t i, int64_t j)
{
    return t->values[j * t->nx + i];
}

static bool has_cell(const tracer *t, int64_t i, int64_t j)
{
    if (i < 0 || j < 0 || i + 1 >= t->nx || j + 1 >= t->ny) {
        return false;
    }
    return isfinite(value_at(t, i, j)) && isfinite(value_at(t, i + 1, j)) &&
           isfinite(value_at(t, i, j + 1)) && isfinite(value_at(t, i + 1, j + 1));
}

static double middle_of(const tracer *t, int64_t i, int64_t j)
{
    return 0.25 * ((value_at(t, i, j) + value_at(t, i + 1, j + 1)) +
                   (value_at(t, i + 1, j) + value_at(t, i, j + 1)));
}

static int64_t point_node(const tracer *t, int64_t i, int64_t j)
{
    return j * t->nx + i;
}

/* Node of grid point P as a corner of cell (I, J). Two cells that meet in a corner only are parted,
 * by a node of its own for the upper one: lines that passed through such a point now this way, now
 * that, would not be nested. */
static int64_t point_of_cell(const tracer *t, int64_t i, int64_t j, corner p)
{
    bool upper = j == p.j;
    bool alone = !has_cell(t, i, j - 1) && !has_cell(t, i == p.i ? i - 1 : i + 1, j);
    return point_node(t, p.i, p.j) + (upper && alone ? SECOND * t->points : 0);
}

/* Crossing on side S of cell (I, J). */
static int64_t side_node(const tracer *t, int64_t i, int64_t j, int s)
{
    switch (s) {
    case 0:
        return t->points + point_node(t, i, j);
    case 1:
        return 2 * t->points + point_node(t, i + 1, j);
    case 2:
        return t->points + point_node(t, i, j + 1);
    default:
        return 2 * t->points + point_node(t, i, j);
    }
}

/* Crossing between corner S of cell (I, J) and its middle. */
static int64_t spoke_node(const tracer *t, int64_t i, int64_t j, int s)
{
    return 3 * t->points + 4 * point_node(t, i, j) + s;
}

static bool above(const tracer *t, double value)
{
    return t->level_index < 0 || value >= t->level;
}

static void join(tracer *t, int64_t from, int64_t to, bool edge)
{
    t->next[from] = 2 * to + edge;
}

/* One triangle: side S of cell (I, J) and the cell's middle. EDGE: nothing lies beyond the side. */
static void cross_triangle(tracer *t, int64_t i, int64_t j, int s, bool edge)
{
    int e = (s + 1) % 4;
    corner a = {i + corner_i[s], j + corner_j[s]};
    corner b = {i + corner_i[e], j + corner_j[e]};
    bool in_a = above(t, value_at(t, a.i, a.j));
    bool in_b = above(t, value_at(t, b.i, b.j));
    bool in_c = above(t, middle_of(t, i, j));
    int64_t ab = side_node(t, i, j, s);
    int64_t bc = spoke_node(t, i, j, e);
    int64_t ca = spoke_node(t, i, j, s);
    /* The rim of the part above, walked a, b, c: it leaves through one edge, returns by another. */
    int64_t leave = in_a && !in_b ? ab : in_b && !in_c ? bc : in_c && !in_a ? ca : -1;
    int64_t enter = !in_a && in_b ? ab : !in_b && in_c ? bc : !in_c && in_a ? ca : -1;
    if (leave >= 0) {
        join(t, leave, enter, false);
    }
    if (edge && (in_a || in_b)) {
        join(t, in_a ? point_of_cell(t, i, j, a) : ab, in_b ? point_of_cell(t, i, j, b) : ab, true);
    }
}

static void cross_cells(tracer *t)
{
    static const int beyond_i[4] = {0, 1, 0, -1};
    static const int beyond_j[4] = {-1, 0, 1, 0};
    for (int64_t j = 0; j + 1 < t->ny; j++) {
        for (int64_t i = 0; i + 1 < t->nx; i++) {
            for (int s = 0; s < 4 && has_cell(t, i, j); s++) {
                cross_triangle(t, i, j, s, !has_cell(t, i + beyond_i[s], j + beyond_j[s]));
            }
        }
    }
}

/* Place between two points of the grid; the same bits whichever cell asks. */
static plot_vertex crossing(const tracer *t, const double from[3], const double to[3])
{
    double f = (t->level - from[2]) / (to[2] - from[2]);
    f = fmin(fmax(f, 0), 1);
    return (plot_vertex){(float)(from[0] + f * (to[0] - from[0])),
                         (float)(from[1] + f * (to[1] - from[1])), false};
}

static plot_vertex place(const tracer *t, int64_t node)
{
    node = node < SECOND * t->points ? node : node - SECOND * t->points;
    int kind = (int)(node / t->points < 3 ? node / t->points : 3);
    int64_t point = kind < 3 ? node % t->points : (node - 3 * t->points) / 4;
    int64_t i = point % t->nx;
    int64_t j = point / t->nx;
    double from[3] = {(double)i, (double)j, t->values[point]};
    if (kind == 0) {
        return (plot_vertex){(float)i, (float)j, false};
    }
    if (kind < 3) {
        int64_t di = kind == 1;
        double to[3] = {(double)(i + di), (double)(j + 1 - di), value_at(t, i + di, j + 1 - di)};
        return crossing(t, from, to);
    }
    int s = (int)((node - 3 * t->points) % 4);
    from[0] += corner_i[s];
    from[1] += corner_j[s];
    from[2] = value_at(t, i + corner_i[s], j + corner_j[s]);
    double to[3] = {(double)i + 0.5, (double)j + 0.5, middle_of(t, i, j)};
    return crossing(t, from, to);
}

static bs_status add_vertex(plot_contours *c, plot_vertex vertex)
{
    if (bs_grow(&c->vertices, c->vertex_count, &c->vertex_room, sizeof *c->vertices) == NULL) {
        return BS_ERR_MEMORY;
    }
    c->vertices[c->vertex_count++] = vertex;
    return BS_OK;
}

/* Follows the line from START until it closes, and takes it out. */
static bs_status take_loop(tracer *t, int64_t start)
{
    plot_contours *c = t->contours;
    plot_loop loop = {.level = t->level_index, .first = c->vertex_count};
    int64_t node = start;
    do {
        int64_t link = t->next[node];
        t->next[node] = -1;
        plot_vertex vertex = place(t, node);
        vertex.edge = link & 1;
        BS_TRY(add_vertex(c, vertex));
        node = link / 2;
    } while (node != start);
    loop.count = c->vertex_count - loop.first;
    const plot_vertex *v = c->vertices + loop.first;
    double twice = 0;
    for (int64_t k = 0; k < loop.count; k++) {
        const plot_vertex *w = &v[(k + 1) % loop.count];
        twice += (double)v[k].x * (double)w->y - (double)w->x * (double)v[k].y;
    }
    loop.band = twice > 0 ? t->level_index + 1 : t->level_index;
    loop.area = fabs(twice) / 2;
    if (bs_grow(&c->loops, c->loop_count, &c->loop_room, sizeof *c->loops) == NULL) {
        return BS_ERR_MEMORY;
    }
    c->loops[c->loop_count++] = loop;
    return BS_OK;
}

/* Loops of one shape: those that enclose what is higher by rising level, holes by falling level. */
static int compare(const void *left, const void *right)
{
    const plot_loop *a = left;
    const plot_loop *b = right;
    if (a->area != b->area) {
        return a->area > b->area ? -1 : 1;
    }
    bool hole_a = a->band == a->level;
    bool hole_b = b->band == b->level;
    if (hole_a != hole_b) {
        return hole_a ? 1 : -1;
    }
    int rising = (a->level > b->level) - (a->level < b->level);
    return hole_a ? -rising : rising;
}

static bs_status trace_level(tracer *t)
{
    cross_cells(t);
    for (int64_t node = 0; node < NODES * t->points; node++) {
        if (t->next[node] >= 0) {
            BS_TRY(take_loop(t, node));
        }
    }
    return BS_OK;
}

bs_status bs_contour_trace(const double *values, const int64_t size[2], int level_count,
                           const double *levels, plot_contours *contours)
{
    *contours = (plot_contours){0};
    tracer t = {.values = values,
                .nx = size[0],
                .ny = size[1],
                .points = size[0] * size[1],
                .contours = contours};
    t.next = bs_alloc((size_t)(NODES * t.points), sizeof *t.next);
    bs_status status = t.next == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int64_t i = 0; i < NODES * t.points && status == BS_OK; i++) {
        t.next[i] = -1;
    }
    for (int level = -1; level < level_count && status == BS_OK; level++) {
        t.level_index = level;
        t.level = level < 0 ? 0 : levels[level];
        status = trace_level(&t);
    }
    bs_free(t.next);
    if (contours->loop_count > 0) {
        qsort(contours->loops, (size_t)contours->loop_count, sizeof *contours->loops, compare);
    }
    return status;
}

void bs_contour_release(plot_contours *contours)
{
    bs_free(contours->loops);
    bs_free(contours->vertices);
    *contours = (plot_contours){0};
}
