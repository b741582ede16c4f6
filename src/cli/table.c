/* Printing a table, and writing it as CSV. */
#include "table.h"

#include <math.h>

#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/text.h"

enum { CELL_WIDTH = 14 };

bs_status bs_table_init(table *t, int64_t rows, int columns, const char *const *names)
{
    *t = (table){.columns = columns, .rows = rows};
    for (int i = 0; i < columns; i++) {
        t->names[i] = names[i];
    }
    t->cells = bs_alloc((size_t)rows * (size_t)columns, sizeof *t->cells);
    return t->cells == NULL ? BS_ERR_MEMORY : BS_OK;
}

void bs_table_release(table *t)
{
    bs_free(t->cells);
    *t = (table){.columns = 0};
}

void bs_table_set(table *t, int64_t row, int column, double value)
{
    t->cells[row * t->columns + column] = value;
}

void bs_table_print(const table *t, FILE *out)
{
    for (int i = 0; i < t->columns; i++) {
        fprintf(out, "%*s", CELL_WIDTH, t->names[i]);
    }
    fputc('\n', out);
    for (int64_t cell = 0; cell < t->rows * t->columns; cell++) {
        if (isnan(t->cells[cell])) {
            fprintf(out, "%*s", CELL_WIDTH, "");
        } else {
            fprintf(out, "%*.6g", CELL_WIDTH, t->cells[cell]);
        }
        if ((cell + 1) % t->columns == 0) {
            fputc('\n', out);
        }
    }
}

static void write_rows(const table *t, FILE *file)
{
    for (int i = 0; i < t->columns; i++) {
        fprintf(file, "%s%s", i > 0 ? "," : "", t->names[i]);
    }
    for (int64_t cell = 0; cell < t->rows * t->columns; cell++) {
        char text[BS_TEXT_DOUBLE] = "";
        if (!isnan(t->cells[cell])) {
            bs_text_from_double(t->cells[cell], text);
        }
        fprintf(file, "%s%s", cell % t->columns == 0 ? "\n" : ",", text);
    }
    fputc('\n', file);
}

static bs_status write_table(const bs_output_file *file, FILE *stream, const void *context)
{
    (void)file; /* what could not be written is noticed when the stream is closed */
    write_rows(context, stream);
    return BS_OK;
}

bs_status bs_table_write(const table *t, const char *path, bool replace)
{
    return bs_output_file_write(path, replace, write_table, t);
}
