/* The verb theory: closed forms as a table. */
#include <stdio.h>

#include "blueshift/comm.h"
#include "blueshift/log.h"
#include "output.h"
#include "theory_request.h"
#include "verb.h"

static bs_status run(const bs_comm *world, const bs_options *options)
{
    (void)world;
    theory_request request;
    table t = {.columns = 0};
    BS_TRY(bs_theory_request_read(options->operand, options->setting_count, options->settings,
                                  &request));
    if (options->output != NULL) {
        BS_TRY(bs_check_output(options->output, options->force));
    }
    const char *about = NULL;
    const char *topic = bs_theory_topic_at((int)request.topic, &about);
    bs_log(BS_LOG_DEBUG, "topic: %s, %s", topic, about);
    bs_status status = bs_theory_tabulate(&request, stdout, &t);
    if (status == BS_OK) {
        bs_table_print(&t, stdout);
    }
    if (status == BS_OK && options->output != NULL) {
        status = bs_table_write(&t, options->output, options->force);
    }
    bs_table_release(&t);
    return status;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("layers", "L", "layers",
                    "great-circle: weight layers, one more than the depth of an MLP (8)"),
    BS_FLAG_SETTING("blocks", "N", "blocks",
                    "averaged, residual, multipath, moments: blocks after the first layer (9; 27)"),
    BS_FLAG_SETTING("block-layers", "N", "block_layers", "weight layers per block (2)"),
    BS_FLAG_SETTING("paths", "P", "paths", "multipath: paths that are averaged (3)"),
    BS_FLAG_SETTING("activation", "NAME", "activation",
                    "relu, leaky-relu or linear; harmonics: also tanh"),
    BS_FLAG_SETTING("slope", "S", "slope", "of leaky-relu (0.01)"),
    BS_FLAG_SETTING("amplitude", "A", "amplitude", "harmonics: of activation(A cos t - C) (1)"),
    BS_FLAG_SETTING("bias", "C", "bias", "harmonics: C (0)"),
    BS_FLAG_SETTING("samples", "N", "samples",
                    "harmonics: also what a discrete transform of N samples gives"),
    BS_FLAG_SETTING("bins", "K", "bins", "rows of the table (25)"),
    BS_FLAG_SETTING("hurst", "H", "hurst", "fbm: its exponent, between 0 and 1 (0.5)"),
    BS_FLAG_SETTING("copies", "N", "copies", "averaging: the largest number of signals (10)"),
    BS_FLAG_SETTING("correlation", "R", "correlation", "averaging: between every two signals (0)"),
    BS_FLAG_SETTING("variance", "V", "variance", "averaging: of one signal (1)"),
    BS_FLAG_TEXT("output", 'o', "TABLE.csv", output, NULL,
                 "the table also as CSV, with every digit"),
    BS_FLAG_SWITCH("force", 0, force, "replace TABLE.csv if it exists"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_theory = {
    .name = "theory",
    .usage = "TOPIC [FLAGS] [-o TABLE.csv]",
    .summary = "print closed forms as a table",
    .details = "Each flag names the topics that it belongs to, and its default in parentheses.",
    .needs = "a topic, such as great-circle; `blueshift theory --help` lists them",
    .operands = "Topics",
    .operand_at = bs_theory_topic_at,
    .flags = flags,
    .run = run,
};
