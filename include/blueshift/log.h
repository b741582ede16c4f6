/* Messages to people: one stream (stderr), one speaking rank. */
#ifndef BLUESHIFT_LOG_H
#define BLUESHIFT_LOG_H

#include <stdbool.h>

typedef enum bs_log_level {
    BS_LOG_SILENT = -1,
    BS_LOG_ERROR,
    BS_LOG_WARNING,
    BS_LOG_INFO,
    BS_LOG_DEBUG
} bs_log_level;

/* Chooses the most verbose level that is printed and whether this process speaks at all: messages
 * are for people, so only rank 0 speaks. Before the first call nothing is printed, nor any
 * progress, which needs BS_LOG_INFO: a library is silent unless it is asked. Not collective. */
void bs_log_init(bs_log_level level, bool speaks);

/* The level that is printed. */
bs_log_level bs_log_get_level(void);

/* Name of a level, such as "warning"; NULL for a number that is none. */
const char *bs_log_level_name(int level);

/* Whether messages of LEVEL are enabled; the same on all ranks. */
bool bs_log_enabled(bs_log_level level);

/* Prints "blueshift: TEXT\n" ("blueshift: error: ..." and so on above info) to stderr when the
 * level is enabled and this process speaks. Not collective, thread-safe. */
void bs_log(bs_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
