/* Runs work in a copy of this process and brings back its status. */
#include "blueshift/isolated.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the copy says through the pipe: smaller than PIPE_BUF, so that it arrives whole. */
typedef struct report {
    bs_status status;
    char text[2048];
} report;

static void work_and_exit(bs_status (*work)(void *context), void *context, int pipe)
{
    /* No report of MPI's handlers, no core file, where the end by a signal is foreseen. */
    const struct rlimit none = {0, 0};
    const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], SIG_DFL);
    }
    setrlimit(RLIMIT_CORE, &none);
    report said = {.status = work(context)};
    snprintf(said.text, sizeof said.text, "%s", said.status != BS_OK ? bs_error_text() : "");
    _exit(write(pipe, &said, sizeof said) == (ssize_t)sizeof said ? 0 : 1);
}

static pid_t wait_for(pid_t child, int *state)
{
    pid_t ended = 0;
    do {
        ended = waitpid(child, state, 0);
    } while (ended < 0 && errno == EINTR);
    return ended;
}

static ssize_t read_report(int pipe, report *said)
{
    ssize_t count = 0;
    do {
        count = read(pipe, said, sizeof *said);
    } while (count < 0 && errno == EINTR);
    return count;
}

bs_status bs_run_isolated(bs_status (*work)(void *context), void *context)
{
    int ends[2] = {-1, -1};
    pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return BS_FAIL(BS_ERR_IO, "no process can be started: %s; end other programs",
                       strerror(error));
    }
    if (child == 0) {
        work_and_exit(work, context, ends[1]);
    }
    close(ends[1]);
    report said = {.status = BS_OK};
    int state = 0;
    ssize_t count = read_report(ends[0], &said);
    close(ends[0]);
    wait_for(child, &state);
    if (count != (ssize_t)sizeof said) {
        return BS_FAIL(BS_ERR_IO, "a process was ended by signal %d (%s) before it was done",
                       WIFSIGNALED(state) ? WTERMSIG(state) : 0,
                       WIFSIGNALED(state) ? strsignal(WTERMSIG(state)) : "none");
    }
    return said.status == BS_OK ? BS_OK : BS_FAIL(said.status, "%s", said.text);
}
