/* Signals that ask for an early, clean end: the handler only sets a flag. */
#include "blueshift/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t requested;

static void on_signal(int signal_number)
{
    (void)signal_number;
    requested = 1;
}

void bs_stop_install(void)
{
    static const int signals[] = {SIGTERM, SIGUSR1, SIGINT};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

bool bs_stop_requested(void)
{
    return requested != 0;
}
