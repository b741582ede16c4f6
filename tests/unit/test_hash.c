/* Tests of SHA-256 against the published answers (FIPS 180-2, appendix B). */
#include <string.h>

#include "blueshift/hash.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"
#include "scratch.h"

static const char EMPTY[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char TWO_BLOCKS[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char MILLION[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
enum { MILLION_BYTES = 1000000 };

static void short_messages(void **state)
{
    (void)state;
    char hex[BS_HASH_HEX];
    static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_int_equal(bs_hash_bytes("", 0, hex), BS_OK);
    assert_string_equal(hex, EMPTY);
    assert_int_equal(bs_hash_bytes("abc", 3, hex), BS_OK);
    assert_string_equal(hex, ABC);
    assert_int_equal(bs_hash_bytes(text, sizeof text - 1, hex), BS_OK);
    assert_string_equal(hex, TWO_BLOCKS);
}

static void pieces_of_any_size_add_up(void **state)
{
    (void)state;
    char *text = bs_alloc(MILLION_BYTES, 1);
    memset(text, 'a', MILLION_BYTES);
    bs_hash *hash = bs_hash_create();
    size_t done = 0;
    for (size_t piece = 0; done + piece <= MILLION_BYTES; done += piece, piece += 13) {
        bs_hash_update(hash, text + done, piece);
    }
    bs_hash_update(hash, text + done, MILLION_BYTES - done);
    char hex[BS_HASH_HEX];
    bs_hash_finish(hash, hex);
    assert_string_equal(hex, MILLION);
    bs_free(text);
}

static void files(void **state)
{
    (void)state;
    char hex[BS_HASH_HEX];
    char *text = bs_alloc(MILLION_BYTES, 1);
    memset(text, 'a', MILLION_BYTES);
    assert_int_equal(bs_hash_file(scratch_write("million", text, MILLION_BYTES), hex), BS_OK);
    assert_string_equal(hex, MILLION);
    assert_int_equal(bs_hash_file(scratch_write("empty", "", 0), hex), BS_OK);
    assert_string_equal(hex, EMPTY);
    bs_free(text);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    char hex[BS_HASH_HEX];
    assert_int_equal(bs_hash_file(scratch_path("absent"), hex), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "absent: No such file"));
    assert_int_equal(bs_hash_file(scratch_folder, hex), BS_ERR_INPUT);
    assert_non_null(strstr(bs_error_text(), "directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_messages),
        cmocka_unit_test(pieces_of_any_size_add_up),
        cmocka_unit_test(files),
        cmocka_unit_test(unreadable_files_are_named),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
