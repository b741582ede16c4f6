/* Requests to stop early: SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGINT. */
#ifndef BLUESHIFT_STOP_H
#define BLUESHIFT_STOP_H

#include <stdbool.h>

/* Installs handlers that only set a flag. Not collective. */
void bs_stop_install(void);

/* Installs handlers that end the process as it would without them, but take its unfinished output
 * (output_file.h) along. Not collective. */
void bs_stop_install_end(void);

/* Whether a signal has asked this process to stop. */
bool bs_stop_requested(void);

#endif
