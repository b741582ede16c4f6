/* The page of a picture: panels, texts, title. */
#include "figure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/text.h"
#include "gnuplot.h"

enum { TITLE_LINES = 3, TITLE_LINE = 20, TITLE_TOP = 20, TITLE_GAP = 14, LINE_TEXT = 1024 };

static const double character = 7.4; /* DejaVu Sans at 10 points, a wide mixture */
static const char title_style[] = "font ',11'";
static const double title_character = 8.2;

static bs_status open_figure(plot_figure *figure)
{
    *figure = (plot_figure){.script = tmpfile()};
    if (figure->script == NULL) {
        return BS_FAIL(BS_ERR_IO, "cannot make a temporary file: %s; is /tmp full?",
                       strerror(errno));
    }
    figure->overlay = open_memstream(&figure->overlay_text, &figure->overlay_length);
    if (figure->overlay == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory while drawing");
    }
    return BS_OK;
}

static void release_figure(plot_figure *figure)
{
    if (figure->script != NULL) {
        fclose(figure->script);
    }
    if (figure->overlay != NULL) {
        fclose(figure->overlay);
    }
    free(figure->overlay_text);
    *figure = (plot_figure){0};
}

bs_status bs_figure_write(const char *output, bool replace, plot_drawing draw, const void *context)
{
    plot_figure figure = {0};
    bs_status status = open_figure(&figure);
    if (status == BS_OK) {
        status = draw(context, &figure);
    }
    if (status == BS_OK) {
        status = bs_gnuplot_draw(output, replace, figure.width, figure.height, figure.script);
    }
    release_figure(&figure);
    return status;
}

/* A panel without axes as large as the page, whose coordinates are the page's pixels. */
void bs_figure_end(plot_figure *figure)
{
    fflush(figure->overlay);
    fputs("# texts and legend\n", figure->script);
    bs_figure_place(figure, (plot_box){0, 0, figure->width, figure->height});
    fputs("unset border\nunset tics\n", figure->script);
    if (figure->overlay_text != NULL) {
        fputs(figure->overlay_text, figure->script);
    }
    fprintf(figure->script, "plot [0:%g] [%g:0] NaN notitle\nunset multiplot\n", figure->width,
            figure->height);
}

void bs_figure_place(plot_figure *figure, plot_box box)
{
    fputs("unset title\nunset xlabel\nunset ylabel\nunset zlabel\nunset grid\nunset logscale\n"
          "unset colorbox\nunset object\nunset label\nunset arrow\nset format '%h'\nset xtics "
          "autofreq\nset ytics autofreq\nset ztics autofreq\nset cbtics autofreq\n",
          figure->script);
    fprintf(figure->script, "set lmargin at screen %.6f\nset rmargin at screen %.6f\n",
            box.left / figure->width, (box.left + box.width) / figure->width);
    fprintf(figure->script, "set tmargin at screen %.6f\nset bmargin at screen %.6f\n",
            1 - box.top / figure->height, 1 - (box.top + box.height) / figure->height);
}

double bs_figure_text_width(const char *text)
{
    return character * (double)bs_text_characters(text, strlen(text));
}

void bs_figure_fit(const char *text, double room, char *out, size_t length)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    size_t end = strlen(text);
    bool whole = bs_figure_text_width(text) <= room && end < length;
    while (!whole && end > 0 &&
           (end + sizeof ellipsis > length ||
            character * (double)(bs_text_characters(text, end) + 1) > room ||
            ((unsigned char)text[end] & 0xC0) == 0x80)) {
        end--;
    }
    snprintf(out, length, "%.*s%s", (int)end, text, whole ? "" : ellipsis);
}

void bs_figure_text(plot_figure *figure, plot_text place, const char *text)
{
    fprintf(figure->overlay, "set label %d ", ++figure->tags);
    bs_gnuplot_text(figure->overlay, text);
    fprintf(figure->overlay, " at first %.2f,%.2f %s %s noenhanced front %s\n", place.x, place.y,
            place.align, place.rotated ? "rotate" : "norotate", place.style);
}

void bs_figure_letter(plot_figure *figure, plot_box box, int index, int count)
{
    enum { ALPHABET = 26 };
    char letter[8];
    char first[2] = {(char)('a' + (index / ALPHABET + ALPHABET - 1) % ALPHABET), '\0'};
    if (count < 2) {
        return;
    }
    snprintf(letter, sizeof letter, "(%s%c)", index < ALPHABET ? "" : first,
             'a' + index % ALPHABET);
    bs_figure_text(figure, (plot_text){box.left, box.top - FIGURE_TITLE_RISE, "left", false, ""},
                   letter);
}

/* The next line of at most LIMIT characters of *REST, broken at a blank where there is one. */
static void take_line(const char **rest, size_t limit, char line[LINE_TEXT])
{
    const char *text = *rest + strspn(*rest, " ");
    size_t end = 0;
    size_t blank = 0;
    while (text[end] != '\0' && end < LINE_TEXT - 4 && bs_text_characters(text, end + 1) <= limit) {
        if (text[end] == ' ') {
            blank = end;
        }
        end++;
    }
    if (text[end] != '\0' && blank > 0) {
        end = blank;
    }
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80) {
        end--;
    }
    memcpy(line, text, end);
    line[end] = '\0';
    *rest = text + end;
}

/* Calls for every line: with FIGURE NULL only counts them. */
static int lay_title(plot_figure *figure, const char *title, double width)
{
    size_t limit = (size_t)(width / title_character);
    const char *rest = title;
    int lines = 0;
    while (rest[strspn(rest, " ")] != '\0' && lines < TITLE_LINES && limit > 8) {
        char line[LINE_TEXT];
        const char *before = rest;
        take_line(&rest, limit, line);
        if (rest == before || line[0] == '\0') {
            break;
        }
        if (lines + 1 == TITLE_LINES && rest[strspn(rest, " ")] != '\0') {
            memcpy(line + strlen(line), "\xE2\x80\xA6", 4); /* an ellipsis */
        }
        if (figure != NULL) {
            plot_text place = {figure->width / 2, TITLE_TOP + lines * TITLE_LINE, "center", false,
                               title_style};
            bs_figure_text(figure, place, line);
        }
        lines++;
    }
    return lines;
}

double bs_figure_title_height(const char *title, double width)
{
    int lines = lay_title(NULL, title, width);
    return lines == 0 ? TITLE_GAP : TITLE_TOP + (lines - 0.5) * TITLE_LINE + TITLE_GAP;
}

void bs_figure_title(plot_figure *figure, const char *title, double width)
{
    lay_title(figure, title, width);
}

void bs_figure_scale(plot_figure *figure, plot_box box)
{
    fprintf(figure->script,
            "set colorbox user origin screen %.6f,%.6f size screen %.6f,%.6f noborder\n",
            box.left / figure->width, 1 - (box.top + box.height) / figure->height,
            box.width / figure->width, box.height / figure->height);
}
