/* Progress of long work: points per second and time left, on stderr. */
#ifndef BLUESHIFT_PROGRESS_H
#define BLUESHIFT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One piece of work. On a terminal the line is rewritten; elsewhere plain lines come at growing
 * intervals, so that a log of days stays short. */
typedef struct bs_progress {
    int64_t total;     /* items of this session */
    double start;      /* seconds, monotonic */
    double last_print; /* seconds, monotonic */
    double interval;   /* until the next line */
    bool terminal;
    bool quiet;
} bs_progress;

/* Starts the clock for TOTAL items. QUIET, or a log below BS_LOG_INFO: nothing is shown. Not
 * collective: rank 0 only. */
void bs_progress_init(bs_progress *progress, int64_t total, bool quiet);

/* Shows the state after DONE items (FAILED of them failed) when it is time to. Its type fits
 * bs_schedule_options.progress: CONTEXT is the bs_progress. */
void bs_progress_update(void *context, int64_t done, int64_t failed);

/* Whether it is time to show something, and showing TEXT after DONE items with the time left: for
 * work of which there is more to say than how many points are done. */
bool bs_progress_is_due(const bs_progress *progress);
void bs_progress_show(bs_progress *progress, int64_t done, const char *text);

/* Ends the rewritten line. */
void bs_progress_finish(bs_progress *progress);

/* "2 h 5 min", "3 min 20 s", "12 s", "0.8 s" into TEXT; returns TEXT. */
const char *bs_duration_text(double seconds, char *text, size_t length);

#endif
