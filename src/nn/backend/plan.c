/* Plans from networks: fuses the table, cuts it into segments, places the buffers. */
#include "plan.h"

#include "blueshift/memory.h"

bs_status bs_plan_create(const bs_network *network, const bs_plan_use *use, bs_plan **plan)
{
    *plan = NULL;
    bs_plan *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->batch = use->batch;
    made->observed = use->observed;
    made->trained = use->trained;
    bs_status status = bs_plan_fuse(made);
    if (status == BS_OK) {
        status = bs_plan_cut(made, use->early);
    }
    if (status == BS_OK && made->trained) {
        status = bs_plan_reverse(made);
    }
    if (status == BS_OK) {
        status = bs_plan_allocate(made, use->max_images);
    }
    if (status == BS_OK && made->observed) {
        status = bs_plan_tap(made);
    }
    if (status != BS_OK) {
        bs_plan_destroy(made);
        return status;
    }
    *plan = made;
    return BS_OK;
}

void bs_plan_destroy(bs_plan *plan)
{
    if (plan != NULL) {
        bs_free(plan->steps);
        bs_free(plan->taps);
        bs_free(plan->reverses);
        bs_free(plan->starts);
        bs_free(plan->groups);
        bs_free(plan->reverse_groups);
        bs_free(plan->buffers);
        bs_free(plan->buffer_of);
        bs_free(plan);
    }
}
