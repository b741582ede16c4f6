/* Does a result say where it comes from? */
#include "mpi_test.h"

#include <string.h>
#include <unistd.h>

#include "blueshift/provenance.h"

static bool has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fprintf(stderr, "# \"%s\" has no \"%s\"\n", text, part);
        return false;
    }
    return true;
}

static void run_all(const bs_comm *world)
{
    (void)world;
    const char *libraries = bs_libraries_text();
    const char *names[] = {"MPI ", "FFTW 3.", "NetCDF 4.", "PnetCDF 1.", "OpenBLAS "};
    for (int i = 0; i < 5; i++) {
        mpi_test_check(has(libraries, names[i]), "the running %s has a version", names[i]);
    }
    mpi_test_check(strchr(libraries, '\n') == NULL, "libraries on one line");
    mpi_test_check(has(bs_version_text(), "blueshift 0.") && has(bs_version_text(), "(git "),
                   "version and commit");
    mpi_test_check(has(bs_build_text(), "-ffp-contract=off"), "compiler and flags");
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    mpi_test_check(has(bs_host_text(), host) && has(bs_host_text(), "Linux "), "this host");
    char now[32];
    int year = 0;
    int month = 0;
    bs_time_text(now, sizeof now);
    mpi_test_check(sscanf(now, "%4d-%2d-", &year, &month) == 2 && year >= 2024 && month >= 1 &&
                       month <= 12 && strlen(now) == 20 && now[19] == 'Z',
                   "time as ISO 8601, UTC");
    char tiny[4] = "abc";
    bs_time_text(tiny, sizeof tiny);
    mpi_test_check(tiny[0] == '\0', "no time where it does not fit");
}

const mpi_test mpi_test_file = {.run = run_all};
