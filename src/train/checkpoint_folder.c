/* Finds, names and removes checkpoints. */
#include "checkpoint_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/text.h"

static const char ENDING[] = ".checkpoint";

/* The network's name with what file names take everywhere. */
void bs_checkpoint_stem(int network, const char *name, uint32_t realisation,
                        char stem[BS_CHECKPOINT_STEM])
{
    enum { NAME_BYTES = 64 };
    char plain[NAME_BYTES];
    size_t i = 0;
    for (; name[i] != '\0' && i < sizeof plain - 1; i++) {
        plain[i] = (char)(isalnum((unsigned char)name[i]) || name[i] == '.' ? name[i] : '_');
    }
    plain[i] = '\0';
    snprintf(stem, BS_CHECKPOINT_STEM, "%d-%s-r%" PRIu32, network, plain, realisation);
}

static bs_status lock(bs_checkpoint_folder *f)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.lock", f->folder, f->stem);
    f->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (f->lock < 0) {
        return BS_FAIL(BS_ERR_IO, "%s cannot be created: %s; choose another train.checkpoints",
                       path, strerror(errno));
    }
    if (bs_output_file_is_lockable(f->lock) && flock(f->lock, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s: another job trains this network with these checkpoints; wait for it, "
                       "or choose another train.checkpoints",
                       path);
    }
    return BS_OK;
}

bs_status bs_checkpoint_folder_open(const char *folder, int network, const char *name,
                                    uint32_t realisation, bs_checkpoint_folder *out)
{
    *out = (bs_checkpoint_folder){.folder = folder, .lock = -1};
    bs_checkpoint_stem(network, name, realisation, out->stem);
    if (strlen(folder) + sizeof out->stem + NAME_MAX / 2 > PATH_MAX) {
        return BS_FAIL(BS_ERR_INPUT, "the name of train.checkpoints is too long: %.80s...", folder);
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return BS_FAIL(BS_ERR_IO,
                       "the folder %s for checkpoints cannot be created: %s; choose another "
                       "train.checkpoints",
                       folder, strerror(errno));
    }
    return lock(out);
}

void bs_checkpoint_folder_close(bs_checkpoint_folder *folder)
{
    if (folder->lock >= 0) {
        close(folder->lock);
    }
    folder->lock = -1;
}

void bs_checkpoint_path(const bs_checkpoint_folder *f, int64_t step, const char *ending,
                        char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s-%08" PRId64 "%s", f->folder, f->stem, step, ending);
}

/* The step in a name "STEM-STEP" and ENDING; -1 for others. */
static int64_t step_of(const bs_checkpoint_folder *f, const char *ending, const char *name)
{
    size_t stem = strlen(f->stem);
    size_t length = strlen(name);
    size_t tail = strlen(ending);
    int64_t step = -1;
    char number[BS_TEXT_DOUBLE];
    if (length <= stem + 1 + tail || strncmp(name, f->stem, stem) != 0 || name[stem] != '-' ||
        strcmp(name + length - tail, ending) != 0) {
        return -1;
    }
    snprintf(number, sizeof number, "%.*s", (int)(length - stem - 1 - tail), name + stem + 1);
    return bs_text_to_int64(number, &step) ? step : -1;
}

static int compare_steps(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (y > x) - (y < x);
}

/* The steps of the files with ENDING there are, the last first, for bs_free. */
static bs_status list_steps(const bs_checkpoint_folder *f, const char *ending, int64_t **steps,
                            int64_t *count)
{
    int64_t capacity = 0;
    *steps = NULL;
    *count = 0;
    DIR *folder = opendir(f->folder);
    if (folder == NULL) {
        return BS_FAIL(BS_ERR_IO, "the folder %s cannot be read: %s", f->folder, strerror(errno));
    }
    bs_status status = BS_OK;
    const struct dirent *entry = NULL;
    while (status == BS_OK && (entry = readdir(folder)) != NULL) {
        int64_t step = step_of(f, ending, entry->d_name);
        if (step >= 0 && bs_grow((void *)steps, *count, &capacity, sizeof **steps) == NULL) {
            status = BS_ERR_MEMORY;
        } else if (step >= 0) {
            (*steps)[(*count)++] = step;
        }
    }
    closedir(folder);
    if (*count > 1) {
        qsort(*steps, (size_t)*count, sizeof **steps, compare_steps);
    }
    return status;
}

bs_status bs_checkpoint_folder_count(const bs_checkpoint_folder *folder, const char *ending,
                                     int64_t *count, int64_t *last)
{
    int64_t *steps = NULL;
    bs_status status = list_steps(folder, ending, &steps, count);
    *last = status == BS_OK && *count > 0 ? steps[0] : 0;
    bs_free(steps);
    return status;
}

/* From the last to the first, until one is whole. */
static bs_status load_last(const bs_checkpoint_folder *f, const char *identity,
                           const int64_t *steps, int64_t count, bs_checkpoint *checkpoint)
{
    for (int64_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        bs_checkpoint_path(f, steps[i], ENDING, path);
        bs_status status = bs_checkpoint_read(path, identity, checkpoint);
        if (status != BS_ERR_INPUT) {
            return status;
        }
        bs_log(BS_LOG_WARNING, "%s%s", bs_error_text(),
               i + 1 < count ? "; the one before it is taken" : "");
    }
    return count == 0 ? BS_OK
                      : BS_FAIL(BS_ERR_INPUT,
                                "%s: all %" PRId64 " checkpoints of this run are damaged; remove "
                                "them to train from the start, or choose another train.checkpoints",
                                f->folder, count);
}

bs_status bs_checkpoint_folder_load(const bs_checkpoint_folder *folder, const char *identity,
                                    bs_checkpoint *checkpoint)
{
    int64_t *steps = NULL;
    int64_t count = 0;
    bs_status status = list_steps(folder, ENDING, &steps, &count);
    if (status == BS_OK) {
        status = load_last(folder, identity, steps, count, checkpoint);
    }
    bs_free(steps);
    return status;
}

/* Later ones than that of STEP are damaged, or they would have been taken. */
static void prune(const bs_checkpoint_folder *f, const int64_t *steps, int64_t count, int64_t step,
                  int64_t keep)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        kept += steps[i] <= step;
        if (steps[i] > step || kept > keep) {
            bs_checkpoint_path(f, steps[i], ENDING, path);
            unlink(path);
        }
    }
}

bs_status bs_checkpoint_folder_store(const bs_checkpoint_folder *folder, const char *identity,
                                     const bs_checkpoint *checkpoint, int64_t keep)
{
    char path[PATH_MAX];
    int64_t *steps = NULL;
    int64_t count = 0;
    bs_checkpoint_path(folder, checkpoint->log->done, ENDING, path);
    BS_TRY(bs_checkpoint_write(path, identity, checkpoint));
    bs_status status = list_steps(folder, ENDING, &steps, &count);
    if (status == BS_OK) {
        prune(folder, steps, count, checkpoint->log->done, keep);
    }
    bs_free(steps);
    return status;
}
