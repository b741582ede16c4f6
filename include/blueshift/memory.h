/* Checked, aligned allocation. */
#ifndef BLUESHIFT_MEMORY_H
#define BLUESHIFT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Alignment of every block in bytes: a cache line, and the widest vector register. */
enum { BS_ALIGNMENT = 64 };

/* COUNT elements of SIZE bytes, zeroed, aligned to BS_ALIGNMENT. COUNT or SIZE 0 gives a valid
 * block. The caller owns it and frees it with bs_free. On overflow or exhaustion returns NULL and
 * records the error, so that callers write `if (p == NULL) { return BS_ERR_MEMORY; }`.
 * Not collective. */
void *bs_alloc(size_t count, size_t size);

/* A copy of TEXT owned by the caller; NULL with a recorded error when memory is exhausted. */
char *bs_strdup(const char *text);

/* Makes room for one more element of SIZE bytes in the array *ARRAY, which holds COUNT of them and
 * has room for *CAPACITY; both begin as zeros. The block may move. Returns the array, or NULL with
 * a recorded error when memory is exhausted, and *ARRAY as it was. Use: if (bs_grow(&list->entries,
 * list->count, &list->capacity, sizeof *list->entries) == NULL) ... */
void *bs_grow(void *array, int64_t count, int64_t *capacity, size_t size);

/* Frees a block of bs_alloc or bs_strdup; NULL is fine. */
void bs_free(void *block);

#endif
