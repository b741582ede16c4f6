/* Named arrays in memory. */
#include "archive_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

bs_status bs_archive_create(bs_archive **archive)
{
    *archive = bs_alloc(1, sizeof **archive);
    return *archive == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_archive_destroy(bs_archive *archive)
{
    if (archive == NULL) {
        return;
    }
    for (int i = 0; i < archive->array_count; i++) {
        bs_free(archive->arrays[i].long_name);
        bs_free(archive->arrays[i].values);
    }
    for (int i = 0; i < archive->attribute_count; i++) {
        bs_free(archive->attributes[i].text);
    }
    bs_free(archive);
}

static int find_dimension(const bs_archive *archive, const char *name, size_t length)
{
    for (int i = 0; i < archive->dimension_count; i++) {
        const char *known = archive->dimensions[i].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static const archive_array *find_array(const bs_archive *archive, const char *name)
{
    for (int i = 0; i < archive->array_count; i++) {
        if (strcmp(archive->arrays[i].name, name) == 0) {
            return &archive->arrays[i];
        }
    }
    return NULL;
}

/* Whether there is room for NAME among COUNT items. */
static bs_status check_room(int count, const char *name, bool known)
{
    if (known || count == ARCHIVE_ITEMS || strlen(name) >= ARCHIVE_NAME) {
        return BS_FAIL(BS_ERR_INTERNAL, "'%s' is in the archive already, too long, or one too many",
                       name);
    }
    return BS_OK;
}

bs_status bs_archive_dimension(bs_archive *archive, const char *name, int64_t length)
{
    bool known = find_dimension(archive, name, strlen(name)) >= 0;
    BS_TRY(check_room(archive->dimension_count, name, known));
    if (length < 1) {
        return BS_FAIL(BS_ERR_INTERNAL, "a dimension %s of %" PRId64, name, length);
    }
    archive_dimension *d = &archive->dimensions[archive->dimension_count++];
    snprintf(d->name, sizeof d->name, "%s", name);
    d->length = length;
    return BS_OK;
}

int64_t bs_archive_count(const bs_archive *archive, const archive_array *array)
{
    int64_t count = 1;
    for (int d = 0; d < array->ndim; d++) {
        count *= archive->dimensions[array->dims[d]].length;
    }
    return count;
}

static bs_status take_dims(const bs_archive *archive, const char *dims, archive_array *array)
{
    while (dims[strspn(dims, " ")] != '\0') {
        dims += strspn(dims, " ");
        size_t length = strcspn(dims, " ");
        int d = find_dimension(archive, dims, length);
        if (d < 0 || array->ndim == BS_ARCHIVE_DIMS) {
            return BS_FAIL(BS_ERR_INTERNAL, "%s: no dimension '%.*s', or one too many", array->name,
                           (int)length, dims);
        }
        array->dims[array->ndim++] = d;
        dims += length;
    }
    return BS_OK;
}

bs_status bs_archive_array(bs_archive *archive, const char *name, const char *dims,
                           const char *units, const char *long_name, double **values)
{
    BS_TRY(check_room(archive->array_count, name, find_array(archive, name) != NULL));
    archive_array array = {.ndim = 0};
    snprintf(array.name, sizeof array.name, "%s", name);
    snprintf(array.units, sizeof array.units, "%s", units);
    BS_TRY(take_dims(archive, dims, &array));
    array.long_name = bs_strdup(long_name);
    array.values = bs_alloc((size_t)bs_archive_count(archive, &array), sizeof *array.values);
    if (array.long_name == NULL || array.values == NULL) {
        bs_free(array.long_name);
        bs_free(array.values);
        return BS_ERR_MEMORY;
    }
    archive->arrays[archive->array_count++] = array;
    *values = array.values;
    return BS_OK;
}

static const archive_attribute *find_attribute(const bs_archive *archive, const char *name)
{
    for (int i = 0; i < archive->attribute_count; i++) {
        if (strcmp(archive->attributes[i].name, name) == 0) {
            return &archive->attributes[i];
        }
    }
    return NULL;
}

static bs_status add_attribute(bs_archive *archive, const char *name, const char *text,
                               double number)
{
    bool known = find_attribute(archive, name) != NULL;
    BS_TRY(check_room(archive->attribute_count, name, known));
    archive_attribute attribute = {.number = number};
    snprintf(attribute.name, sizeof attribute.name, "%s", name);
    if (text != NULL) {
        attribute.text = bs_strdup(text);
        if (attribute.text == NULL) {
            return BS_ERR_MEMORY;
        }
    }
    archive->attributes[archive->attribute_count++] = attribute;
    return BS_OK;
}

bs_status bs_archive_text(bs_archive *archive, const char *name, const char *text)
{
    return add_attribute(archive, name, text, 0.0);
}

bs_status bs_archive_number(bs_archive *archive, const char *name, double number)
{
    return add_attribute(archive, name, NULL, number);
}

const double *bs_archive_values(const bs_archive *archive, const char *name)
{
    const archive_array *array = find_array(archive, name);
    return array != NULL ? array->values : NULL;
}

int64_t bs_archive_length(const bs_archive *archive, const char *dimension)
{
    int d = find_dimension(archive, dimension, strlen(dimension));
    return d >= 0 ? archive->dimensions[d].length : 0;
}

const char *bs_archive_attribute(const bs_archive *archive, const char *name)
{
    const archive_attribute *attribute = find_attribute(archive, name);
    return attribute != NULL && attribute->text != NULL ? attribute->text : "";
}

double bs_archive_attribute_number(const bs_archive *archive, const char *name)
{
    const archive_attribute *attribute = find_attribute(archive, name);
    return attribute != NULL && attribute->text == NULL ? attribute->number : (double)NAN;
}
