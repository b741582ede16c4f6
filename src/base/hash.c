/* SHA-256 through libcrypto, so that hashes can be checked with sha256sum. */
#include "blueshift/hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "blueshift/memory.h"

enum { DIGEST_BYTES = 32, READ_BYTES = 1 << 16 };

struct bs_hash {
    EVP_MD_CTX *context;
};

bs_hash *bs_hash_create(void)
{
    bs_hash *hash = bs_alloc(1, sizeof *hash);
    if (hash == NULL) {
        return NULL;
    }
    hash->context = EVP_MD_CTX_new();
    if (hash->context == NULL || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(hash->context);
        bs_free(hash);
        (void)BS_FAIL(BS_ERR_LIBRARY, "libcrypto offers no SHA-256");
        return NULL;
    }
    return hash;
}

void bs_hash_update(bs_hash *hash, const void *data, size_t bytes)
{
    EVP_DigestUpdate(hash->context, data, bytes);
}

void bs_hash_finish(bs_hash *hash, char hex[BS_HASH_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(hash->context, digest, &length);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    EVP_MD_CTX_free(hash->context);
    bs_free(hash);
}

bs_status bs_hash_bytes(const void *data, size_t bytes, char hex[BS_HASH_HEX])
{
    bs_hash *hash = bs_hash_create();
    if (hash == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_hash_update(hash, data, bytes);
    bs_hash_finish(hash, hex);
    return BS_OK;
}

bs_status bs_hash_file(const char *path, char hex[BS_HASH_HEX])
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return BS_FAIL(BS_ERR_INPUT, "%s: %s", path, strerror(errno));
    }
    bs_hash *hash = bs_hash_create();
    char *buffer = bs_alloc(READ_BYTES, 1);
    bs_status status = hash == NULL || buffer == NULL ? BS_ERR_MEMORY : BS_OK;
    while (status == BS_OK) {
        size_t bytes = fread(buffer, 1, READ_BYTES, file);
        if (bytes == 0) {
            break;
        }
        bs_hash_update(hash, buffer, bytes);
    }
    if (status == BS_OK && ferror(file)) {
        status = BS_FAIL(BS_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (hash != NULL) {
        bs_hash_finish(hash, hex);
    }
    bs_free(buffer);
    fclose(file);
    return status;
}
