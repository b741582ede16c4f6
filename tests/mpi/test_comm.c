/* Do ranks agree on errors, whoever failed? */
#include "mpi_test.h"

#include <string.h>

#include "blueshift/memory.h"

static void test_create(const bs_comm *world)
{
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    mpi_test_check(world->size == size, "a duplicate has the parent's size");
    int compared = MPI_UNEQUAL;
    MPI_Comm_compare(world->mpi, MPI_COMM_WORLD, &compared);
    mpi_test_check(compared == MPI_CONGRUENT, "a duplicate is a communicator of its own");
    int code = MPI_Send(NULL, 0, MPI_INT, size + 7, 0, world->mpi);
    mpi_test_check(BS_MPI(code) == BS_ERR_LIBRARY && strstr(bs_error_text(), "MPI failed") != NULL,
                   "MPI's errors return as a status with MPI's text");
}

typedef bs_status (*agreement)(const bs_comm *comm, bs_status local);

static void test_agree_one(const bs_comm *world, agreement agree, int guilty)
{
    (void)BS_FAIL(BS_ERR_INTERNAL, "an old error");
    bs_status local = BS_OK;
    if (world->rank == guilty) {
        local = BS_FAIL(BS_ERR_IO, "disk %d is full", guilty);
    }
    bs_status all = agree(world, local);
    char wanted[64];
    if (guilty == 0) { /* whose messages need no number */
        snprintf(wanted, sizeof wanted, "disk %d is full", guilty);
    } else {
        snprintf(wanted, sizeof wanted, "rank %d: disk %d is full", guilty, guilty);
    }
    mpi_test_check(all == BS_ERR_IO, "all ranks learn that rank %d failed", guilty);
    mpi_test_check(strcmp(bs_error_text(), wanted) == 0, "all ranks have rank %d's text", guilty);
    mpi_test_check(strstr(bs_error_where(), "test_comm.c:") != NULL, "and where it happened");
}

static void test_agree(const bs_comm *world)
{
    static const agreement ways[] = {bs_agree, bs_agree_or_end};
    for (int way = 0; way < 2; way++) {
        mpi_test_check(ways[way](world, BS_OK) == BS_OK, "all well is BS_OK");
        for (int guilty = 0; guilty < world->size; guilty++) {
            test_agree_one(world, ways[way], guilty);
        }
    }
    bs_status local = BS_FAIL(BS_ERR_INPUT, "no such file");
    mpi_test_check(bs_agree(world, local) == BS_ERR_INPUT &&
                       strcmp(bs_error_text(), "no such file") == 0,
                   "the same failure everywhere is told without a rank");
    bool last = world->rank == world->size - 1;
    local = last ? BS_FAIL(BS_ERR_MEMORY, "severe") : BS_FAIL(BS_ERR_USAGE, "harmless");
    mpi_test_check(bs_agree(world, local) == BS_ERR_MEMORY &&
                       strstr(bs_error_text(), "severe") != NULL,
                   "the most severe status wins");
    mpi_test_check(bs_agree(world, last ? BS_STOPPED : BS_OK) == BS_STOPPED, "a stop is agreed on");
}

/* Where the first rank has no block, the others lose theirs: a sanitizer would see them, several as
 * the last one may still be in sight. */
static void test_agree_block(const bs_comm *world)
{
    char *kept = bs_alloc(1, 8);
    mpi_test_check(bs_agree_block(world, kept) == BS_OK, "blocks on all ranks stay");
    bs_free(kept);
    bool good = true;
    for (int i = 0; i < 4; i++) {
        char *block = world->rank == 0 ? NULL : bs_alloc(1, 8);
        if (world->rank == 0) {
            (void)BS_FAIL(BS_ERR_MEMORY, "no memory for a block");
        }
        good = good && bs_agree_block(world, block) == BS_ERR_MEMORY &&
               strstr(bs_error_text(), "no memory for a block") != NULL;
    }
    mpi_test_check(good, "a block that one rank lacks is given up by all");
}

static void run_all(const bs_comm *world)
{
    test_create(world);
    test_agree(world);
    test_agree_block(world);
}

const mpi_test mpi_test_file = {.run = run_all};
