/* Prototypes of BLACS and ScaLAPACK, which ship no C header. Private to this layer. */
#ifndef BLUESHIFT_DIST_SCALAPACK_H
#define BLUESHIFT_DIST_SCALAPACK_H

#include <complex.h>

#include <mpi.h>

/* BLACS's C interface. Never call Cblacs_exit: it ends MPI. */
int Csys2blacs_handle(MPI_Comm comm);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridinfo(int context, int *rows, int *columns, int *row, int *column);
void Cblacs_gridexit(int context);
void Cpdgemr2d(int m, int n, const double *a, int ia, int ja, const int *desca, double *b, int ib,
               int jb, const int *descb, int context);

/* Fortran: everything by address, matrix indices from 1. gfortran's hidden lengths of strings of
 * one character may be left out. */
int numroc_(const int *n, const int *block, const int *process, const int *source,
            const int *processes);
void descinit_(int *desc, const int *m, const int *n, const int *mb, const int *nb,
               const int *row_source, const int *column_source, const int *context,
               const int *leading, int *info);
void pdpotrf_(const char *uplo, const int *n, double *a, const int *ia, const int *ja,
              const int *desca, int *info);
void pdtrmm_(const char *side, const char *uplo, const char *trans, const char *diag, const int *m,
             const int *n, const double *alpha, const double *a, const int *ia, const int *ja,
             const int *desca, double *b, const int *ib, const int *jb, const int *descb);
void pdgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
             const double *alpha, const double *a, const int *ia, const int *ja, const int *desca,
             const double *b, const int *ib, const int *jb, const int *descb, const double *beta,
             double *c, const int *ic, const int *jc, const int *descc);
double pdlange_(const char *norm, const int *m, const int *n, const double *a, const int *ia,
                const int *ja, const int *desca, double *work);

/* Workspace trap: PDSYEVD's and PZHEEVD's query may under-report for small matrices (INFO is 0 and
 * the eigenvectors are wrong): pad LWORK by hand and check residuals. PDSYEV's is right. */
void pdsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia,
             const int *ja, const int *desca, double *w, double *z, const int *iz, const int *jz,
             const int *descz, double *work, const int *lwork, int *info);
void pzheev_(const char *jobz, const char *uplo, const int *n, double complex *a, const int *ia,
             const int *ja, const int *desca, double *w, double complex *z, const int *iz,
             const int *jz, const int *descz, double complex *work, const int *lwork, double *rwork,
             const int *lrwork, int *info);
void pzheevd_(const char *jobz, const char *uplo, const int *n, double complex *a, const int *ia,
              const int *ja, const int *desca, double *w, double complex *z, const int *iz,
              const int *jz, const int *descz, double complex *work, const int *lwork,
              double *rwork, const int *lrwork, int *iwork, const int *liwork, int *info);
void pzgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
             const double complex *alpha, const double complex *a, const int *ia, const int *ja,
             const int *desca, const double complex *b, const int *ib, const int *jb,
             const int *descb, const double complex *beta, double complex *c, const int *ic,
             const int *jc, const int *descc);

#endif
