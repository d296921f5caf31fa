/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/lib/arena_fixture.h"
#include "worker/config/toml.h"

static const struct toml_table *read_text(struct arena *arena, const char *text)
{
    const struct toml_table *root = NULL;
    struct tl_error error = {0};

    if (toml_read(arena, tl_bytes_of(text), &root, &error) != TL_OK) {
        fail_msg("%d:%d %s: %s", error.line, error.column, error.field, error.message);
    }
    return root;
}

static const struct toml_value *value_of(const struct toml_table *table, const char *key)
{
    const struct toml_entry *entry = toml_get(table, key);

    if (entry == NULL) {
        fail_msg("there is no %s", key);
    }
    return &entry->value;
}

static void is_string(struct arena *arena, const char *written, const char *meant)
{
    char text[400];

    snprintf(text, sizeof(text), "a = %s", written);
    const struct toml_value *value = value_of(read_text(arena, text), "a");
    assert_int_equal(value->type, TOML_STRING);
    assert_string_equal((const char *)value->string.data, meant);
    assert_int_equal(value->string.len, strlen(meant));
}

static void is_type(struct arena *arena, const char *written, enum toml_type type)
{
    char text[100];

    snprintf(text, sizeof(text), "a = %s # here", written);
    assert_string_equal(toml_type_name(value_of(read_text(arena, text), "a")->type), toml_type_name(type));
}

/* Refused at "line:column field", for a reason that `said` is part of. */
static void refused(struct arena *arena, const char *text, const char *place, const char *said)
{
    const struct toml_table *root = NULL;
    struct tl_error error = {0};
    char found[200];

    assert_int_equal(toml_read(arena, tl_bytes_of(text), &root, &error), TL_MALFORMED);
    assert_null(root);
    snprintf(found, sizeof(found), "%d:%d %s", error.line, error.column, error.field);
    assert_string_equal(found, place);
    if (strstr(error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
    }
}

/* ---- Keys and tables ---- */

static void tables_hold_keys(void **state)
{
    const struct toml_table *root = read_text(
        *state,
        "# all of it\n"
        "top = 'x'\n"
        "\n"
        " [ profile . default ] # spaces\r\n"
        "\taddress=\"a\"\n"
        "[profile.'other one'.tls]\n"
        "disabled = true");
    const struct toml_table *profiles = value_of(root, "profile")->table;

    assert_string_equal((const char *)value_of(root, "top")->string.data, "x");
    assert_string_equal((const char *)value_of(value_of(profiles, "default")->table, "address")->string.data, "a");
    const struct toml_table *other = value_of(profiles, "other one")->table;
    assert_true(value_of(value_of(other, "tls")->table, "disabled")->boolean);
    assert_int_equal(toml_get(profiles, "other one")->place.line, 6);
    assert_int_equal(toml_get(profiles, "other one")->place.column, 10);
}

static void dotted_keys_make_tables(void **state)
{
    const struct toml_table *root = read_text(*state, "a.b.c = 'x'\na . \"b\".d = false\n1.2 = 'y'\n'' = 'none'");
    const struct toml_table *b = value_of(value_of(root, "a")->table, "b")->table;

    assert_string_equal((const char *)value_of(b, "c")->string.data, "x");
    assert_false(value_of(b, "d")->boolean);
    assert_string_equal((const char *)value_of(value_of(root, "1")->table, "2")->string.data, "y");
    assert_string_equal((const char *)value_of(root, "")->string.data, "none");
}

static void inline_tables_are_tables(void **state)
{
    const struct toml_table *root = read_text(*state, "a = { b = 'x', c.d = {}, \"e\" = [ { f = 1 }, ] } # end");
    const struct toml_table *a = value_of(root, "a")->table;

    assert_string_equal((const char *)value_of(a, "b")->string.data, "x");
    const struct toml_value *d = value_of(value_of(a, "c")->table, "d");
    assert_int_equal(d->type, TOML_TABLE);
    assert_int_equal(map_count(&d->table->entries), 0);
    assert_int_equal(value_of(a, "e")->type, TOML_ARRAY);
}

static void a_table_may_follow_its_children(void **state)
{
    const struct toml_table *root = read_text(*state, "[a.b.c]\nx=1\n[a]\ny=2\n[a.b]\nz=3\n[a.d]\n");

    assert_int_equal(map_count(&value_of(root, "a")->table->entries), 3);
}

static void tables_may_stand_below_dotted_ones(void **state)
{
    const struct toml_table *root =
        read_text(*state, "[fruit]\napple.color = 1\n[fruit.apple.texture]\nsmooth = true\n");
    const struct toml_table *apple = value_of(value_of(root, "fruit")->table, "apple")->table;

    assert_true(value_of(value_of(apple, "texture")->table, "smooth")->boolean);
}

static void arrays_of_tables_keep_their_last(void **state)
{
    const struct toml_table *root = read_text(*state, "[[a]]\nb = 'x'\n[a.c]\n[[a]]\nb = 'y'\n[[a.d]]\n[[a.d]]\n");
    const struct toml_value *a = value_of(root, "a");

    assert_int_equal(a->type, TOML_TABLES);
    assert_string_equal((const char *)value_of(a->table, "b")->string.data, "y");
    assert_null(toml_get(a->table, "c"));
    assert_int_equal(value_of(a->table, "d")->type, TOML_TABLES);
}

static void nothing_is_an_empty_document(void **state)
{
    assert_int_equal(map_count(&read_text(*state, "")->entries), 0);
    assert_int_equal(map_count(&read_text(*state, "\xef\xbb\xbf# a byte order mark\r\n\t \n")->entries), 0);
}

static void nothing_is_defined_twice(void **state)
{
    refused(*state, "a = 1\na = 2", "2:1 a", "defined already");
    refused(*state, "a = 1\n'a' = 2", "2:1 a", "defined already");
    refused(*state, "[a]\n[b]\n[a]", "3:2 a", "defined already");
    refused(*state, "a.b = 1\n[a]", "2:2 a", "defined already");
    refused(*state, "[a]\nb.c = 1\n[a.b]", "3:4 a.b", "defined already");
    refused(*state, "a = {}\n[a.b]", "2:2 a.b", "defined already");
    refused(*state, "a = {b = 1}\na.c = 2", "2:1 a.c", "defined already");
    refused(*state, "a = 1\n[a.b]", "2:2 a.b", "defined already");
    refused(*state, "[a.b.c]\nz = 9\n[a]\nb.c.t = 1", "4:1 a.b.c.t", "defined already");
    refused(*state, "a = []\n[[a]]", "2:3 a", "defined already");
    refused(*state, "[a]\n[[a]]", "2:3 a", "defined already");
    refused(*state, "[[a]]\n[a]", "2:2 a", "defined already");
    refused(*state, "x = {a = 1, a = 2}", "1:13 x.a", "defined already");
    refused(*state, "x = {a.b = 1, a = 2}", "1:15 x.a", "defined already");
}

static void keys_have_to_be_keys(void **state)
{
    refused(*state, "= 1", "1:1 ", "a key is missing here");
    refused(*state, "a. = 1", "1:4 ", "a key is missing here");
    refused(*state, "a b = 1", "1:3 a", "= is missing");
    refused(*state, "[a]\nb", "2:2 a.b", "= is missing");
    refused(*state, "a.", "1:3 ", "a key is missing at the end");
    refused(*state, "[]", "1:2 ", "a key is missing here");
    refused(*state, "[a", "1:3 a", "not closed by ]");
    refused(*state, "[[a]", "1:4 a", "not closed by ]]");
    refused(*state, "[a] b = 1", "1:5 a", "same line");
    refused(*state, "a = 1 b = 2", "1:7 a", "same line");
    refused(*state, "\"\"\"a\"\"\" = 1", "1:3 \"\"", "= is missing");
    refused(*state, "\xc3\xa4 = 1", "1:1 ", "a key is missing here");
}

/* ---- Strings ---- */

static void basic_strings_have_escapes(void **state)
{
    is_string(*state, "\"\"", "");
    is_string(*state, "\"a\\tb\\n\\r\\b\\f\\\"\\\\ # 'c'\"", "a\tb\n\r\b\f\"\\ # 'c'");
    is_string(*state, "\"\\u00e4\\U0001F600\\u20AC\"", "\xc3\xa4\xf0\x9f\x98\x80\xe2\x82\xac");
    is_string(*state, "\"tab\there\"", "tab\there");
}

static void literal_strings_have_none(void **state)
{
    is_string(*state, "'C:\\new\\\"x\"'", "C:\\new\\\"x\"");
    is_string(*state, "''", "");
}

static void strings_of_many_lines(void **state)
{
    is_string(*state, "\"\"\"\"\"\"", "");
    is_string(*state, "\"\"\"\nPEM\nlines\r\n\"\"\"", "PEM\nlines\r\n");
    is_string(*state, "\"\"\"one \\\n\n   two\\\r\n\"\"\"", "one two");
    is_string(*state, "\"\"\"one \\   \n two\"\"\"", "one two");
    is_string(*state, "\"\"\"\"a\"\"b\"\"\"\"\"", "\"a\"\"b\"\"");
    is_string(*state, "'''\n\\'a''b'''''", "\\'a''b''");
}

static void a_string_may_hold_nul(void **state)
{
    const struct toml_value *value = value_of(read_text(*state, "a = \"x\\u0000y\""), "a");

    assert_int_equal(value->string.len, 3);
    assert_memory_equal(value->string.data, "x\0y", 4);
}

static void strings_are_closed(void **state)
{
    refused(*state, "a = \"x", "1:5 a", "not closed");
    refused(*state, "a = 'x\n'", "1:5 a", "not closed");
    refused(*state, "[t]\na = \"\"\"x\ny\"\"", "2:5 t.a", "not closed");
    refused(*state, "a = '''x'", "1:5 a", "not closed");
    refused(*state, "a = \"x\\", "1:8 a", "no such escape");
    refused(*state, "a = '''x''''''", "1:14 a", "same line");
}

static void escapes_and_characters_are_checked(void **state)
{
    refused(*state, "a = \"\\q\"", "1:7 a", "no such escape");
    refused(*state, "a = \"\\\n\"", "1:7 a", "no such escape");
    refused(*state, "a = \"\"\"\\ x\"\"\"", "1:9 a", "no such escape");
    refused(*state, "a = \"\\u12g4\"", "1:10 a", "4 hexadecimal digits");
    refused(*state, "a = \"\\ud800\"", "1:8 a", "no character");
    refused(*state, "a = \"\\U00110000\"", "1:8 a", "no character");
    refused(*state, "a = \"\x01\"", "1:6 a", "control character");
    refused(*state, "a = '\x7f'", "1:6 a", "control character");
    refused(*state, "a = '''\r'''", "1:8 a", "control character");
    refused(*state, "# a\x02", "1:4 ", "control character");
    refused(*state, "# ok\n# \xff", "2:3 ", "not UTF-8");
}

/* ---- Other values ---- */

static void booleans_are_words(void **state)
{
    assert_true(value_of(read_text(*state, "a = true"), "a")->boolean);
    assert_false(value_of(read_text(*state, "a = false"), "a")->boolean);
    refused(*state, "a = True", "1:5 a", "no value");
    refused(*state, "a = truely", "1:9 a", "same line");
}

static void integers(void **state)
{
    static const char *const good[] = {
        "0", "-0", "+1", "1_000", "9223372036854775807", "-9223372036854775808", "0xDead_beef", "0o755", "0b1"};
    static const char *const bad[] = {
        "01",
        "1_",
        "_1",
        "1__0",
        "9223372036854775808",
        "-9223372036854775809",
        "0x",
        "0xg",
        "-0x1",
        "0b2",
        "0o8",
        "0X1",
        "+",
        "--1",
        "1a",
        "0x8000000000000000",
        "0x_1",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_type(*state, good[i], TOML_INTEGER);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[60];

        snprintf(text, sizeof(text), "a = %s", bad[i]);
        refused(*state, text, "1:5 a", "no value");
    }
}

static void floats(void **state)
{
    static const char *const good[] = {
        "1.0", "-0.0", "+1.5e10", "1e5", "1E-05", "6.626e-34", "1_0.2_5", "inf", "-inf", "nan"};
    static const char *const bad[] = {".5", "1.", "1.e5", "1e", "00.5", "1._5", "1.5_", "1e1.5", "Inf", "1.0.0"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_type(*state, good[i], TOML_FLOAT);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[60];

        snprintf(text, sizeof(text), "a = %s", bad[i]);
        refused(*state, text, "1:5 a", "no value");
    }
}

static void dates_and_times(void **state)
{
    static const char *const good[] = {
        "1979-05-27T07:32:00Z",
        "1979-05-27t00:32:00.999999-07:00",
        "1979-05-27 07:32:00z",
        "1979-05-27T07:32:00",
        "1979-05-27",
        "07:32:00",
        "23:59:60.5",
        "2024-02-29"};
    static const char *const bad[] = {
        "1979-13-01",
        "1979-02-29",
        "1900-02-29",
        "24:00:00",
        "07:32",
        "07:60:00",
        "1979-05-27T",
        "1979-05-27T07:32:00.",
        "1979-5-27",
        "1979-05-27T07:32:00+25:00",
        "1979-05-27T07:32:00Z1",
        "79-05-27",
        "07:32:00Z"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_type(*state, good[i], TOML_TIME);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[60];

        snprintf(text, sizeof(text), "a = %s", bad[i]);
        refused(*state, text, "1:5 a", "no value");
    }
}

static void arrays_are_skipped_right(void **state)
{
    is_type(*state, "[]", TOML_ARRAY);
    is_type(*state, "[ 1, 'a]', \"]\", [true, [{b = ']'}]], 1979-05-27 07:32:00, ]", TOML_ARRAY);
    const struct toml_table *root = read_text(*state, "a = [ # one ]\n  1, # two\n\n 2\n]\nb = 'after'");

    assert_string_equal((const char *)value_of(root, "b")->string.data, "after");
    assert_int_equal(toml_get(root, "b")->place.line, 6);
}

static void broken_values_are_refused(void **state)
{
    refused(*state, "a =", "1:4 a", "a value is missing");
    refused(*state, "a = # none", "1:5 a", "a value is missing");
    refused(*state, "a = x", "1:5 a", "strings are written in quotes");
    refused(*state, "a = [1 2]", "1:8 a", "comma");
    refused(*state, "a = [1,,2]", "1:8 a", "a value is missing");
    refused(*state, "a = [\n1", "2:2 a", "not closed by ]");
    refused(*state, "a = {b = 1", "1:11 a.b", "not closed by }");
    refused(*state, "a = {b = 1,}", "1:12 a", "a key is missing");
    refused(*state, "a = {b = 1\n}", "1:11 a.b", "not closed by }");
    refused(*state, "[p]\na = {b = {c = 1, d}}", "2:19 p.a.b.d", "= is missing");
}

static void depth_and_size_have_limits(void **state)
{
    char text[1000] = "a = ";
    struct tl_bytes large = {calloc(1, TOML_MAX_BYTES + 1), TOML_MAX_BYTES + 1};
    const struct toml_table *root;

    memset(text + 4, '[', TOML_MAX_DEPTH);
    memset(text + 4 + TOML_MAX_DEPTH, ']', TOML_MAX_DEPTH);
    (void)read_text(*state, text);
    memset(text + 4, '[', 500);
    refused(*state, text, "1:105 a", "more than 100 levels");
    for (size_t i = 0; i < 500; i++) {
        text[i] = i % 2 == 0 ? 'a' : '.';
    }
    refused(*state, text, "1:201 ", "more than 100 parts");
    assert_int_equal(toml_read(*state, large, &root, NULL), TL_TOO_LARGE);
    free((void *)(uintptr_t)large.data);
}

static void keys_are_quoted_in_paths_where_they_have_to_be(void **state)
{
    static const struct {
        const char *key;
        const char *path;
    } keys[] = {{"a-b_1", "a-b_1"}, {"", "\"\""}, {"a.b", "\"a.b\""}, {"\"\\", "\"\\\"\\\\\""}, {"\n", "\"\\u000a\""}};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct text path;

        text_init(&path, *state);
        toml_add_key(&path, tl_bytes_of(keys[i].key));
        assert_string_equal(path.data, keys[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(tables_hold_keys),
        ARENA_TEST(dotted_keys_make_tables),
        ARENA_TEST(inline_tables_are_tables),
        ARENA_TEST(a_table_may_follow_its_children),
        ARENA_TEST(tables_may_stand_below_dotted_ones),
        ARENA_TEST(arrays_of_tables_keep_their_last),
        ARENA_TEST(nothing_is_an_empty_document),
        ARENA_TEST(nothing_is_defined_twice),
        ARENA_TEST(keys_have_to_be_keys),
        ARENA_TEST(basic_strings_have_escapes),
        ARENA_TEST(literal_strings_have_none),
        ARENA_TEST(strings_of_many_lines),
        ARENA_TEST(a_string_may_hold_nul),
        ARENA_TEST(strings_are_closed),
        ARENA_TEST(escapes_and_characters_are_checked),
        ARENA_TEST(booleans_are_words),
        ARENA_TEST(integers),
        ARENA_TEST(floats),
        ARENA_TEST(dates_and_times),
        ARENA_TEST(arrays_are_skipped_right),
        ARENA_TEST(broken_values_are_refused),
        ARENA_TEST(depth_and_size_have_limits),
        ARENA_TEST(keys_are_quoted_in_paths_where_they_have_to_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
