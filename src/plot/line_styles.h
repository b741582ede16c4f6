/* Patterns of lines: each has one meaning in all pictures; colours are networks. */
#ifndef BLUESHIFT_PLOT_LINE_STYLES_H
#define BLUESHIFT_PLOT_LINE_STYLES_H

#define LINE_MEASURED "dt 1"
#define LINE_TEST "dt (10,3)"       /* of test images, beside training */
#define LINE_NULL "dt 2"            /* what other realisations show */
#define LINE_THEORY "dt 3"          /* a closed form */
#define LINE_SIGNLESS "dt 4"        /* of squares */
#define LINE_GRAFTED "dt 5"         /* another network's path through the same rest */
#define LINE_INDEPENDENT "dt (2,6)" /* what independent signals give */
#define LINE_IMAGES "dt (14,7)"     /* noise by the choice of the images */
#define LINE_ROUNDING "dt (14,5,2,5,2,5)"

#endif
