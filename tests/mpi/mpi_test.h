/* TAP for parallel tests: a check passes only if it passes on all ranks; rank 0 prints. */
#ifndef BLUESHIFT_MPI_TEST_H
#define BLUESHIFT_MPI_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <mpi.h>

#include "blueshift/comm.h"
#include "blueshift/fault.h"

/* A test file: what mpi_test.c's main runs on all ranks, under which level of threads. */
typedef struct mpi_test {
    void (*run)(const bs_comm *world);
    int threads; /* zero: MPI_THREAD_SINGLE */
} mpi_test;
extern const mpi_test mpi_test_file;

enum { MPI_TEST_PATH = 128 };

/* A new folder that all ranks know. The test leaves nothing in it but perhaps mpi_test_result,
 * which is its last check. */
extern char mpi_test_folder[];
extern char mpi_test_result[MPI_TEST_PATH]; /* where a test that needs one file makes it */
extern char **mpi_test_arguments;           /* those of main */

/* Collective: every rank gives its own condition; a rank that failed says so on stderr. */
__attribute__((format(printf, 2, 3))) bool mpi_test_check(bool condition, const char *format, ...);

/* The path of file NAME in the folder. */
void mpi_test_path(char path[MPI_TEST_PATH], const char *name);

/* Removes a file once no rank needs it. Collective. */
void mpi_test_remove(const bs_comm *world, const char *path);

/* Arms BS_FAULT ("alloc:2") on RANK, before the first call that may fail. Inline, because some
 * tests bring a bs_fault of their own. */
static inline void mpi_test_fault(const bs_comm *world, const char *fault, int rank)
{
    char text[64];
    snprintf(text, sizeof text, "%s@rank%d", fault, rank);
    setenv("BS_FAULT", text, 1);
    bs_fault_set_rank(world->rank);
}

#endif
