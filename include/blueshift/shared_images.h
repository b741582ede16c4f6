/* Images once per node, in an MPI shared-memory window. */
#ifndef BLUESHIFT_SHARED_IMAGES_H
#define BLUESHIFT_SHARED_IMAGES_H

#include "blueshift/comm.h"
#include "blueshift/hash.h"
#include "blueshift/images.h"

typedef struct bs_shared_images {
    bs_images images;       /* read-only view, valid until the release */
    char hash[BS_HASH_HEX]; /* of pixels, then labels */
    bs_comm node;           /* ranks that share the copy */
    MPI_Win window;         /* MPI_WIN_NULL: the copy is this rank's own */
    void *copy;
} bs_shared_images;

/* A dataset takes as much memory as a network and more: one copy serves all ranks of a node.
 *
 * One rank of each node reads the data set into a window that its node shares; where /dev/shm has
 * no room for it every rank reads a copy of its own. Collective over COMM; every rank returns the
 * same status (bs_agree). BS_ERR_INPUT when the nodes do not read the same images, BS_ERR_IO or
 * BS_ERR_MEMORY when one cannot. The caller releases SHARED. */
bs_status bs_shared_images_create(const bs_comm *comm, const bs_image_set *dataset,
                                  bs_shared_images *shared);
void bs_shared_images_release(bs_shared_images *shared); /* collective */

#endif
