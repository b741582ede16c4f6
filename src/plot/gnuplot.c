/* Running gnuplot on a script of ours. */
#include "gnuplot.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/text.h"

/* Viridis (van der Walt and Smith, matplotlib): even in lightness, readable without colours. */
static const char palette[] = "set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', "
                              "3 '#31688e', 4 '#26828e', 5 '#1f9e89', 6 '#35b779', 7 '#6ece58', "
                              "8 '#b5de2b', 9 '#fde725')\n";

/* Okabe and Ito's colours. */
static const unsigned colours[] = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
                                   0xe69f00, 0x56b4e9, 0x000000, 0x999999};
enum { COLOURS = sizeof colours / sizeof colours[0], ENVIRONMENT = 16 };

typedef struct format {
    const char *suffix;
    const char *terminal;
    double unit;       /* of the terminal's size, in pixels */
    const char *image; /* plotting style of a heat map: cells with sharp edges */
    const char *options;
    bool script; /* OUTPUT is the script, which draws a picture beside it when gnuplot runs it */
} format;

#define PNG "pngcairo", 1 / 1.5, "image", "font 'DejaVu Sans,10' fontscale 1.5 linewidth 1.5"
static const format formats[] = {
    {".png", PNG, false},
    {".svg", "svg", 1, "image pixels", "font 'DejaVu Sans,Helvetica,sans-serif' fontscale 1.0",
     false},
    {".pdf", "pdfcairo", 96, "image", "font 'DejaVu Sans,10' fontscale 0.75", false},
    {".gp", PNG, true},
};

static bs_status find_format(const char *output, const format **found)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (bs_text_ends_in(output, formats[i].suffix)) {
            *found = &formats[i];
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_USAGE,
                   "%s: pictures are .png, .svg or .pdf, .gp is gnuplot's script, and .html an "
                   "interactive page; give a name that ends so",
                   output);
}

bs_status bs_gnuplot_check(const char *output)
{
    const format *f = NULL;
    return find_format(output, &f);
}

/* COLOUR, in the second and later rounds nearer to white: dashes say other things. */
static unsigned tint(unsigned colour, int round)
{
    unsigned mixed = 0;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        unsigned part = colour >> shift & 0xff;
        mixed |= (part + (0xff - part) * (unsigned)round / 5) << shift;
    }
    return mixed;
}

/* gnuplot's encoding does not depend on the user's locale, which it is not told of. */
static void write_header(FILE *file, const format *f, double width, double height)
{
    fprintf(file, "set encoding utf8\nimage = '%s'\n%s", f->image, palette);
    for (int i = 0; i < 4 * COLOURS; i++) {
        fprintf(file, "set linetype %d lc rgb '#%06x' dt 1 lw 2 pt 7 ps 0.4\n", i + 1,
                tint(colours[i % COLOURS], i / COLOURS));
    }
    fprintf(file,
            "set linetype cycle 32\nset tics nomirror out\nset border 3 lc rgb '#404040'\n"
            "unset key\nset terminal %s size %g,%g background '#ffffff' %s\n",
            f->terminal, width / f->unit, height / f->unit, f->options);
}

void bs_gnuplot_text(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\'') {
            fputc('\'', script);
        }
        fputc(c < ' ' ? ' ' : c, script);
    }
    fputc('\'', script);
}

void bs_gnuplot_number(FILE *script, double value)
{
    if (isfinite(value)) {
        fprintf(script, "%.10g ", value);
    } else {
        fputs("NaN ", script);
    }
}

/* What gnuplot is told of its user's environment. All else may change the picture, or what is run
 * (GNUTERM, GNUPLOT_LIB, FIT_SCRIPT, LD_PRELOAD, ...). NAMED: COUNT texts for bs_free. */
static bs_status list_environment(char **named, int *count)
{
    static const char *const names[] = {"PATH",
                                        "HOME",
                                        "TMPDIR",
                                        "LD_LIBRARY_PATH",
                                        "FONTCONFIG_FILE",
                                        "FONTCONFIG_PATH",
                                        "XDG_CACHE_HOME",
                                        "XDG_DATA_HOME",
                                        "XDG_DATA_DIRS"};
    _Static_assert(sizeof names / sizeof names[0] < ENVIRONMENT, "and NULL at the end");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL) {
            continue;
        }
        size_t length = strlen(names[i]) + 1 + strlen(value) + 1;
        named[*count] = bs_alloc(length, 1);
        if (named[*count] == NULL) {
            return BS_ERR_MEMORY;
        }
        snprintf(named[(*count)++], length, "%s=%s", names[i], value);
    }
    return BS_OK;
}

/* Starts gnuplot: SCRIPT is its input, PICTURE its output and LOG what its messages go to. */
static bs_status start(FILE *script, FILE *picture, FILE *log, char *const *environment,
                       pid_t *child)
{
    char program[] = "gnuplot";
    char defaults[] = "-d";      /* a user's ~/.gnuplot would change the picture */
    char input[] = "/dev/stdin"; /* by name: gnuplot reads its bare input byte by byte */
    char *arguments[] = {program, defaults, input, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory while starting gnuplot");
    }
    posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(picture), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(log), STDERR_FILENO);
    int error = posix_spawnp(child, program, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) {
        return BS_FAIL(BS_ERR_IO, "gnuplot is not installed, or not in PATH; install it "
                                  "(Debian: apt install gnuplot-nox) and call plot again");
    }
    return error == 0 ? BS_OK : BS_FAIL(BS_ERR_IO, "cannot start gnuplot: %s", strerror(error));
}

/* Runs gnuplot and gives its exit code. */
static bs_status run(FILE *script, FILE *picture, FILE *log, int *code)
{
    char *environment[ENVIRONMENT] = {NULL};
    int count = 0;
    pid_t child = 0;
    bs_status status = list_environment(environment, &count);
    if (status == BS_OK) {
        status = start(script, picture, log, environment, &child);
    }
    for (int i = 0; i < count; i++) {
        bs_free(environment[i]);
    }
    BS_TRY(status);
    int ended = 0;
    while (waitpid(child, &ended, 0) < 0) {
        if (errno != EINTR) {
            return BS_FAIL(BS_ERR_IO, "lost gnuplot: %s", strerror(errno));
        }
    }
    *code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128;
    return BS_OK;
}

/* Records the last line of LOG that says something: gnuplot repeats the command, points at a place
 * in it, and then gives the reason as `"FILE" line N: REASON`. */
static bs_status report(FILE *log, const char *output, int code)
{
    char line[256];
    char last[256] = "no message; is the folder writable and the disk free?";
    rewind(log);
    while (fgets(line, sizeof line, log) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[strspn(line, " \t^")] != '\0') {
            const char *reason = strstr(line, ": ");
            bool prefixed = line[0] == '"' && reason != NULL;
            snprintf(last, sizeof last, "%s", prefixed ? reason + 2 : line);
        }
    }
    return BS_FAIL(BS_ERR_IO, "%s: gnuplot could not draw it (exit code %d): %s", output, code,
                   last);
}

static bs_status no_temporary(void)
{
    return BS_FAIL(BS_ERR_IO, "cannot make a temporary file: %s; is /tmp full?", strerror(errno));
}

/* Appends FROM, from its beginning, to TO. */
static bs_status append(FILE *from, FILE *to)
{
    char block[1 << 14];
    rewind(from);
    for (size_t got = 0; (got = fread(block, 1, sizeof block, from)) > 0;) {
        fwrite(block, 1, got, to);
    }
    if (ferror(from) || fflush(to) != 0 || ferror(to)) {
        return BS_FAIL(BS_ERR_IO, "cannot write gnuplot's script: %s; is the disk full?",
                       strerror(errno));
    }
    return BS_OK;
}

/* A name for `set output`, which takes a leading | for a command to be run. */
static bs_status write_output(const char *output, FILE *stream)
{
    const size_t stem = strlen(output) - strlen(".gp");
    const size_t length = strlen("./") + stem + sizeof ".png";
    char *picture = bs_alloc(length, 1);
    if (picture == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(picture, length, "%s%.*s.png", output[0] == '/' ? "" : "./", (int)stem, output);
    fputs("set output ", stream);
    bs_gnuplot_text(stream, picture);
    fputc('\n', stream);
    bs_free(picture);
    return BS_OK;
}

/* The script that draws OUTPUT.png when gnuplot runs OUTPUT.gp. */
static bs_status draw_script(const char *output, const format *f, FILE *stream, FILE *body,
                             const double size[2])
{
    write_header(stream, f, size[0], size[1]);
    BS_TRY(write_output(output, stream));
    BS_TRY(append(body, stream));
    fputs("unset output\n", stream);
    return BS_OK;
}

/* The picture through gnuplot's standard output: no name of the user's reaches gnuplot. */
static bs_status draw_through(const char *output, FILE *picture, FILE *script, FILE *log)
{
    int code = 0;
    if (fflush(script) != 0 || fseek(script, 0, SEEK_SET) != 0) {
        return BS_FAIL(BS_ERR_IO, "cannot write gnuplot's script: %s; is the disk full?",
                       strerror(errno));
    }
    BS_TRY(run(script, picture, log, &code));
    bool written = fseek(picture, 0, SEEK_END) == 0 && ftell(picture) > 0;
    return code == 0 && written ? BS_OK : report(log, output, code);
}

static bs_status draw_picture(const char *output, const format *f, FILE *picture, FILE *body,
                              const double size[2])
{
    FILE *script = tmpfile();
    FILE *log = tmpfile();
    bs_status status = BS_OK;
    if (script == NULL || log == NULL) {
        status = no_temporary();
    } else {
        write_header(script, f, size[0], size[1]);
        status = append(body, script);
        status = status == BS_OK ? draw_through(output, picture, script, log) : status;
    }
    if (script != NULL) {
        fclose(script);
    }
    if (log != NULL) {
        fclose(log);
    }
    return status;
}

/* What is drawn. */
typedef struct drawing {
    const format *format;
    double size[2];
    FILE *body;
} drawing;

static bs_status draw(const bs_output_file *file, FILE *stream, const void *context)
{
    const drawing *d = context;
    return d->format->script ? draw_script(file->path, d->format, stream, d->body, d->size)
                             : draw_picture(file->path, d->format, stream, d->body, d->size);
}

bs_status bs_gnuplot_draw(const char *output, bool replace, double width, double height, FILE *body)
{
    drawing d = {.size = {width, height}, .body = body};
    BS_TRY(find_format(output, &d.format));
    return bs_output_file_write(output, replace, draw, &d);
}
