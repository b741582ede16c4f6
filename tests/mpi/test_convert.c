/* Is every conversion that cannot be refused with words that help, and nothing left behind? */
#include "surface_fixture.h"

#include <dirent.h>
#include <sys/stat.h>

#include "blueshift/convert.h"
#include "blueshift/fault.h"

/* The fault to inject, in place of base's injector, which knows one for the whole process. */
static const char *fault_site;
static int fault_call;
static int fault_calls;

static const bs_comm *world;

bool bs_fault(const char *site)
{
    return fault_site != NULL && strcmp(site, fault_site) == 0 && ++fault_calls == fault_call;
}

static void path_of(const char *name, char path[160])
{
    snprintf(path, 160, "%s/%s", mpi_test_folder, name);
}

static int count_files(void)
{
    int count = 0;
    DIR *entries = opendir(mpi_test_folder);
    while (entries != NULL && readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count;
}

static void make_source(const char *name, int ndim, int networks, int realisations)
{
    static const int64_t shape[] = {5, 4, 2};
    char path[160];
    path_of(name, path);
    bs_surface_schema schema = fixture_schema(ndim, shape, networks, realisations);
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    if (status == BS_OK) {
        bs_range mine = bs_partition_block(bs_surface_points(surface), world->size, world->rank);
        status = fixture_write(surface, mine);
    }
    mpi_test_check(status == BS_OK && bs_surface_close(surface) == BS_OK, "%s", name);
}

/* OPTIONS with the output in our mpi_test_folder, where rank 0 leaves nothing but what was there.
 */
static void refuse(const char *source, bs_convert_options options, bs_status wanted,
                   const char *part)
{
    const char *output = options.output;
    bool good = true;
    if (world->rank == 0) {
        char from[160];
        char to[160];
        int before = count_files();
        path_of(source, from);
        path_of(output, to);
        options.output = to;
        bs_status status = bs_convert(from, &options);
        good = status == wanted && strstr(bs_error_text(), part) != NULL && count_files() == before;
    }
    mpi_test_check(good, "%s to %s: refused, the message says \"%s\"", source, output, part);
}

#define OPTIONS(...)                                                                               \
    (bs_convert_options)                                                                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void test_names(void)
{
    refuse("plane.nc", OPTIONS(.output = "line.nc", .format = "csv"), BS_ERR_INPUT, "exists");
    refuse("plane.nc", OPTIONS(.output = "plane.nc", .format = "csv", .replace = true),
           BS_ERR_INPUT, "the result file itself");
    refuse("plane.nc", OPTIONS(.output = ".", .format = "csv", .replace = true), BS_ERR_INPUT,
           "is a folder");
    refuse("plane.nc", OPTIONS(.output = "x.mat"), BS_ERR_USAGE,
           "netcdf4 (.nc4, .h5), losslandscape, vti (.vti), vts (.vts), csv (.csv)");
    refuse("plane.nc", OPTIONS(.output = "csv"), BS_ERR_USAGE, "this suffix names no format");
    refuse("plane.nc", OPTIONS(.output = "x.csv", .format = "mat"), BS_ERR_USAGE,
           "unknown format 'mat'; there are: netcdf4");
    refuse("none.nc", OPTIONS(.output = "x.csv"), BS_ERR_INPUT, "none.nc");
    static const char *const outputs[] = {"none/x.nc4", "none/x.vti", "none/x.vts", "none/x.csv"};
    for (int i = 0; i < 4; i++) {
        refuse("line.nc", OPTIONS(.output = outputs[i]), i == 2 ? BS_ERR_INPUT : BS_ERR_IO,
               i == 2 ? "holds a line" : "there is no folder");
    }
}

static void test_choices(void)
{
    refuse("plane.nc", OPTIONS(.output = "x.csv", .network = "wide"), BS_ERR_USAGE,
           "no network 'wide'. It holds networks 0 to 1: Short, NoShort");
    refuse("plane.nc", OPTIONS(.output = "x.csv", .network = "2"), BS_ERR_USAGE, "no network '2'");
    refuse("plane.nc", OPTIONS(.output = "x.csv", .realisation = "3"), BS_ERR_USAGE,
           "holds realisations 0 to 2");
    refuse("plane.nc", OPTIONS(.output = "x.csv", .realisation = "-1"), BS_ERR_USAGE,
           "holds realisations 0 to 2");
    refuse("plane.nc", OPTIONS(.output = "x.vts"), BS_ERR_USAGE,
           "holds 2 networks, but the format vts one; choose it with --network: Short, NoShort");
    refuse("plane.nc", OPTIONS(.output = "x.vts", .network = "Short", .realisation = "all"),
           BS_ERR_USAGE, "choose it with --realisation=0 to 2");
    refuse("plane.nc", OPTIONS(.output = "x.h5", .format = "losslandscape", .network = "1"),
           BS_ERR_USAGE, "holds 3 realisations");
    refuse("line.nc", OPTIONS(.output = "x.vts"), BS_ERR_INPUT, "holds a line");
    refuse("volume.nc", OPTIONS(.output = "x.vts"), BS_ERR_INPUT, "holds a volume");
    refuse("volume.nc", OPTIONS(.output = "x.h5", .format = "losslandscape"), BS_ERR_INPUT,
           "needs a line or a plane");
    refuse("plane.nc", OPTIONS(.output = "x.nc4", .network = "0"), BS_ERR_USAGE,
           "--network has no meaning for the format netcdf4");
    refuse("plane.nc", OPTIONS(.output = "x.h5", .realisation = "0"), BS_ERR_USAGE,
           "--realisation has no meaning");
    refuse("plane.nc", OPTIONS(.output = "x.csv", .clip = "3"), BS_ERR_USAGE,
           "--clip has no meaning");
    refuse("plane.nc", OPTIONS(.output = "x.vti", .logarithmic = true), BS_ERR_USAGE,
           "--log has no meaning");
    static const char *const clips[] = {"3:2", "", ":", "1:1", "a:2", "1:2:3", "nan", "1e400"};
    for (size_t i = 0; i < sizeof clips / sizeof clips[0]; i++) {
        refuse("plane.nc",
               OPTIONS(.output = "x.vts", .network = "0", .realisation = "0", .clip = clips[i]),
               BS_ERR_USAGE, "write MAX or MIN:MAX");
    }
}

/* Whether call NUMBER of SITE was reached, and made the conversion fail without a trace. */
static bool fails_cleanly(const char *site, int number, const char *format, bool *fired)
{
    char from[160];
    char to[160];
    struct stat file;
    path_of("plane.nc", from);
    path_of("x", to);
    bool all = strcmp(format, "netcdf4") == 0;
    const bs_convert_options options = {.output = to,
                                        .format = format,
                                        .network = all ? NULL : "NoShort",
                                        .realisation = all ? NULL : "1"};
    int before = count_files();
    fault_site = site;
    fault_call = number;
    fault_calls = 0;
    bs_status status = bs_convert(from, &options);
    fault_site = NULL;
    *fired = status != BS_OK; /* the calls may be those of another process */
    if (!*fired) {
        return fault_calls < number && unlink(to) == 0;
    }
    bs_status wanted = strcmp(site, "alloc") == 0 ? BS_ERR_MEMORY : BS_ERR_IO;
    return status == wanted && stat(to, &file) != 0 && count_files() == before;
}

static void test_faults(void)
{
    static const char *const sites[] = {"io_write", "io_sync", "alloc"};
    const char *format = NULL;
    const char *ignored = NULL;
    for (int f = 0; (format = bs_convert_format_at(f, &ignored)) != NULL; f++) {
        for (int site = 0; site < 3; site++) {
            bool good = true;
            int number = 1;
            for (bool fired = world->rank == 0; fired && good; number++) {
                good = fails_cleanly(sites[site], number, format, &fired);
            }
            mpi_test_check(good && (world->rank != 0 || number > 2),
                           "%s: %s fails at every call, nothing is left", format, sites[site]);
        }
    }
}

static void run_all(const bs_comm *comm)
{
    world = comm;
    make_source("line.nc", 1, 1, 1);
    make_source("plane.nc", 2, 2, 3);
    make_source("volume.nc", 3, 1, 1);
    test_names();
    test_choices();
    test_faults();
    static const char *const sources[] = {"line.nc", "plane.nc", "volume.nc"};
    for (int i = 0; i < 3; i++) {
        char path[160];
        path_of(sources[i], path);
        mpi_test_remove(world, path);
    }
}

const mpi_test mpi_test_file = {.run = run_all};
