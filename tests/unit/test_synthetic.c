/* Tests of the synthetic images: the same bits everywhere, 1/f spectrum, learnable classes. */
#include <math.h>
#include <string.h>

#include "blueshift/hash.h"
#include "blueshift/images.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

enum { SIDE = BS_IMAGE_SIDE, PLANE = SIDE * SIDE };

typedef struct sample {
    int64_t count;
    uint8_t *pixels;
    uint8_t *labels;
} sample;

static sample make(const bs_image_set *dataset)
{
    sample s;
    assert_int_equal(bs_image_set_count(dataset, &s.count), BS_OK);
    s.pixels = bs_alloc((size_t)s.count, BS_IMAGE_BYTES);
    s.labels = bs_alloc((size_t)s.count, 1);
    assert_int_equal(bs_image_set_read(dataset, s.count, s.pixels, s.labels), BS_OK);
    return s;
}

static void discard(sample s)
{
    bs_free(s.pixels);
    bs_free(s.labels);
}

/* Hashes and labels from a second program, written in another language from the description. */
static void bits_are_those_of_an_independent_program(void **state)
{
    (void)state;
    enum { COUNT = 16 };
    static const struct {
        bs_image_set dataset;
        const char *hash;
        uint8_t labels[COUNT];
    } cases[] = {
        {{.seed = 1, .count = COUNT},
         "6b460335b9d82b1fe40daf9a22ada8e6b539fd6783081358d061f71c67ab5313",
         {4, 2, 3, 9, 0, 5, 7, 2, 3, 0, 5, 6, 1, 9, 9, 3}},
        {{.seed = 2022, .split = BS_SPLIT_TEST, .count = COUNT},
         "08c6c32740a067fd7903d9365b6b7c34368f041ebc8a441e4dd3b12a3907a15b",
         {0, 3, 9, 9, 1, 5, 0, 6, 1, 5, 8, 6, 6, 1, 0, 9}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s = make(&cases[i].dataset);
        char hex[BS_HASH_HEX];
        assert_int_equal(bs_hash_bytes(s.pixels, (size_t)COUNT * BS_IMAGE_BYTES, hex), BS_OK);
        assert_string_equal(hex, cases[i].hash);
        assert_memory_equal(s.labels, cases[i].labels, COUNT);
        discard(s);
    }
}

static void an_image_does_not_depend_on_the_others(void **state)
{
    (void)state;
    sample whole = make(&(bs_image_set){.seed = 5, .count = 40});
    for (int64_t first = 0; first < 40; first += 13) {
        sample part = make(&(bs_image_set){.seed = 5, .first = first, .count = 40 - first});
        assert_memory_equal(part.pixels, whole.pixels + first * BS_IMAGE_BYTES,
                            (size_t)part.count * BS_IMAGE_BYTES);
        assert_memory_equal(part.labels, whole.labels + first, (size_t)part.count);
        discard(part);
    }
    discard(whole);
}

static void seeds_and_splits_differ(void **state)
{
    (void)state;
    sample a = make(&(bs_image_set){.seed = 1, .count = 8});
    sample b = make(&(bs_image_set){.seed = 2, .count = 8});
    sample c = make(&(bs_image_set){.seed = 1, .count = 8, .split = BS_SPLIT_TEST});
    assert_memory_not_equal(a.pixels, b.pixels, (size_t)8 * BS_IMAGE_BYTES);
    assert_memory_not_equal(a.pixels, c.pixels, (size_t)8 * BS_IMAGE_BYTES);
    discard(a);
    discard(b);
    discard(c);
}

static void counts(void **state)
{
    (void)state;
    int64_t count = 0;
    assert_int_equal(bs_image_set_count(&(bs_image_set){.first = 9}, &count), BS_OK);
    assert_int_equal(count, 1024);
    assert_int_equal(bs_image_set_count(&(bs_image_set){.count = 70000}, &count), BS_OK);
    assert_int_equal(count, 70000);
    assert_int_equal(bs_image_set_count(&(bs_image_set){.count = -1}, &count), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "data.images -1"));
    assert_int_equal(bs_image_set_count(&(bs_image_set){.first = INT64_MAX}, &count), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "4294967295"));
    uint8_t byte = 0;
    assert_int_equal(bs_image_set_read(&(bs_image_set){.count = 4}, 3, &byte, &byte), BS_ERR_INPUT);
}

static void pixels_fill_the_range_and_rarely_clip(void **state)
{
    (void)state;
    sample s = make(&(bs_image_set){.seed = 3});
    double sum = 0.;
    double squares = 0.;
    int64_t clipped = 0;
    int64_t size = s.count * BS_IMAGE_BYTES;
    for (int64_t i = 0; i < size; i++) {
        double value = s.pixels[i];
        sum += value;
        squares += value * value;
        clipped += s.pixels[i] == 0 || s.pixels[i] == 255;
    }
    double mean = sum / (double)size;
    assert_true(fabs(mean - 127.5) < 3.);
    assert_true(fabs(sqrt(squares / (double)size - mean * mean) - 42.) < 1.);
    assert_true(clipped > 0 && (double)clipped < .005 * (double)size);
    discard(s);
}

/* |Fourier coefficient|^2 of one channel at (fy, fx), by its definition. */
static double power(const uint8_t *plane, int fy, int fx)
{
    const double unit = 2. * acos(-1.) / SIDE;
    double re = 0.;
    double im = 0.;
    for (int i = 0; i < PLANE; i++) {
        int periods = fy * (i / SIDE) + fx * (i % SIDE);
        double phase = unit * periods;
        re += plane[i] * cos(phase);
        im += plane[i] * sin(phase);
    }
    return re * re + im * im;
}

static void power_falls_with_the_square_of_frequency(void **state)
{
    (void)state;
    static const int modes[][2] = {{0, 1}, {2, 0}, {2, 2}, {3, -4}, {0, 8}, {-8, 8}, {5, 12}};
    sample s = make(&(bs_image_set){.seed = 4, .count = 400});
    double reference = 0.;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
        int fy = modes[m][0];
        int fx = modes[m][1];
        double mean = 0.;
        for (int64_t i = 0; i < s.count; i++) {
            mean += power(s.pixels + i * BS_IMAGE_BYTES + i % 3 * PLANE, fy, fx);
        }
        mean *= fy * fy + fx * fx;
        reference = m == 0 ? mean : reference;
        /* A mean of 400 powers scatters by 5 per cent, twice. */
        assert_true(fabs(mean / reference - 1.) < .3);
    }
    discard(s);
}

static void channels_correlate(void **state)
{
    (void)state;
    sample s = make(&(bs_image_set){.seed = 6, .count = 200});
    double product[2] = {0., 0.};
    for (int64_t i = 0; i < s.count; i++) {
        const uint8_t *image = s.pixels + i * BS_IMAGE_BYTES;
        for (int p = 0; p < PLANE; p++) {
            product[0] += (image[p] - 127.5) * (image[PLANE + p] - 127.5);
            product[1] += (image[PLANE + p] - 127.5) * (image[2 * PLANE + p] - 127.5);
        }
    }
    for (int i = 0; i < 2; i++) {
        assert_true(fabs(product[i] / (42. * 42. * 200. * PLANE) - .8) < .05);
    }
    discard(s);
}

static double squared_distance(const uint8_t *image, const double *mean)
{
    double sum = 0.;
    for (int i = 0; i < BS_IMAGE_BYTES; i++) {
        double difference = image[i] - mean[i];
        sum += difference * difference;
    }
    return sum;
}

/* Share of TEST whose nearest class mean of TRAIN is its own class's. */
static double nearest_mean_accuracy(sample train, sample test)
{
    double *means = bs_alloc((size_t)BS_CLASSES * BS_IMAGE_BYTES, sizeof *means);
    double images[BS_CLASSES] = {0.};
    for (int64_t i = 0; i < train.count; i++) {
        images[train.labels[i]] += 1.;
        for (int p = 0; p < BS_IMAGE_BYTES; p++) {
            means[train.labels[i] * BS_IMAGE_BYTES + p] += train.pixels[i * BS_IMAGE_BYTES + p];
        }
    }
    for (int i = 0; i < BS_CLASSES * BS_IMAGE_BYTES; i++) {
        means[i] /= images[i / BS_IMAGE_BYTES];
    }
    double correct = 0.;
    for (int64_t i = 0; i < test.count; i++) {
        const uint8_t *image = test.pixels + i * BS_IMAGE_BYTES;
        ptrdiff_t best = 0;
        for (ptrdiff_t class = 1; class < BS_CLASSES; class ++) {
            if (squared_distance(image, means + class * BS_IMAGE_BYTES) <
                squared_distance(image, means + best * BS_IMAGE_BYTES)) {
                best = class;
            }
        }
        correct += best == test.labels[i] ? 1. : 0.;
    }
    bs_free(means);
    return correct / (double)test.count;
}

/* Also shows that both splits have the same classes. */
static void classes_can_be_told_apart_but_not_all(void **state)
{
    (void)state;
    sample train = make(&(bs_image_set){.seed = 7});
    sample test = make(&(bs_image_set){.seed = 7, .split = BS_SPLIT_TEST, .count = 300});
    sample other = make(&(bs_image_set){.seed = 8, .split = BS_SPLIT_TEST, .count = 300});
    double accuracy = nearest_mean_accuracy(train, test);
    assert_true(accuracy > .65 && accuracy < .95);
    assert_true(nearest_mean_accuracy(train, other) < .3);
    discard(train);
    discard(test);
    discard(other);
}

static void labels_are_evenly_spread(void **state)
{
    (void)state;
    sample s = make(&(bs_image_set){.seed = 9, .count = 2000});
    int counts_of[256] = {0};
    for (int64_t i = 0; i < s.count; i++) {
        counts_of[s.labels[i]]++;
    }
    for (int class = 0; class < BS_CLASSES; class ++) {
        assert_in_range(counts_of[class], 140, 260);
    }
    discard(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_those_of_an_independent_program),
        cmocka_unit_test(an_image_does_not_depend_on_the_others),
        cmocka_unit_test(seeds_and_splits_differ),
        cmocka_unit_test(counts),
        cmocka_unit_test(pixels_fill_the_range_and_rarely_clip),
        cmocka_unit_test(power_falls_with_the_square_of_frequency),
        cmocka_unit_test(channels_correlate),
        cmocka_unit_test(classes_can_be_told_apart_but_not_all),
        cmocka_unit_test(labels_are_evenly_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
