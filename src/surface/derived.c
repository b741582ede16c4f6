/* Reads numbers out of derived arrays, and compares them. */
#include "blueshift/derived.h"

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

enum { ARRAY_NAME = BS_CLAIM_TEXT + 16 };

/* So many standard errors decide. */
static const double DECIDED = 2.0;

/* Number INDEX of NETWORK in array NAME; NaN where there is none. */
static bs_status read_one(bs_surface *surface, const char *name, int network, int64_t index,
                          double *value)
{
    const int array = bs_surface_find_array(surface, name);
    *value = (double)NAN;
    if (array < 0) {
        return BS_OK;
    }
    const bs_array *a = &bs_surface_get_schema(surface)->arrays[array];
    const int64_t count = bs_array_row(a);
    if (a->kind != BS_ARRAY_NETWORK || index >= count) {
        return BS_OK;
    }
    double *row = bs_alloc((size_t)count, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_surface_read_array(surface, array, (bs_range){network, 1}, row);
    if (status == BS_OK && row[index] != NC_FILL_DOUBLE) {
        *value = row[index];
    }
    bs_free(row);
    return status;
}

bs_status bs_derived_read(bs_surface *surface, const char *name, int network, int64_t index,
                          bs_derived *number)
{
    char whole[ARRAY_NAME];
    snprintf(whole, sizeof whole, "%s_mean", name);
    BS_TRY(read_one(surface, whole, network, index, &number->mean));
    if (isnan(number->mean)) {
        BS_TRY(read_one(surface, name, network, index, &number->mean));
    }
    snprintf(whole, sizeof whole, "%s_stderr", name);
    return read_one(surface, whole, network, index, &number->error);
}

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
static bs_status read_side(bs_surface *surface, const bs_claim *claim, const char *network,
                           bs_derived *side)
{
    const bs_surface_schema *schema = bs_surface_get_schema(surface);
    *side = (bs_derived){.mean = claim->number};
    if (network[0] == '\0') {
        return BS_OK;
    }
    *side = (bs_derived){(double)NAN, (double)NAN};
    for (int n = 0; n < schema->networks; n++) {
        if (strcmp(schema->network_names[n], network) == 0) {
            return bs_derived_read(surface, claim->quantity, n, claim->index, side);
        }
    }
    return BS_OK;
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

bs_status bs_claim_judge(bs_surface *surface, const bs_claim *claim, char text[BS_CLAIM_OUTCOME])
{
    static const char signs[] = {
        [BS_CLAIM_ABOVE] = '>', [BS_CLAIM_BELOW] = '<', [BS_CLAIM_EQUAL] = '='};
    bs_derived sides[2];
    char numbers[2][BS_DERIVED_TEXT], right[BS_CLAIM_TEXT], index[32] = "", verdict[96];
    BS_TRY(read_side(surface, claim, claim->left, &sides[0]));
    BS_TRY(read_side(surface, claim, claim->right, &sides[1]));
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
        snprintf(verdict, sizeof verdict, "without an error (a single realisation) not decided");
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

bs_status bs_claims_judge(bs_surface *surface, void (*take)(void *context, const char *outcome),
                          void *context)
{
    char *text = NULL;
    BS_TRY(bs_surface_attribute(surface, BS_CLAIM_ATTRIBUTE, &text));
    const char *rest = text != NULL ? text : "";
    bool found = true;
    bs_status status = BS_OK;
    while (found && status == BS_OK) {
        bs_claim claim;
        char outcome[BS_CLAIM_OUTCOME];
        status = bs_claim_next(&rest, &claim, &found);
        if (status == BS_OK && found) {
            status = bs_claim_judge(surface, &claim, outcome);
        }
        if (status == BS_OK && found) {
            take(context, outcome);
        }
    }
    bs_free(text);
    return status;
}
