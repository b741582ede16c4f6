/* A strict reader of classic NetCDF headers, which keeps damaged files away from the library. */
#include "blueshift/cdf_header.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "cdf_names.h"

enum {
    TAG_DIMENSIONS = 10,
    TAG_VARIABLES = 11,
    TAG_ATTRIBUTES = 12,
    LIST_LENGTH = 8192, /* dimensions, variables, or attributes of one of them */
    DIMENSIONS_OF_VARIABLE = 32,
    ALIGNMENT = 4,
    BUFFER = 4096
};

/* Bytes of the types from NC_BYTE = 1 on; those after NC_DOUBLE = 6 are CDF-5's. */
static const int type_bytes[] = {0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
enum { CLASSIC_TYPES = 6, TYPES = 11 };

/* Where a variable lies in the file. */
typedef struct extent {
    int64_t begin, end;
} extent;

typedef char name_bytes[CDF_NAME_LENGTH + 1];

typedef struct header {
    const char *path;
    int descriptor;
    int version;      /* 1, 2 or 5 */
    int64_t bytes;    /* of the file */
    int64_t offset;   /* of what is read next */
    int64_t buffered; /* offset of the buffer; -1: it is empty */
    uint8_t buffer[BUFFER];
    int64_t dimension_count;
    int64_t *dimensions;
    int64_t variable_count;
    extent *variables;
} header;

#define DAMAGED(h, ...) damaged((h), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5))) static bs_status damaged(const header *h, const char *file,
                                                               int line, const char *format, ...)
{
    char what[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    bs_error_record(file, line, "%s is damaged: %s, in its header at byte %" PRId64, h->path, what,
                    h->offset);
    return BS_ERR_INPUT;
}

static bs_status fill_buffer(header *h)
{
    ssize_t count = 0;
    do {
        count = pread(h->descriptor, h->buffer, BUFFER, (off_t)h->offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return BS_FAIL(BS_ERR_INPUT, "%s cannot be read: %s", h->path, strerror(errno));
    }
    memset(h->buffer + count, 0, (size_t)(BUFFER - count));
    h->buffered = h->offset;
    return BS_OK;
}

/* The next COUNT (at most 8) bytes as a big-endian number. */
static bs_status read_number(header *h, int count, uint64_t *number)
{
    if (h->bytes - h->offset < count) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is truncated: its header does not end within %" PRId64
                       " bytes; get a whole copy",
                       h->path, h->bytes);
    }
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (h->buffered < 0 || h->offset < h->buffered || h->offset >= h->buffered + BUFFER) {
            BS_TRY(fill_buffer(h));
        }
        *number = *number << 8 | h->buffer[h->offset - h->buffered];
        h->offset++;
    }
    return BS_OK;
}

/* A count or length, which is never negative: 64 bits in CDF-5, else 32. */
static bs_status read_count(header *h, int64_t most, const char *what, int64_t *count)
{
    uint64_t number = 0;
    BS_TRY(read_number(h, h->version == 5 ? 8 : 4, &number));
    if (number > (uint64_t)most) {
        return DAMAGED(h, "%" PRIu64 " %s", number, what);
    }
    *count = (int64_t)number;
    return BS_OK;
}

/* COUNT filled up to a multiple of 4. */
static int64_t padded(int64_t count)
{
    return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bs_status skip(header *h, int64_t count)
{
    if (count > h->bytes - h->offset) {
        return DAMAGED(h, "%" PRId64 " bytes are announced and not there", count);
    }
    h->offset += count;
    return BS_OK;
}

static bs_status read_name(header *h, name_bytes *name)
{
    int64_t length = 0;
    BS_TRY(read_count(h, CDF_NAME_LENGTH, "bytes in a name", &length));
    memset(*name, 0, sizeof *name);
    for (int64_t i = 0; i < length; i++) {
        uint64_t byte = 0;
        BS_TRY(read_number(h, 1, &byte));
        if (byte == 0) {
            return DAMAGED(h, "a name has a zero byte");
        }
        (*name)[i] = (char)byte;
    }
    const char *fault = bs_cdf_name_fault(*name);
    return fault != NULL ? DAMAGED(h, "%s", fault) : skip(h, padded(length) - length);
}

static bs_status read_type(header *h, int *bytes)
{
    uint64_t type = 0;
    BS_TRY(read_number(h, 4, &type));
    if (type < 1 || type > (uint64_t)(h->version == 5 ? TYPES : CLASSIC_TYPES)) {
        return DAMAGED(h, "a type %" PRIu64, type);
    }
    *bytes = type_bytes[type];
    return BS_OK;
}

/* The head of a list: its tag and length, both zero where there is none. */
static bs_status read_list(header *h, uint64_t wanted, const char *what, int64_t *count)
{
    uint64_t tag = 0;
    BS_TRY(read_number(h, 4, &tag));
    BS_TRY(read_count(h, LIST_LENGTH, what, count));
    if (tag != wanted && (tag != 0 || *count != 0)) {
        return DAMAGED(h, "no list of %s", what);
    }
    return BS_OK;
}

/* COUNT items, each of which begins with its name; no two have the same. */
static bs_status read_items(header *h, const char *what, int64_t count,
                            bs_status (*read_item)(header *h, int64_t item))
{
    name_bytes *names = bs_alloc((size_t)count, sizeof *names);
    bs_status status = names != NULL ? BS_OK : BS_ERR_MEMORY;
    for (int64_t i = 0; i < count && status == BS_OK; i++) {
        status = read_name(h, &names[i]);
        status = status == BS_OK ? read_item(h, i) : status;
    }
    const char *twice = status == BS_OK ? bs_cdf_name_twice(names, count) : NULL;
    if (twice != NULL) {
        status = DAMAGED(h, "two %s are named %.64s", what, twice);
    }
    bs_free(names);
    return status;
}

static bs_status read_dimension(header *h, int64_t item)
{
    BS_TRY(read_count(h, INT64_MAX, "elements in a dimension", &h->dimensions[item]));
    return h->dimensions[item] == 0 ? DAMAGED(h, "an empty or unlimited dimension") : BS_OK;
}

static bs_status read_dimensions(header *h)
{
    BS_TRY(read_list(h, TAG_DIMENSIONS, "dimensions", &h->dimension_count));
    h->dimensions = bs_alloc((size_t)h->dimension_count, sizeof *h->dimensions);
    if (h->dimensions == NULL) {
        return BS_ERR_MEMORY;
    }
    return read_items(h, "dimensions", h->dimension_count, read_dimension);
}

static bs_status read_attribute(header *h, int64_t item)
{
    (void)item;
    int64_t values = 0;
    int bytes = 0;
    BS_TRY(read_type(h, &bytes));
    BS_TRY(read_count(h, h->bytes, "values in an attribute", &values));
    return skip(h, padded(values * bytes));
}

static bs_status read_attributes(header *h)
{
    int64_t count = 0;
    BS_TRY(read_list(h, TAG_ATTRIBUTES, "attributes", &count));
    return read_items(h, "attributes", count, read_attribute);
}

/* Elements of a variable, none of which has more than the file has bytes. */
static bs_status read_shape(header *h, int64_t *elements)
{
    int64_t ndim = 0;
    BS_TRY(read_count(h, DIMENSIONS_OF_VARIABLE, "dimensions of a variable", &ndim));
    *elements = 1;
    for (int64_t d = 0; d < ndim; d++) {
        int64_t id = 0;
        BS_TRY(read_count(h, LIST_LENGTH, "as the number of a dimension", &id));
        if (id >= h->dimension_count) {
            return DAMAGED(h, "no dimension %" PRId64, id);
        }
        if (h->dimensions[id] > h->bytes / *elements) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s is truncated or damaged: a variable does not fit into its %" PRId64
                           " bytes; get a whole copy",
                           h->path, h->bytes);
        }
        *elements *= h->dimensions[id];
    }
    return BS_OK;
}

/* The stored size of a variable is redundant, and where 32 bits do not hold it, all ones. */
static bs_status read_size(header *h, int64_t bytes)
{
    int64_t whole = padded(bytes);
    int64_t stored = 0;
    BS_TRY(read_count(h, INT64_MAX, "bytes in a variable", &stored));
    bool unknown = h->version != 5 && whole > UINT32_MAX - ALIGNMENT && stored == UINT32_MAX;
    return stored == whole || unknown
               ? BS_OK
               : DAMAGED(h, "a variable of %" PRId64 " bytes is said to have %" PRId64, whole,
                         stored);
}

static bs_status read_variable(header *h, int64_t item)
{
    extent *variable = &h->variables[item];
    int64_t elements = 0;
    int bytes = 0;
    uint64_t begin = 0;
    BS_TRY(read_shape(h, &elements));
    BS_TRY(read_attributes(h));
    BS_TRY(read_type(h, &bytes));
    BS_TRY(read_size(h, elements * bytes));
    BS_TRY(read_number(h, h->version == 1 ? 4 : 8, &begin));
    if (begin % ALIGNMENT != 0 || begin > INT64_MAX / 2) {
        return DAMAGED(h, "a variable begins at byte %" PRIu64, begin);
    }
    *variable = (extent){(int64_t)begin, (int64_t)begin + elements * bytes};
    if (variable->end > h->bytes) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s is truncated: it has %" PRId64
                       " bytes, and its variables end at %" PRId64
                       "; get a whole copy, or start over with another output",
                       h->path, h->bytes, variable->end);
    }
    return BS_OK;
}

static int compare_extents(const void *a, const void *b)
{
    const extent *one = a;
    const extent *other = b;
    return (one->begin > other->begin) - (one->begin < other->begin);
}

/* After the header, and none over another. */
static bs_status check_places(header *h)
{
    int64_t end = h->offset;
    qsort(h->variables, (size_t)h->variable_count, sizeof *h->variables, compare_extents);
    for (int64_t v = 0; v < h->variable_count; v++) {
        if (h->variables[v].begin < end) {
            return DAMAGED(h, "variables overlap at byte %" PRId64 " of the file",
                           h->variables[v].begin);
        }
        end = h->variables[v].end;
    }
    return BS_OK;
}

static bs_status read_variables(header *h)
{
    BS_TRY(read_list(h, TAG_VARIABLES, "variables", &h->variable_count));
    h->variables = bs_alloc((size_t)h->variable_count, sizeof *h->variables);
    if (h->variables == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(read_items(h, "variables", h->variable_count, read_variable));
    return check_places(h);
}

static bs_status read_magic(header *h)
{
    uint64_t magic = 0;
    if (h->bytes >= 4) {
        BS_TRY(read_number(h, 4, &magic));
    }
    h->version = (int)(magic & 0xff);
    if (magic >> 8 == 0x434446 && (h->version == 1 || h->version == 2 || h->version == 5)) {
        return BS_OK;
    }
    if (magic == 0x89484446) {
        return BS_FAIL(
            BS_ERR_INPUT,
            "%s is an HDF5 or NetCDF-4 file, which is not read: if it comes from a result, "
            "nccopy -k cdf5 %s NEW.nc makes one of it that is",
            h->path, h->path);
    }
    const char *what = h->bytes == 0 ? "an empty file" : "some other file";
    return BS_FAIL(BS_ERR_INPUT, "%s is not a result of blueshift but %s", h->path, what);
}

static bs_status read_header(header *h)
{
    int64_t records = 0;
    BS_TRY(read_magic(h));
    BS_TRY(read_count(h, INT32_MAX, "records", &records));
    if (records > 0) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s has an unlimited dimension, as no result of blueshift has: another "
                       "program rewrote it; ncks --fix_rec_dmn all makes the dimension fixed again",
                       h->path);
    }
    BS_TRY(read_dimensions(h));
    BS_TRY(read_attributes(h));
    return read_variables(h);
}

bs_status bs_cdf_header_check(int descriptor, const char *path)
{
    struct stat file;
    if (fstat(descriptor, &file) != 0) {
        return BS_FAIL(BS_ERR_IO, "%s: %s", path, strerror(errno));
    }
    header h = {.path = path, .descriptor = descriptor, .bytes = file.st_size, .buffered = -1};
    bs_status status = read_header(&h);
    bs_free(h.dimensions);
    bs_free(h.variables);
    return status;
}
