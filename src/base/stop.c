/* Signals that ask for an early, clean end: the handler only sets a flag. */
#include "blueshift/stop.h"

#include <signal.h>
#include <stddef.h>

#include "blueshift/output_file.h"

static volatile sig_atomic_t requested;

static void on_signal(int signal_number)
{
    (void)signal_number;
    requested = 1;
}

static void on_end(int signal_number)
{
    bs_output_file_abandon();
    raise(signal_number); /* its default action, since the handler is taken back */
}

static void install(void (*handler)(int), int flags)
{
    static const int signals[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGINT};
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

void bs_stop_install(void)
{
    install(on_signal, SA_RESTART);
}

void bs_stop_install_end(void)
{
    install(on_end, (int)SA_RESETHAND | SA_NODEFER);
}

bool bs_stop_requested(void)
{
    return requested != 0;
}
