/* YAML trees: parsing with places, merging, settings by dotted path, emitting, and fuzzed text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/yaml_tree.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

static bs_yaml_tree *parsed(const char *text)
{
    bs_yaml_tree *tree = NULL;
    assert_int_equal(bs_yaml_parse(text, "a.yaml", &tree), BS_OK);
    assert_non_null(tree);
    return tree;
}

static void assert_emits(const bs_yaml_tree *tree, const char *expected)
{
    char *text = NULL;
    assert_int_equal(bs_yaml_emit(tree, &text), BS_OK);
    assert_string_equal(text, expected);
    bs_free(text);
}

static void assert_refused(const char *text, const char *message)
{
    bs_yaml_tree *tree = NULL;
    assert_int_equal(bs_yaml_parse(text, "a.yaml", &tree), BS_ERR_USAGE);
    assert_null(tree);
    assert_string_equal(bs_error_text(), message);
}

static void keeps_order_places_and_quotes(void **state)
{
    (void)state;
    bs_yaml_tree *tree = parsed("b: 1 # comment\na:\n  - x: 'yes'\n    y: [1, 2.5]\n  - z\n");
    assert_emits(tree, "b: 1\na:\n- x: 'yes'\n  y: [1, 2.5]\n- z\n");
    const bs_yaml_node *node = bs_yaml_find(tree, "a.0.y.1");
    assert_non_null(node);
    assert_string_equal(node->text, "2.5");
    assert_int_equal(node->line, 4);
    char place[64];
    bs_yaml_node_place(node, place, sizeof place);
    assert_string_equal(place, "a.yaml:4: ");
    node = bs_yaml_find(tree, "a.0.x");
    assert_true(node->quoted);
    assert_string_equal(node->key, "x");
    assert_int_equal(node->key_line, 3);
    assert_null(bs_yaml_find(tree, "a.2"));
    assert_null(bs_yaml_find(tree, "a.-1"));
    assert_null(bs_yaml_find(tree, "a.x"));
    assert_null(bs_yaml_find(tree, "b.x"));
    assert_null(bs_yaml_find(tree, ""));
    bs_yaml_destroy(tree);
}

static void empty_text_is_an_empty_mapping(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "# only a comment\n", "\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bs_yaml_tree *tree = parsed(texts[i]);
        assert_emits(tree, "{}\n");
        bs_yaml_destroy(tree);
    }
}

static void odd_texts_survive(void **state)
{
    (void)state;
    static const char text[] = "a: \"x: #y\"\nb: \"two\\nlines\"\nc: ''\nd: \"\\t\\x07\"\n"
                               "e: \xc3\xa9\nf: \"null\"\ng: []\nh: {}\n";
    bs_yaml_tree *tree = parsed(text);
    char *once = NULL;
    assert_int_equal(bs_yaml_emit(tree, &once), BS_OK);
    bs_yaml_tree *again = parsed(once);
    assert_string_equal(bs_yaml_find(again, "a")->text, "x: #y");
    assert_string_equal(bs_yaml_find(again, "b")->text, "two\nlines");
    assert_string_equal(bs_yaml_find(again, "c")->text, "");
    assert_true(bs_yaml_find(again, "c")->quoted);
    assert_string_equal(bs_yaml_find(again, "d")->text, "\t\x07");
    assert_string_equal(bs_yaml_find(again, "e")->text, "\xc3\xa9");
    assert_false(bs_yaml_node_is_null(bs_yaml_find(again, "f")));
    assert_int_equal(bs_yaml_find(again, "g")->kind, BS_YAML_LIST);
    assert_int_equal(bs_yaml_find(again, "h")->kind, BS_YAML_MAPPING);
    assert_emits(again, once);
    bs_free(once);
    bs_yaml_destroy(again);
    bs_yaml_destroy(tree);
}

static void refuses_what_experiments_do_not_need(void **state)
{
    (void)state;
    assert_refused("a: 1\nb: 2\na: 3\n",
                   "a.yaml:3: key 'a' was given before, in line 1; keep one of the two");
    assert_refused("a: 1\n---\nb: 2\n",
                   "a.yaml:2: a second document starts here; an experiment is one document: take "
                   "the line '---' out, or split the file");
    assert_refused("a: &x 1\n", "a.yaml:1: anchors (&) and aliases (*) are not supported; write "
                                "the value out, or put it in quotes if it is a text");
    assert_refused("a: 1\nb: *x\n", "a.yaml:2: anchors (&) and aliases (*) are not supported; "
                                    "write the value out, or put it in quotes if it is a text");
    assert_refused("a: !!int 1\n",
                   "a.yaml:1: tags (tag:yaml.org,2002:int) are not supported; leave it out");
    assert_refused("? [a]\n: 1\n", "a.yaml:1: a list or mapping as a key; keys are words");
    assert_refused("a: \"\\0\"\n", "a.yaml:1: a text with a zero byte; take \\0 out");
    assert_refused("a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n",
                   "a.yaml:1: more than 16 levels or 20000 values; an experiment needs far fewer");
}

static void syntax_errors_name_line_and_remedy(void **state)
{
    (void)state;
    assert_refused("a: 1\nb: [1, 2\nc: 3\n",
                   "a.yaml:3: not valid YAML: did not find expected ',' or ']' (while parsing a "
                   "flow sequence that starts in line 2); check indentation, colons, brackets and "
                   "quotes");
    assert_refused("a:\n\t- b\n", "a.yaml:2: not valid YAML: found character that cannot start any "
                                  "token while scanning for the next token; put values that begin "
                                  "with @, ` or % in quotes, and indent with spaces, not tabs");
    assert_refused("a: \xff\n", "a.yaml: not a text (invalid leading UTF-8 octet, byte 3); give a "
                                "YAML file in UTF-8");
}

static void too_many_values_are_refused(void **state)
{
    (void)state;
    size_t bytes = 3 * (size_t)BS_YAML_NODES + 16;
    char *text = bs_alloc(bytes, 1);
    assert_non_null(text);
    snprintf(text, bytes, "a: [");
    for (size_t i = 0; i < BS_YAML_NODES; i++) {
        text[4 + 2 * i] = '1';
        text[5 + 2 * i] = ',';
    }
    text[4 + 2 * (size_t)BS_YAML_NODES] = ']';
    assert_refused(text, "a.yaml:1: more than 16 levels or 20000 values; an experiment needs far "
                         "fewer");
    bs_free(text);
}

static void merge_lays_over(void **state)
{
    (void)state;
    bs_yaml_tree *base = parsed("a: {x: 1, y: 2}\nl: [1, 2]\nk: v\nn: 3\n");
    bs_yaml_tree *over = NULL;
    assert_int_equal(
        bs_yaml_parse("\na: {y: 5, z: 6}\nl: [7]\nm: {q: 1}\nn:\nk: ~\n", "b.yaml", &over), BS_OK);
    assert_int_equal(bs_yaml_merge(base, over), BS_OK);
    bs_yaml_destroy(over);
    assert_emits(base, "a:\n  x: 1\n  y: 5\n  z: 6\nl: [7]\nk: v\nn: 3\nm:\n  q: 1\n");
    char place[64];
    bs_yaml_node_place(bs_yaml_find(base, "a.y"), place, sizeof place);
    assert_string_equal(place, "b.yaml:2: ");
    bs_yaml_node_place(bs_yaml_find(base, "a.x"), place, sizeof place);
    assert_string_equal(place, "a.yaml:1: ");
    bs_yaml_destroy(base);
}

static void lists_are_completed(void **state)
{
    (void)state;
    bs_yaml_tree *tree = parsed("n:\n- {b: 5}\n- {c: 6, a: 7}\n- word\n-\n");
    bs_yaml_tree *defaults = parsed("{a: 1, b: 2}");
    assert_int_equal(bs_yaml_complete(tree, "n", bs_yaml_root(defaults)), BS_OK);
    assert_int_equal(bs_yaml_complete(tree, "other", bs_yaml_root(defaults)), BS_OK);
    bs_yaml_destroy(defaults);
    assert_emits(tree, "n:\n- a: 1\n  b: 5\n- a: 7\n  b: 2\n  c: 6\n- word\n- a: 1\n  b: 2\n");
    bs_yaml_destroy(tree);
}

static void lists_are_repeated(void **state)
{
    (void)state;
    bs_yaml_tree *tree = parsed("n:\n- {b: 5}\n- word\nk: v\n");
    assert_int_equal(bs_yaml_repeat(tree, "n", 2), BS_OK);
    assert_int_equal(bs_yaml_repeat(tree, "k", 2), BS_OK);
    assert_int_equal(bs_yaml_repeat(tree, "other", 2), BS_OK);
    bs_yaml_tree *value = parsed("\n\n7");
    assert_int_equal(bs_yaml_apply(tree, "n.1.b", bs_yaml_root(value)), BS_OK);
    assert_int_equal(bs_yaml_apply(tree, "n.3.b", bs_yaml_root(value)), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(), "a.yaml:3: there is no 'b' below the single value 'word'");
    bs_yaml_destroy(value);
    assert_emits(tree, "n:\n- b: 5\n- b: 7\n- word\n- word\nk: v\n");
    char place[64];
    bs_yaml_node_place(bs_yaml_find(tree, "n.1.b"), place, sizeof place);
    assert_string_equal(place, "a.yaml:3: ");
    bs_yaml_destroy(tree);
}

static void parts_are_detached(void **state)
{
    (void)state;
    bs_yaml_tree *tree = parsed("a: 1\nb: {c: 2}\nd: 3\n");
    bs_yaml_tree *part = NULL;
    assert_int_equal(bs_yaml_detach(tree, "c", &part), BS_OK);
    assert_null(part);
    assert_int_equal(bs_yaml_detach(tree, "b", &part), BS_OK);
    assert_emits(part, "c: 2\n");
    assert_emits(tree, "a: 1\nd: 3\n");
    bs_yaml_destroy(part);
    assert_int_equal(bs_yaml_detach(tree, "d", &part), BS_OK);
    assert_emits(tree, "a: 1\n");
    bs_yaml_destroy(part);
    bs_yaml_destroy(tree);
}

static void settings_by_path(void **state)
{
    (void)state;
    bs_yaml_tree *d = parsed("grid: {x: 0}\nn: [{depth: 1}, {depth: 2}]\nempty:\n");
    static const char *const settings[] = {
        "grid.x=-1:1:51",
        "n.1.depth=20",
        "n.width=3",
        "new.deep.key=[1, 2]",
        "title=a: b # c",
        "quoted=\"x, 'y'\"",
        "grid={y: 1, z: {w: 2}}",
        "file=",
        "empty.key=1",
        "equation=a=b",
        "path=/tmp/@x & *y",
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(bs_yaml_set(d, settings[i]), BS_OK);
    }
    assert_emits(d, "grid:\n  x: -1:1:51\n  y: 1\n  z:\n    w: 2\n"
                    "n:\n- depth: 1\n  width: 3\n- depth: 20\n  width: 3\n"
                    "empty:\n  key: 1\nnew:\n  deep:\n    key: [1, 2]\n"
                    "title: 'a: b # c'\nquoted: 'x, ''y'''\nfile: ''\nequation: a=b\n"
                    "path: /tmp/@x & *y\n");
    char place[128];
    bs_yaml_node_place(bs_yaml_find(d, "n.1.depth"), place, sizeof place);
    assert_string_equal(place, "setting 'n.1.depth=20': ");
    bs_yaml_destroy(d);
}

static void bad_settings(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"grid.x", "setting 'grid.x' is not of the form key=value, such as networks.0.depth=20"},
        {"=1", "setting '=1' is not of the form key=value, such as networks.0.depth=20"},
        {"a.=1", "setting 'a.=1': a part of the key is empty or too long"},
        {"a..b=1", "setting 'a..b=1': a part of the key is empty or too long"},
        {"k.sub=1", "setting 'k.sub=1': there is no 'sub' below the single value 'v'"},
        {"n.2.x=1", "setting 'n.2.x=1': there is no entry 2; the list has 2, counted from 0"},
        {"n.-1=1", "setting 'n.-1=1': there is no entry -1; the list has 2, counted from 0"},
        {"k=[1", "setting 'k=[1': not valid YAML: did not find expected ',' or ']' while parsing a "
                 "flow sequence; check indentation, colons, brackets and quotes"},
        {"k={a: 1, a: 2}",
         "setting 'k={a: 1, a: 2}': key 'a' was given before; keep one of the two"},
        {"k=\xff", "setting 'k=\xff' is not UTF-8 text; rename the file or folder"},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s=1",
         "setting 'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s=1': the key has more than 16 parts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bs_yaml_tree *d = parsed("k: v\nn: [{depth: 1}, {depth: 2}]\n");
        assert_int_equal(bs_yaml_set(d, cases[i][0]), BS_ERR_USAGE);
        assert_string_equal(bs_error_text(), cases[i][1]);
        bs_yaml_destroy(d);
    }
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/bs_yaml_XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    fputs("a: 1\nb: ]\n", file);
    fclose(file);
    bs_yaml_tree *tree = NULL;
    assert_int_equal(bs_yaml_read(path, &tree), BS_ERR_USAGE);
    assert_memory_equal(bs_error_text(), path, strlen(path));
    assert_non_null(strstr(bs_error_text(), ":2: not valid YAML"));

    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i <= BS_YAML_BYTES; i++) {
        fputc('#', file);
    }
    fclose(file);
    assert_int_equal(bs_yaml_read(path, &tree), BS_ERR_USAGE);
    assert_non_null(strstr(bs_error_text(), "larger than 1048576 bytes; give a YAML file"));
    unlink(path);

    assert_int_equal(bs_yaml_read("/nonexistent/e.yaml", &tree), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(), "/nonexistent/e.yaml: cannot be opened (No such file or "
                                         "directory); give the path of a YAML file");
    assert_int_equal(bs_yaml_read("/tmp", &tree), BS_ERR_USAGE);
    assert_string_equal(bs_error_text(),
                        "/tmp: cannot be read (Is a directory); give the path of a YAML file");
    assert_null(tree);
}

/* Damages TEXT at a few places; the sequence depends on SEED alone. */
static void damage(char *text, size_t length, uint32_t seed)
{
    static const char bytes[] = "\n\n  :-[]{},'\"#&*!|>%@`?\t\\0a\x80\xc3\xff~";
    uint32_t x = seed * 2654435761U + 1;
    for (uint32_t hits = 1 + seed % 4; hits > 0; hits--) {
        x = x * 1664525U + 1013904223U;
        size_t at = (x >> 8) % length;
        x = x * 1664525U + 1013904223U;
        text[at] = bytes[(x >> 8) % (sizeof bytes - 1)];
    }
}

static void fuzzed_text_never_breaks(void **state)
{
    (void)state;
    static const char text[] =
        "title: \"a \\u00e9 b\"\nseed: 7\ndata: {source: cifar10, mean: [0.1, "
        "0.2, 0.3]}\nnetworks:\n  - name: one\n    depth: 20\n  - name: two"
        "\n    activation: 'leaky-relu'\ntext: |\n  two\n  lines\n";
    int accepted = 0;
    for (uint32_t seed = 0; seed < 3000; seed++) {
        char broken[sizeof text];
        memcpy(broken, text, sizeof text);
        damage(broken, sizeof text - 1, seed);
        bs_yaml_tree *tree = NULL;
        if (bs_yaml_parse(broken, "fuzz", &tree) != BS_OK) {
            assert_null(tree);
            assert_memory_equal(bs_error_text(), "fuzz:", 5);
            continue;
        }
        accepted++;
        char *once = NULL;
        assert_int_equal(bs_yaml_emit(tree, &once), BS_OK);
        bs_yaml_tree *again = parsed(once);
        assert_emits(again, once);
        bs_free(once);
        bs_yaml_destroy(again);
        bs_yaml_destroy(tree);
    }
    assert_in_range(accepted, 500, 2500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_places_and_quotes),
        cmocka_unit_test(empty_text_is_an_empty_mapping),
        cmocka_unit_test(odd_texts_survive),
        cmocka_unit_test(refuses_what_experiments_do_not_need),
        cmocka_unit_test(syntax_errors_name_line_and_remedy),
        cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(merge_lays_over),
        cmocka_unit_test(lists_are_completed),
        cmocka_unit_test(lists_are_repeated),
        cmocka_unit_test(parts_are_detached),
        cmocka_unit_test(settings_by_path),
        cmocka_unit_test(bad_settings),
        cmocka_unit_test(files),
        cmocka_unit_test(fuzzed_text_never_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
