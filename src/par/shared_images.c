/* One copy of the images per node: its first rank reads them into a window that all see. */
#include "blueshift/shared_images.h"

#include <string.h>
#include <sys/statvfs.h>

#include "blueshift/fault.h"
#include "blueshift/memory.h"

/* Where MPI keeps shared windows on Linux; a container's may be as small as 64 MiB. */
static const char *const SHARED_MEMORY = "/dev/shm";
static const double MARGIN_BYTES = 1048576.0;

static bs_status find_node(const bs_comm *comm, bs_shared_images *shared)
{
    MPI_Comm node = MPI_COMM_NULL;
    BS_TRY(BS_MPI(
        MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &node)));
    return bs_comm_adopt(node, &shared->node);
}

static bs_status count_images(const bs_comm *comm, const bs_image_set *set,
                              bs_shared_images *shared)
{
    int64_t *count = &shared->images.count;
    BS_TRY(bs_agree(comm, shared->node.rank == 0 ? bs_image_set_count(set, count) : BS_OK));
    return BS_MPI(MPI_Bcast(count, 1, MPI_INT64_T, 0, shared->node.mpi));
}

/* Asked before, because Open MPI's MPI_Win_allocate_shared hangs the other ranks of the node when
 * it finds no room. */
static bool has_room(double bytes)
{
    struct statvfs disk;
    if (bs_fault("shared_window")) {
        return false;
    }
    return statvfs(SHARED_MEMORY, &disk) != 0 ||
           (double)disk.f_bavail * (double)disk.f_frsize > bytes + MARGIN_BYTES;
}

/* Every rank a node of its own where the node cannot share. Collective over the node. */
static bs_status decide_sharing(bs_shared_images *shared, size_t bytes, bool *share)
{
    int room = shared->node.rank == 0 && has_room((double)bytes) ? 1 : 0;
    BS_TRY(BS_MPI(MPI_Bcast(&room, 1, MPI_INT, 0, shared->node.mpi)));
    *share = room != 0;
    if (*share) {
        return BS_OK;
    }
    bs_comm_release(&shared->node);
    return bs_comm_create(MPI_COMM_SELF, &shared->node);
}

/* Memory for the images, the same bytes for all ranks of the node. Collective over the node. */
static bs_status allocate(bs_shared_images *shared, bool share, size_t bytes, uint8_t **block)
{
    if (!share) {
        shared->copy = bs_alloc(bytes, 1);
        *block = shared->copy;
        return shared->copy == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    void *base = NULL;
    MPI_Aint size = shared->node.rank == 0 ? (MPI_Aint)bytes : 0;
    int unit = 1;
    BS_TRY(BS_MPI(MPI_Win_allocate_shared(size, unit, MPI_INFO_NULL, shared->node.mpi, &base,
                                          &shared->window)));
    BS_TRY(BS_MPI(MPI_Win_set_errhandler(shared->window, MPI_ERRORS_RETURN)));
    BS_TRY(BS_MPI(MPI_Win_shared_query(shared->window, 0, &size, &unit, &base)));
    *block = base;
    return BS_OK;
}

static bs_status make_block(const bs_comm *comm, bs_shared_images *shared, uint8_t **block)
{
    bool share = false;
    size_t bytes = (size_t)shared->images.count * (BS_IMAGE_BYTES + 1);
    BS_TRY(bs_agree(comm, decide_sharing(shared, bytes, &share)));
    return bs_agree(comm, allocate(shared, share, bytes, block));
}

/* The node's first rank reads and hashes. */
static bs_status read_images(const bs_comm *comm, const bs_image_set *set, bs_shared_images *shared,
                             uint8_t *block)
{
    bs_images *images = &shared->images;
    uint8_t *labels = block + (size_t)images->count * BS_IMAGE_BYTES;
    images->pixels = block;
    images->labels = labels;
    bs_status status = BS_OK;
    if (shared->node.rank == 0) {
        status = bs_image_set_read(set, images->count, block, labels);
        if (status == BS_OK) {
            status = bs_images_hash(images, shared->hash);
        }
    }
    BS_TRY(bs_agree(comm, status));
    if (shared->window != MPI_WIN_NULL) {
        status = BS_MPI(MPI_Win_fence(0, shared->window));
    }
    BS_TRY(bs_agree(comm, status));
    return bs_agree(comm,
                    BS_MPI(MPI_Bcast(shared->hash, BS_HASH_HEX, MPI_CHAR, 0, shared->node.mpi)));
}

/* Each node may read a local copy of the files: they must be the same. */
static bs_status compare_nodes(const bs_comm *comm, const bs_shared_images *shared)
{
    char first[BS_HASH_HEX];
    memcpy(first, shared->hash, sizeof first);
    bs_status status = BS_MPI(MPI_Bcast(first, BS_HASH_HEX, MPI_CHAR, 0, comm->mpi));
    if (status == BS_OK && strcmp(first, shared->hash) != 0) {
        status = BS_FAIL(BS_ERR_INPUT,
                         "the images on this rank's node (SHA-256 %.12s...) are not those of rank "
                         "0's node (%.12s...); give all nodes the same files",
                         shared->hash, first);
    }
    return bs_agree(comm, status);
}

static bs_status create(const bs_comm *comm, const bs_image_set *set, bs_shared_images *shared)
{
    uint8_t *block = NULL;
    BS_TRY(bs_agree(comm, find_node(comm, shared)));
    BS_TRY(bs_agree(comm, count_images(comm, set, shared)));
    BS_TRY(make_block(comm, shared, &block));
    BS_TRY(read_images(comm, set, shared, block));
    return compare_nodes(comm, shared);
}

bs_status bs_shared_images_create(const bs_comm *comm, const bs_image_set *set,
                                  bs_shared_images *shared)
{
    *shared = (bs_shared_images){.node = {.mpi = MPI_COMM_NULL}, .window = MPI_WIN_NULL};
    bs_status status = create(comm, set, shared);
    if (status != BS_OK) {
        bs_shared_images_release(shared);
    }
    return status;
}

void bs_shared_images_release(bs_shared_images *shared)
{
    if (shared->window != MPI_WIN_NULL) {
        MPI_Win_free(&shared->window);
    }
    bs_free(shared->copy);
    shared->copy = NULL;
    shared->images = (bs_images){0};
    bs_comm_release(&shared->node);
}
