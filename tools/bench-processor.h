/* The processor's name, for the benchmarks. */
#ifndef BENCH_PROCESSOR_H
#define BENCH_PROCESSOR_H

#include <stdio.h>
#include <string.h>

/* The processor as the system names it. */
static inline void bench_processor(char *name, size_t size)
{
    char line[256];
    FILE *info = fopen("/proc/cpuinfo", "r");
    (void)snprintf(name, size, "unknown");
    while (info != NULL && fgets(line, sizeof line, info) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            (void)snprintf(name, size, "%s", colon + 2);
            break;
        }
    }
    if (info != NULL) {
        (void)fclose(info);
    }
}

#endif
