/* Messages to people on stderr, from the one process that speaks. */
#include "blueshift/log.h"

#include <stdarg.h>
#include <stdio.h>

static bs_log_level log_level = BS_LOG_INFO;
static bool log_speaks = true;

void bs_log_init(bs_log_level level, bool speaks)
{
    log_level = level;
    log_speaks = speaks;
}

void bs_log(bs_log_level level, const char *format, ...)
{
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    if (!log_speaks || level > log_level) {
        return;
    }
    char text[2304];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "blueshift: %s%s\n", prefix[level], text);
}
