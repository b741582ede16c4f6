/* The topic and flags of `blueshift theory`. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/text.h"
#include "theory_request.h"

enum { LIST_LENGTH = 256, COUNT_MAX = 10000, BITS = 1 };

static const char *const topics[TOPICS] = {"harmonics", "great-circle", "averaged", "residual",
                                           "multipath", "moments",      "fbm",      "averaging"};

const char *bs_theory_topic_at(int index, const char **about)
{
    static const char *const abouts[TOPICS] = {
        "of a nonlinearity on a cosine",
        "power spectrum along a great circle of a fully connected network of infinite width",
        "the same with blocks (x + f(x)) / sqrt 2",
        "the same with blocks x + f(x)",
        "the same with blocks that average several paths",
        "how <k^2> of these networks grows from block to block",
        "fractional Brownian motion",
        "variance of averages"};
    *about = index < TOPICS ? abouts[index] : "";
    return index < TOPICS ? topics[index] : NULL;
}

enum {
    IN_HARMONICS = BITS << TOPIC_HARMONICS,
    IN_CHAINS = BITS << TOPIC_AVERAGED | BITS << TOPIC_RESIDUAL | BITS << TOPIC_MULTIPATH,
    IN_CIRCLES = IN_CHAINS | BITS << TOPIC_GREAT_CIRCLE,
    IN_MOMENTS = BITS << TOPIC_MOMENTS,
    IN_FBM = BITS << TOPIC_FBM,
    IN_AVERAGING = BITS << TOPIC_AVERAGING
};

typedef enum kind { COUNT, NUMBER, WORD } kind;

/* Settings by their keys; a flag's name has '-' for '_'. */
static const struct {
    const char *key;
    unsigned topics;
    kind kind;
    size_t offset;
    double min, max;
} keys[] = {
    {"layers", BITS << TOPIC_GREAT_CIRCLE, COUNT, offsetof(theory_request, layers), 1, COUNT_MAX},
    {"blocks", IN_CHAINS | IN_MOMENTS, COUNT, offsetof(theory_request, blocks), 0, COUNT_MAX},
    {"block_layers", IN_CHAINS | IN_MOMENTS, COUNT, offsetof(theory_request, block_layers), 1,
     COUNT_MAX},
    {"paths", BITS << TOPIC_MULTIPATH | IN_MOMENTS, COUNT, offsetof(theory_request, paths), 1,
     COUNT_MAX},
    {"activation", IN_CIRCLES | IN_HARMONICS | IN_MOMENTS, WORD, 0, 0, 0},
    {"slope", IN_CIRCLES | IN_HARMONICS | IN_MOMENTS, NUMBER, offsetof(theory_request, slope), -1e6,
     1e6},
    {"amplitude", IN_HARMONICS, NUMBER, offsetof(theory_request, amplitude), 1e-6, 1e6},
    {"bias", IN_HARMONICS, NUMBER, offsetof(theory_request, bias), -1e6, 1e6},
    {"samples", IN_HARMONICS, COUNT, offsetof(theory_request, samples), 1, BS_HARMONICS_MAX},
    {"bins", IN_HARMONICS | IN_CIRCLES | IN_FBM, COUNT, offsetof(theory_request, bins), 1,
     COUNT_MAX},
    {"hurst", IN_FBM, NUMBER, offsetof(theory_request, hurst), 1e-9, 1 - 1e-9},
    {"copies", IN_AVERAGING, COUNT, offsetof(theory_request, copies), 1, COUNT_MAX},
    {"correlation", IN_AVERAGING, NUMBER, offsetof(theory_request, correlation), 0, 1},
    {"variance", IN_AVERAGING, NUMBER, offsetof(theory_request, variance), 0, 1e300},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static bs_status read_topic(const char *word, theory_topic *topic)
{
    for (int i = 0; i < TOPICS; i++) {
        if (strcmp(word, topics[i]) == 0) {
            *topic = (theory_topic)i;
            return BS_OK;
        }
    }
    char known[LIST_LENGTH];
    bs_text_suggest(word, TOPICS, topics, "Topics", known, sizeof known);
    return BS_FAIL(BS_ERR_USAGE, "there is no theory of '%s'%s", word, known);
}

/* Linear is the leaky relu of slope 1. */
static bs_status read_activation(const char *word, theory_request *request)
{
    static const bs_activation known[] = {BS_ACTIVATION_RELU, BS_ACTIVATION_LEAKY_RELU,
                                          BS_ACTIVATION_TANH, BS_ACTIVATION_LEAKY_RELU};
    enum { KNOWN = sizeof known / sizeof known[0], LINEAR = KNOWN - 1 };
    const char *names[KNOWN];
    for (int i = 0; i < KNOWN; i++) {
        names[i] = i == LINEAR ? "linear" : bs_activation_name(known[i]);
        if (strcmp(word, names[i]) == 0) {
            request->activation = known[i];
            request->slope = i == LINEAR ? 1.0 : request->slope;
            return BS_OK;
        }
    }
    char ending[LIST_LENGTH];
    bs_text_suggest(word, KNOWN, names, "Closed forms", ending, sizeof ending);
    return BS_FAIL(BS_ERR_USAGE, "--activation=%s has no closed form%s", word, ending);
}

/* The flag of a key, in NAME. */
static const char *flag_name(const char *key, char name[LIST_LENGTH])
{
    snprintf(name, LIST_LENGTH, "%s", key);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '_' ? '-' : *c;
    }
    return name;
}

static bs_status read_number(size_t key, const char *value, theory_request *request)
{
    char name[LIST_LENGTH];
    flag_name(keys[key].key, name);
    char *place = (char *)request + keys[key].offset;
    double number = 0.0;
    if (!bs_text_to_double(value, &number) || number < keys[key].min || number > keys[key].max) {
        return BS_FAIL(BS_ERR_USAGE, "--%s=%s: give a number from %g to %g", name, value,
                       keys[key].min, keys[key].max);
    }
    if (keys[key].kind == NUMBER) {
        *(double *)(void *)place = number;
        return BS_OK;
    }
    if (!bs_text_to_int64(value, (int64_t *)(void *)place)) {
        return BS_FAIL(BS_ERR_USAGE, "--%s=%s: give a whole number", name, value);
    }
    return BS_OK;
}

static bs_status read_setting(const char *setting, theory_request *request)
{
    size_t length = strcspn(setting, "=");
    const char *value = setting + length + 1;
    for (size_t i = 0; i < KEYS; i++) {
        if (strncmp(setting, keys[i].key, length) != 0 || keys[i].key[length] != '\0') {
            continue;
        }
        if ((keys[i].topics & (unsigned)BITS << request->topic) == 0) {
            char name[LIST_LENGTH];
            return BS_FAIL(BS_ERR_USAGE, "--%s means nothing for %s; leave it out",
                           flag_name(keys[i].key, name), topics[request->topic]);
        }
        return keys[i].kind == WORD ? read_activation(value, request)
                                    : read_number(i, value, request);
    }
    return BS_FAIL(BS_ERR_INTERNAL, "theory does not know the setting '%s'", setting);
}

bs_status bs_theory_request_read(const char *topic, int count, char *const *settings,
                                 theory_request *request)
{
    *request = (theory_request){.layers = 8,
                                .blocks = 9,
                                .block_layers = 2,
                                .paths = 3,
                                .activation = BS_ACTIVATION_RELU,
                                .slope = 0.01,
                                .amplitude = 1.0,
                                .bins = 25,
                                .hurst = 0.5,
                                .copies = 10,
                                .variance = 1.0};
    BS_TRY(read_topic(topic, &request->topic));
    if (request->topic == TOPIC_MOMENTS) {
        request->blocks = 27;
    }
    for (int i = 0; i < count; i++) {
        BS_TRY(read_setting(settings[i], request));
    }
    if (request->activation == BS_ACTIVATION_TANH && request->topic != TOPIC_HARMONICS) {
        return BS_FAIL(BS_ERR_USAGE, "--activation=tanh: great circles have closed forms for relu, "
                                     "leaky-relu and linear only");
    }
    return BS_OK;
}
