/* Compares numbers in standard errors, and says what came of claims. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/claim.h"

/* So many standard errors decide. */
static const double DECIDED = 2.0;

void bs_derived_print(const bs_derived *number, char text[BS_DERIVED_TEXT])
{
    if (isnan(number->mean)) {
        snprintf(text, BS_DERIVED_TEXT, "none");
    } else if (isnan(number->error)) {
        snprintf(text, BS_DERIVED_TEXT, "%.3g", number->mean);
    } else {
        snprintf(text, BS_DERIVED_TEXT, "%.3g +- %.2g", number->mean, number->error);
    }
}

/* A side of a claim: a network's number, or a number. */
static bs_status read_side(const bs_claim_source *source, const bs_claim *claim,
                           const char *network, bs_derived *side)
{
    *side = (bs_derived){.mean = claim->number};
    return network[0] == '\0'
               ? BS_OK
               : source->read(source->file, claim->quantity, claim->index, network, side);
}

/* What a difference of so many standard errors, positive for a larger left side, says. */
static void judge(bs_claim_relation relation, double errors, char *verdict, size_t length)
{
    const double along = relation == BS_CLAIM_BELOW ? -errors : errors;
    const char *word = "undecided";
    if (relation == BS_CLAIM_EQUAL) {
        word = fabs(errors) < DECIDED ? "holds within" : "fails by";
    } else if (fabs(errors) >= DECIDED) {
        word = along > 0.0 ? "holds by" : "fails by";
    }
    snprintf(verdict, length, "%s%s%.1f standard errors", word,
             strcmp(word, "undecided") == 0 ? ", " : " ", fabs(errors));
}

static bs_status judge_one(const bs_claim_source *source, const bs_claim *claim,
                           char text[BS_CLAIM_OUTCOME])
{
    static const char signs[] = {
        [BS_CLAIM_ABOVE] = '>', [BS_CLAIM_BELOW] = '<', [BS_CLAIM_EQUAL] = '='};
    bs_derived sides[2];
    char numbers[2][BS_DERIVED_TEXT], right[BS_CLAIM_TEXT], index[32] = "", verdict[96];
    BS_TRY(read_side(source, claim, claim->left, &sides[0]));
    BS_TRY(read_side(source, claim, claim->right, &sides[1]));
    for (int side = 0; side < 2; side++) {
        bs_derived_print(&sides[side], numbers[side]);
    }
    const double error = hypot(sides[0].error, sides[1].error);
    const double difference = sides[0].mean - sides[1].mean;
    if (isnan(difference)) {
        snprintf(verdict, sizeof verdict, "not derived yet");
    } else if (error > 0.0) {
        judge(claim->relation, difference / error, verdict, sizeof verdict);
    } else {
        snprintf(verdict, sizeof verdict, "not decided without an error (%s)",
                 isnan(error) ? "a single realisation" : "realisations that are all alike");
    }
    snprintf(right, sizeof right, "%g", claim->number);
    if (claim->right[0] == '\0') {
        snprintf(numbers[1], sizeof numbers[1], "%g", claim->number);
    }
    if (claim->index > 0) {
        snprintf(index, sizeof index, "[%lld]", (long long)claim->index);
    }
    snprintf(text, BS_CLAIM_OUTCOME, "%s%s: %s %c %s: %s (%s against %s)", claim->quantity, index,
             claim->left, signs[claim->relation], claim->right[0] != '\0' ? claim->right : right,
             verdict, numbers[0], numbers[1]);
    return BS_OK;
}

bs_status bs_claims_judge(const char *text, const bs_claim_source *source, bs_claim_taker *take,
                          void *context)
{
    while (true) {
        bs_claim claim;
        char outcome[BS_CLAIM_OUTCOME];
        bool found = false;
        BS_TRY(bs_claim_next(&text, &claim, &found));
        if (!found) {
            return BS_OK;
        }
        BS_TRY(judge_one(source, &claim, outcome));
        take(context, outcome);
    }
}
