/* TAP for parallel tests: a check passes only if it passes on all ranks; rank 0 prints. */
#ifndef BLUESHIFT_MPI_TEST_H
#define BLUESHIFT_MPI_TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <mpi.h>

#include "blueshift/comm.h"

static int mpi_test_count;
static int mpi_test_failures;

/* Collective: every rank gives its own condition; a rank that failed says so on stderr. */
__attribute__((format(printf, 2, 3))) static inline bool mpi_test_check(bool condition,
                                                                        const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (!condition) {
        fprintf(stderr, "# rank %d: failed: %s (last error: %s)\n", rank, name, bs_error_text());
    }
    int mine = condition ? 1 : 0;
    int all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    mpi_test_count++;
    mpi_test_failures += all == 0;
    if (rank == 0) {
        printf("%sok %d - %s\n", all == 1 ? "" : "not ", mpi_test_count, name);
        fflush(stdout);
    }
    return all == 1;
}

/* Closes the TAP stream and MPI; the program's exit code. Collective. */
static inline int mpi_test_finish(void)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        printf("1..%d\n", mpi_test_count);
    }
    MPI_Finalize();
    return mpi_test_failures == 0 ? 0 : 1;
}

#endif
