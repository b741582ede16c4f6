/* Checked, aligned, zeroed allocation with fault injection. */
#include "blueshift/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "blueshift/fault.h"
#include "blueshift/status.h"

/* Blocks of several huge pages ask for them: a batch's values are hundreds of megabytes that are
 * read once a pass, and with pages of 4 KiB a good part of that time goes to finding them. */
enum { HUGE_PAGE = 2 << 20, HUGE_BLOCK = 4 * HUGE_PAGE };

/* BYTES is a multiple of BS_ALIGNMENT. */
static void *allocate(size_t bytes)
{
    if (bytes < HUGE_BLOCK) {
        return aligned_alloc(BS_ALIGNMENT, bytes);
    }
    size_t whole = (bytes + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    void *block = aligned_alloc(HUGE_PAGE, whole);
#if defined(MADV_HUGEPAGE)
    if (block != NULL) {
        (void)madvise(block, whole, MADV_HUGEPAGE); /* a wish; pages of 4 KiB will do */
    }
#endif
    return block;
}

void *bs_alloc(size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - HUGE_PAGE) / size) {
        (void)BS_FAIL(BS_ERR_MEMORY, "an array of %zu elements of %zu bytes cannot be addressed",
                      count, size);
        return NULL;
    }
    size_t bytes = count * size;
    bytes = bytes == 0 ? BS_ALIGNMENT : (bytes + BS_ALIGNMENT - 1) & ~(size_t)(BS_ALIGNMENT - 1);
    void *block = bs_fault("alloc") ? NULL : allocate(bytes);
    if (block == NULL) {
        (void)BS_FAIL(BS_ERR_MEMORY,
                      "out of memory: %.1f MiB wanted; use fewer ranks per node or a smaller batch",
                      (double)bytes / 1048576.0);
        return NULL;
    }
    memset(block, 0, bytes);
    return block;
}

char *bs_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = bs_alloc(bytes, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

void *bs_grow(void *array, int64_t count, int64_t *capacity, size_t size)
{
    enum { FIRST_CAPACITY = 16 };
    void *block = NULL;
    memcpy(&block, array, sizeof block); /* a pointer of any type */
    if (count < *capacity) {
        return block;
    }
    int64_t larger = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
    void *moved = bs_alloc((size_t)larger, size);
    if (moved == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(moved, block, (size_t)count * size);
    }
    bs_free(block);
    memcpy(array, &moved, sizeof moved);
    *capacity = larger;
    return moved;
}

void bs_free(void *block)
{
    free(block);
}
