/* Communicators of ours, and one opinion for all ranks about what went wrong. */
#include "blueshift/comm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/stop.h"

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
    if (alike) {
        bs_error_record(worst->where, line, "%s", worst->text);
    } else {
        bs_error_record(worst->where, line, "rank %d: %s", rank, worst->text);
    }
}

bs_status bs_agree(const bs_comm *comm, bs_status local)
{
    if (comm->size == 1) {
        return local;
    }
    /* One reduction finds the worst status with its rank, and (negated) the best. */
    struct {
        int value;
        int rank;
    } mine[2] = {{(int)local, comm->rank}, {-(int)local, comm->rank}}, all[2];
    BS_TRY(BS_MPI(MPI_Allreduce(mine, all, 2, MPI_2INT, MPI_MAXLOC, comm->mpi)));
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

bs_status bs_agree_stop(const bs_comm *comm)
{
    return bs_agree(comm, bs_stop_requested() ? BS_STOPPED : BS_OK);
}

bs_status bs_check_same(const bs_comm *comm, int64_t value, const char *what)
{
#ifdef NDEBUG
    (void)comm;
    (void)value;
    (void)what;
    return BS_OK;
#else
    /* The complement turns the maximum into a minimum without overflow. */
    int64_t mine[2] = {value, ~value};
    int64_t all[2];
    BS_TRY(BS_MPI(MPI_Allreduce(mine, all, 2, MPI_INT64_T, MPI_MAX, comm->mpi)));
    if (all[0] != ~all[1]) {
        return BS_FAIL(BS_ERR_INTERNAL, "ranks disagree on %s: %lld to %lld", what,
                       (long long)~all[1], (long long)all[0]);
    }
    return BS_OK;
#endif
}
