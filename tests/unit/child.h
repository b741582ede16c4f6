/* Runs a function in a child process with BS_FAULT set: the injector reads it once per process. */
#ifndef BLUESHIFT_TESTS_CHILD_H
#define BLUESHIFT_TESTS_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What CASE returns, 0 to 255, in a child with BS_FAULT=FAULT (NULL: unset); -1 when it crashed.
 * Works only while the calling process has not called bs_fault itself. */
static inline int in_child(const char *fault, int (*function)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (fault == NULL) {
            unsetenv("BS_FAULT");
        } else {
            setenv("BS_FAULT", fault, 1);
        }
        exit(function()); /* not _exit: a leak checker reports at the exit */
    }
    int result = 0;
    if (child < 0 || waitpid(child, &result, 0) != child || !WIFEXITED(result)) {
        return -1;
    }
    return WEXITSTATUS(result);
}

#endif
