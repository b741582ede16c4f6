/* The lock that keeps a second job away from a surface file, and survivors of a killed one. */
#include "surface_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "blueshift/output_file.h"

static const double WAIT_SECONDS = 15.0;

/* BS_LOCK_WAIT is for tests. */
static double wait_seconds(void)
{
    const char *text = getenv("BS_LOCK_WAIT");
    return text != NULL ? strtod(text, NULL) : WAIT_SECONDS;
}

static bool is_unsupported(int error)
{
    return error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

/* A process of this host that holds the lock; 0: not known. */
static long find_holder(int descriptor)
{
    struct stat mine;
    char line[256];
    long found = 0;
    FILE *locks = fopen("/proc/locks", "r");
    if (locks == NULL) {
        return 0;
    }
    bool known = fstat(descriptor, &mine) == 0;
    while (known && found == 0 && fgets(line, sizeof line, locks) != NULL) {
        long holder = 0;
        unsigned long inode = 0;
        /* "1: FLOCK  ADVISORY  WRITE 4711 fd:01:1234 0 EOF" */
        int read = sscanf(line, "%*s FLOCK %*s %*s %ld %*x:%*x:%lu", &holder, &inode);
        found = read == 2 && inode == (unsigned long)mine.st_ino ? holder : 0;
    }
    fclose(locks);
    return found;
}

static bs_status fail(const bs_surface *surface, int error)
{
    if (error == EWOULDBLOCK) {
        long holder = find_holder(surface->descriptor);
        char who[64] = "another job";
        if (holder > 0) {
            snprintf(who, sizeof who, "another job (process %ld of this host)", holder);
        }
        return BS_FAIL(BS_ERR_IO,
                       "%s is in use by %s; wait until that has ended or choose another output",
                       surface->nc.path, who);
    }
    return BS_FAIL(BS_ERR_IO, "%s cannot be locked: %s", surface->nc.path, strerror(error));
}

/* Tries for WAIT seconds; the error number, or 0. */
static int lock(int descriptor, int kind, double wait)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    double end = MPI_Wtime() + wait;
    while (flock(descriptor, kind | LOCK_NB) != 0) {
        if (is_unsupported(errno)) {
            return 0;
        }
        if (errno != EINTR && (errno != EWOULDBLOCK || MPI_Wtime() >= end)) {
            return errno;
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}

bs_status bs_surface_lock(bs_surface *surface)
{
    bool lockable = bs_output_file_is_lockable(surface->descriptor);
    int error = 0;
    /* Alone first: no rank of another job may hold the file. Then shared, so that the other ranks
     * can join and each survivor of a killed job keeps the next one waiting. Should another job
     * slip in between (the change is not atomic), this one gives up before it wrote anything. */
    if (surface->comm.rank == 0 && lockable) {
        error = lock(surface->descriptor, LOCK_EX, wait_seconds());
        if (error == 0) {
            error = lock(surface->descriptor, LOCK_SH, 0.0);
        }
    }
    BS_TRY(bs_agree(&surface->comm, error == 0 ? BS_OK : fail(surface, error)));
    if (surface->comm.rank != 0 && lockable) {
        error = lock(surface->descriptor, LOCK_SH, 0.0);
    }
    return bs_agree(&surface->comm, error == 0 ? BS_OK : fail(surface, error));
}

int bs_surface_keep_lock(const bs_surface *surface)
{
    return fcntl(surface->descriptor, F_DUPFD_CLOEXEC, 0); /* a lock belongs to both */
}
