/* Looks for a job where `make install` puts it and where the source has it, both as seen from the
 * program: an installation may be moved. */
#include "job_file.h"

#include <string.h>
#include <unistd.h>

#include "blueshift/log.h"
#include "blueshift/text.h"

/* The folder of the running program, without a slash at its end; "" when the system does not say.
 */
static void find_program(char folder[BS_PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, BS_PATH_MAX - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    *(slash != NULL ? slash : folder) = '\0';
}

const char *bs_job_file(const char *operand, char path[BS_PATH_MAX])
{
    static const char *const places[] = {"/../share/blueshift/jobs/", "/../jobs/"};
    static const char own[] = "jobs/";
    if (operand == NULL || access(operand, F_OK) == 0) {
        return operand;
    }
    const char *name = operand + (strncmp(operand, own, strlen(own)) == 0 ? strlen(own) : 0);
    const char *ending = bs_text_ends_in(name, ".yaml") ? "" : ".yaml";
    char folder[BS_PATH_MAX];
    find_program(folder);
    if (*name == '\0' || strchr(name, '/') != NULL || folder[0] == '\0') {
        return operand;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int length = snprintf(path, BS_PATH_MAX, "%s%s%s%s", folder, places[i], name, ending);
        if (length > 0 && length < BS_PATH_MAX && access(path, R_OK) == 0) {
            bs_log(BS_LOG_INFO, "there is no file %s here: taking the job %s", operand, path);
            return path;
        }
    }
    return operand;
}
