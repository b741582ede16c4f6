/* Grey pictures: read from PGM and PNG files, and one of our own making. */
#ifndef BLUESHIFT_PICTURE_H
#define BLUESHIFT_PICTURE_H

#include <stdint.h>

#include "blueshift/status.h"

/* VALUES [height][width], 0 black to 1 white, top row first. Zero is a valid empty one. */
typedef struct bs_picture {
    int64_t height, width;
    double *values;
} bs_picture;

enum { BS_PICTURE_SIDE_MAX = 8192 };

/* A PNG (colours become grey) or PGM (P2 or P5) file, told apart by their contents. BS_ERR_INPUT
 * names the file and what is wrong. Not collective. */
bs_status bs_picture_read(const char *path, bs_picture *picture);

/* A square picture with smooth shades, edges, and gratings from coarse to fine. */
bs_status bs_picture_own(int64_t side, bs_picture *picture);

void bs_picture_release(bs_picture *picture);

#endif
