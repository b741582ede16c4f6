/* Work in a process of its own, for libraries that do not survive a full disk; private to io. */
#ifndef BLUESHIFT_IO_APART_H
#define BLUESHIFT_IO_APART_H

#include "blueshift/status.h"

/* Runs WORK(CONTEXT) in a copy of this process, which ends right behind it, without any clean-up of
 * libraries. Returns its status, with its error text; BS_ERR_IO when a signal ended it. WORK calls
 * no MPI, and what it changes in memory is lost. */
bs_status bs_run_isolated(bs_status (*work)(void *context), void *context);

#endif
