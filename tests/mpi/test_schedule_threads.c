/* Is an MPI without MPI_THREAD_MULTIPLE refused, with a message? */
#include "mpi_test.h"

#include <string.h>

#include "blueshift/schedule.h"

static void run_all(const bs_comm *world)
{
    bs_groups groups;
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.tasks = 10};
    if (!mpi_test_check(bs_groups_create(world, 1, &groups) == BS_OK, "groups of one rank")) {
        return;
    }
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    mpi_test_check(status == BS_ERR_LIBRARY && schedule == NULL &&
                       strstr(bs_error_text(), "MPI_THREAD_MULTIPLE") != NULL,
                   "threads that MPI does not allow are refused");
    bs_groups_release(&groups);
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_FUNNELED};
