/* SPDX-License-Identifier: MIT */
/* Values out of JSON payloads: timelapse/json.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/json.h>

#include <cmocka.h>

#define DEEP 100000

static const char order[] = "{ \"amount\": 40, \"rate\": 0.25, \"rush\": true,\n"
                            "  \"customer\": {\"name\": \"J\\u00f6rg \\\"J\\\" \\ud83d\\ude00\", \"none\": null},\n"
                            "  \"lines\": [{\"sku\": \"a\"}, {\"sku\": \"b\", \"n\": [1, [2, 3]]}], \"amount\": 41 }";

static struct tl_payload payload_of(const char *json)
{
    return tl_payload_json(json);
}

/* ---- Whole texts ---- */

static void assert_fault(const char *text, int line, int column)
{
    struct tl_error error = {0};

    assert_int_equal(tl_json_check(tl_bytes_of(text), &error), TL_MALFORMED);
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
}

static void json_is_recognised(void **state)
{
    static const char *const texts[] = {
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "12",
        "-1.5e+10",
        "1E2",
        "\"\"",
        "\"\\u0041\\n\"",
        "[]",
        "{}",
        "[1, [2, []], {\"a\": {}}]",
        "{\"a\": 1, \"a\": 2}",
        "\t[\n1\r]\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(tl_json_check(tl_bytes_of(texts[i]), NULL), TL_OK);
    }
    assert_int_equal(tl_json_check(tl_bytes_of(order), NULL), TL_OK);
}

static void faults_are_told_with_their_place(void **state)
{
    (void)state;
    assert_fault("", 1, 1);
    assert_fault("  ", 1, 3);
    assert_fault("{\"a\": 4O}", 1, 8);
    assert_fault("[1,\n 2,\n]", 3, 1);
    assert_fault("[1 2]", 1, 4);
    assert_fault("{\"a\" 1}", 1, 6);
    assert_fault("{a: 1}", 1, 2);
    assert_fault("{\"a\": 1,}", 1, 9);
    assert_fault("[1}", 1, 3);
    assert_fault("01", 1, 1);
    assert_fault("-", 1, 1);
    assert_fault("1.", 1, 1);
    assert_fault("1e", 1, 1);
    assert_fault("nul", 1, 1);
    assert_fault("nulll", 1, 5);
    assert_fault("1 1", 1, 3);
    assert_fault("\"abc", 1, 1);
    assert_fault("\"a\nb\"", 1, 3);
    assert_fault("\"\\x\"", 1, 2);
    assert_fault("\"\\u12G4\"", 1, 2);
    assert_fault("\"a\xff\"", 1, 1);
    assert_fault("\xef\xbb\xbf{}", 1, 1);
}

static void depth_is_limited_and_costs_no_stack(void **state)
{
    char *text = malloc(DEEP);
    struct tl_error error;

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_int_equal(tl_json_check((struct tl_bytes){(const uint8_t *)text, DEEP}, &error), TL_TOO_LARGE);
    assert_non_null(strstr(error.message, "100 levels"));
    memset(text + 100, ']', 100);
    assert_int_equal(tl_json_check((struct tl_bytes){(const uint8_t *)text, 200}, &error), TL_OK);
    free(text);
}

static void assert_equality(const char *left, const char *right, int expected)
{
    int equal = -1;

    assert_int_equal(tl_json_equal(tl_bytes_of(left), tl_bytes_of(right), &equal, NULL), TL_OK);
    assert_int_equal(equal, expected);
}

static void equality_is_by_value(void **state)
{
    (void)state;
    assert_equality("{\"a\": 1, \"b\": [1.0, 2e0]}", "{\"b\":[1,2],\"a\":1}", 1);
    assert_equality("\"\\u0041\"", "\"A\"", 1);
    assert_equality("[1, 2]", "[2, 1]", 0);
    assert_equality("{\"a\": 1}", "{\"a\": 1, \"b\": null}", 0);
    assert_equality("1", "\"1\"", 0);
    assert_equality("9007199254740993", "9007199254740992", 0);
}

static void equality_of_what_is_no_json_is_refused(void **state)
{
    int equal = 7;

    (void)state;
    assert_int_equal(tl_json_equal(tl_bytes_of("{"), tl_bytes_of("{}"), &equal, NULL), TL_MALFORMED);
    assert_int_equal(equal, 7);
}

/* ---- Paths ---- */

static void assert_text_at(const char *path, const char *expected)
{
    struct tl_payload payload = payload_of(order);
    struct tl_bytes json;
    struct tl_error error;

    if (tl_json_get(&payload, path, &json, &error) != TL_OK) {
        fail_msg("%s: %s", path, error.message);
    }
    assert_int_equal(json.len, strlen(expected));
    assert_memory_equal(json.data, expected, json.len);
}

static void paths_lead_to_values(void **state)
{
    (void)state;
    assert_text_at("customer.none", "null");
    assert_text_at("lines[0]", "{\"sku\": \"a\"}");
    assert_text_at("lines[1].sku", "\"b\"");
    assert_text_at("lines[1].n[1][0]", "2");
    assert_text_at("rate", "0.25");
}

static void the_last_of_equal_names_counts(void **state)
{
    (void)state;
    assert_text_at("amount", "41");
}

static void an_empty_path_is_the_whole_value(void **state)
{
    struct tl_payload payload = payload_of("  [1]\n");
    struct tl_bytes json;

    (void)state;
    assert_int_equal(tl_json_get(&payload, NULL, &json, NULL), TL_OK);
    assert_int_equal(json.len, 3);
    assert_memory_equal(json.data, "[1]", 3);
}

static void escaped_names_are_found(void **state)
{
    struct tl_payload payload = payload_of("{\"\\u0061\": 1}");
    int64_t value;

    (void)state;
    assert_int_equal(tl_json_get_int(&payload, "a", &value, NULL), TL_OK);
    assert_int_equal(value, 1);
}

static void assert_get(const char *path, enum tl_status expected)
{
    struct tl_payload payload = payload_of(order);
    struct tl_bytes json = {0};

    assert_int_equal(tl_json_get(&payload, path, &json, NULL), expected);
    assert_null(json.data);
}

static void a_name_in_a_path_is_taken_as_it_stands(void **state)
{
    struct tl_payload payload = payload_of("{\"a\": 1, \"\\\\u0061\": 2, \"\\u0061b\": 3}");
    int64_t value;

    (void)state;
    assert_int_equal(tl_json_get_int(&payload, "\\u0061", &value, NULL), TL_OK);
    assert_int_equal(value, 2);
    assert_int_equal(tl_json_get_int(&payload, "ab", &value, NULL), TL_OK);
    assert_int_equal(value, 3);
    assert_int_equal(tl_json_get_int(&payload, "\\", &value, NULL), TL_NOT_FOUND);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    assert_get("price", TL_NOT_FOUND);
    assert_get("customer.name.first", TL_NOT_FOUND);
    assert_get("lines[2]", TL_NOT_FOUND);
    assert_get("lines.sku", TL_NOT_FOUND);
    assert_get("customer[0]", TL_NOT_FOUND);
    assert_get("amoun", TL_NOT_FOUND);
    assert_get("amountt", TL_NOT_FOUND);
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    assert_get(".amount", TL_INVALID_ARGUMENT);
    assert_get("customer.", TL_INVALID_ARGUMENT);
    assert_get("customer..name", TL_INVALID_ARGUMENT);
    assert_get("lines[", TL_INVALID_ARGUMENT);
    assert_get("lines[]", TL_INVALID_ARGUMENT);
    assert_get("lines[-1]", TL_INVALID_ARGUMENT);
    assert_get("lines[ 1]", TL_INVALID_ARGUMENT);
    assert_get("lines[1", TL_INVALID_ARGUMENT);
}

static void payloads_that_are_no_json_are_refused(void **state)
{
    struct tl_payload bytes = tl_payload_binary(tl_bytes_of("12"));
    struct tl_payload broken = payload_of("{\"a\": }");
    struct tl_error error;
    int64_t value;

    (void)state;
    assert_int_equal(tl_json_get_int(&bytes, "", &value, &error), TL_MALFORMED);
    assert_non_null(strstr(error.message, "binary/plain"));
    assert_int_equal(tl_json_get_int(&broken, "a", &value, &error), TL_MALFORMED);
    assert_int_equal(error.column, 7);
    assert_int_equal(tl_json_get_int(NULL, "a", &value, &error), TL_NOT_FOUND);
}

/* ---- Values ---- */

static void assert_int(const char *json, enum tl_status expected, int64_t expected_value)
{
    struct tl_payload payload = payload_of(json);
    int64_t value = -99;

    assert_int_equal(tl_json_get_int(&payload, "", &value, NULL), expected);
    assert_true(value == (expected == TL_OK ? expected_value : -99));
}

static void whole_numbers_are_read_exactly(void **state)
{
    (void)state;
    assert_int("0", TL_OK, 0);
    assert_int("-0.000", TL_OK, 0);
    assert_int("12", TL_OK, 12);
    assert_int("-12.0", TL_OK, -12);
    assert_int("1.2e1", TL_OK, 12);
    assert_int("1200e-2", TL_OK, 12);
    assert_int("9223372036854775807", TL_OK, INT64_MAX);
    assert_int("-9223372036854775808", TL_OK, INT64_MIN);
    assert_int("9007199254740993", TL_OK, INT64_C(9007199254740993));
    assert_int("0.00000000000000000000e5", TL_OK, 0);
    assert_int("1e0000000000000000005", TL_OK, 100000);
    assert_int("100000e-0000000000000000005", TL_OK, 1);
    assert_int("1200000000000000000000e-20", TL_OK, 12);
}

static void what_is_no_whole_number_is_refused(void **state)
{
    (void)state;
    assert_int("1.5", TL_MALFORMED, 0);
    assert_int("1e-1", TL_MALFORMED, 0);
    assert_int("0.1", TL_MALFORMED, 0);
    assert_int("123456789012345678901234567890.5", TL_MALFORMED, 0);
    assert_int("\"12\"", TL_MALFORMED, 0);
    assert_int("true", TL_MALFORMED, 0);
    assert_int("9223372036854775808", TL_TOO_LARGE, 0);
    assert_int("-9223372036854775809", TL_TOO_LARGE, 0);
    assert_int("1e19", TL_TOO_LARGE, 0);
    assert_int("123456789012345678901234567890", TL_TOO_LARGE, 0);
    assert_int("1e999999999999999999999", TL_TOO_LARGE, 0);
}

static void numbers_are_read_as_doubles(void **state)
{
    struct tl_payload payload = payload_of("[0.25, -1e3, 7, 1e999]");
    double value;

    (void)state;
    assert_int_equal(tl_json_get_double(&payload, "[0]", &value, NULL), TL_OK);
    assert_true(value == 0.25);
    assert_int_equal(tl_json_get_double(&payload, "[1]", &value, NULL), TL_OK);
    assert_true(value == -1000.0);
    assert_int_equal(tl_json_get_double(&payload, "[2]", &value, NULL), TL_OK);
    assert_true(value == 7.0);
    assert_int_equal(tl_json_get_double(&payload, "[3]", &value, NULL), TL_TOO_LARGE);
}

static void truth_is_read(void **state)
{
    struct tl_payload payload = payload_of("[true, false, 1]");
    int value = -1;

    (void)state;
    assert_int_equal(tl_json_get_bool(&payload, "[0]", &value, NULL), TL_OK);
    assert_int_equal(value, 1);
    assert_int_equal(tl_json_get_bool(&payload, "[1]", &value, NULL), TL_OK);
    assert_int_equal(value, 0);
    assert_int_equal(tl_json_get_bool(&payload, "[2]", &value, NULL), TL_MALFORMED);
}

static void strings_are_decoded(void **state)
{
    struct tl_payload payload = payload_of(order);
    char name[64];

    (void)state;
    assert_int_equal(tl_json_get_string(&payload, "customer.name", name, sizeof name, NULL), TL_OK);
    assert_string_equal(name, "J\xc3\xb6rg \"J\" \xf0\x9f\x98\x80");
}

static void a_string_must_fit_with_its_nul(void **state)
{
    struct tl_payload payload = payload_of("\"abcd\"");
    char text[5] = "old";
    struct tl_error error;

    (void)state;
    assert_int_equal(tl_json_get_string(&payload, "", text, 4, &error), TL_TOO_LARGE);
    assert_string_equal(text, "old");
    assert_int_equal(tl_json_get_string(&payload, "", text, 5, &error), TL_OK);
    assert_string_equal(text, "abcd");
}

static void strings_that_c_cannot_hold_are_refused(void **state)
{
    static const char *const texts[] = {
        "\"a\\u0000b\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83dx\\ude00\"", "\"\\ud83d\\u0041\""};
    char text[32] = "old";

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct tl_payload payload = payload_of(texts[i]);

        assert_int_equal(tl_json_get_string(&payload, "", text, sizeof text, NULL), TL_MALFORMED);
        assert_string_equal(text, "old");
    }
}

static void another_kind_is_named(void **state)
{
    struct tl_payload payload = payload_of(order);
    struct tl_error error;
    char text[8];

    (void)state;
    assert_int_equal(tl_json_get_string(&payload, "lines", text, sizeof text, &error), TL_MALFORMED);
    assert_string_equal(error.field, "lines");
    assert_string_equal(error.message, "expected a string, found an array");
}

static void elements_and_members_are_counted(void **state)
{
    struct tl_payload payload = payload_of(order);
    size_t count = 0;

    (void)state;
    assert_int_equal(tl_json_count(&payload, "lines", &count, NULL), TL_OK);
    assert_int_equal(count, 2);
    assert_int_equal(tl_json_count(&payload, "", &count, NULL), TL_OK);
    assert_int_equal(count, 6);
    assert_int_equal(tl_json_count(&payload, "rush", &count, NULL), TL_MALFORMED);
    payload = payload_of("[]");
    assert_int_equal(tl_json_count(&payload, "", &count, NULL), TL_OK);
    assert_int_equal(count, 0);
}

/* ---- Writing ---- */

static void strings_are_quoted(void **state)
{
    char json[64];

    (void)state;
    assert_int_equal(tl_json_quote("a\"b\\\n\x01\xc3\xb6", json, sizeof json), 18);
    assert_string_equal(json, "\"a\\\"b\\\\\\n\\u0001\xc3\xb6\"");
    assert_int_equal(tl_json_quote("", json, sizeof json), 2);
    assert_string_equal(json, "\"\"");
}

static void a_quotation_that_does_not_fit_is_cut(void **state)
{
    char json[4];

    (void)state;
    assert_int_equal(tl_json_quote("abcdef", json, sizeof json), 8);
    assert_string_equal(json, "\"ab");
    assert_int_equal(tl_json_quote("abcdef", NULL, 0), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_recognised),
        cmocka_unit_test(faults_are_told_with_their_place),
        cmocka_unit_test(depth_is_limited_and_costs_no_stack),
        cmocka_unit_test(equality_is_by_value),
        cmocka_unit_test(equality_of_what_is_no_json_is_refused),
        cmocka_unit_test(paths_lead_to_values),
        cmocka_unit_test(the_last_of_equal_names_counts),
        cmocka_unit_test(an_empty_path_is_the_whole_value),
        cmocka_unit_test(escaped_names_are_found),
        cmocka_unit_test(a_name_in_a_path_is_taken_as_it_stands),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(payloads_that_are_no_json_are_refused),
        cmocka_unit_test(whole_numbers_are_read_exactly),
        cmocka_unit_test(what_is_no_whole_number_is_refused),
        cmocka_unit_test(numbers_are_read_as_doubles),
        cmocka_unit_test(truth_is_read),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(a_string_must_fit_with_its_nul),
        cmocka_unit_test(strings_that_c_cannot_hold_are_refused),
        cmocka_unit_test(another_kind_is_named),
        cmocka_unit_test(elements_and_members_are_counted),
        cmocka_unit_test(strings_are_quoted),
        cmocka_unit_test(a_quotation_that_does_not_fit_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
