/* YAML files given to the wrong verb. */
#ifndef BLUESHIFT_CLI_WRONG_VERB_H
#define BLUESHIFT_CLI_WRONG_VERB_H

#include "blueshift/status.h"

/* After VERB refused the operand FILE (NULL: none) with BS_ERR_USAGE: names the verb that it is
 * for, or leaves the recorded error as it is. Returns a failure in any case. */
bs_status bs_blame_verb(const char *file, const char *verb);

#endif
