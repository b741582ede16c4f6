/* What the log of a training holds, as info says it. */
#ifndef BLUESHIFT_CLI_INFO_TRAINING_H
#define BLUESHIFT_CLI_INFO_TRAINING_H

#include <stdio.h>

#include "blueshift/status.h"

/* Prints of the log at PATH what was trained, where and how, and of every run how far it is, its
 * last and best losses and accuracies, its speed, and the files it left. BS_ERR_INPUT when it is
 * damaged. Not collective. */
bs_status bs_info_print_training(FILE *out, const char *path);

#endif
