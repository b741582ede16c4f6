/* The results of a demo in a few readable lines. */
#ifndef BLUESHIFT_CLI_DEMO_REPORT_H
#define BLUESHIFT_CLI_DEMO_REPORT_H

#include <stdio.h>

#include "blueshift/dataset.h"

/* Prints what the DATASET of a demo (bs_demo_run, or read from its file) holds, beside what was
 * expected. BS_ERR_INPUT when it has not what the file of a demo has. */
bs_status bs_demo_report_print(FILE *out, const bs_dataset *dataset);

#endif
