/* Where a result comes from: version, build, libraries, host. */
#ifndef BLUESHIFT_PROVENANCE_H
#define BLUESHIFT_PROVENANCE_H

#include <stddef.h>

/* "blueshift 0.1.0 (git 1a2b3c4)" */
const char *bs_version_text(void);

/* Compiler and flags of the build. */
const char *bs_build_text(void);

/* "Open MPI 4.1.4, FFTW 3.3.10, NetCDF 4.9.0, PnetCDF 1.12.3, ..." of the running libraries. */
const char *bs_libraries_text(void);

/* This host's name, operating system and processor model. */
const char *bs_host_text(void);

/* Now, UTC, ISO 8601. */
void bs_time_text(char *text, size_t length);

#endif
