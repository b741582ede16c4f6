/* What single images and classes of images give at a point. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_POINT_IMAGES_H
#define BLUESHIFT_SWEEP_POINT_IMAGES_H

#include "point_layout.h"

/* Takes the labels of IMAGES (borrowed) and counts the classes. */
void bs_point_images_count(bs_point_layout *row, const bs_images *images);

/* Appends the arrays that the file needs for them. */
bs_status bs_point_images_list_arrays(const bs_point_layout *row, bs_array_list *list);

/* Their part of a partial row, of the images FIRST on that SCORE counts, from LOGITS
 * [images][BS_CLASSES]: losses of the wanted images, and sums over the images of every class in
 * their order. */
void bs_point_images_fill(const bs_point_layout *row, int64_t first, const bs_score *score,
                          const double *logits, double *observed);

/* Number WITHIN of PART, one of classes, from the sum over all images; NaN of a class without any.
 */
double bs_point_images_mean(const bs_point_layout *row, bs_point_part part, int within, double sum);

/* Whether no point has number WITHIN of PART: that of a class without images. */
bool bs_point_images_missing(const bs_point_layout *row, bs_point_part part, int within);

#endif
