/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "model/failure.h"
#include "model/message.h"
#include "tests/lib/arena_fixture.h"

static struct tl_failure plain(enum tl_failure_kind kind, const char *type, const struct tl_failure *cause)
{
    return (struct tl_failure){
        .kind = kind,
        .message = "went wrong",
        .source = "CSDK",
        .stack_trace = "at here",
        .cause = cause,
        .type = type,
        .activity_id = "",
    };
}

static const struct tl_failure *there_and_back(struct arena *arena, const struct tl_failure *failure)
{
    return failure_view(arena, failure_message(arena, failure));
}

static void every_kind_survives_both_ways(void **state)
{
    for (int kind = TL_FAILURE_UNKNOWN; kind <= TL_FAILURE_NEXUS_HANDLER; kind++) {
        const struct tl_failure failure = plain((enum tl_failure_kind)kind, "", NULL);
        const struct tl_failure *back = there_and_back(*state, &failure);

        assert_int_equal(back->kind, kind);
        assert_string_equal(back->message, "went wrong");
        assert_string_equal(back->source, "CSDK");
        assert_string_equal(back->stack_trace, "at here");
        assert_null(back->cause);
    }
}

static void an_application_failure_keeps_what_it_tells(void **state)
{
    const struct tl_payload details[] = {tl_payload_json("1"), tl_payload_null()};
    struct tl_failure failure = plain(TL_FAILURE_APPLICATION, "GatewayBusy", NULL);

    failure.non_retryable = 1;
    failure.next_retry_delay = TL_SECONDS(3);
    failure.details = details;
    failure.details_count = 2;
    const struct tl_failure *back = there_and_back(*state, &failure);

    assert_string_equal(back->type, "GatewayBusy");
    assert_int_equal(back->non_retryable, 1);
    assert_int_equal(back->next_retry_delay, TL_SECONDS(3));
    assert_int_equal(back->details_count, 2);
    assert_true(tl_payload_equal(&back->details[0], &details[0]));
}

static void a_timeout_keeps_its_type_and_the_last_heartbeat(void **state)
{
    const struct tl_payload details[] = {tl_payload_json("1")};
    struct tl_failure failure = plain(TL_FAILURE_TIMEOUT, "", NULL);

    failure.timeout_type = TL_TIMEOUT_HEARTBEAT;
    failure.details = details;
    failure.details_count = 1;
    const struct tl_failure *back = there_and_back(*state, &failure);

    assert_int_equal(back->timeout_type, TL_TIMEOUT_HEARTBEAT);
    assert_int_equal(back->details_count, 1);
}

static void an_activity_failure_names_the_activity(void **state)
{
    struct tl_failure failure = plain(TL_FAILURE_ACTIVITY, "ChargeCard", NULL);

    failure.activity_id = "5";
    failure.retry_state = TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    const struct tl_failure *back = there_and_back(*state, &failure);

    assert_string_equal(back->type, "ChargeCard");
    assert_string_equal(back->activity_id, "5");
    assert_int_equal(back->retry_state, TL_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED);
}

static void strings_of_a_view_are_never_null(void **state)
{
    struct arena *arena = *state;
    Pb__Failure *message = PB_NEW(arena, Pb__Failure, pb__failure);

    message->message = NULL;
    message->failure_info_case = PB__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO;
    message->activity_failure_info = PB_NEW(arena, Pb__ActivityFailureInfo, pb__activity_failure_info);
    const struct tl_failure *view = failure_view(arena, message);

    assert_int_equal(view->kind, TL_FAILURE_ACTIVITY);
    assert_string_equal(view->message, "");
    assert_string_equal(view->type, "");
    assert_string_equal(view->activity_id, "");
}

static void a_case_without_its_info_is_unknown(void **state)
{
    struct arena *arena = *state;
    Pb__Failure *message = PB_NEW(arena, Pb__Failure, pb__failure);

    message->failure_info_case = PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    message->timeout_failure_info = NULL;
    assert_int_equal(failure_view(arena, message)->kind, TL_FAILURE_UNKNOWN);
}

static int links(const struct tl_failure *failure)
{
    int count = 0;

    for (; failure != NULL; failure = failure->cause) {
        count++;
    }
    return count;
}

static void long_chains_are_cut(void **state)
{
    struct arena *arena = *state;
    struct tl_failure chain[FAILURE_MAX_DEPTH + 5];
    Pb__Failure *message = NULL;

    for (int i = 0; i < FAILURE_MAX_DEPTH + 5; i++) {
        chain[i] = plain(TL_FAILURE_APPLICATION, "", i == 0 ? NULL : &chain[i - 1]);
        Pb__Failure *outer = PB_NEW(arena, Pb__Failure, pb__failure);

        outer->cause = message;
        message = outer;
    }
    assert_int_equal(links(failure_view(arena, message)), FAILURE_MAX_DEPTH);
    assert_int_equal(links(there_and_back(arena, &chain[FAILURE_MAX_DEPTH + 4])), FAILURE_MAX_DEPTH);
}

static Pb__Failure *activity_message(struct arena *arena)
{
    const struct tl_payload secret = tl_payload_json("\"sealed\"");
    Pb__Failure *message = PB_NEW(arena, Pb__Failure, pb__failure);
    Pb__ActivityFailureInfo *info = PB_NEW(arena, Pb__ActivityFailureInfo, pb__activity_failure_info);

    message->encoded_attributes = pb_payload(arena, &secret);
    message->failure_info_case = PB__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO;
    message->activity_failure_info = info;
    info->scheduled_event_id = 5;
    info->started_event_id = 6;
    info->identity = arena_strdup(arena, "worker@host");
    message->cause = PB_NEW(arena, Pb__Failure, pb__failure);
    message->cause->message = arena_strdup(arena, "the root");
    return message;
}

static void what_a_view_does_not_tell_is_passed_on(void **state)
{
    struct arena *arena = *state;
    const Pb__Failure *message = activity_message(arena);
    const struct tl_failure outer = plain(TL_FAILURE_APPLICATION, "NotCharged", failure_view(arena, message));
    const Pb__Failure *passed = failure_message(arena, &outer);

    assert_true(message_equal(passed->cause, message, NULL, 0));
    assert_ptr_not_equal(passed->cause, message);
}

static Pb__Failure *encoded_failure(struct arena *arena, const char *attributes)
{
    Pb__Failure *message = PB_NEW(arena, Pb__Failure, pb__failure);
    const struct tl_payload payload = tl_payload_json(attributes);

    message->message = arena_strdup(arena, "Encoded failure");
    message->encoded_attributes = pb_payload(arena, &payload);
    return message;
}

static void what_another_sdk_encoded_is_told_and_passed_on_encoded(void **state)
{
    struct arena *arena = *state;
    const Pb__Failure *message =
        encoded_failure(arena, "{\"message\":\"no \\u0022luck\\u0022\",\"stack_trace\":\"at there\"}");
    const struct tl_failure *view = failure_view(arena, message);

    assert_string_equal(view->message, "no \"luck\"");
    assert_string_equal(view->stack_trace, "at there");
    assert_true(message_equal(failure_message(arena, view), message, NULL, 0));
}

static void attributes_that_cannot_be_read_change_nothing(void **state)
{
    static const char *const others[] = {
        "7", "{", "{\"message\":7}", "{\"stack_trace\":\"alone\"}", "{\"message\":\"\\u0000\"}"};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const Pb__Failure *message = encoded_failure(*state, others[i]);
        const struct tl_failure *view = failure_view(*state, message);

        assert_string_equal(view->message, "Encoded failure");
        assert_string_equal(view->stack_trace, "");
    }
    const struct tl_failure *plain_view = failure_view(*state, encoded_failure(*state, "{\"message\":\"alone\"}"));
    assert_string_equal(plain_view->message, "alone");
    assert_string_equal(plain_view->stack_trace, "");
}

static void a_changed_copy_of_a_view_tells_what_it_says(void **state)
{
    struct arena *arena = *state;
    struct tl_failure copy = *failure_view(arena, activity_message(arena));

    copy.message = "said otherwise";
    const Pb__Failure *passed = failure_message(arena, &copy);
    assert_string_equal(passed->message, "said otherwise");
    assert_string_equal(passed->cause->message, "the root");
}

static void nothing_stays_nothing(void **state)
{
    assert_null(failure_view(*state, NULL));
    assert_null(failure_message(*state, NULL));
    assert_null(tl_failure_root(NULL));
    assert_false(tl_failure_has_type(NULL, "A"));
    assert_false(tl_failure_has_kind(NULL, TL_FAILURE_TIMEOUT));
    assert_string_equal(failure_text(*state, NULL), "");
}

/* ---- Questions ---- */

static void the_root_is_the_innermost_application_failure(void **state)
{
    const struct tl_failure timeout = plain(TL_FAILURE_TIMEOUT, "", NULL);
    const struct tl_failure inner = plain(TL_FAILURE_APPLICATION, "Inner", &timeout);
    const struct tl_failure outer = plain(TL_FAILURE_APPLICATION, "Outer", &inner);
    const struct tl_failure activity = plain(TL_FAILURE_ACTIVITY, "ChargeCard", &outer);
    const struct tl_failure timed_out = plain(TL_FAILURE_ACTIVITY, "ChargeCard", &timeout);

    (void)state;
    assert_ptr_equal(tl_failure_root(&activity), &inner);
    assert_ptr_equal(tl_failure_root(&timed_out), &timeout);
}

static void types_and_kinds_are_found_anywhere_in_the_chain(void **state)
{
    const struct tl_failure inner = plain(TL_FAILURE_APPLICATION, "GatewayBusy", NULL);
    const struct tl_failure activity = plain(TL_FAILURE_ACTIVITY, "ChargeCard", &inner);

    (void)state;
    assert_true(tl_failure_has_type(&activity, "GatewayBusy"));
    assert_false(tl_failure_has_type(&activity, "ChargeCard")); /* an activity's type, not a failure's */
    assert_true(tl_failure_has_kind(&activity, TL_FAILURE_APPLICATION));
    assert_false(tl_failure_has_kind(&activity, TL_FAILURE_TIMEOUT));
}

static void a_chain_is_told_in_one_line(void **state)
{
    struct tl_failure timeout = plain(TL_FAILURE_TIMEOUT, "", NULL);
    const struct tl_failure inner = plain(TL_FAILURE_APPLICATION, "GatewayBusy", &timeout);
    const struct tl_failure activity = plain(TL_FAILURE_ACTIVITY, "ChargeCard", &inner);

    timeout.timeout_type = TL_TIMEOUT_START_TO_CLOSE;
    timeout.message = "";
    assert_string_equal(
        failure_text(*state, &activity),
        "ActivityError ChargeCard: went wrong; caused by ApplicationError GatewayBusy: "
        "went wrong; caused by TimeoutError StartToClose");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_kind_survives_both_ways),
        ARENA_TEST(an_application_failure_keeps_what_it_tells),
        ARENA_TEST(a_timeout_keeps_its_type_and_the_last_heartbeat),
        ARENA_TEST(an_activity_failure_names_the_activity),
        ARENA_TEST(strings_of_a_view_are_never_null),
        ARENA_TEST(a_case_without_its_info_is_unknown),
        ARENA_TEST(long_chains_are_cut),
        ARENA_TEST(what_a_view_does_not_tell_is_passed_on),
        ARENA_TEST(what_another_sdk_encoded_is_told_and_passed_on_encoded),
        ARENA_TEST(attributes_that_cannot_be_read_change_nothing),
        ARENA_TEST(a_changed_copy_of_a_view_tells_what_it_says),
        ARENA_TEST(nothing_stays_nothing),
        cmocka_unit_test(the_root_is_the_innermost_application_failure),
        cmocka_unit_test(types_and_kinds_are_found_anywhere_in_the_chain),
        ARENA_TEST(a_chain_is_told_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
