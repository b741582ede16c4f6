/* SHA-256 of data, weights and experiments (OpenSSL's libcrypto). */
#ifndef BLUESHIFT_HASH_H
#define BLUESHIFT_HASH_H

#include <stddef.h>

#include "blueshift/status.h"

enum { BS_HASH_HEX = 65 }; /* 64 hexadecimal digits and the end */

/* A hash under way. The caller makes it with bs_hash_create and releases it with bs_hash_finish. */
typedef struct bs_hash bs_hash;

/* Starts a hash. NULL with a recorded error when memory is exhausted. */
bs_hash *bs_hash_create(void);

/* Adds BYTES bytes. */
void bs_hash_update(bs_hash *hash, const void *data, size_t bytes);

/* Writes the hexadecimal digest, as `sha256sum` prints it, and frees the hash. */
void bs_hash_finish(bs_hash *hash, char hex[BS_HASH_HEX]);

/* Hash of one block of memory. */
bs_status bs_hash_bytes(const void *data, size_t bytes, char hex[BS_HASH_HEX]);

/* Hash of a file's bytes. BS_ERR_INPUT when it cannot be read. */
bs_status bs_hash_file(const char *path, char hex[BS_HASH_HEX]);

#endif
