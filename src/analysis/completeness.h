/* Which surfaces of a file are complete and finite; private to analysis. */
#ifndef BLUESHIFT_ANALYSIS_COMPLETENESS_H
#define BLUESHIFT_ANALYSIS_COMPLETENESS_H

#include <stdint.h>

#include "blueshift/comm.h"
#include "blueshift/surface.h"

/* COMPLETE[pair] is 1 where every point of the surface of pair = network * realisations +
 * realisation is done and finite, else 0. Rank 0 reads. Collective over COMM. */
bs_status bs_completeness_read(const bs_comm *comm, bs_surface *surface, uint8_t *complete);

#endif
