/* Messages to people on stderr, from the one process that speaks. */
#include "blueshift/log.h"

#include <stdarg.h>
#include <stdio.h>

static bs_log_level log_level = BS_LOG_SILENT;
static bool log_speaks = true;

void bs_log_init(bs_log_level level, bool speaks)
{
    log_level = level;
    log_speaks = speaks;
}

bs_log_level bs_log_get_level(void)
{
    return log_level;
}

const char *bs_log_level_name(int level)
{
    static const char *const names[] = {[BS_LOG_ERROR] = "error",
                                        [BS_LOG_WARNING] = "warning",
                                        [BS_LOG_INFO] = "info",
                                        [BS_LOG_DEBUG] = "debug"};
    return level >= 0 && level <= BS_LOG_DEBUG ? names[level] : NULL;
}

bool bs_log_enabled(bs_log_level level)
{
    return level <= log_level;
}

void bs_log(bs_log_level level, const char *format, ...)
{
    static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
    if (!log_speaks || !bs_log_enabled(level)) {
        return;
    }
    char text[2304];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "blueshift: %s%s\n", prefix[level], text);
}
