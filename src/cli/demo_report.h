/* The results of a demo in a few readable lines. */
#ifndef BLUESHIFT_CLI_DEMO_REPORT_H
#define BLUESHIFT_CLI_DEMO_REPORT_H

#include "blueshift/dataset.h"
#include "blueshift/demo.h"

/* Prints what the DATASET of a demo holds, beside what was expected, to stdout. */
void bs_demo_report_print(bs_demo_kind kind, const bs_dataset *dataset);

#endif
