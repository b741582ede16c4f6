/* Named arrays in memory. */
#include "dataset_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

bs_status bs_dataset_create(bs_dataset **dataset)
{
    *dataset = bs_alloc(1, sizeof **dataset);
    return *dataset == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_dataset_destroy(bs_dataset *dataset)
{
    if (dataset == NULL) {
        return;
    }
    for (int i = 0; i < dataset->array_count; i++) {
        bs_free(dataset->arrays[i].long_name);
        bs_free(dataset->arrays[i].values);
    }
    for (int i = 0; i < dataset->attribute_count; i++) {
        bs_free(dataset->attributes[i].text);
    }
    bs_free(dataset);
}

static int find_dimension(const bs_dataset *dataset, const char *name, size_t length)
{
    for (int i = 0; i < dataset->dimension_count; i++) {
        const char *known = dataset->dimensions[i].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static const dataset_array *find_array(const bs_dataset *dataset, const char *name)
{
    for (int i = 0; i < dataset->array_count; i++) {
        if (strcmp(dataset->arrays[i].name, name) == 0) {
            return &dataset->arrays[i];
        }
    }
    return NULL;
}

/* Whether there is room for NAME among COUNT entries. */
static bs_status check_room(int count, const char *name, bool known)
{
    if (known || count == DATASET_ENTRIES || strlen(name) >= DATASET_NAME) {
        return BS_FAIL(BS_ERR_INTERNAL, "'%s' is in the dataset already, too long, or one too many",
                       name);
    }
    return BS_OK;
}

bs_status bs_dataset_dimension(bs_dataset *dataset, const char *name, int64_t length)
{
    bool known = find_dimension(dataset, name, strlen(name)) >= 0;
    BS_TRY(check_room(dataset->dimension_count, name, known));
    if (length < 1) {
        return BS_FAIL(BS_ERR_INTERNAL, "a dimension %s of %" PRId64, name, length);
    }
    dataset_dimension *d = &dataset->dimensions[dataset->dimension_count++];
    snprintf(d->name, sizeof d->name, "%s", name);
    d->length = length;
    return BS_OK;
}

/* Elements of an array. */
static int64_t count_of(const bs_dataset *dataset, const dataset_array *array)
{
    int64_t count = 1;
    for (int d = 0; d < array->ndim; d++) {
        count *= dataset->dimensions[array->dims[d]].length;
    }
    return count;
}

static bs_status take_dims(const bs_dataset *dataset, const char *dims, dataset_array *array)
{
    while (dims[strspn(dims, " ")] != '\0') {
        dims += strspn(dims, " ");
        size_t length = strcspn(dims, " ");
        int d = find_dimension(dataset, dims, length);
        if (d < 0 || array->ndim == BS_DATASET_DIMS) {
            return BS_FAIL(BS_ERR_INTERNAL, "%s: no dimension '%.*s', or one too many", array->name,
                           (int)length, dims);
        }
        array->dims[array->ndim++] = d;
        dims += length;
    }
    return BS_OK;
}

bs_status bs_dataset_array(bs_dataset *dataset, const char *name, const char *dims,
                           const char *units, const char *long_name, double **values)
{
    BS_TRY(check_room(dataset->array_count, name, find_array(dataset, name) != NULL));
    dataset_array array = {.ndim = 0};
    snprintf(array.name, sizeof array.name, "%s", name);
    snprintf(array.units, sizeof array.units, "%s", units);
    BS_TRY(take_dims(dataset, dims, &array));
    array.long_name = bs_strdup(long_name);
    array.values = bs_alloc((size_t)count_of(dataset, &array), sizeof *array.values);
    if (array.long_name == NULL || array.values == NULL) {
        bs_free(array.long_name);
        bs_free(array.values);
        return BS_ERR_MEMORY;
    }
    dataset->arrays[dataset->array_count++] = array;
    *values = array.values;
    return BS_OK;
}

static const dataset_attribute *find_attribute(const bs_dataset *dataset, const char *name)
{
    for (int i = 0; i < dataset->attribute_count; i++) {
        if (strcmp(dataset->attributes[i].name, name) == 0) {
            return &dataset->attributes[i];
        }
    }
    return NULL;
}

static bs_status add_attribute(bs_dataset *dataset, const char *name, const char *text,
                               double number)
{
    bool known = find_attribute(dataset, name) != NULL;
    BS_TRY(check_room(dataset->attribute_count, name, known));
    dataset_attribute attribute = {.number = number};
    snprintf(attribute.name, sizeof attribute.name, "%s", name);
    if (text != NULL) {
        attribute.text = bs_strdup(text);
        if (attribute.text == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    dataset->attributes[dataset->attribute_count++] = attribute;
    return BS_OK;
}

bs_status bs_dataset_text(bs_dataset *dataset, const char *name, const char *text)
{
    return add_attribute(dataset, name, text, 0.0);
}

bs_status bs_dataset_number(bs_dataset *dataset, const char *name, double number)
{
    return add_attribute(dataset, name, NULL, number);
}

const double *bs_dataset_values(const bs_dataset *dataset, const char *name)
{
    const dataset_array *array = find_array(dataset, name);
    return array != NULL ? array->values : NULL;
}

bool bs_dataset_is_over(const bs_dataset *dataset, const char *name, const char *dims)
{
    const dataset_array *array = find_array(dataset, name);
    bool same = array != NULL;
    for (int d = 0; same && d < array->ndim; d++) {
        size_t length = strcspn(dims, " ");
        same = find_dimension(dataset, dims, length) == array->dims[d];
        dims += length + (dims[length] == ' ');
    }
    return same && *dims == '\0';
}

int64_t bs_dataset_length(const bs_dataset *dataset, const char *dimension)
{
    int d = find_dimension(dataset, dimension, strlen(dimension));
    return d >= 0 ? dataset->dimensions[d].length : 0;
}

const char *bs_dataset_attribute(const bs_dataset *dataset, const char *name)
{
    const dataset_attribute *attribute = find_attribute(dataset, name);
    return attribute != NULL && attribute->text != NULL ? attribute->text : "";
}

double bs_dataset_attribute_number(const bs_dataset *dataset, const char *name)
{
    const dataset_attribute *attribute = find_attribute(dataset, name);
    return attribute != NULL && attribute->text == NULL ? attribute->number : (double)NAN;
}
