/* A table of numbers for people (aligned) and for programs (CSV). */
#ifndef BLUESHIFT_CLI_TABLE_H
#define BLUESHIFT_CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "blueshift/status.h"

enum { TABLE_COLUMNS_MAX = 6 };

/* Zero is a valid empty one. NaN is an empty cell. */
typedef struct table {
    int columns;
    const char *names[TABLE_COLUMNS_MAX]; /* as they stand in the CSV; borrowed */
    int64_t rows;
    double *cells; /* [rows][columns] */
} table;

/* ROWS rows of COLUMNS zeros under NAMES. Release it also after a failure. */
bs_status bs_table_init(table *t, int64_t rows, int columns, const char *const *names);
void bs_table_release(table *t);

void bs_table_set(table *t, int64_t row, int column, double value);

/* Six digits, a line a row. */
void bs_table_print(const table *t, FILE *out);

/* Every digit, the names in the first line; the file appears whole or not at all, and an older
 * one goes only to REPLACE. BS_ERR_INPUT, BS_ERR_IO. */
bs_status bs_table_write(const table *t, const char *path, bool replace);

#endif
