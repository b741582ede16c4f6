/* Puts a page together: markup, style, script, the library and the data. */
#include "html_page.h"

#include "blueshift/log.h"
#include "blueshift/output_file.h"
#include "html_data.h"
#include "html_library.h"
#include "html_source.h"

/* A page of more than so many bytes is slow to open. */
enum { HEAVY = 10000000 };

typedef struct content {
    const plot_data *data;
    char library[PATH_MAX];
} content;

static bs_status write_page(const bs_output_file *file, FILE *out, const void *context)
{
    const content *c = context;
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n<title>blueshift</title>\n"
            "<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style>\n</head>\n<body>\n%s"
            "<script type=\"application/json\" id=\"data\">\n",
            bs_page_css, bs_page_html);
    BS_TRY(bs_html_data_write(c->data, out));
    fputs("</script>\n<!-- plotly.js, MIT licence: https://plotly.com/javascript -->\n"
          "<script type=\"application/gzip\" id=\"library\">",
          out);
    BS_TRY(bs_html_library_write(c->library, out));
    fprintf(out, "</script>\n<script>\n%s</script>\n</body>\n</html>\n", bs_page_js);
    long size = ftell(out);
    if (size > HEAVY) {
        bs_log(BS_LOG_WARNING,
               "%s has %ld MB: choose with --network and --realisation for one that opens faster",
               file->path, size / 1000000);
    }
    return BS_OK;
}

bs_status bs_html_page_write(const plot_data *data, const char *output, bool replace)
{
    content c = {.data = data};
    BS_TRY(bs_html_library_find(c.library));
    bs_log(BS_LOG_DEBUG, "plotly.js: %s", c.library);
    return bs_output_file_write(output, replace, write_page, &c);
}
