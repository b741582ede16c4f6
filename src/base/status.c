/* The calling thread's last error, and what each status means to the shell. */
#include "blueshift/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 2048, WHERE_MAX = 256, EXIT_STOPPED = 75 };

static _Thread_local char error_text[TEXT_MAX];
static _Thread_local char error_where[WHERE_MAX];

void bs_error_record(const char *file, int line, const char *format, ...)
{
    /* Formatted aside first: an argument may be the text of the previous error. */
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(error_text, text, sizeof error_text);
    snprintf(error_where, sizeof error_where, "%s:%d", file, line);
}

const char *bs_error_text(void)
{
    return error_text;
}

const char *bs_error_where(void)
{
    return error_where;
}

const char *bs_status_name(bs_status status)
{
    static const char *const names[BS_STATUS_COUNT] = {
        [BS_OK] = "BS_OK",
        [BS_STOPPED] = "BS_STOPPED",
        [BS_ERR_USAGE] = "BS_ERR_USAGE",
        [BS_ERR_INPUT] = "BS_ERR_INPUT",
        [BS_ERR_DIVERGED] = "BS_ERR_DIVERGED",
        [BS_ERR_IO] = "BS_ERR_IO",
        [BS_ERR_MEMORY] = "BS_ERR_MEMORY",
        [BS_ERR_LIBRARY] = "BS_ERR_LIBRARY",
        [BS_ERR_DEVICE] = "BS_ERR_DEVICE",
        [BS_ERR_INTERNAL] = "BS_ERR_INTERNAL",
    };
    return (unsigned)status < BS_STATUS_COUNT ? names[status] : "unknown status";
}

int bs_status_exit_code(bs_status status)
{
    switch (status) {
    case BS_OK:
        return 0;
    case BS_STOPPED:
        return EXIT_STOPPED;
    case BS_ERR_USAGE:
    case BS_ERR_INPUT:
        return 2;
    case BS_ERR_DIVERGED:
    case BS_ERR_IO:
    case BS_ERR_MEMORY:
    case BS_ERR_LIBRARY:
    case BS_ERR_DEVICE:
    case BS_ERR_INTERNAL:
    case BS_STATUS_COUNT:
        break;
    }
    return 1;
}
