/* Ends of trainings in lines. */
#include "report_training.h"

#include <inttypes.h>
#include <string.h>

#include "blueshift/text.h"
#include "blueshift/training_outcomes.h"
#include "info_text.h"

enum { CELL = 18 };

static const struct {
    const char *quantity, *heading;
} columns[] = {{"train_accuracy", "training accuracy"},
               {"train_loss", "training loss"},
               {"test_accuracy", "test accuracy"},
               {"test_loss", "test loss"}};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void print_row(FILE *out, const bs_dataset *log, int64_t network, int width)
{
    char name[BS_TRAINED_NAME];
    int64_t ended = 0;
    bs_trained_name(log, network, name);
    bs_trained_number(log, columns[0].quantity, network, &ended);
    bs_info_print_name(out, name, width);
    fprintf(out, " %2" PRId64 " of %" PRId64, ended, bs_dataset_length(log, "realisation"));
    for (int c = 0; c < COLUMNS; c++) {
        char text[BS_DERIVED_TEXT];
        int64_t count = 0;
        const bs_derived number = bs_trained_number(log, columns[c].quantity, network, &count);
        bs_derived_print(&number, text);
        fprintf(out, " %*s", CELL, count > 0 ? text : "");
    }
    fprintf(out, "\n");
}

static void print_table(FILE *out, const bs_dataset *log)
{
    const int64_t networks = bs_dataset_length(log, "network");
    char name[BS_TRAINED_NAME];
    int width = 0;
    for (int64_t n = 0; n < networks; n++) {
        bs_trained_name(log, n, name);
        const int characters = (int)bs_text_characters(name, strlen(name));
        width = characters > width ? characters : width;
    }
    fprintf(out, "%-*s", width + 10, "trained to the end");
    for (int c = 0; c < COLUMNS; c++) {
        fprintf(out, " %*s", CELL, columns[c].heading);
    }
    fprintf(out, "\n");
    for (int64_t n = 0; n < networks && n < BS_INFO_LINES_MAX; n++) {
        print_row(out, log, n, width);
    }
    if (networks > BS_INFO_LINES_MAX) {
        fprintf(out, "  and %" PRId64 " more networks\n", networks - BS_INFO_LINES_MAX);
    }
}

bs_status bs_report_training(FILE *out, const bs_dataset *log)
{
    if (bs_dataset_length(log, "realisation") > 1) {
        print_table(out, log);
    }
    return bs_training_judge_claims(log, bs_info_print_claim, out);
}
