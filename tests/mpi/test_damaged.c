/* Result and demo files with damaged bytes: each is read or refused as the user's input, never more
 * (run it under ASan). BS_TEST_SEED repeats a run, BS_TEST_ROUNDS makes it longer. */
#include "surface_fixture.h"

#include "blueshift/dataset.h"
#include "blueshift/memory.h"
#include "mutate.h"

enum { ROUNDS = 1500, FILE_MAX = 1 << 17 };

static const bs_comm self = {.rank = 0, .size = 1};
static uint8_t pristine[FILE_MAX], damaged[FILE_MAX];

/* Pieces of headers: tags, types, and numbers that are too large or negative. */
static const char *const WORDS[] = {
    "\x0a", "\x0b",    "\x0c",       "\x05",    "\x7f\xff\xff\xff", "\xff\xff\xff\xff",
    "\x80", "network", "train_loss", "CDF\x05", "CDF\x01",          NULL};

static size_t load(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t bytes = file != NULL ? fread(pristine, 1, FILE_MAX, file) : 0;
    if (file == NULL || fclose(file) != 0 || bytes == FILE_MAX) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    return bytes;
}

static void store(const char *path, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(damaged, 1, bytes, file) != bytes || fclose(file) != 0) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

/* Everything that a reader asks for. */
static bs_status read_surface(const char *path)
{
    bs_surface *surface = NULL;
    BS_TRY(bs_surface_open_read(&self, path, &surface));
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    int64_t points = bs_surface_points(surface);
    double *values = calloc((size_t)points * 64, sizeof *values);
    uint8_t *states = calloc((size_t)points, 1);
    bs_status status = bs_surface_read_status(surface, (bs_range){0, points}, states);
    for (int v = 0; v < schema->value_count && status == BS_OK; v++) {
        status = bs_surface_read_values(surface, v, (bs_range){0, points}, values);
    }
    for (int a = 0; a < schema->array_count && status == BS_OK; a++) {
        if (bs_array_row(&schema->arrays[a]) <= 64) {
            status = bs_surface_read_array(surface, a, (bs_range){0, 1}, values);
        }
    }
    char *title = NULL;
    status = status == BS_OK ? bs_surface_attribute(surface, "title", &title) : status;
    bs_free(title);
    free(values);
    free(states);
    bs_status closed = bs_surface_close(surface);
    return status != BS_OK ? status : closed;
}

static bs_status read_dataset(const char *path)
{
    bs_dataset *dataset = NULL;
    bs_dataset_is(path, "demo");
    BS_TRY(bs_dataset_read(path, &dataset));
    bs_dataset_destroy(dataset);
    return BS_OK;
}

/* ROUNDS mutants of the file at PATH, of whose bytes the first HEADER are hit most. */
static void feed(const char *path, size_t header, uint64_t seed, bs_status (*read)(const char *))
{
    const char *rounds = getenv("BS_TEST_ROUNDS");
    long count = rounds != NULL ? strtol(rounds, NULL, 10) : ROUNDS;
    size_t bytes = load(path);
    long refused = 0;
    long wrong = 0;
    for (long round = 0; round < count; round++) {
        mutation m = {.rng = {seed, BS_STREAM_TEST, 0, (uint32_t)round}};
        memcpy(damaged, pristine, bytes);
        size_t left = bytes;
        if (draw_below(&m, 8) == 0) {
            left = mutate(&m, damaged, bytes, WORDS);
        } else {
            size_t part = mutate(&m, damaged, header, WORDS);
            left = part < header ? part : bytes; /* cut off within the header */
        }
        store(path, left);
        bs_status status = read(path);
        refused += status == BS_ERR_INPUT;
        if (status != BS_OK && status != BS_ERR_INPUT) {
            wrong++;
            fprintf(stderr, "# round %ld: %s: %s\n", round, bs_status_name(status),
                    bs_error_text());
        }
    }
    mpi_test_check(wrong == 0 && refused > count / 3, "%ld damaged files, %ld of them refused",
                   count, refused);
    memcpy(damaged, pristine, bytes);
    store(path, bytes);
    mpi_test_check(read(path) == BS_OK, "undamaged it is read");
    unlink(path);
}

static void make_dataset(const char *path)
{
    bs_dataset *dataset = NULL;
    double *values = NULL;
    bool made = bs_dataset_create(&dataset) == BS_OK &&
                bs_dataset_dimension(dataset, "case", 4) == BS_OK &&
                bs_dataset_array(dataset, "damping", "case", "1", "a number", &values) == BS_OK &&
                bs_dataset_text(dataset, "demo", "plane") == BS_OK &&
                bs_dataset_number(dataset, "ratio", 0.3) == BS_OK &&
                bs_dataset_write(dataset, path, false) == BS_OK;
    mpi_test_check(made, "a dataset");
    bs_dataset_destroy(dataset);
}

static void run_all(const bs_comm *world)
{
    static const int64_t shape[] = {3, 2};
    const char *text = getenv("BS_TEST_SEED");
    unsigned long long seed = text != NULL ? strtoull(text, NULL, 10) : (unsigned)getpid();
    if (world->size > 1) {
        mpi_test_check(true, "damaged files # SKIP one rank only");
        return;
    }
    printf("# BS_TEST_SEED=%llu\n", seed);
    bs_surface_schema schema = fixture_schema(2, shape, 2, 2);
    mpi_test_check(bs_surface_create(world, mpi_test_result, &schema) == BS_OK, "a surface");
    feed(mpi_test_result, 5000, seed, read_surface);
    make_dataset(mpi_test_result);
    feed(mpi_test_result, 300, seed, read_dataset);
}

const mpi_test mpi_test_file = {.run = run_all};
