/* The program's communicator, and agreement on errors. */
#ifndef BLUESHIFT_COMM_H
#define BLUESHIFT_COMM_H

#include <stdint.h>

#include <mpi.h>

#include "blueshift/status.h"

/* A communicator of ours (a duplicate that returns errors) with rank and size at hand. */
typedef struct bs_comm {
    MPI_Comm mpi;
    int rank;
    int size;
} bs_comm;

/* This process on its own. What reads over it works without MPI: bs_agree is the identity, and
 * surfaces and datasets are read serially; its handle is MPI_COMM_SELF, for those that started MPI.
 */
extern const bs_comm bs_comm_alone;

/* Takes MPI (from a split), which bs_comm_release frees: sets MPI_ERRORS_RETURN and looks up rank
 * and size. BS_ERR_LIBRARY when MPI refuses. Not collective. */
bs_status bs_comm_adopt(MPI_Comm mpi, bs_comm *comm);

/* Duplicates PARENT with MPI_ERRORS_RETURN, so that our messages never meet a library's; the caller
 * releases it. BS_ERR_LIBRARY when MPI refuses. Collective over PARENT. */
bs_status bs_comm_create(MPI_Comm parent, bs_comm *comm);
void bs_comm_release(bs_comm *comm); /* collective */

/* Turns an MPI return code into a status with MPI's own text. */
bs_status bs_mpi_check(int mpi_code, const char *call, const char *file, int line);
#define BS_MPI(call) bs_mpi_check((call), #call, __FILE__, __LINE__)

/* One opinion about an error: every rank gets the most severe status of all ranks, and that rank's
 * error text (with "rank R: " in front when not all ranks failed alike and it is not rank 0).
 * Collective over COMM: call it after local work that may fail and before the next collective,
 * never per point. */
bs_status bs_agree(const bs_comm *comm, bs_status local);

/* As bs_agree, about a BLOCK of memory.h that every rank has just allocated: BS_ERR_MEMORY when a
 * rank has none (NULL), and then those of the others are freed, so that the caller can return at
 * once. For blocks that nothing owns yet. Collective over COMM. */
bs_status bs_agree_block(const bs_comm *comm, void *block);

/* As bs_agree, after a collective call of a library, which a rank may have left alone with an
 * error while the others wait in it for ever, or may never leave: a rank that failed waits 10
 * seconds for the others, one that did not 30, and then calls what bs_comm_on_lost was given. Only
 * after calls that all ranks leave at nearly the same time. Collective over COMM. */
bs_status bs_agree_or_end(const bs_comm *comm, bs_status local);

/* What ends the job when agreement is impossible; it has the error's text and does not return. */
void bs_comm_on_lost(void (*end)(void));

/* BS_STOPPED on every rank when a signal has asked any of them to stop (stop.h): a place where long
 * work may end. Collective over COMM. */
bs_status bs_agree_stop(const bs_comm *comm);

#endif
