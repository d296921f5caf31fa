/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <timelapse/choice.h>
#include <timelapse/status.h>
#include <timelapse/trace.h>

static const enum tl_status all[] = {
#define LIST(name, value, grpc_code, sentence) TL_##name,
    TL_STATUS_MAP(LIST)
#undef LIST
};

#define COUNT (sizeof(all) / sizeof(all[0]))

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_not_equal(tl_status_name(all[i]), "unknown status");
        assert_string_not_equal(tl_status_text(all[i]), "unknown status");
        for (size_t other = 0; other < i; other++) {
            assert_string_not_equal(tl_status_name(all[i]), tl_status_name(all[other]));
        }
    }
    assert_string_equal(tl_status_name(TL_INVALID_ARGUMENT), "invalid argument");
}

static void what_is_no_status_has_a_name_too(void **state)
{
    (void)state;
    assert_string_equal(tl_status_name((enum tl_status)999), "unknown status");
    assert_string_equal(tl_status_text((enum tl_status)999), "unknown status");
    assert_int_equal(tl_status_to_grpc((enum tl_status)999), 2);
}

/* What a service refuses with arrives as the same status on the other side of the wire. */
static void refusals_survive_the_wire(void **state)
{
    static const enum tl_status refusals[] = {
        TL_OK,
        TL_INVALID_ARGUMENT,
        TL_NOT_FOUND,
        TL_ALREADY_EXISTS,
        TL_FAILED_PRECONDITION,
        TL_PERMISSION_DENIED,
        TL_UNSUPPORTED,
        TL_UNAUTHENTICATED,
        TL_UNAVAILABLE,
        TL_RESOURCE_EXHAUSTED,
        TL_DEADLINE_EXCEEDED,
        TL_ABORTED,
        TL_INTERNAL,
        TL_CANCELED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        assert_int_equal(tl_status_from_grpc(tl_status_to_grpc(refusals[i])), refusals[i]);
    }
}

static void odd_grpc_codes_are_internal_errors(void **state)
{
    (void)state;
    assert_int_equal(tl_status_from_grpc(2), TL_INTERNAL);
    assert_int_equal(tl_status_from_grpc(11), TL_INVALID_ARGUMENT);
    assert_int_equal(tl_status_from_grpc(15), TL_INTERNAL);
    assert_int_equal(tl_status_from_grpc(17), TL_INTERNAL);
    assert_int_equal(tl_status_from_grpc(-1), TL_INTERNAL);
}

static void an_error_says_what_and_where(void **state)
{
    struct tl_error error = {.line = 5, .column = 6};

    (void)state;
    assert_int_equal(tl_error_set(&error, TL_NOT_FOUND, "a.b", "no %s of %d", "such", 3), TL_NOT_FOUND);
    assert_int_equal(error.status, TL_NOT_FOUND);
    assert_int_equal(error.grpc_code, 5);
    assert_int_equal(error.line, 0);
    assert_string_equal(error.field, "a.b");
    assert_string_equal(error.message, "no such of 3");
    assert_int_equal(tl_error_set(&error, TL_IO, NULL, "x"), TL_IO);
    assert_string_equal(error.field, "");
}

static void no_error_is_fine(void **state)
{
    (void)state;
    assert_int_equal(tl_error_set(NULL, TL_IO, "field", "text"), TL_IO);
}

static void an_error_may_quote_itself(void **state)
{
    struct tl_error error = {0};

    (void)state;
    (void)tl_error_set(&error, TL_IO, "inner", "cause");
    (void)tl_error_set(&error, TL_IO, error.field, "while reading: %s", error.message);
    assert_string_equal(error.message, "while reading: cause");
    assert_string_equal(error.field, "inner");
}

/* `lead` ASCII bytes and then three-byte characters, far more than fit. */
static void cut_after(size_t lead, size_t expected)
{
    struct tl_error error = {0};
    char text[1200] = "";

    memset(text, 'a', lead);
    for (size_t at = lead; at + 3 < sizeof(text); at += 3) {
        memcpy(text + at, "\xe2\x82\xac", 4);
    }
    (void)tl_error_set(&error, TL_IO, text, "%s", text);
    assert_int_equal(strlen(error.message), expected);
    assert_memory_equal(error.message, text, expected);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    cut_after(0, 381); /* 383 bytes of room */
    cut_after(1, 382);
    cut_after(2, 383);
}

static void fields_are_cut_between_characters(void **state)
{
    struct tl_error error = {0};
    char text[200];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + 124, "\xf0\x9f\x98\x80", 5);
    (void)tl_error_set(&error, TL_IO, text, "x");
    assert_int_equal(strlen(error.field), 124);
    memmove(text + 1, text, 130);
    memmove(text, text + 2, 130);
    (void)tl_error_set(&error, TL_IO, text, "x");
    assert_int_equal(strlen(error.field), 127);
}

static void kinds_have_texts(void **state)
{
    (void)state;
    assert_string_equal(tl_trace_kind_text(TL_TRACE_SERVICE_EVENT_ADDED), "event added");
    assert_string_equal(tl_trace_kind_text(TL_TRACE_KINDS), "unknown event");
    assert_string_equal(tl_choice_kind_text(TL_CHOICE_READY), "ready");
    assert_string_equal(tl_choice_kind_text(TL_CHOICE_KINDS), "unknown choice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(what_is_no_status_has_a_name_too),
        cmocka_unit_test(refusals_survive_the_wire),
        cmocka_unit_test(odd_grpc_codes_are_internal_errors),
        cmocka_unit_test(an_error_says_what_and_where),
        cmocka_unit_test(no_error_is_fine),
        cmocka_unit_test(an_error_may_quote_itself),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(fields_are_cut_between_characters),
        cmocka_unit_test(kinds_have_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
