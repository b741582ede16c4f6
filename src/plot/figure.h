/* The page of a picture, in pixels from its top left corner: panels, texts, legend. */
#ifndef BLUESHIFT_PLOT_FIGURE_H
#define BLUESHIFT_PLOT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "blueshift/status.h"

/* Texts, legend and marks are collected and drawn last, over the panels. */
typedef struct plot_figure {
    double width, height; /* of the page */
    FILE *script;         /* of the panels */
    FILE *overlay;
    char *overlay_text;
    size_t overlay_length;
    int panels; /* of a demo, so far */
    int tags;   /* of objects, labels and arrows given so far */
} plot_figure;

typedef struct plot_box {
    double left, top, width, height;
} plot_box;

/* Draws a page by DRAW, which gets CONTEXT, into the picture OUTPUT. REPLACE as in output_file.h.
 */
typedef bs_status (*plot_drawing)(const void *context, plot_figure *figure);
bs_status bs_figure_write(const char *output, bool replace, plot_drawing draw, const void *context);

/* Ends the page: writes the overlay. */
void bs_figure_end(plot_figure *figure);

/* The next panel's axes enclose BOX. */
void bs_figure_place(plot_figure *figure, plot_box box);

/* The width of TEXT, estimated from above. */
double bs_figure_text_width(const char *text);

/* TEXT in at most ROOM pixels, cut with an ellipsis, into OUT of LENGTH bytes. */
void bs_figure_fit(const char *text, double room, char *out, size_t length);

typedef struct plot_text {
    double x, y;       /* vertical: of the middle of a line */
    const char *align; /* "left", "center", "right" */
    bool rotated;      /* reads upwards */
    const char *style; /* further options of gnuplot's labels; "": none */
} plot_text;

void bs_figure_text(plot_figure *figure, plot_text place, const char *text);

enum { FIGURE_TITLE_RISE = 9 }; /* from the top of a panel to the middle of its title and letter */

/* Letters panel INDEX of COUNT, "(a)" on, above the left end of BOX; a panel alone has none. */
void bs_figure_letter(plot_figure *figure, plot_box box, int index, int count);

/* The title, broken into at most three lines of WIDTH and then cut; and the height it takes. */
double bs_figure_title_height(const char *title, double width);
void bs_figure_title(plot_figure *figure, const char *title, double width);

/* A colour scale in BOX belongs to the next panel. */
void bs_figure_scale(plot_figure *figure, plot_box box);

/* ---- legend ---- */

typedef enum plot_key_kind { KEY_LINE, KEY_POINT, KEY_AREA, KEY_BAR, KEY_NOTE } plot_key_kind;

enum { KEY_TEXT = 800, KEYS_MAX = 128 };

typedef struct plot_key {
    plot_key_kind kind;
    const char *style; /* gnuplot's options of the line, point or area; borrowed */
    int type;          /* line type; 0: grey, or an area's own style */
    char text[KEY_TEXT];
} plot_key;

/* Entries flow into lines; notes, whole sentences, stand below them. Begins as zeros. */
typedef struct plot_legend {
    int count;
    plot_key keys[KEYS_MAX];
} plot_legend;

/* Entries beyond KEYS_MAX are left out. */
void bs_legend_add(plot_legend *legend, plot_key_kind kind, int type, const char *style,
                   const char *text);
void bs_legend_note(plot_legend *legend, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

double bs_legend_height(const plot_legend *legend, double width);
void bs_legend_draw(plot_figure *figure, const plot_legend *legend, double left, double top,
                    double width);

/* ---- page ---- */

/* Starts a page of WIDTH: TITLE (NULL: none), BODY pixels for the panels, below them LEGEND. Gives
 * where the panels begin. */
double bs_page_begin(plot_figure *figure, double width, double body, const char *title,
                     const plot_legend *legend);

#endif
