/* A small surface file for the tests: its schema, and what a point's values must be. */
#ifndef BLUESHIFT_SURFACE_FIXTURE_H
#define BLUESHIFT_SURFACE_FIXTURE_H

#include "mpi_test.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/surface.h"

enum { FIXTURE_VALUES = 3, FIXTURE_ITEMS = 2, FIXTURE_ARRAYS = 6 };

/* Numbers of a point: its values, 2 x 3 logits and a norm. */
enum { FIXTURE_POINT = FIXTURE_VALUES + 7 };

static const bs_variable fixture_values[FIXTURE_VALUES] = {
    {"train_loss", "mean cross-entropy over the images", "1"},
    {"train_acc", "share of correctly classified images", "percent"},
    {"loss_stderr", "standard error of train_loss over the images", "1"}};
static const bs_variable fixture_items[FIXTURE_ITEMS] = {
    {"direction_cosine", "cosine of the angle between the directions", "1"},
    {"weight_norm", "Euclidean norm of the weights", "1"}};
static const bs_array fixture_arrays[FIXTURE_ARRAYS] = {
    {{"logits", "outputs for the first images", "1"},
     "before the softmax",
     BS_ARRAY_POINT,
     2,
     {{"image", 2}, {"class", 3}}},
    {{"block_norm", "norm of a block's weights", "1"},
     NULL,
     BS_ARRAY_REALISATION,
     1,
     {{"block", 4}}},
    {{"gradient_norm", "norm of the gradient", "1"}, NULL, BS_ARRAY_POINT, 0, {{NULL, 0}}},
    {{"class_mean", "mean over realisations", "1"}, NULL, BS_ARRAY_NETWORK, 1, {{"class", 3}}},
    {{"share", "one number per network", "percent"}, "", BS_ARRAY_NETWORK, 0, {{NULL, 0}}},
    {{"block_width", "channels of a block", "1"},
     "the same for all",
     BS_ARRAY_GLOBAL,
     2,
     {{"block", 4}, {"side", 2}}}};
static const char *const fixture_networks[] = {"Short", "NoShort", "a much longer name"};
static const bs_attribute fixture_attributes[] = {
    {"title", "a test", 0.0}, {"seed", NULL, 12345678901.0}, {"empty", "", 0.0}};

/* SHAPE has NDIM extents, x first. */
static inline bs_surface_schema fixture_schema(int ndim, const int64_t *shape, int networks,
                                               int realisations)
{
    static const bs_variable axes[BS_GRID_DIMS] = {{"x", "along direction x", "1"},
                                                   {"y", "along direction y", "1"},
                                                   {"z", "along direction z", "1"}};
    bs_surface_schema schema = {.grid = {.ndim = ndim},
                                .networks = networks,
                                .network_names = fixture_networks,
                                .realisations = realisations,
                                .value_count = FIXTURE_VALUES,
                                .values = fixture_values,
                                .scalar_count = FIXTURE_ITEMS,
                                .scalars = fixture_items,
                                .array_count = FIXTURE_ARRAYS,
                                .arrays = fixture_arrays,
                                .spectrum_of = 0,
                                .spectrum_units = "1",
                                .attribute_count = 3,
                                .attributes = fixture_attributes};
    for (int i = 0; i < ndim; i++) {
        schema.grid.axis[i] = (bs_axis){-1.0 - i, 1.25 + i, shape[i], i != 1};
        schema.axes[i] = axes[i];
    }
    return schema;
}

/* A new file at PATH, open. Collective over COMM. */
static inline bs_status fixture_create(const bs_comm *comm, const char *path,
                                       const bs_surface_schema *schema, bs_surface **surface)
{
    BS_TRY(bs_surface_create(comm, path, schema));
    return bs_surface_open(comm, path, surface);
}

/* Values that careless files lose: zeros, negative numbers, NaN and infinities. */
static inline double fixture_value(int64_t index, int value)
{
    switch ((index + value) % 7) {
    case 0:
        return 0.0;
    case 1:
        return -1.0 / (double)(index + 3);
    case 2:
        return NAN;
    case 3:
        return index % 2 == 0 ? INFINITY : -INFINITY;
    default:
        return (double)index * 1.25 + (double)value / 3.0;
    }
}

/* Bit for bit, so that a NaN is itself and -0 is not 0. */
static inline bool fixture_same(double a, double b)
{
    uint64_t x = 0;
    uint64_t y = 0;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static inline uint8_t fixture_status(int64_t index)
{
    return (uint8_t)(1 + index % 3);
}

/* Writes points [range) of the fixture. */
static inline bs_status fixture_write(bs_surface *surface, bs_range range)
{
    double *values = calloc((size_t)range.count * FIXTURE_POINT, sizeof *values);
    uint8_t *status = malloc((size_t)range.count);
    for (int64_t i = 0; i < range.count; i++) {
        for (int v = 0; v < FIXTURE_POINT; v++) {
            values[i * FIXTURE_POINT + v] = fixture_value(range.first + i, v);
        }
        status[i] = fixture_status(range.first + i);
    }
    bs_status result = bs_surface_write_points(surface, range, values, status);
    free(values);
    free(status);
    return result;
}

/* Whether the rows of array NAME at points [range) hold numbers FIRST, ... of the points. */
static inline bool fixture_array_holds(bs_surface *surface, const char *name, bs_range range,
                                       int first)
{
    int array = bs_surface_find_array(surface, name);
    if (array < 0) {
        return false;
    }
    int64_t row = bs_array_row(&bs_surface_get_schema(surface)->arrays[array]);
    double *rows = calloc((size_t)(range.count * row), sizeof *rows);
    bool good = bs_surface_read_array(surface, array, range, rows) == BS_OK;
    for (int64_t i = 0; i < range.count * row && good; i++) {
        good = fixture_same(fixture_value(range.first + i / row, first + (int)(i % row)), rows[i]);
    }
    free(rows);
    return good;
}

/* Whether points [range) hold the fixture's values, bit for bit, and statuses. */
static inline bool fixture_holds(bs_surface *surface, bs_range range)
{
    double *values = calloc((size_t)range.count, sizeof *values);
    uint8_t *status = malloc((size_t)range.count);
    bool good = bs_surface_read_status(surface, range, status) == BS_OK;
    for (int64_t i = 0; i < range.count && good; i++) {
        good = status[i] == fixture_status(range.first + i);
    }
    for (int v = 0; v < FIXTURE_VALUES && good; v++) {
        good = bs_surface_read_values(surface, v, range, values) == BS_OK;
        for (int64_t i = 0; i < range.count && good; i++) {
            good = fixture_same(fixture_value(range.first + i, v), values[i]);
        }
    }
    free(values);
    free(status);
    return good && fixture_array_holds(surface, "logits", range, FIXTURE_VALUES) &&
           fixture_array_holds(surface, "gradient_norm", range, FIXTURE_VALUES + 6);
}

/* How many files of FOLDER have names that end in END; with REMOVE they go. */
static inline int fixture_files(const char *folder, const char *end, bool remove)
{
    int count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry = NULL; open != NULL && (entry = readdir(open)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length >= strlen(end) && strcmp(entry->d_name + length - strlen(end), end) == 0) {
            count += entry->d_name[0] != '.';
            if (remove) {
                unlinkat(dirfd(open), entry->d_name, 0);
            }
        }
    }
    if (open != NULL) {
        closedir(open);
    }
    return count;
}

#endif
