/* Do all ranks of a node see one copy of the right images, and agree when there are none? */
#include "mpi_test.h"

#include <stdlib.h>
#include <string.h>

#include "blueshift/fault.h"
#include "blueshift/shared_images.h"

static const bs_image_set synthetic = {.source = BS_SOURCE_SYNTHETIC, .seed = 5, .count = 37};

/* The same images, read by this rank alone. */
static bool same_as_read(const bs_shared_images *shared)
{
    int64_t count = 0;
    bool good = bs_image_set_count(&synthetic, &count) == BS_OK && count == shared->images.count;
    uint8_t *pixels = malloc((size_t)count * BS_IMAGE_BYTES);
    uint8_t *labels = malloc((size_t)count);
    good = good && bs_image_set_read(&synthetic, count, pixels, labels) == BS_OK &&
           memcmp(pixels, shared->images.pixels, (size_t)count * BS_IMAGE_BYTES) == 0 &&
           memcmp(labels, shared->images.labels, (size_t)count) == 0;
    bs_hash *hash = bs_hash_create();
    char hex[BS_HASH_HEX];
    bs_hash_update(hash, pixels, (size_t)count * BS_IMAGE_BYTES);
    bs_hash_update(hash, labels, (size_t)count);
    bs_hash_finish(hash, hex);
    free(pixels);
    free(labels);
    return good && strcmp(hex, shared->hash) == 0;
}

/* The first time /dev/shm has no room (injected), then the window is used. */
static void test_images(const bs_comm *world, bool window)
{
    bs_shared_images shared;
    bs_status status = bs_shared_images_create(world, &synthetic, &shared);
    if (!mpi_test_check(status == BS_OK, "images are read")) {
        return;
    }
    mpi_test_check((shared.window != MPI_WIN_NULL) == window && (shared.copy == NULL) == window,
                   window ? "into a shared window" : "into copies where there is no room");
    mpi_test_check(shared.node.size == (window ? world->size : 1), "the ranks that share a copy");
    mpi_test_check(same_as_read(&shared), "every rank sees pixels, labels and their hash");
    bs_shared_images_release(&shared);
}

static void test_missing(const bs_comm *world)
{
    bs_shared_images shared;
    const bs_image_set nowhere = {.source = BS_SOURCE_CIFAR10, .path = "/nonexistent/folder"};
    bs_status status = bs_shared_images_create(world, &nowhere, &shared);
    mpi_test_check((status == BS_ERR_INPUT || status == BS_ERR_USAGE) &&
                       strstr(bs_error_text(), "/nonexistent/folder") != NULL,
                   "all ranks learn that the files are missing");
}

static void run_all(const bs_comm *world)
{
    mpi_test_fault(world, "shared_window:1", 0);
    test_images(world, false);
    test_images(world, true);
    test_missing(world);
}

const mpi_test mpi_test_file = {.run = run_all};
