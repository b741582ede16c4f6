/* What a backward pass can be asked for, the same in all backends. */
#include "backward_rules.h"

bs_status bs_backward_refuse(const char *what)
{
    return BS_FAIL(BS_ERR_USAGE, "there is no backward pass through %s", what);
}

bs_status bs_backward_check(const bs_network *network, bool batch, const bs_observer *observer)
{
    if (network->tail_count > 0) {
        return bs_backward_refuse("tails of blocks");
    }
    if (observer != NULL) {
        return bs_backward_refuse("networks that are observed");
    }
    if (!batch && network->statistic_count > 0) {
        return bs_backward_refuse(
            "norm layers with given statistics; train with norm batch or none");
    }
    return BS_OK;
}

bs_status bs_backward_too_early(void)
{
    return BS_FAIL(BS_ERR_INTERNAL, "a backward pass without a forward pass before it");
}
