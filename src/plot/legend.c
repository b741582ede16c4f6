/* The legend below the panels. */
#include <stdarg.h>
#include <string.h>

#include "figure.h"

enum { ROW = 19, SAMPLE = 26, GAP_SAMPLE = 7, GAP_ENTRY = 26, LONGEST = 60 };

static const char note_style[] = "textcolor rgb '#505050'";

/* Panels that explain the same thing share an entry. */
static void append(plot_legend *legend, const plot_key *key)
{
    for (int i = 0; i < legend->count; i++) {
        const plot_key *known = &legend->keys[i];
        if (known->kind == key->kind && known->type == key->type &&
            strcmp(known->text, key->text) == 0) {
            return;
        }
    }
    if (legend->count < KEYS_MAX) {
        legend->keys[legend->count++] = *key;
    }
}

void bs_legend_add(plot_legend *legend, plot_key_kind kind, int type, const char *style,
                   const char *text)
{
    plot_key key = {.kind = kind, .style = style, .type = type};
    bool cut = strlen(text) > LONGEST;
    size_t length = cut ? LONGEST : strlen(text);
    while (cut && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    snprintf(key.text, sizeof key.text, "%.*s%s", (int)length, text, cut ? "\xE2\x80\xA6" : "");
    append(legend, &key);
}

void bs_legend_note(plot_legend *legend, const char *format, ...)
{
    plot_key key = {.kind = KEY_NOTE, .style = ""};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(key.text, sizeof key.text, format, arguments);
    va_end(arguments);
    append(legend, &key);
}

static void draw_sample(plot_figure *figure, const plot_key *key, double x, double y)
{
    char type[32];
    if (key->type > 0) {
        snprintf(type, sizeof type, "lt %d", key->type);
    } else { /* of all networks */
        snprintf(type, sizeof type, "%s", key->kind == KEY_AREA ? "" : "lc rgb '#606060'");
    }
    int tag = ++figure->tags;
    switch (key->kind) {
    case KEY_LINE:
        fprintf(figure->overlay, "set arrow %d from first %.2f,%.2f rto first %d,0 nohead %s %s\n",
                tag, x, y, SAMPLE, type, key->style);
        break;
    case KEY_BAR:
        fprintf(figure->overlay,
                "set arrow %d from first %.2f,%.2f rto first 0,%d heads size first 3,90 nofilled "
                "%s %s\n",
                tag, x + SAMPLE / 2.0, y - 7, 14, type, key->style);
        break;
    case KEY_POINT:
        fprintf(figure->overlay, "set label %d '' at first %.2f,%.2f point %s %s\n", tag,
                x + SAMPLE / 2.0, y, type, key->style);
        break;
    case KEY_AREA:
        fprintf(figure->overlay,
                "set object %d rectangle from first %.2f,%.2f to first %.2f,%.2f %s %s\n", tag, x,
                y - 6, x + SAMPLE, y + 6, type, key->style);
        break;
    case KEY_NOTE:
    default:
        break;
    }
}

static double entry_width(const plot_key *key)
{
    return SAMPLE + GAP_SAMPLE + bs_figure_text_width(key->text);
}

/* Width of the line that begins with entry FIRST; *NEXT is the first entry after it. */
static double line_width(const plot_legend *legend, int first, double width, int *next)
{
    double used = 0;
    int i = first;
    for (; i < legend->count; i++) {
        if (legend->keys[i].kind == KEY_NOTE) {
            continue;
        }
        double more = entry_width(&legend->keys[i]) + (used > 0 ? GAP_ENTRY : 0);
        if (used > 0 && used + more > width) {
            break;
        }
        used += more;
    }
    *next = i;
    return used;
}

static void draw_line(plot_figure *figure, const plot_legend *legend, const int range[2], double x,
                      double y)
{
    for (int i = range[0]; i < range[1]; i++) {
        const plot_key *key = &legend->keys[i];
        if (key->kind == KEY_NOTE) {
            continue;
        }
        draw_sample(figure, key, x, y);
        bs_figure_text(figure, (plot_text){x + SAMPLE + GAP_SAMPLE, y, "left", false, ""},
                       key->text);
        x += entry_width(key) + GAP_ENTRY;
    }
}

/* The next line of a note that fits WIDTH, broken at blanks. */
static size_t note_line(const char *text, double width)
{
    size_t end = 0;
    size_t fits = 0;
    char part[KEY_TEXT];
    for (;;) {
        end += strcspn(text + end, " ");
        snprintf(part, sizeof part, "%.*s", (int)end, text);
        if (fits > 0 && bs_figure_text_width(part) > width) {
            return fits;
        }
        fits = end;
        if (text[end] == '\0') {
            return fits;
        }
        end++;
    }
}

/* Lays the legend out from Y = 0 on; draws with TOP added when FIGURE is not NULL. */
static double lay(plot_figure *figure, const plot_legend *legend, double left, double top,
                  double width)
{
    double y = 0;
    for (int first = 0, next = 0; first < legend->count; first = next) {
        double used = line_width(legend, first, width, &next);
        if (used > 0) {
            if (figure != NULL) {
                const int range[2] = {first, next};
                draw_line(figure, legend, range, left + (width > used ? (width - used) / 2 : 0),
                          top + y + ROW / 2.0);
            }
            y += ROW;
        }
    }
    for (int i = 0; i < legend->count; i++) {
        const char *rest = legend->keys[i].text;
        while (legend->keys[i].kind == KEY_NOTE && *rest != '\0') {
            char line[KEY_TEXT];
            size_t length = note_line(rest, width);
            snprintf(line, sizeof line, "%.*s", (int)length, rest);
            if (figure != NULL) {
                plot_text place = {left + width / 2, top + y + ROW / 2.0, "center", false,
                                   note_style};
                bs_figure_text(figure, place, line);
            }
            y += ROW;
            rest += length + strspn(rest + length, " ");
        }
    }
    return y;
}

double bs_legend_height(const plot_legend *legend, double width)
{
    return lay(NULL, legend, 0, 0, width);
}

void bs_legend_draw(plot_figure *figure, const plot_legend *legend, double left, double top,
                    double width)
{
    lay(figure, legend, left, top, width);
}
