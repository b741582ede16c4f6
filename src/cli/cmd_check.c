/* The verb check: whether this installation computes, writes and draws what it should. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/backend.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "blueshift/plot.h"
#include "blueshift/provenance.h"
#include "blueshift/surface.h"
#include "compare_files.h"
#include "sweep_run.h"
#include "verb.h"

static const char EXPERIMENT[] =
    "title: check of an installation\n"
    "networks:\n"
    "  - {name: Short, depth: 8, shortcut: pad}\n"
    "  - {name: NoShort, depth: 8, shortcut: none}\n"
    "  - {name: Paths, depth: 8, version: v2, shortcut: projection, paths: 2, activation: tanh}\n"
    "data: {images: 8, batch: 4}\n"
    "path: {kind: plane}\n"
    "grid: {x: \"-1:1:3\", y: \"0:1:2\"}\n";

/* Losses of that experiment's points as PyTorch computes them in double precision: what
 * `blueshift-evaluate-pytorch --double` says of the points that `blueshift export` gives it
 * (PyTorch 1.13; tests/cli/check.t asks it again). */
static const struct golden {
    int network;
    int64_t point;
    double loss;
} golden[] = {
    {0, 1, 2.723778944260913},  /* Short at (0, 0) */
    {0, 5, 3.36672169458819},   /* Short at (1, 1) */
    {1, 1, 2.4180384005222417}, /* NoShort at (0, 0) */
    {1, 5, 2.8188678382116907}, /* NoShort at (1, 1) */
    {2, 1, 2.3546414277416083}, /* Paths at (0, 0) */
    {2, 5, 2.2771554387719033}, /* Paths at (1, 1) */
};
enum { GOLDEN = sizeof golden / sizeof golden[0], NOTE = 512 };

/* Of a loss; measured: 4e-8 at most, by backends in single precision. */
static const double TOLERANCE = 1e-6;

/* The checks under way. Lines are counted on all ranks and printed by rank 0. */
typedef struct check {
    const bs_comm *world;
    char folder[32]; /* of its own, in the current one: what ranks share on a cluster */
    char note[NOTE]; /* of the present check */
    int ok, failed, skipped;
} check;

/* "FOLDER/NAME.SUFFIX" */
static const char *place(const check *c, const char *name, const char *suffix, char path[NOTE])
{
    snprintf(path, NOTE, "%s/%s.%s", c->folder, name, suffix);
    return path;
}

static void skip(check *c, const char *what, const char *why)
{
    c->skipped++;
    if (c->world->rank == 0) {
        printf("skipped  %s: %s\n", what, why);
    }
}

/* Whether STATUS, the same on all ranks, is well; says so. */
static bool judge(check *c, bs_status status, const char *what)
{
    const bool well = status == BS_OK;
    c->ok += well;
    c->failed += !well;
    if (c->world->rank == 0) {
        printf("%-8s %s: %s\n", well ? "ok" : "failed", what, well ? c->note : bs_error_text());
        fflush(stdout);
    }
    return well;
}

/* The experiment into NAME.nc. Collective over COMM. */
static bs_status sweep(const check *c, const bs_comm *comm, const char *name, const char *backend)
{
    char path[NOTE];
    char output[NOTE + 16];
    char evaluation[NOTE];
    bs_experiment *experiment = NULL;
    snprintf(output, sizeof output, "output.file=%s", place(c, name, "nc", path));
    snprintf(evaluation, sizeof evaluation, "evaluation.backend=%s", backend);
    const char *const settings[] = {output, evaluation};
    bs_status status = bs_agree(
        comm, bs_experiment_parse(EXPERIMENT, "the check's experiment", 2, settings, &experiment));
    if (status == BS_OK) {
        const sweep_request request = {
            .experiment = experiment, .silent = true, .start = MPI_Wtime()};
        status = bs_sweep_experiment(comm, &request);
    }
    bs_experiment_destroy(experiment);
    return status;
}

/* The losses in NAME.nc against PyTorch's. Rank 0. */
static bs_status compare_golden(check *c, const char *name)
{
    char path[NOTE];
    double worst = 0.0;
    bs_surface *file = NULL;
    BS_TRY(bs_surface_open_read(&bs_comm_alone, place(c, name, "nc", path), &file));
    const int64_t points = bs_grid_points(&bs_surface_get_schema(file)->grid);
    bs_status status = BS_OK;
    for (int i = 0; i < GOLDEN && status == BS_OK; i++) {
        double loss = NAN;
        const bs_range at = {golden[i].network * points + golden[i].point, 1};
        status = bs_surface_read_values(file, 0, at, &loss);
        double off = fabs(loss / golden[i].loss - 1.0);
        worst = off <= worst ? worst : off; /* NaN stays */
    }
    bs_status closed = bs_surface_close(file);
    BS_TRY(status);
    BS_TRY(closed);
    if (!(worst <= TOLERANCE)) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "losses differ from PyTorch's by up to %.2g of them, and may by %g: does "
                       "the same build pass on another machine, and another compiler on this one?",
                       worst, TOLERANCE);
    }
    snprintf(c->note, NOTE, "%d losses of 3 networks, within %.1g of PyTorch's", GOLDEN, worst);
    return BS_OK;
}

/* Every backend of this build, on all ranks; what a machine cannot run is skipped. */
static bs_status check_backends(check *c)
{
    const bs_backend *backend = NULL;
    for (int i = 0; (backend = bs_backend_at(i)) != NULL; i++) {
        char what[NOTE];
        snprintf(what, NOTE, "backend %s", backend->name);
        bs_status status = sweep(c, c->world, backend->name, backend->name);
        if (status == BS_ERR_USAGE) {
            skip(c, what, bs_error_text());
            continue;
        }
        if (status == BS_STOPPED) {
            return status;
        }
        if (status == BS_OK) {
            status = c->world->rank == 0 ? compare_golden(c, backend->name) : BS_OK;
            status = bs_agree(c->world, status);
        }
        (void)judge(c, status, what);
    }
    return BS_OK;
}

/* Rank 0: the same file once more by this rank alone. */
static bs_status repeat_alone(check *c)
{
    char all[NOTE];
    char alone[NOTE];
    bs_comm self;
    comparison compared;
    BS_TRY(bs_comm_create(MPI_COMM_SELF, &self));
    bs_status status = sweep(c, &self, "alone", "auto");
    bs_comm_release(&self);
    BS_TRY(status);
    BS_TRY(bs_compare_files(place(c, "all", "nc", all), place(c, "alone", "nc", alone), &compared));
    if (compared.equal < compared.points) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "%" PRId64 " of %" PRId64 " points have other bits on %d ranks than on one; "
                       "do all nodes have the same processor, and the same blueshift?",
                       compared.points - compared.equal, compared.points, c->world->size);
    }
    snprintf(c->note, NOTE, "%" PRId64 " points, with the same bits on %d ranks and on one",
             compared.points, c->world->size);
    return BS_OK;
}

static void check_bits(check *c, bool written)
{
    if (!written) {
        skip(c, "ranks", "there is no file to compare");
    } else if (c->world->size == 1) {
        skip(c, "ranks", "this is one; for its own bits on several: mpirun -n 2 blueshift check");
    } else {
        bs_status status = c->world->rank == 0 ? repeat_alone(c) : BS_OK;
        (void)judge(c, bs_agree(c->world, status), "ranks");
    }
}

/* Whether a folder of PATH holds PROGRAM. */
static bool is_installed(const char *program)
{
    const char *folders = getenv("PATH");
    while (folders != NULL && *folders != '\0') {
        char path[NOTE];
        size_t length = strcspn(folders, ":");
        snprintf(path, NOTE, "%.*s/%s", (int)length, folders, program);
        if (access(path, X_OK) == 0) {
            return true;
        }
        folders += length + (folders[length] == ':');
    }
    return false;
}

static void check_picture(check *c, bool written)
{
    int there = is_installed("gnuplot");
    (void)MPI_Bcast(&there, 1, MPI_INT, 0, c->world->mpi);
    if (!written || there == 0) {
        skip(c, "picture",
             written ? "there is no gnuplot in PATH (Debian: apt install gnuplot-nox)"
                     : "there is no file to draw");
        return;
    }
    bs_status status = BS_OK;
    if (c->world->rank == 0) {
        char file[NOTE];
        char picture[NOTE];
        const bs_plot_options options = {.output = place(c, "all", "png", picture)};
        const bs_log_level before = bs_log_get_level();
        bs_log_init(BS_LOG_WARNING, true); /* not the name of a file that will be gone */
        status = bs_plot(place(c, "all", "nc", file), &options);
        bs_log_init(before, true);
        snprintf(c->note, NOTE, "drawn by gnuplot");
    }
    (void)judge(c, bs_agree(c->world, status), "picture");
}

static void check_images(check *c)
{
    static const bs_image_set set = {
        .source = BS_SOURCE_CIFAR10, .split = BS_SPLIT_TEST, .count = 1};
    uint8_t pixels[BS_IMAGE_BYTES];
    uint8_t label = 0;
    int given = getenv("BLUESHIFT_DATA") != NULL;
    (void)MPI_Bcast(&given, 1, MPI_INT, 0, c->world->mpi);
    if (given == 0) {
        skip(c, "CIFAR-10", "BLUESHIFT_DATA names no folder; blueshift-fetch-cifar10 fills one");
        return;
    }
    bs_status status = c->world->rank == 0 ? bs_image_set_read(&set, 1, pixels, &label) : BS_OK;
    snprintf(c->note, NOTE, "the test images are in $BLUESHIFT_DATA");
    (void)judge(c, bs_agree(c->world, status), "CIFAR-10");
}

static bs_status make_folder(check *c)
{
    bs_status status = BS_OK;
    snprintf(c->folder, sizeof c->folder, "blueshift-check-XXXXXX");
    if (c->world->rank == 0 && mkdtemp(c->folder) == NULL) {
        status = BS_FAIL(BS_ERR_IO, "no folder can be made here; go to one where you may write, "
                                    "and which all nodes see");
    }
    BS_TRY(bs_agree(c->world, status));
    return BS_MPI(MPI_Bcast(c->folder, (int)sizeof c->folder, MPI_CHAR, 0, c->world->mpi));
}

static void remove_folder(const check *c)
{
    char path[NOTE];
    const bs_backend *backend = NULL;
    for (int i = 0; (backend = bs_backend_at(i)) != NULL; i++) {
        unlink(place(c, backend->name, "nc", path));
    }
    unlink(place(c, "all", "nc", path));
    unlink(place(c, "alone", "nc", path));
    unlink(place(c, "all", "png", path));
    rmdir(c->folder);
}

static bs_status check_all(check *c)
{
    bs_status status = sweep(c, c->world, "all", "auto");
    if (status == BS_STOPPED) {
        return status;
    }
    snprintf(c->note, NOTE, "written by %d rank%s, with all its points", c->world->size,
             c->world->size == 1 ? "" : "s");
    const bool written = judge(c, status, "file");
    BS_TRY(check_backends(c));
    check_bits(c, written);
    check_picture(c, written);
    check_images(c);
    return BS_OK;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    check c = {.world = world};
    (void)options;
    if (world->rank == 0) {
        printf("%s\n%s\n%s\n", bs_version_text(), bs_libraries_text(), bs_host_text());
    }
    BS_TRY(make_folder(&c));
    bs_status status = check_all(&c);
    if (world->rank == 0) {
        remove_folder(&c);
    }
    BS_TRY(status);
    if (c.failed > 0) {
        return BS_FAIL(BS_ERR_LIBRARY, "%d of %d checks failed; the lines above say which, and why",
                       c.failed, c.ok + c.failed);
    }
    if (world->rank == 0) {
        printf("all is well: %d checks, %d skipped\n", c.ok, c.skipped);
    }
    return BS_OK;
}

static bs_status defaults(char **text)
{
    *text = bs_strdup(EXPERIMENT);
    return *text == NULL ? BS_ERR_MEMORY : BS_OK;
}

static const bs_flag flags[] = {
    BS_FLAG_SWITCH("defaults", 0, defaults, "print the experiment that is checked"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_check = {
    .name = "check",
    .usage = "[FLAGS]",
    .summary = "check this installation, in seconds",
    .details =
        "Three small networks on all ranks: by every backend against losses that PyTorch has "
        "computed, on all ranks and on one to the same bits, the file, a picture, and CIFAR-10 "
        "where BLUESHIFT_DATA names it. A line says ok, failed or skipped of each, and why. It "
        "works in a folder of its own below the current one, which it removes. Exit codes: 0 all "
        "is well, 1 something failed.",
    .flags = flags,
    .mpi = true,
    .stops = true,
    .run = run,
    .defaults = defaults,
};
