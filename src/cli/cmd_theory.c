/* The verb theory: closed forms as a table. */
#include "commands.h"

#include <stdio.h>

#include "theory_request.h"

static bs_status answer(const bs_options *options)
{
    theory_request request;
    table t = {.columns = 0};
    BS_TRY(
        bs_theory_request_read(options->file, options->setting_count, options->settings, &request));
    bs_status status = bs_theory_tabulate(&request, stdout, &t);
    if (status == BS_OK) {
        bs_table_print(&t, stdout);
    }
    if (status == BS_OK && options->output != NULL) {
        status = bs_table_write(&t, options->output);
    }
    bs_table_release(&t);
    return status;
}

bs_status bs_command_theory(const bs_options *options)
{
    return answer(options);
}
