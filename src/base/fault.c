/* Fault injection driven by the environment variable BS_FAULT=site:n[@rankR][!signal]. */
#include "blueshift/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNREAD, OFF, ARMED };

static atomic_int state = UNREAD;
static char fault_site[32];
static long fault_call;
static int fault_rank = -1; /* -1: every rank */
static int fault_signal;    /* 0: the call fails */
static int own_rank;
static atomic_long calls;

static void read_environment(void)
{
    const char *text = getenv("BS_FAULT");
    if (text != NULL &&
        sscanf(text, "%31[^:]:%ld@rank%d", fault_site, &fault_call, &fault_rank) >= 2) {
        const char *signal_number = strchr(text, '!');
        fault_signal = signal_number != NULL ? (int)strtol(signal_number + 1, NULL, 10) : 0;
        atomic_store(&state, ARMED);
    } else {
        atomic_store(&state, OFF);
    }
}

bool bs_fault(const char *site)
{
    if (atomic_load(&state) == UNREAD) {
        read_environment();
    }
    if (atomic_load(&state) == OFF || strcmp(site, fault_site) != 0) {
        return false;
    }
    if (fault_rank >= 0 && fault_rank != own_rank) {
        return false;
    }
    bool hit = fault_call == 0 || atomic_fetch_add(&calls, 1) + 1 == fault_call;
    if (hit && fault_signal != 0) {
        raise(fault_signal);
        return false;
    }
    return hit;
}

void bs_fault_set_rank(int rank)
{
    own_rank = rank;
}
