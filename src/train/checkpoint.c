/* Checkpoints: a header, the identity, the arrays as they stand in memory, and a hash of it all. */
#include "checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "blueshift/experiment.h"
#include "blueshift/fault.h"
#include "blueshift/hash.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"

/* The number behind the name tells bytes in another order. */
static const char MAGIC[24] = "blueshift checkpoint 1\n";
static const uint64_t BYTE_ORDER_MARK = UINT64_C(0x0102030405060708);

typedef struct header {
    char magic[sizeof MAGIC];
    uint64_t order;
    uint64_t identity_bytes;
    uint64_t parameter_size, statistic_size;
    int64_t done, epoch_count;
} header;

enum { PARTS = 7, HASH_BYTES = BS_HASH_HEX - 1 };

/* Where the parts of a file are in memory, in their order. */
typedef struct part {
    void *data;
    size_t bytes;
} part;

static void list_parts(header *h, char *identity, const bs_checkpoint *c, part parts[PARTS])
{
    const size_t parameters = (size_t)h->parameter_size * sizeof(float);
    const part list[PARTS] = {
        {h, sizeof *h},
        {identity, (size_t)h->identity_bytes},
        {c->theta, parameters},
        {c->momentum, parameters},
        {c->statistics, (size_t)h->statistic_size * sizeof(float)},
        {c->log->steps, (size_t)h->done * sizeof *c->log->steps},
        {c->log->tests, (size_t)h->epoch_count * sizeof *c->log->tests},
    };
    memcpy(parts, list, sizeof list);
}

static bs_status write_parts(const bs_output_file *file, FILE *stream, const void *context)
{
    const part *parts = context;
    char hex[BS_HASH_HEX];
    bs_hash *hash = bs_hash_create();
    if (hash == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_OK;
    for (int i = 0; i < PARTS && status == BS_OK; i++) {
        bs_hash_update(hash, parts[i].data, parts[i].bytes);
        status = bs_output_file_put(file, stream, parts[i].data, parts[i].bytes);
    }
    bs_hash_finish(hash, hex);
    BS_TRY(status);
    return bs_output_file_put(file, stream, hex, HASH_BYTES);
}

static header make_header(const char *identity, const bs_checkpoint *c)
{
    header h = {.order = BYTE_ORDER_MARK,
                .identity_bytes = strlen(identity),
                .parameter_size = c->parameter_size,
                .statistic_size = c->statistic_size,
                .done = c->log->done,
                .epoch_count = c->log->epoch_count};
    memcpy(h.magic, MAGIC, sizeof h.magic);
    return h;
}

/* Bytes of a file with header H; of C only the sizes of its elements count. */
static size_t file_bytes(const header *h, const bs_checkpoint *c)
{
    header copy = *h;
    part parts[PARTS];
    size_t total = HASH_BYTES;
    list_parts(&copy, NULL, c, parts);
    for (int i = 0; i < PARTS; i++) {
        total += parts[i].bytes;
    }
    return total;
}

size_t bs_checkpoint_bytes(const char *identity, const bs_checkpoint *checkpoint)
{
    const header h = make_header(identity, checkpoint);
    return file_bytes(&h, checkpoint);
}

bs_status bs_checkpoint_write(const char *path, const char *identity,
                              const bs_checkpoint *checkpoint)
{
    header h = make_header(identity, checkpoint);
    part parts[PARTS];
    char *copy = bs_strdup(identity);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    list_parts(&h, copy, checkpoint, parts);
    bs_status status = bs_output_file_write(path, true, write_parts, parts);
    bs_free(copy);
    return status;
}

/* ---- reading ---- */

static bs_status damaged(const char *path, const char *how)
{
    return BS_FAIL(BS_ERR_INPUT, "%s: the checkpoint is damaged: %s", path, how);
}

/* The whole file, for bs_free. */
static bs_status read_bytes(const char *path, uint8_t **bytes, size_t *count)
{
    struct stat found;
    FILE *file = bs_fault("read") ? NULL : fopen(path, "rb");
    if (file == NULL) {
        return BS_FAIL(BS_ERR_IO, "%s: the checkpoint cannot be read: %s", path, strerror(errno));
    }
    bs_status status = BS_OK;
    if (fstat(fileno(file), &found) != 0 || !S_ISREG(found.st_mode)) {
        status = damaged(path, "it is no regular file");
    }
    *count = status == BS_OK ? (size_t)found.st_size : 0;
    *bytes = bs_alloc(*count, 1);
    if (*bytes == NULL) {
        status = BS_ERR_MEMORY;
    } else if (status == BS_OK && *count > 0 && fread(*bytes, *count, 1, file) != 1) {
        status = damaged(path, "it could not be read to its end");
    }
    fclose(file);
    return status;
}

/* What no run of ours would have written is not looked at. */
static bs_status check_hash(const char *path, const uint8_t *bytes, size_t count)
{
    char hex[BS_HASH_HEX];
    if (count < sizeof(header) + HASH_BYTES || memcmp(bytes, MAGIC, sizeof MAGIC) != 0) {
        return damaged(path, "it does not begin as one");
    }
    BS_TRY(bs_hash_bytes(bytes, count - HASH_BYTES, hex));
    return memcmp(hex, bytes + count - HASH_BYTES, HASH_BYTES) == 0
               ? BS_OK
               : damaged(path, "it is cut off or altered (its SHA-256 is another)");
}

/* Whether the sizes are those of the run, and of the file. */
static bool fits(const header *h, const bs_checkpoint *c, size_t count)
{
    if (h->order != BYTE_ORDER_MARK || h->parameter_size != c->parameter_size ||
        h->statistic_size != c->statistic_size || h->epoch_count != c->log->epoch_count ||
        h->done < 0 || h->done > c->log->step_count) {
        return false;
    }
    return file_bytes(h, c) == count;
}

static bs_status check_identity(const char *path, const char *theirs, const char *ours)
{
    enum { LINE = 160 };
    char in_file[LINE];
    char in_run[LINE];
    if (!bs_experiment_difference(theirs, ours, in_file, in_run, LINE)) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "%s: belongs to another training: the checkpoint has '%s', this run has '%s'. "
                   "Choose another output (or train.checkpoints), or remove the checkpoint",
                   path, in_file, in_run);
}

static bs_status take(const char *path, const char *identity, const uint8_t *bytes, size_t count,
                      bs_checkpoint *c)
{
    header h;
    BS_TRY(check_hash(path, bytes, count));
    memcpy(&h, bytes, sizeof h);
    if (h.identity_bytes > count - sizeof h - HASH_BYTES) {
        return damaged(path, "its sizes do not fit");
    }
    char *theirs = bs_alloc((size_t)h.identity_bytes + 1, 1);
    if (theirs == NULL) {
        return BS_ERR_MEMORY;
    }
    memcpy(theirs, bytes + sizeof h, (size_t)h.identity_bytes);
    bs_status status = check_identity(path, theirs, identity);
    if (status == BS_OK && !fits(&h, c, count)) {
        status = damaged(path, "its sizes do not fit");
    }
    if (status == BS_OK) {
        part parts[PARTS];
        list_parts(&h, theirs, c, parts);
        const uint8_t *from = bytes;
        for (int i = 0; i < PARTS; from += parts[i].bytes, i++) {
            memcpy(parts[i].data, from, parts[i].bytes);
        }
        c->log->done = h.done;
    }
    bs_free(theirs);
    return status;
}

bs_status bs_checkpoint_read(const char *path, const char *identity, bs_checkpoint *checkpoint)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    bs_status status = read_bytes(path, &bytes, &count);
    if (status == BS_OK) {
        status = take(path, identity, bytes, count, checkpoint);
    }
    bs_free(bytes);
    return status;
}
