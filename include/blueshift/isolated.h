/* Work in a process of its own, for libraries that do not survive a full disk. */
#ifndef BLUESHIFT_ISOLATED_H
#define BLUESHIFT_ISOLATED_H

#include "blueshift/status.h"

/* Runs WORK(CONTEXT) in a copy of this process, which ends right after it, without any clean-up of
 * libraries. Returns its status, with its error text; BS_ERR_IO when a signal ended it. WORK calls
 * no MPI, and what it changes in memory is lost. */
bs_status bs_run_isolated(bs_status (*work)(void *context), void *context);

#endif
