/* The demos, one function each. Private to this layer. */
#ifndef BLUESHIFT_DEMO_DEMOS_H
#define BLUESHIFT_DEMO_DEMOS_H

#include "blueshift/comm.h"
#include "blueshift/dataset.h"
#include "blueshift/demo.h"

/* Each fills an empty DATASET, the same on all ranks. Collective; all ranks return the same
 * status. */
bs_status bs_demo_run_fbm(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset);
bs_status bs_demo_run_averaging(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset);
bs_status bs_demo_run_plane(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset);

#endif
