/* Error codes, the record of the last error, and the macros that forward them. */
#ifndef BLUESHIFT_STATUS_H
#define BLUESHIFT_STATUS_H

/* Ordered by severity: when ranks disagree, the largest wins (bs_agree in comm.h). */
typedef enum bs_status {
    BS_OK = 0,
    BS_STOPPED,      /* ended early on request; the file is resumable (exit code 75) */
    BS_ERR_USAGE,    /* command line or experiment file (exit code 2) */
    BS_ERR_INPUT,    /* a user's data, weights, direction or result file (exit code 2) */
    BS_ERR_DIVERGED, /* numbers that should be finite are not: a training blew up (exit code 1) */
    BS_ERR_IO,       /* the system refused a read or write: disk full, permission (exit code 1) */
    BS_ERR_MEMORY,   /* out of memory (exit code 1) */
    BS_ERR_LIBRARY,  /* MPI, NetCDF, FFTW or ScaLAPACK failed (exit code 1) */
    BS_ERR_DEVICE,   /* a GPU or its driver failed; the process can use it no more (exit code 1) */
    BS_ERR_INTERNAL, /* our bug (exit code 1) */
    BS_STATUS_COUNT
} bs_status;

/* Record file, line and text of a failure for this thread; returns CODE so that one can write
 * `return BS_FAIL(BS_ERR_INPUT, "%s: label %d at record %lld; labels are 0 to 9", ...)`.
 * The text says what happened, where, and what the user can do next. CODE has no side effects; it
 * stands after the comma so that readers and analysers see that the result is a failure. */
#define BS_FAIL(code, ...) (bs_error_record(__FILE__, __LINE__, __VA_ARGS__), (bs_status)(code))

/* Forward any failure to the caller. Where resources are held use `goto done` instead. */
#define BS_TRY(call)                                                                               \
    do {                                                                                           \
        bs_status bs_try_status_ = (call);                                                         \
        if (bs_try_status_ != BS_OK) {                                                             \
            return bs_try_status_;                                                                 \
        }                                                                                          \
    } while (0)

/* Records an error for the calling thread. Use it through BS_FAIL. Not collective. A later error
 * replaces an earlier one. */
void bs_error_record(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text of the calling thread's last error; "" when there was none. Valid until the next error. */
const char *bs_error_text(void);

/* "file:line" of the calling thread's last error, for debug logs. Valid until the next error. */
const char *bs_error_where(void);

/* Name of a status, such as "BS_ERR_INPUT". Never NULL. */
const char *bs_status_name(bs_status status);

/* Exit code of the program for a status: 0 done, 1 failed, 2 usage or input, 75 stopped. */
int bs_status_exit_code(bs_status status);

#endif
