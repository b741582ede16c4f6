/* Removes temporary files that killed processes have left beside an output. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "blueshift/output_file.h"

bool bs_output_file_is_lockable(int descriptor)
{
    struct statfs system;
    return fstatfs(descriptor, &system) != 0 || system.f_type != NFS_SUPER_MAGIC;
}

/* Whether NAME is the LENGTH bytes at STEM with the ending of a temporary file. */
static bool is_temporary(const char *name, const char *stem, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    enum { DIGITS = 16 };
    return strncmp(name, stem, length) == 0 && name[length] == '.' &&
           strspn(name + length + 1, digits) == DIGITS &&
           strcmp(name + length + 1 + DIGITS, ".tmp") == 0;
}

/* Removes NAME unless a living process holds its lock. One that is about to take it sees that, and
 * makes another file. */
static void remove_dead(int folder, const char *name)
{
    struct stat found;
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    bool dead = fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) &&
                found.st_uid == geteuid() && bs_output_file_is_lockable(descriptor) &&
                flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (dead) {
        unlinkat(folder, name, 0);
    }
    close(descriptor);
}

void bs_output_file_clear(const bs_output_file *file)
{
    const char *slash = strrchr(file->path, '/');
    const char *stem = slash == NULL ? file->path : slash + 1;
    size_t length = strlen(stem);
    length = length > BS_OUTPUT_STEM ? BS_OUTPUT_STEM : length;
    DIR *folder = opendir(file->folder);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (is_temporary(entry->d_name, stem, length)) {
            remove_dead(dirfd(folder), entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}
