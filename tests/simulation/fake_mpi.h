/* MPI between simulated processes. */
#ifndef BLUESHIFT_SIMULATION_FAKE_MPI_H
#define BLUESHIFT_SIMULATION_FAKE_MPI_H

#include <stdbool.h>

#include <mpi.h>

/* Starts over; the world of RANKS ranks. With RENDEZVOUS_SENDS a send ends when it is received, as
 * the standard allows for every message. */
MPI_Comm fake_mpi_reset(int ranks, bool rendezvous_sends);

/* What was called as MPI does not allow it; NULL: nothing. */
const char *fake_mpi_misuse(void);

#endif
