/* Where plotly.js is, and how it goes into a page: compressed, 2.5 MB instead of 8.7. */
#include "html_library.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "blueshift/memory.h"
#include "html_text.h"

/* Debian's package; npm's, whose file for surfaces is the smallest; pip's. */
static const char *const places[] = {
    "/usr/share/python3-plotly/plotly*.js",
    "/usr/share/nodejs/plotly.js*/dist/plotly*.min.js",
    "node_modules/plotly.js-gl3d-dist-min/plotly-gl3d.min.js",
    "node_modules/plotly.js-dist-min/plotly.min.js",
    "/usr/local/lib/node_modules/plotly.js-*dist-min/plotly*.min.js",
    "/usr/lib/node_modules/plotly.js-*dist-min/plotly*.min.js",
    "/usr/lib/python3*/*-packages/plotly/package_data/plotly.min.js",
    "/usr/local/lib/python3*/*-packages/plotly/package_data/plotly.min.js",
};

enum { CHUNK = 3 << 14, LIMIT = 64 << 20 };

bs_status bs_html_library_find(char path[PATH_MAX])
{
    const char *given = getenv("BLUESHIFT_PLOTLY");
    if (given != NULL && given[0] != '\0') {
        snprintf(path, PATH_MAX, "%s", given);
        return BS_OK;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        glob_t found;
        bool there = glob(places[i], 0, NULL, &found) == 0 && found.gl_pathc > 0;
        if (there) {
            snprintf(path, PATH_MAX, "%s", found.gl_pathv[0]);
        }
        globfree(&found);
        if (there) {
            return BS_OK;
        }
    }
    return BS_FAIL(
        BS_ERR_IO,
        "an interactive page needs plotly.js, which is not installed: apt install "
        "python3-plotly (Debian, Ubuntu), or npm install plotly.js-gl3d-dist-min in this "
        "folder; or name the file of another plotly*.js in BLUESHIFT_PLOTLY");
}

/* The whole file at PATH, for bs_free. */
static bs_status read_file(const char *path, unsigned char **text, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return BS_FAIL(BS_ERR_IO, "%s: cannot be opened: %s; check BLUESHIFT_PLOTLY", path,
                       strerror(errno));
    }
    bool sized = fseek(file, 0, SEEK_END) == 0;
    long size = sized ? ftell(file) : -1;
    bs_status status = BS_OK;
    if (size <= 0 || size > LIMIT || fseek(file, 0, SEEK_SET) != 0) {
        status =
            BS_FAIL(BS_ERR_IO, "%s is not the file of plotly.js; check BLUESHIFT_PLOTLY", path);
    } else {
        *length = (size_t)size;
        *text = bs_alloc(*length, 1);
        status = *text == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    if (status == BS_OK && fread(*text, 1, *length, file) != *length) {
        status = BS_FAIL(BS_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    }
    fclose(file);
    return status;
}

/* Compresses all of STREAM's input into OUT. */
static bs_status compress_into(z_stream *stream, unsigned char *chunk, FILE *out)
{
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        stream->next_out = chunk;
        stream->avail_out = CHUNK; /* full but for the last: whole groups of base 64 */
        code = deflate(stream, Z_FINISH);
        if (code != Z_OK && code != Z_STREAM_END) {
            return BS_FAIL(BS_ERR_INTERNAL, "zlib cannot compress the library (code %d)", code);
        }
        bs_html_bytes(out, CHUNK - stream->avail_out, chunk);
    }
    return BS_OK;
}

bs_status bs_html_library_write(const char *path, FILE *out)
{
    enum { GZIP = 16 + MAX_WBITS, LEVEL = 6, MEMORY = 8 };
    unsigned char *text = NULL;
    size_t length = 0;
    unsigned char *chunk = bs_alloc(CHUNK, 1);
    z_stream stream = {.next_in = NULL};
    bs_status status = chunk == NULL ? BS_ERR_MEMORY : read_file(path, &text, &length);
    if (status == BS_OK &&
        deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        status = BS_FAIL(BS_ERR_MEMORY, "out of memory while compressing %s", path);
    }
    if (status == BS_OK) {
        stream.next_in = text;
        stream.avail_in = (uInt)length;
        status = compress_into(&stream, chunk, out);
        deflateEnd(&stream);
    }
    bs_free(chunk);
    bs_free(text);
    return status;
}
