/* Is an MPI without MPI_THREAD_MULTIPLE refused, with a message? */
#include "mpi_test.h"

#include <string.h>

#include "blueshift/schedule.h"

int main(int argc, char **argv)
{
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    bs_comm world;
    bs_groups groups;
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.tasks = 10};
    if (bs_comm_create(MPI_COMM_WORLD, &world) != BS_OK ||
        bs_groups_create(&world, 1, &groups) != BS_OK) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    mpi_test_check(status == BS_ERR_LIBRARY && schedule == NULL &&
                       strstr(bs_error_text(), "MPI_THREAD_MULTIPLE") != NULL,
                   "threads that MPI does not allow are refused");
    bs_groups_release(&groups);
    bs_comm_release(&world);
    return mpi_test_finish();
}
