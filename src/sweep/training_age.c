/* Steps and epochs of training behind the weights of networks. */
#include "training_age.h"

#include <math.h>

#include "blueshift/trajectory_arrays.h"

enum { ARRAYS = 2 };

static const bs_array arrays[ARRAYS] = {
    {.variable = {BS_TRAINING_STEP, "steps of training behind the weights", "1"},
     .comment = "from the metadata of the weights file",
     .kind = BS_ARRAY_NETWORK},
    {.variable = {BS_TRAINING_EPOCH, "epochs of training behind the weights", "1"},
     .comment = "from the metadata of the weights file",
     .kind = BS_ARRAY_NETWORK}};

static double number_of(const bs_base_point *base, int array)
{
    return array == 0 ? base->steps : base->epochs;
}

bs_status bs_training_age_list_arrays(int count, const bs_base_point *bases, bs_array_list *list)
{
    for (int a = 0; a < ARRAYS; a++) {
        int known = 0;
        for (int b = 0; b < count; b++) {
            known += isfinite(number_of(&bases[b], a)) ? 1 : 0;
        }
        BS_TRY(known > 1 ? bs_array_list_add(list, &arrays[a]) : BS_OK);
    }
    return BS_OK;
}

bs_status bs_training_age_write(bs_surface *surface, int index, const bs_base_point *base)
{
    for (int a = 0; a < ARRAYS; a++) {
        const double number = number_of(base, a);
        int array = bs_surface_find_array(surface, arrays[a].variable.name);
        if (array >= 0) {
            BS_TRY(bs_surface_write_array(surface, array, (bs_range){index, 1}, &number));
        }
    }
    return BS_OK;
}
