/* Keeps verbs from replacing what is not theirs. */
#include "output.h"

#include "blueshift/output_file.h"

bs_status bs_check_output(const char *path, bool force)
{
    BS_TRY(bs_output_file_check_path(path, true)); /* no name, a folder: --force does not help */
    if (bs_output_file_check_path(path, force) == BS_OK) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT, "%s exists; choose another output, or replace it with --force",
                   path);
}
