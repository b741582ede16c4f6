/* The sources behind bs_image_set_count and bs_image_set_read. Private to src/data. */
#ifndef BLUESHIFT_SOURCES_H
#define BLUESHIFT_SOURCES_H

#include "blueshift/images.h"

/* As bs_image_set_count and bs_image_set_read, for one source. */
bs_status bs_cifar_count(const bs_image_set *set, int64_t *count);
bs_status bs_cifar_read(const bs_image_set *set, int64_t count, uint8_t *pixels, uint8_t *labels);
bs_status bs_synthetic_count(const bs_image_set *set, int64_t *count);
bs_status bs_synthetic_read(const bs_image_set *set, int64_t count, uint8_t *pixels,
                            uint8_t *labels);

#endif
