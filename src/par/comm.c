/* Communicators of ours, and one opinion for all ranks about what went wrong. */
#include "blueshift/comm.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blueshift/memory.h"
#include "blueshift/stop.h"

/* How long a rank that failed waits for others to come out of a library, and one that did not, for
 * those that may be stuck there. */
static const double LOST_SECONDS = 10.0;
static const double OTHERS_SECONDS = 30.0;
static const double LOOK_SECONDS = 0.1;

/* What the worst rank has to say; the sizes are those of status.c. */
typedef struct report {
    char text[2048];
    char where[256];
} report;

const bs_comm bs_comm_alone = {.mpi = MPI_COMM_SELF, .rank = 0, .size = 1};

bs_status bs_mpi_check(int mpi_code, const char *call, const char *file, int line)
{
    if (mpi_code == MPI_SUCCESS) {
        return BS_OK;
    }
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    MPI_Error_string(mpi_code, text, &length);
    bs_error_record(file, line, "MPI failed: %s: %s", call, text);
    return BS_ERR_LIBRARY;
}

bs_status bs_comm_adopt(MPI_Comm mpi, bs_comm *comm)
{
    *comm = (bs_comm){.mpi = mpi};
    BS_TRY(BS_MPI(MPI_Comm_set_errhandler(mpi, MPI_ERRORS_RETURN)));
    BS_TRY(BS_MPI(MPI_Comm_rank(mpi, &comm->rank)));
    return BS_MPI(MPI_Comm_size(mpi, &comm->size));
}

bs_status bs_comm_create(MPI_Comm parent, bs_comm *comm)
{
    MPI_Comm mpi = MPI_COMM_NULL;
    *comm = (bs_comm){.mpi = MPI_COMM_NULL};
    BS_TRY(BS_MPI(MPI_Comm_dup(parent, &mpi)));
    return bs_comm_adopt(mpi, comm);
}

void bs_comm_release(bs_comm *comm)
{
    if (comm->mpi != MPI_COMM_NULL) {
        MPI_Comm_free(&comm->mpi);
    }
}

/* Records on this rank what the worst rank reported. */
static void adopt_report(report *worst, int rank, bool alike)
{
    int line = 0;
    char *colon = strrchr(worst->where, ':');
    if (colon != NULL) {
        *colon = '\0';
        line = (int)strtol(colon + 1, NULL, 10);
    }
    if (alike || rank == 0) { /* rank 0 acts for all of them */
        bs_error_record(worst->where, line, "%s", worst->text);
    } else {
        bs_error_record(worst->where, line, "rank %d: %s", rank, worst->text);
    }
}

/* A status and whose it is, as MPI_2INT. */
typedef struct ranked {
    int value;
    int rank;
} ranked;

/* One reduction finds the worst status with its rank, and (negated) the best. */
static void rank_status(const bs_comm *comm, bs_status local, ranked mine[2])
{
    mine[0] = (ranked){(int)local, comm->rank};
    mine[1] = (ranked){-(int)local, comm->rank};
}

/* All ranks adopt the worst one's report. */
static bs_status share_worst(const bs_comm *comm, const ranked all[2])
{
    bs_status worst = (bs_status)all[0].value;
    if (worst == BS_OK) {
        return BS_OK;
    }
    report text = {{0}, {0}};
    if (comm->rank == all[0].rank) {
        strncpy(text.text, bs_error_text(), sizeof text.text - 1);
        strncpy(text.where, bs_error_where(), sizeof text.where - 1);
    }
    BS_TRY(BS_MPI(MPI_Bcast(&text, (int)sizeof text, MPI_BYTE, all[0].rank, comm->mpi)));
    adopt_report(&text, all[0].rank, all[0].value == -all[1].value);
    return worst;
}

bs_status bs_agree(const bs_comm *comm, bs_status local)
{
    ranked mine[2];
    ranked all[2];
    if (comm->size == 1) {
        return local; /* also where MPI was never started */
    }
    rank_status(comm, local, mine);
    BS_TRY(BS_MPI(MPI_Allreduce(mine, all, 2, MPI_2INT, MPI_MAXLOC, comm->mpi)));
    return share_worst(comm, all);
}

static void (*end_job)(void);

void bs_comm_on_lost(void (*end)(void))
{
    end_job = end;
}

/* Whether REQUEST is complete within SECONDS. A look counts for a little at most, so that a job
 * that is suspended does not age. */
static bool completes(MPI_Request *request, double seconds)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    double waited = 0.0;
    int done = 0;
    while (waited < seconds) {
        double before = MPI_Wtime();
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0) {
            return true;
        }
        nanosleep(&pause, NULL);
        waited += fmin(MPI_Wtime() - before, LOOK_SECONDS);
    }
    return false;
}

bs_status bs_agree_block(const bs_comm *comm, void *block)
{
    bs_status status = bs_agree(comm, block == NULL ? BS_ERR_MEMORY : BS_OK);
    if (status != BS_OK) {
        bs_free(block);
    }
    return status;
}

bs_status bs_agree_or_end(const bs_comm *comm, bs_status local)
{
    ranked mine[2];
    ranked all[2];
    MPI_Request request = MPI_REQUEST_NULL;
    if (comm->size == 1) {
        return local;
    }
    rank_status(comm, local, mine);
    int code = MPI_Iallreduce(mine, all, 2, MPI_2INT, MPI_MAXLOC, comm->mpi, &request);
    if (code == MPI_SUCCESS && end_job != NULL &&
        !completes(&request, local == BS_OK ? OTHERS_SECONDS : LOST_SECONDS)) {
        if (local == BS_OK) {
            (void)BS_FAIL(
                BS_ERR_LIBRARY,
                "a rank has not come back from a library's call for %g seconds: is it out "
                "of memory? Start the job again",
                OTHERS_SECONDS);
        }
        end_job();
    }
    int waited = MPI_Wait(&request, MPI_STATUS_IGNORE);
    BS_TRY(BS_MPI(code));
    BS_TRY(BS_MPI(waited));
    return share_worst(comm, all);
}

bs_status bs_agree_stop(const bs_comm *comm)
{
    return bs_agree(comm, bs_stop_requested() ? BS_STOPPED : BS_OK);
}
