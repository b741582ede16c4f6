/* Eigenvalues and eigenvectors of symmetric matrices: small ones alone, large ones distributed. */
#ifndef BLUESHIFT_SYMMETRIC_H
#define BLUESHIFT_SYMMETRIC_H

#include "blueshift/comm.h"

/* Matrices up to this size are one rank's work, so that their bits do not depend on how many ranks
 * there are. */
enum { BS_SYMMETRIC_ALONE = 512 };

/* Eigenvalues VALUES [n], descending, and eigenvectors VECTORS [n][n], row k that of value k, of
 * length one and with its largest component (the first of them) positive, of the symmetric MATRIX
 * [n][n], the same on all ranks; all ranks get the same. Up to ALONE rows by LAPACK's DSYEV on rank
 * 0, which needs no MPI over one process; else by ScaLAPACK's PDSYEV over all ranks, whose bits
 * depend on their number. BS_ERR_LIBRARY when residuals |A v - lambda v| or the products of the
 * eigenvectors are larger than rounding, whatever the library says. Collective over COMM. */
bs_status bs_symmetric_eigen(const bs_comm *comm, int n, int alone, const double *matrix,
                             double *values, double *vectors);

#endif
