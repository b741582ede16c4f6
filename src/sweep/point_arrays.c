/* The arrays of a file that rows of points go into. */
#include "point_images.h"
#include "point_layout.h"

_Static_assert(BS_STREAM_HEAD == 4 && BS_STREAM_PROBE == 5, "the arrays' comments name them");

/* Of ARRAYS, by part, those from FIRST to END - 1 that a row has. */
static bs_status list_parts(const bs_point_layout *row, const bs_array *arrays, int first, int end,
                            bs_array_list *list)
{
    bs_status status = BS_OK;
    for (int part = first; part < end && status == BS_OK; part++) {
        if (bs_point_layout_has(row, (bs_point_part)part)) {
            status = bs_array_list_add(list, &arrays[part]);
        }
    }
    return status;
}

static bs_status list_surface_arrays(const bs_point_layout *row, bs_array_list *list)
{
    const bs_dimension class = {"class", BS_CLASSES};
    const bs_dimension branch = {"branch", row->branches};
    const bs_dimension surface = {"surface_block", row->surface_blocks};
    const bs_dimension surface_image = {"surface_image", row->wanted.surfaces.images};
    const bs_array arrays[BS_POINT_IMAGE_LOSSES] = {
        [BS_POINT_SURFACE_LOSSES] =
            {.variable = {BS_SURFACE_LOSS, "loss of the rest of the network on one branch alone",
                          "1"},
             .comment = "of blocks 0, n, 2n, ..., n = observables.branch_surfaces.every, or of "
                        "those that observables.branch_surfaces.blocks lists. Branch 0: "
                        "the skip nu s(x) is the only addend of the block's sum; 2 + j: path j is; "
                        "1: the network itself. Mean cross-entropy over the images. NaN: the "
                        "network has no such branch",
             .kind = BS_ARRAY_POINT,
             .ndim = 2,
             .dims = {surface, branch}},
        [BS_POINT_SURFACE_LOGITS] =
            {.variable = {BS_SURFACE_LOGITS,
                          "logits of the rest of the network on one branch alone", "1"},
             .comment = "as branch_surface_loss, of the first images",
             .kind = BS_ARRAY_POINT,
             .ndim = 4,
             .dims = {surface, branch, surface_image, class}},
        [BS_POINT_FOREIGN_LOGITS] =
            {.variable = {BS_FOREIGN_LOGITS,
                          "logits of the rest of the network on a path of another network", "1"},
             .comment =
                 "as branch_surface_logits, path j as another realisation (of this number plus "
                 "2^23) has it at the same place of its own path, through the rest of this "
                 "one: what a moving rest alone gives branches in common. NaN: skip and sum",
             .kind = BS_ARRAY_POINT,
             .ndim = 4,
             .dims = {surface, branch, surface_image, class}},
        [BS_POINT_FALLBACKS] = {
            .variable = {"fallback_blocks", "blocks of images evaluated by the processor", "1"},
            .comment = "their numbers left the range of float16, which the GPU computes with; the "
                       "attribute fallback names the backend that evaluated them",
            .kind = BS_ARRAY_POINT}};
    return list_parts(row, arrays, BS_POINT_SURFACE_LOSSES, BS_POINT_IMAGE_LOSSES, list);
}

bs_status bs_point_layout_list_arrays(const bs_point_layout *row, bs_array_list *list)
{
    const bs_dimension image = {"image", row->wanted.logits};
    const bs_dimension class = {"class", BS_CLASSES};
    const bs_dimension block = {"block", row->blocks};
    const bs_dimension branch = {"branch", row->branches};
    const bs_dimension probe = {"probe", bs_probe_count(&row->wanted)};
    const bs_array arrays[BS_POINT_SURFACE_LOSSES] = {
        [BS_POINT_LOGITS] = {.variable = {BS_LOGITS, "logits of the first images", "1"},
                             .comment = "of the images in their order, from data.first on",
                             .kind = BS_ARRAY_POINT,
                             .ndim = 2,
                             .dims = {image, class}},
        [BS_POINT_LOSSES] =
            {.variable = {BS_BRANCH_LOSS, "loss of a branch through a random head", "1"},
             .comment = "branch 0: skip, nu s(x); 1: sum; 2 + j: path j. The signal's average over "
                        "the pixels goes through a linear head, the same for all signals of a "
                        "block, normal with variance 1/channels, from the seed (Philox stream 4, "
                        "item block); mean cross-entropy over the images. NaN: the network has no "
                        "such signal",
             .kind = BS_ARRAY_POINT,
             .ndim = 2,
             .dims = {block, branch}},
        [BS_POINT_PROBES] = {
            .variable = {BS_BRANCH_PROBE, "elements of a branch's signal", "1"},
            .comment =
                "branches as in branch_loss. Neurons (channel, row, column), each in as many "
                "images as the attribute probe_images says, side by side: the same for all "
                "signals of a block, neurons and first images uniform, from the seed "
                "(Philox stream 5, item block). NaN: the network has no such signal",
            .kind = BS_ARRAY_POINT,
            .ndim = 3,
            .dims = {block, branch, probe}}};
    BS_TRY(list_parts(row, arrays, 0, BS_POINT_SURFACE_LOSSES, list));
    BS_TRY(list_surface_arrays(row, list));
    return bs_point_images_list_arrays(row, list);
}
