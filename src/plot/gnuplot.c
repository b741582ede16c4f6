/* Running gnuplot on a script of ours. */
#include "gnuplot.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blueshift/memory.h"

extern char **environ;

/* Viridis (van der Walt and Smith, matplotlib): even in lightness, readable without colours. */
static const char palette[] = "set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', "
                              "3 '#31688e', 4 '#26828e', 5 '#1f9e89', 6 '#35b779', 7 '#6ece58', "
                              "8 '#b5de2b', 9 '#fde725')\n";

/* Okabe and Ito's colours. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000", "#999999"};
enum { COLOURS = sizeof colours / sizeof colours[0] };

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

static const format *format_of(const char *output)
{
    size_t length = strlen(output);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        size_t suffix = strlen(formats[i].suffix);
        if (length > suffix && strcmp(output + length - suffix, formats[i].suffix) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

bs_status bs_gnuplot_check(const char *output)
{
    if (format_of(output) == NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: pictures are .png, .svg or .pdf, and .gp is gnuplot's script; give a "
                       "name that ends so",
                       output);
    }
    return BS_OK;
}

/* OUTPUT with its last CUT characters replaced by SUFFIX; for bs_free. */
static char *renamed(const char *output, size_t cut, const char *suffix)
{
    size_t stem = strlen(output) - cut;
    size_t length = stem + strlen(suffix) + 1;
    char *name = bs_alloc(length, 1);
    if (name != NULL) {
        snprintf(name, length, "%.*s%s", (int)stem, output, suffix);
    }
    return name;
}

static void write_header(FILE *file, const format *f, double width, double height)
{
    fprintf(file, "image = '%s'\n%s", f->image, palette);
    for (int i = 0; i < 4 * COLOURS; i++) {
        fprintf(file, "set linetype %d lc rgb '%s' dt %d lw 2 pt 7 ps 0.4\n", i + 1,
                colours[i % COLOURS], i / COLOURS + 1);
    }
    fprintf(file,
            "set linetype cycle 32\nset tics nomirror out\nset border 3 lc rgb '#404040'\n"
            "unset key\nset terminal %s size %g,%g background '#ffffff' %s\nset output ",
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

/* Runs gnuplot with SCRIPT as its input and LOG for its messages; gives its exit code. */
static bs_status run(FILE *script, FILE *log, int *code)
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
    posix_spawn_file_actions_adddup2(&actions, fileno(log), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(log), STDERR_FILENO);
    pid_t child = 0;
    int error = posix_spawnp(&child, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) {
        return BS_FAIL(BS_ERR_IO, "gnuplot is not installed, or not in PATH; install it "
                                  "(Debian: apt install gnuplot-nox) and call plot again");
    }
    if (error != 0) {
        return BS_FAIL(BS_ERR_IO, "cannot start gnuplot: %s", strerror(error));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return BS_FAIL(BS_ERR_IO, "lost gnuplot: %s", strerror(errno));
        }
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
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

static bs_status run_to(FILE *script, const char *output, const char *temporary)
{
    FILE *log = tmpfile();
    if (log == NULL) {
        return BS_FAIL(BS_ERR_IO, "cannot make a temporary file: %s; is /tmp full?",
                       strerror(errno));
    }
    int code = 0;
    bs_status status = run(script, log, &code);
    struct stat written;
    if (status == BS_OK && (code != 0 || stat(temporary, &written) != 0 || written.st_size == 0)) {
        status = report(log, output, code);
    }
    fclose(log);
    return status;
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

/* The whole script in FILE; the picture goes into PICTURE when it is run. */
static bs_status write_script(const format *f, FILE *file, FILE *body, const double size[2],
                              const char *picture)
{
    if (file == NULL) {
        return BS_FAIL(BS_ERR_IO, "cannot make a temporary file: %s; is /tmp full?",
                       strerror(errno));
    }
    write_header(file, f, size[0], size[1]);
    bs_gnuplot_text(file, picture);
    fputc('\n', file);
    BS_TRY(append(body, file));
    fputs("unset output\n", file);
    if (fflush(file) != 0 || fseek(file, 0, SEEK_SET) != 0) {
        return BS_FAIL(BS_ERR_IO, "cannot write gnuplot's script: %s; is the disk full?",
                       strerror(errno));
    }
    return BS_OK;
}

/* OUTPUT.gp draws OUTPUT.png. */
static bs_status draw_script(const char *output, const char *temporary, FILE *body,
                             const double size[2])
{
    char *picture = renamed(output, strlen(".gp"), ".png");
    if (picture == NULL) {
        return BS_ERR_MEMORY;
    }
    FILE *file = fopen(temporary, "w");
    bs_status status = BS_OK;
    if (file == NULL) {
        status = BS_FAIL(BS_ERR_IO, "%s: cannot create it: %s; is the folder there and writable?",
                         output, strerror(errno));
    } else {
        status = write_script(format_of(output), file, body, size, picture);
        if (fclose(file) != 0 && status == BS_OK) {
            status = BS_FAIL(BS_ERR_IO, "%s: cannot write it: %s; is the disk full?", output,
                             strerror(errno));
        }
    }
    bs_free(picture);
    return status;
}

static bs_status draw_picture(const char *output, const char *temporary, FILE *body,
                              const double size[2])
{
    FILE *script = tmpfile();
    bs_status status = write_script(format_of(output), script, body, size, temporary);
    if (status == BS_OK) {
        status = run_to(script, output, temporary);
    }
    if (script != NULL) {
        fclose(script);
    }
    return status;
}

bs_status bs_gnuplot_draw(const char *output, double width, double height, FILE *body)
{
    BS_TRY(bs_gnuplot_check(output));
    char *temporary = renamed(output, 0, ".tmp");
    if (temporary == NULL) {
        return BS_ERR_MEMORY;
    }
    const double size[2] = {width, height};
    bs_status status = format_of(output)->script ? draw_script(output, temporary, body, size)
                                                 : draw_picture(output, temporary, body, size);
    if (status == BS_OK && rename(temporary, output) != 0) {
        status = BS_FAIL(BS_ERR_IO, "%s: cannot rename %s to it: %s", output, temporary,
                         strerror(errno));
    }
    if (status != BS_OK) {
        unlink(temporary);
    }
    bs_free(temporary);
    return status;
}
