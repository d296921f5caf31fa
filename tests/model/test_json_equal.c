/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/json.h"

static bool equal(const char *left, const char *right)
{
    struct tl_error error = {0};
    bool result = false;
    bool mirrored = false;

    if (json_equal(tl_bytes_of(left), tl_bytes_of(right), &result, &error) != TL_OK ||
        json_equal(tl_bytes_of(right), tl_bytes_of(left), &mirrored, &error) != TL_OK) {
        fail_msg("%s and %s: %d:%d %s", left, right, error.line, error.column, error.message);
    }
    assert_int_equal(result, mirrored);
    return result;
}

static void white_space_does_not_count(void **state)
{
    (void)state;
    assert_true(equal("{\"a\":[1,2]}", " { \"a\" : [ 1 ,\n\t2 ] }\r\n"));
}

static void order_of_members_does_not_count(void **state)
{
    (void)state;
    assert_true(
        equal("{\"a\":1,\"b\":{\"c\":2,\"d\":[]},\"e\":null}", "{\"e\":null,\"b\":{\"d\":[],\"c\":2},\"a\":1}"));
    assert_false(equal("{\"a\":1,\"b\":2}", "{\"b\":1,\"a\":2}"));
}

static void order_of_elements_counts(void **state)
{
    (void)state;
    assert_false(equal("[1,2]", "[2,1]"));
    assert_false(equal("[1]", "[1,1]"));
    assert_false(equal("[]", "[1]"));
    assert_true(equal("[]", "[ ]"));
}

static void members_must_be_the_same(void **state)
{
    (void)state;
    assert_false(equal("{\"a\":1}", "{\"a\":1,\"b\":2}"));
    assert_false(equal("{\"a\":1}", "{\"b\":1}"));
    assert_false(equal("{}", "[]"));
    assert_true(equal("{}", "{ }"));
}

static void numbers_are_compared_by_value(void **state)
{
    (void)state;
    assert_true(equal("1", "1.0"));
    assert_true(equal("10", "1e1"));
    assert_true(equal("0.001", "1E-3"));
    assert_true(equal("0", "-0.0e5"));
    assert_true(equal("123.4500", "12345e-2"));
    assert_false(equal("1", "-1"));
    assert_false(equal("1", "10"));
    assert_false(equal("0", "1"));
    assert_false(equal("9007199254740993", "9007199254740992"));
    assert_false(equal("1e400", "2e400"));
    assert_false(equal("0.1", "0.10000000000000000000000001"));
    assert_false(equal("1", "\"1\""));
}

static void strings_are_compared_without_their_escapes(void **state)
{
    (void)state;
    assert_true(equal("\"\\u0041\\/\\ud83d\\ude00\"", "\"A/\xf0\x9f\x98\x80\""));
    assert_true(equal("{\"\\u0061\":1}", "{\"a\":1}"));
    assert_false(equal("\"\\u0041\"", "\"AB\""));
    assert_false(equal("\"\\u0041B\"", "\"A\""));
    assert_false(equal("\"\\n\"", "\"n\""));
}

static void words_are_told_apart(void **state)
{
    (void)state;
    assert_true(equal("null", "null"));
    assert_true(equal("[true,false]", "[true,false]"));
    assert_false(equal("true", "false"));
    assert_false(equal("null", "0"));
}

static void the_last_of_equal_names_counts(void **state)
{
    (void)state;
    assert_true(equal("{\"a\":1,\"a\":2}", "{\"a\":2}"));
    assert_false(equal("{\"a\":1,\"a\":2}", "{\"a\":1}"));
    assert_true(equal("{\"a\":1,\"a\":2}", "{\"a\":3,\"a\":2}"));
    assert_false(equal("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":3}"));
    assert_true(equal("{\"a\":{\"x\":[1,{}]},\"b\":0,\"\\u0061\":2}", "{\"a\":2,\"b\":0}"));
    assert_true(equal("[{\"a\":[1],\"b\":0,\"a\":2},7]", "[{\"a\":[2],\"b\":0,\"a\":2},7]"));
    assert_false(equal("{\"a\":1,\"b\":2,\"b\":2}", "{\"a\":1,\"b\":2,\"a\":9}"));
    assert_false(equal("{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":1}"));
}

static void differences_inside_are_found(void **state)
{
    (void)state;
    assert_false(equal("{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":3}", "{\"a\":{\"b\":[1,{\"c\":4}]},\"d\":3}"));
    assert_false(equal("{\"d\":3,\"a\":{\"b\":[1,{\"c\":2}]}}", "{\"a\":{\"b\":[1,{\"c\":4}]},\"d\":3}"));
    assert_true(equal("[[{\"b\":[],\"a\":{}}],[[]]]", "[[{\"a\":{},\"b\":[]}],[[]]]"));
    assert_false(equal("[[],1]", "[[1],1]"));
}

static void malformed(const char *text)
{
    struct tl_error error = {0};
    bool result = true;

    assert_int_equal(json_equal(tl_bytes_of(text), tl_bytes_of("1"), &result, &error), TL_MALFORMED);
    assert_int_equal(json_equal(tl_bytes_of("1"), tl_bytes_of(text), &result, &error), TL_MALFORMED);
    assert_true(result);
    assert_int_equal(error.line, 1);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    malformed("");
    malformed("{");
    malformed("[1,]");
    malformed("{\"a\"}");
    malformed("{\"a\":1,}");
    malformed("{1:1}");
    malformed("[1}");
    malformed("{\"a\":1]");
    malformed("tru");
    malformed("nullx");
    malformed("1 2");
    malformed("\"\\q\"");
    malformed("01");
    malformed("]");
}

static void too_deep_a_text_is_refused(void **state)
{
    char text[2 * 101 + 1] = "";
    bool result;

    (void)state;
    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    assert_int_equal(json_equal(tl_bytes_of(text), tl_bytes_of(text), &result, NULL), TL_TOO_LARGE);
    text[201] = '\0';
    assert_true(equal(text + 1, text + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_does_not_count),
        cmocka_unit_test(order_of_members_does_not_count),
        cmocka_unit_test(order_of_elements_counts),
        cmocka_unit_test(members_must_be_the_same),
        cmocka_unit_test(numbers_are_compared_by_value),
        cmocka_unit_test(strings_are_compared_without_their_escapes),
        cmocka_unit_test(words_are_told_apart),
        cmocka_unit_test(the_last_of_equal_names_counts),
        cmocka_unit_test(differences_inside_are_found),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(too_deep_a_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
