/* The page's own markup, style and script. */
#ifndef BLUESHIFT_PLOT_HTML_SOURCE_H
#define BLUESHIFT_PLOT_HTML_SOURCE_H

/* Each ends with a 0. */
extern const char bs_page_html[];
extern const char bs_page_css[];
extern const char bs_page_js[];

#endif
