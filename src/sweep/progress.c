/* Progress lines for terminals and for logs. */
#include "blueshift/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "blueshift/log.h"

static const double TERMINAL_INTERVAL = 0.2;
static const double LOG_FIRST = 2.0;
static const double LOG_GROWTH = 1.5;
static const double LOG_LAST = 300.0;

static double now_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void bs_progress_init(bs_progress *progress, int64_t total, bool quiet)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    *progress = (bs_progress){
        .total = total,
        .start = now_seconds(),
        .last_print = now_seconds(),
        .interval = terminal ? TERMINAL_INTERVAL : LOG_FIRST,
        .terminal = terminal,
        .quiet = quiet || !bs_log_enabled(BS_LOG_INFO),
    };
}

const char *bs_duration_text(double seconds, char *text, size_t length)
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    if (!(seconds < 1e12)) {
        snprintf(text, length, "unknown time");
    } else if (seconds < 9.95) {
        snprintf(text, length, "%.1f s", seconds);
    } else if (seconds < MINUTE) {
        snprintf(text, length, "%.0f s", seconds);
    } else {
        int64_t whole = (int64_t)(seconds + 0.5);
        if (whole < HOUR) {
            snprintf(text, length, "%" PRId64 " min %" PRId64 " s", whole / MINUTE, whole % MINUTE);
        } else if (whole < DAY) {
            snprintf(text, length, "%" PRId64 " h %" PRId64 " min", whole / HOUR,
                     whole % HOUR / MINUTE);
        } else {
            snprintf(text, length, "%" PRId64 " d %" PRId64 " h", whole / DAY, whole % DAY / HOUR);
        }
    }
    return text;
}

bool bs_progress_is_due(const bs_progress *progress)
{
    return !progress->quiet && now_seconds() - progress->last_print >= progress->interval;
}

void bs_progress_show(bs_progress *progress, int64_t done, const char *text)
{
    char left[32] = "unknown time";
    double now = now_seconds();
    double elapsed = now - progress->start;
    double rate = elapsed > 0 ? (double)done / elapsed : 0.0;
    if (rate > 0) {
        bs_duration_text((double)(progress->total - done) / rate, left, sizeof left);
    }
    fprintf(stderr, "%sblueshift: %s, %s left%s", progress->terminal ? "\r\033[K" : "", text, left,
            progress->terminal ? "" : "\n");
    fflush(stderr);
    progress->last_print = now;
    if (!progress->terminal) {
        double next = progress->interval * LOG_GROWTH;
        progress->interval = next < LOG_LAST ? next : LOG_LAST;
    }
}

void bs_progress_update(void *context, int64_t done, int64_t failed)
{
    bs_progress *progress = context;
    char text[160];
    if (!bs_progress_is_due(progress)) {
        return;
    }
    double elapsed = now_seconds() - progress->start;
    double rate = elapsed > 0 ? (double)done / elapsed : 0.0;
    double percent = progress->total > 0 ? 100.0 * (double)done / (double)progress->total : 100.0;
    int used =
        snprintf(text, sizeof text, "%5.1f %%  %" PRId64 " of %" PRId64 " points, %.3g points/s",
                 percent, done, progress->total, rate);
    if (failed > 0) {
        snprintf(text + used, sizeof text - (size_t)used, ", %" PRId64 " failed", failed);
    }
    bs_progress_show(progress, done, text);
}

void bs_progress_finish(bs_progress *progress)
{
    if (!progress->quiet && progress->terminal) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
