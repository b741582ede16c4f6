/* Version, build, running libraries and host, as the result file records them. */
#include "blueshift/provenance.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <fftw3.h>
#include <mpi.h>
#include <netcdf.h>
#include <pnetcdf.h>

/* Set by the Makefile; a build without it does not know. */
#ifndef BS_VERSION
#define BS_VERSION "of unknown version"
#define BS_GIT_HASH "unknown"
#define BS_FLAGS "unknown flags"
#endif

enum { TEXT_MAX = 2048, PART_MAX = 256 };

/* Of OpenBLAS; its header is not where every system's compiler looks. */
char *openblas_get_config(void);

const char *bs_version_text(void)
{
    return "blueshift " BS_VERSION " (git " BS_GIT_HASH ")";
}

const char *bs_build_text(void)
{
#ifdef __clang__
    return "clang " __clang_version__ " " BS_FLAGS;
#else
    return "gcc " __VERSION__ " " BS_FLAGS;
#endif
}

/* Copies TEXT to OUT up to the first of the characters in END, without trailing spaces. */
static void copy_until(char out[PART_MAX], const char *text, const char *end)
{
    size_t length = strcspn(text, end);
    if (length > PART_MAX - 1) {
        length = PART_MAX - 1;
    }
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

/* The first version number in TEXT: what starts at its first digit. */
static void copy_version(char out[PART_MAX], const char *text)
{
    copy_until(out, text + strcspn(text, "0123456789"), " ,\n");
}

static void mpi_text(char out[PART_MAX])
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(text, &length);
    copy_until(out, text, ",\n");
}

const char *bs_libraries_text(void)
{
    static char text[TEXT_MAX];
    char mpi[PART_MAX];
    char fftw[PART_MAX];
    char netcdf[PART_MAX];
    char pnetcdf[PART_MAX];
    char blas[PART_MAX];
    mpi_text(mpi);
    copy_version(fftw, fftw_version);
    copy_version(netcdf, nc_inq_libvers());
    /* "PnetCDF library version 1.12.3 of ..." */
    copy_version(pnetcdf, ncmpi_inq_libvers());
    copy_until(blas, openblas_get_config(), "\n");
    snprintf(text, sizeof text, "%s, FFTW %s, NetCDF %s, PnetCDF %s, %s", mpi, fftw, netcdf,
             pnetcdf, blas);
    return text;
}

/* "model name : ..." of /proc/cpuinfo; the machine's architecture where there is none. */
static void processor_text(char out[PART_MAX], const char *architecture)
{
    char line[PART_MAX];
    copy_until(out, architecture, "");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            copy_until(out, colon + 1 + strspn(colon + 1, " "), "\n");
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

const char *bs_host_text(void)
{
    static char text[TEXT_MAX];
    struct utsname system;
    char host[PART_MAX] = "unknown";
    char processor[PART_MAX];
    gethostname(host, sizeof host - 1);
    if (uname(&system) != 0) {
        snprintf(text, sizeof text, "%s", host);
        return text;
    }
    processor_text(processor, system.machine);
    snprintf(text, sizeof text, "%s, %s %s %s, %s", host, system.sysname, system.release,
             system.machine, processor);
    return text;
}

void bs_time_text(char *text, size_t length)
{
    time_t now = time(NULL);
    struct tm utc;
    if (length > 0 &&
        (gmtime_r(&now, &utc) == NULL || strftime(text, length, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)) {
        text[0] = '\0';
    }
}
