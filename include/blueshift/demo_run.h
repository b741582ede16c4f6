/* Runs a demo on all ranks and gives its results as a dataset. */
#ifndef BLUESHIFT_DEMO_RUN_H
#define BLUESHIFT_DEMO_RUN_H

#include "blueshift/comm.h"
#include "blueshift/dataset.h"
#include "blueshift/demo.h"

/* Every rank gets the same *DATASET, the caller's; the same numbers on any number of ranks up to
 * 1e-12. Collective over COMM; all ranks return the same status. */
bs_status bs_demo_run(const bs_comm *comm, const bs_demo *demo, bs_dataset **dataset);

#endif
