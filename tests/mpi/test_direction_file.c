/* Direction files: made here and real ones; every rank reads the same file at the same time. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netcdf.h>

#include "blueshift/direction_file.h"
#include "blueshift/memory.h"
#include "blueshift/weights.h"
#include "mpi/mpi_test.h"

static const bs_tensor tensors[] = {
    {.name = "conv1.weight", .ndim = 4, .shape = {2, 3, 1, 2}, .offset = 0, .count = 12},
    {.name = "bn1.bias", .ndim = 1, .shape = {2}, .offset = 12, .count = 2},
    {.name = "linear.weight", .ndim = 2, .shape = {5, 2}, .offset = 14, .count = 10},
};
enum { TENSORS = 3, SIZE = 24, NO_VARIABLE = -1 };

static char path[128];
static int rank;

/* What distinguishes a file from a good one; the zero value of each is a good file. */
typedef struct recipe {
    int groups;       /* 1 to 3 directions */
    int variables;    /* of each group; 0: as many as tensors */
    int odd;          /* 1 + index of the data set that is different; 0: none */
    const char *name; /* its name */
    int ndim;         /* its shape */
    size_t shape[4];
    nc_type type;
    double value; /* in every element */
    bool classic; /* no HDF5 */
} recipe;

static double element(int group, size_t i)
{
    return 100.0 * group + (double)i + 0.1;
}

static void must(int code)
{
    if (code != NC_NOERR) {
        fprintf(stderr, "# %s: %s\n", path, nc_strerror(code));
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

static void define(int group_id, int index, const recipe *r, int *variable)
{
    bool odd = index + 1 == r->odd;
    char name[16];
    snprintf(name, sizeof name, "%d", index);
    const bs_tensor *tensor = &tensors[index < TENSORS ? index : 0];
    int ndim = odd && r->ndim != 0 ? r->ndim : tensor->ndim;
    int dimensions[4];
    for (int d = 0; d < ndim; d++) {
        char label[32];
        snprintf(label, sizeof label, "d%d_%d", index, d);
        size_t length = odd && r->ndim != 0 ? r->shape[d] : (size_t)tensor->shape[d];
        must(nc_def_dim(group_id, label, length, &dimensions[d]));
    }
    nc_type type = odd && r->type != 0 ? r->type : NC_FLOAT;
    must(nc_def_var(group_id, odd && r->name != NULL ? r->name : name, type, ndim, dimensions,
                    variable));
}

static void fill(int group_id, int group, int index, const recipe *r, int variable)
{
    double values[SIZE];
    const bs_tensor *tensor = &tensors[index < TENSORS ? index : 0];
    for (size_t i = 0; i < SIZE; i++) {
        bool odd = index + 1 == r->odd && r->value != 0.0;
        values[i] = odd ? r->value : element(group, (tensor->offset + i) % SIZE);
    }
    must(nc_put_var_double(group_id, variable, values));
}

static void write_file(const recipe *r)
{
    static const char *const names[] = {"xdirection", "ydirection", "zdirection"};
    int file = -1;
    must(nc_create(path, NC_CLOBBER | (r->classic ? 0 : NC_NETCDF4), &file));
    for (int g = 0; g < r->groups && !r->classic; g++) {
        int id = -1;
        must(nc_def_grp(file, names[g], &id));
        int count = r->variables == 0 ? TENSORS : r->variables;
        for (int v = 0; v < count; v++) {
            int variable = NO_VARIABLE;
            define(id, v, r, &variable);
            fill(id, g, v, r, variable);
        }
    }
    must(nc_close(file));
}

/* Rank 0 makes PATH as told; afterwards every rank may read it. */
static void make(const char *name, const recipe *r)
{
    snprintf(path, sizeof path, "%s/%s", mpi_test_folder, name);
    if (rank == 0) {
        write_file(r);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

static void make_text(const char *name, const char *text)
{
    snprintf(path, sizeof path, "%s/%s", mpi_test_folder, name);
    if (rank == 0) {
        FILE *stream = fopen(path, "w");
        if (stream == NULL || fputs(text, stream) < 0 || fclose(stream) != 0) {
            MPI_Abort(MPI_COMM_WORLD, 1);
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

static void refused(int number, const char *const says[3])
{
    float direction[SIZE];
    bs_status status = bs_direction_file_read(path, number, TENSORS, tensors, direction);
    bool told = strncmp(bs_error_text(), path, strlen(path)) == 0;
    for (int i = 0; i < 3 && says[i] != NULL; i++) {
        told = told && strstr(bs_error_text(), says[i]) != NULL;
    }
    mpi_test_check(status == BS_ERR_INPUT && told, "refused, told why: %s", says[0]);
}

static void reads_every_direction(void)
{
    for (int groups = 1; groups <= 3; groups++) {
        make("good.h5", &(recipe){.groups = groups});
        for (int g = 0; g < groups; g++) {
            float direction[SIZE] = {0};
            bool same = bs_direction_file_read(path, g, TENSORS, tensors, direction) == BS_OK;
            for (size_t i = 0; i < SIZE; i++) {
                same = same && direction[i] == (float)element(g, i);
            }
            mpi_test_check(same, "direction %d of %d is read in the tensors' order", g, groups);
        }
    }
}

static void reads_double_precision(void)
{
    make("double.h5", &(recipe){.groups = 1, .odd = 2, .type = NC_DOUBLE, .value = 1.0 / 3.0});
    float direction[SIZE] = {0};
    bs_status status = bs_direction_file_read(path, 0, TENSORS, tensors, direction);
    mpi_test_check(status == BS_OK && direction[12] == 1.0F / 3.0F && direction[11] == 11.1F,
                   "float64 is rounded to float32");
}

static void reads_write_protected_files(void)
{
    make("protected.h5", &(recipe){.groups = 1});
    if (rank == 0 && chmod(path, 0444) != 0) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    float direction[SIZE] = {0};
    bs_status status = bs_direction_file_read(path, 0, TENSORS, tensors, direction);
    mpi_test_check(status == BS_OK, "a write-protected file is read");
}

/* What is written is read bit for bit; in a group there is nothing but the tensors. */
static void writes_what_it_reads(void)
{
    float values[3][SIZE];
    const float *directions[3] = {values[0], values[1], values[2]};
    for (int i = 0; i < 3 * SIZE; i++) {
        values[i / SIZE][i % SIZE] = (float)(1e-45 * i * i) - (float)(i % 7) / 3.F;
    }
    for (int count = 1; count <= 3; count++) {
        snprintf(path, sizeof path, "%s/written%d.h5", mpi_test_folder, rank);
        const bs_direction_set set = {.count = count,
                                      .directions = directions,
                                      .tensor_count = TENSORS,
                                      .tensors = tensors,
                                      .notes = (const char *const[]){"title", "a test", NULL}};
        bool same = bs_direction_file_write(path, count > 1, &set) == BS_OK;
        for (int g = 0; g < count; g++) {
            float read[SIZE];
            same = same && bs_direction_file_read(path, g, TENSORS, tensors, read) == BS_OK;
            for (int i = 0; i < SIZE && same; i++) {
                same = read[i] == values[g][i];
            }
        }
        mpi_test_check(same, "%d directions written are read bit for bit", count);
        mpi_test_check(bs_direction_file_write(path, false, &set) == BS_ERR_INPUT,
                       "and are not written over");
    }
    const bs_direction_set none = {.count = 0, .directions = directions};
    mpi_test_check(bs_direction_file_write(path, true, &none) == BS_ERR_INTERNAL,
                   "no file without directions");
    unlink(path);
}

static void refuses_other_files(void)
{
    snprintf(path, sizeof path, "%s/missing.h5", mpi_test_folder);
    refused(0, (const char *const[3]){"No such file"});
    snprintf(path, sizeof path, "%s", mpi_test_folder);
    refused(0, (const char *const[3]){"Is a directory"});
    make_text("text.h5", "xdirection\n");
    refused(0, (const char *const[3]){"not a HDF5 file", "xdirection"});
    make_text("empty.h5", "");
    refused(0, (const char *const[3]){"not a HDF5 file"});
    make_text("damaged.h5", "\211HDF\r\n\032\nand nothing behind it");
    refused(0, (const char *const[3]){"cannot be opened", "damaged"});
    make("classic.nc", &(recipe){.classic = true});
    refused(0, (const char *const[3]){"not a HDF5 file"});
    make("no_groups.h5", &(recipe){.groups = 0});
    refused(0, (const char *const[3]){"no group xdirection"});
    make("two.h5", &(recipe){.groups = 2});
    refused(2, (const char *const[3]){"no group zdirection"});
    mpi_test_check(bs_direction_file_read(path, 3, 0, NULL, NULL) == BS_ERR_INTERNAL,
                   "no fourth direction");
}

static void refuses_other_networks(void)
{
    make("fewer.h5", &(recipe){.groups = 1, .variables = 2});
    refused(0, (const char *const[3]){"2 data sets", "3 parameter tensors"});
    make("more.h5", &(recipe){.groups = 1, .variables = 5});
    refused(0, (const char *const[3]){"5 data sets", "3 parameter", "without batch norm's"});
    make("name.h5", &(recipe){.groups = 1, .odd = 2, .name = "7"});
    refused(0, (const char *const[3]){"no data set \"1\"", "bn1.bias"});
    make("shape.h5", &(recipe){.groups = 1, .odd = 1, .ndim = 4, .shape = {2, 3, 2, 1}});
    refused(0, (const char *const[3]){"conv1.weight", "2x3x2x1", "2x3x1x2"});
    make("prefix.h5", &(recipe){.groups = 1, .odd = 3, .ndim = 1, .shape = {5}});
    refused(0, (const char *const[3]){"xdirection/2 has shape 5,", "linear.weight", "5x2"});
    make("ndim.h5", &(recipe){.groups = 1, .odd = 3, .ndim = 1, .shape = {10}});
    refused(0, (const char *const[3]){"xdirection/2 has shape 10,", "linear.weight", "5x2"});
}

static void refuses_other_values(void)
{
    make("whole.h5", &(recipe){.groups = 1, .odd = 2, .type = NC_INT});
    refused(0, (const char *const[3]){"xdirection/1", "floating-point"});
    make("nan.h5", &(recipe){.groups = 1, .odd = 3, .value = (double)NAN});
    refused(0, (const char *const[3]){"xdirection/2", "linear.weight", "not finite at element 0"});
    make("huge.h5", &(recipe){.groups = 1, .odd = 3, .type = NC_DOUBLE, .value = 1e300});
    refused(0, (const char *const[3]){"xdirection/2", "not finite"});
}

/* Parameter tensors of a weights file: all but batch norm's statistics, in their order. */
static int parameters(const bs_weights *weights, bs_tensor *list)
{
    int count = 0;
    for (int t = 0; t < weights->tensor_count; t++) {
        if (strstr(weights->tensors[t].name, "running_") == NULL) {
            list[count++] = weights->tensors[t];
        }
    }
    return count;
}

/* The largest relative difference between the norms of the filters and those of the weights, which
 * filter normalisation made equal; vectors were zeroed. */
static double worst_filter(int count, const bs_tensor *list, const float *weights, const float *d)
{
    double worst = 0.0;
    for (int t = 0; t < count; t++) {
        size_t filters = list[t].ndim == 1 ? 1 : (size_t)list[t].shape[0];
        size_t length = list[t].count / filters;
        for (size_t f = 0; f < filters; f++) {
            double ww = 0.0;
            double dd = 0.0;
            for (size_t i = 0; i < length; i++) {
                size_t at = list[t].offset + f * length + i;
                ww += (double)weights[at] * (double)weights[at];
                dd += (double)d[at] * (double)d[at];
            }
            double wanted = list[t].ndim == 1 ? 0.0 : sqrt(ww);
            worst = fmax(worst, fabs(sqrt(dd) - wanted) / fmax(wanted, 1e-3));
        }
    }
    return worst;
}

static void real_file(const char *data, const char *name, int expected)
{
    char file[512];
    char model[512];
    snprintf(file, sizeof file, "%s/reference/li-resnet56%s-plane-9x5.dir.h5", data,
             strcmp(name, "resnet56") == 0 ? "" : "_noshort");
    snprintf(model, sizeof model, "%s/weights/li2018-%s.safetensors", data, name);
    bs_weights weights;
    if (!mpi_test_check(bs_weights_read(model, &weights) == BS_OK, "weights of %s", name)) {
        return;
    }
    bs_tensor *list = bs_alloc((size_t)weights.tensor_count, sizeof *list);
    float *direction = bs_alloc(weights.value_count, sizeof *direction);
    int count = parameters(&weights, list);
    bs_status status = BS_OK;
    mpi_test_check(count == expected, "%s: %d tensors", name, expected);
    for (int g = 0; g < 2; g++) {
        status = bs_direction_file_read(file, g, count, list, direction);
        double worst = worst_filter(count, list, weights.values, direction);
        mpi_test_check(status == BS_OK && worst < 1e-5, "%s: direction %d is filter-normalised",
                       name, g);
    }
    status = bs_direction_file_read(file, 0, count - 1, list, direction);
    mpi_test_check(status == BS_ERR_INPUT, "%s: another network is refused", name);
    bs_free(list);
    bs_free(direction);
    bs_weights_release(&weights);
}

static void clean_up(void)
{
    static const char *const made[] = {
        "good.h5",    "double.h5",    "protected.h5", "text.h5",  "empty.h5", "damaged.h5",
        "classic.nc", "no_groups.h5", "two.h5",       "fewer.h5", "more.h5",  "name.h5",
        "shape.h5",   "ndim.h5",      "whole.h5",     "nan.h5",   "huge.h5",  "prefix.h5"};
    for (size_t i = 0; i < sizeof made / sizeof made[0] && rank == 0; i++) {
        snprintf(path, sizeof path, "%s/%s", mpi_test_folder, made[i]);
        unlink(path);
    }
}

static void run_all(const bs_comm *world)
{
    rank = world->rank;
    reads_every_direction();
    reads_double_precision();
    reads_write_protected_files();
    writes_what_it_reads();
    refuses_other_files();
    refuses_other_networks();
    refuses_other_values();
    const char *data = getenv("BLUESHIFT_DATA");
    if (data != NULL) {
        real_file(data, "resnet56", 173);
        real_file(data, "resnet56-noshort", 167);
    } else {
        mpi_test_check(true, "real direction files # SKIP BLUESHIFT_DATA is unset");
    }
    MPI_Barrier(MPI_COMM_WORLD);
    clean_up();
}

const mpi_test mpi_test_file = {.run = run_all};
