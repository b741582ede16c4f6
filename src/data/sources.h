/* The sources behind bs_dataset_count and bs_dataset_read. Private to src/data. */
#ifndef BLUESHIFT_SOURCES_H
#define BLUESHIFT_SOURCES_H

#include "blueshift/images.h"

/* As bs_dataset_count and bs_dataset_read, for one source. */
bs_status bs_cifar_count(const bs_dataset *dataset, int64_t *count);
bs_status bs_cifar_read(const bs_dataset *dataset, int64_t count, uint8_t *pixels, uint8_t *labels);
bs_status bs_synthetic_count(const bs_dataset *dataset, int64_t *count);
bs_status bs_synthetic_read(const bs_dataset *dataset, int64_t count, uint8_t *pixels,
                            uint8_t *labels);

#endif
