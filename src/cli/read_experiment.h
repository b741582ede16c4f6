/* An experiment or a demo from the command line. */
#ifndef BLUESHIFT_CLI_READ_EXPERIMENT_H
#define BLUESHIFT_CLI_READ_EXPERIMENT_H

#include "blueshift/comm.h"
#include "blueshift/demo.h"
#include "blueshift/experiment.h"
#include "options.h"

/* Reads the operand of OPTIONS and their settings; a file of another verb than VERB is told from a
 * wrong one. The caller destroys EXPERIMENT, also after a failure. Collective over WORLD; every
 * rank gets the same status, BS_ERR_IO when their experiments differ. */
bs_status bs_read_experiment(const bs_comm *world, const bs_options *options, const char *verb,
                             bs_experiment **experiment);

/* The same of a demo. The caller destroys DEMO, also after a failure. */
bs_status bs_read_demo(const bs_comm *world, const bs_options *options, const char *verb,
                       bs_demo **demo);

#endif
