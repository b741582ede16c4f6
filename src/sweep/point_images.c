/* What single images and classes of images give at a point. */
#include "point_images.h"

#include <math.h>
#include <string.h>

void bs_point_images_count(bs_point_layout *row, const bs_images *images)
{
    row->labels = images->labels;
    memset(row->class_images, 0, sizeof row->class_images);
    for (int64_t i = 0; i < images->count; i++) {
        row->class_images[images->labels[i]]++;
    }
}

bs_status bs_point_images_list_arrays(const bs_point_layout *row, bs_array_list *list)
{
    const bs_dimension image = {"loss_image", row->wanted.image_losses};
    const bs_dimension class = {"class", BS_CLASSES};
    const bs_array losses = {
        .variable = {BS_IMAGE_LOSS, "cross-entropy of single images (natural logarithm)", "1"},
        .comment = "of the first images in their order, from data.first on",
        .kind = BS_ARRAY_POINT,
        .ndim = 1,
        .dims = {image}};
    const bs_array classes[2] = {
        {.variable = {BS_CLASS_LOSS, "mean cross-entropy over the images of a class", "1"},
         .comment = "NaN: no image is of this class",
         .kind = BS_ARRAY_POINT,
         .ndim = 1,
         .dims = {class}},
        {.variable = {BS_CLASS_ACCURACY, "images of a class that are classified correctly",
                      "percent"},
         .comment = "NaN: no image is of this class",
         .kind = BS_ARRAY_POINT,
         .ndim = 1,
         .dims = {class}}};
    if (row->wanted.image_losses > 0) {
        BS_TRY(bs_array_list_add(list, &losses));
    }
    for (int i = 0; i < 2 && row->wanted.classes; i++) {
        BS_TRY(bs_array_list_add(list, &classes[i]));
    }
    return BS_OK;
}

void bs_point_images_fill(const bs_point_layout *row, int64_t first, const bs_score *score,
                          const double *logits, double *observed)
{
    double *losses = observed + row->first[BS_POINT_IMAGE_LOSSES];
    double *sums = observed + row->first[BS_POINT_CLASS_LOSSES];
    double *correct = observed + row->first[BS_POINT_CLASS_CORRECT];
    for (int k = 0; k < BS_CLASSES && row->wanted.classes; k++) {
        sums[k] = 0.0;
        correct[k] = 0.0;
    }
    for (int64_t i = 0; i < (int64_t)score->images; i++) {
        const double *own = logits + i * BS_CLASSES;
        const int label = row->labels[first + i];
        const bool wanted = first + i < row->wanted.image_losses;
        if (!wanted && !row->wanted.classes) {
            break;
        }
        const double loss = bs_cross_entropy(own, BS_CLASSES, label);
        if (wanted) {
            losses[first + i] = loss;
        }
        if (row->wanted.classes) {
            sums[label] += loss;
            correct[label] += bs_is_correct(own, BS_CLASSES, label) ? 1.0 : 0.0;
        }
    }
}

double bs_point_images_mean(const bs_point_layout *row, bs_point_part part, int within, double sum)
{
    const double images = (double)row->class_images[within];
    const double scale = part == BS_POINT_CLASS_CORRECT ? 100.0 : 1.0;
    return images > 0.0 ? scale * sum / images : (double)NAN;
}

bool bs_point_images_missing(const bs_point_layout *row, bs_point_part part, int within)
{
    return part != BS_POINT_IMAGE_LOSSES && row->class_images[within] == 0;
}
