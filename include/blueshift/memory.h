/* Checked, aligned allocation. */
#ifndef BLUESHIFT_MEMORY_H
#define BLUESHIFT_MEMORY_H

#include <stddef.h>

/* Alignment of every block in bytes: a cache line, and the widest vector register. */
enum { BS_ALIGNMENT = 64 };

/* COUNT elements of SIZE bytes, zeroed, aligned to BS_ALIGNMENT. COUNT or SIZE 0 gives a valid
 * block. The caller owns it and frees it with bs_free. On overflow or exhaustion returns NULL and
 * records the error, so that callers write `if (p == NULL) { return BS_ERR_MEMORY; }`.
 * Not collective. */
void *bs_alloc(size_t count, size_t size);

/* A copy of TEXT owned by the caller; NULL with a recorded error when memory is exhausted. */
char *bs_strdup(const char *text);

/* Frees a block of bs_alloc or bs_strdup; NULL is fine. */
void bs_free(void *block);

#endif
