/* Keeps verbs from replacing what is not theirs. */
#include "output.h"

#include "blueshift/output_file.h"

bs_status bs_check_output(const char *path, bool force)
{
    bs_output_file file;
    BS_TRY(bs_output_file_init(&file, path));
    file.replace = true;
    BS_TRY(bs_output_file_check(&file)); /* no name, a folder: nothing that --force helps */
    file.replace = force;
    if (bs_output_file_check(&file) == BS_OK) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT, "%s exists; choose another output, or replace it with --force",
                   path);
}
