/* The one rule about files that exist. */
#ifndef BLUESHIFT_CLI_OUTPUT_H
#define BLUESHIFT_CLI_OUTPUT_H

#include <stdbool.h>

#include "blueshift/status.h"

/* Nothing that exists is replaced without --force: BS_ERR_INPUT when there is something at PATH
 * that stays. Before the work, so that none is done in vain. */
bs_status bs_check_output(const char *path, bool force);

#endif
