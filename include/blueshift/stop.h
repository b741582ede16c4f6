/* Requests to stop early: SIGTERM, SIGUSR1, SIGINT. */
#ifndef BLUESHIFT_STOP_H
#define BLUESHIFT_STOP_H

#include <stdbool.h>

/* Installs handlers that only set a flag. Not collective. */
void bs_stop_install(void);

/* Whether a signal has asked this process to stop. */
bool bs_stop_requested(void);

#endif
