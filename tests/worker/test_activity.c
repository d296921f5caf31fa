/* SPDX-License-Identifier: MIT */
/* Activity attempts: what user code sees, and what the service is told of how they ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/converter.h>
#include <timelapse/interceptor.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/worker/worker_fixture.h"

#define COMPLETED(nth) SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompleted, nth)
#define FAILED(nth)    SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, nth)

static size_t answers(void)
{
    return scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted) +
           scripted_count(universe.scripted, RPC_RespondActivityTaskFailed) +
           scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled);
}

static int set_up(void **state)
{
    int result = universe_setup(state);

    universe_answer_activities();
    return result;
}

/* Registers `run` as "Charge" and gives it a plain task. */
static void run_activity(tl_activity_fn *run)
{
    tl_register_activity(universe.registry, "Charge", run);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.start_to_close = TL_SECONDS(10)});
}

static const Pb__ApplicationFailureInfo *assert_failed(const char *type, const char *words)
{
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskFailed), 1);
    const Pb__Failure *failure = FAILED(0)->failure;

    assert_int_equal(failure->failure_info_case, PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO);
    assert_string_equal(failure->application_failure_info->type, type);
    if (strstr(failure->message, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, failure->message);
    }
    return failure->application_failure_info;
}

/* ---- What the activity sees ---- */

static struct tl_activity_info seen;
static char seen_key[64];
static char seen_input[64];

static enum tl_status look(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    seen = *tl_activity_info(activity);
    (void)snprintf(seen_key, sizeof(seen_key), "%s", seen.idempotency_key);
    seen_input[0] = '\0';
    if (input->count > 0) {
        (void)snprintf(
            seen_input,
            sizeof(seen_input),
            "%.*s",
            (int)input->items[0].data.len,
            (const char *)input->items[0].data.data);
    }
    assert_string_equal(seen.activity_type, "Charge");
    assert_string_equal(seen.activity_id, "5");
    assert_string_equal(seen.workflow_id, "order-1");
    assert_string_equal(seen.run_id, "run-1");
    assert_string_equal(seen.workflow_type, "Order");
    assert_string_equal(seen.name_space, "default");
    assert_string_equal(seen.task_queue, "orders");
    assert_true(tl_bytes_equal(seen.task_token, tl_bytes_of("token-1")));
    return tl_activity_result_text(activity, result, "{\"charged\": %d}", 40);
}

static void an_attempt_knows_itself(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", look);
    universe_work(NULL);
    tl_time start = tl_driver_now(universe.driver);
    universe_give_activity(
        &(struct activity_task){.input = "{\"amount\": 40}", .attempt = 3, .start_to_close = TL_SECONDS(10)});
    assert_string_equal(seen_input, "{\"amount\": 40}");
    assert_string_equal(seen_key, "run-1/5");
    assert_int_equal(seen.attempt, 3);
    assert_int_equal(seen.started_at, start);
    assert_int_equal(seen.scheduled_at, start - TL_SECONDS(2));
    assert_int_equal(seen.start_to_close, TL_SECONDS(10));
    assert_int_equal(seen.heartbeat, 0);
}

static void the_deadline_is_the_earlier_timeout(void **state)
{
    const struct {
        tl_duration start_to_close;
        tl_duration schedule_to_close;
        tl_duration deadline; /* after the start */
    } cases[] = {
        {TL_SECONDS(10), 0, TL_SECONDS(10)},
        {0, TL_SECONDS(10), TL_SECONDS(8)},
        {TL_SECONDS(5), TL_SECONDS(10), TL_SECONDS(5)},
        {TL_SECONDS(9), TL_SECONDS(10), TL_SECONDS(8)},
    };

    (void)state;
    tl_register_activity(universe.registry, "Charge", look);
    universe_work(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        universe_give_activity(&(struct activity_task){
            .start_to_close = cases[i].start_to_close, .schedule_to_close = cases[i].schedule_to_close});
        assert_int_equal(seen.deadline, tl_driver_now(universe.driver) + cases[i].deadline);
    }
}

static enum tl_status
use_memory(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    char *memory = tl_activity_alloc(activity, 100000);

    (void)input;
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(memory[i], 0);
    }
    memset(memory, 'x', 100000);
    *result = tl_payload_json_bytes((struct tl_bytes){(const uint8_t *)"1", 1});
    *(int *)tl_activity_user(activity) += 1;
    return TL_OK;
}

static void an_activity_has_memory_and_a_user_pointer(void **state)
{
    int runs = 0;

    (void)state;
    tl_register_activity_with(
        universe.registry, &(struct tl_activity_definition){.type = "Charge", .run = use_memory, .user = &runs});
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(runs, 1);
    assert_string_equal(universe_text(COMPLETED(0)->result), "1");
}

/* ---- Completing ---- */

static void a_result_is_sent_with_the_task_token(void **state)
{
    (void)state;
    run_activity(look);
    const Pb__RespondActivityTaskCompletedRequest *request = COMPLETED(0);
    assert_memory_equal(request->task_token.data, "token-1", 7);
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "timelapse@orders");
    assert_string_equal(request->resource_id, "order-1");
    assert_int_equal(request->result->n_payloads, 1);
    assert_string_equal(universe_text(request->result), "{\"charged\": 40}");
}

static enum tl_status
do_nothing(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_OK;
}

static void a_result_left_alone_is_null(void **state)
{
    (void)state;
    run_activity(do_nothing);
    const Pb__Payload *payload = COMPLETED(0)->result->payloads[0];
    assert_int_equal(payload->data.len, 0);
    assert_int_equal(payload->n_metadata, 1);
    assert_memory_equal(payload->metadata[0]->value.data, "binary/null", strlen("binary/null"));
}

static void that_the_service_forgot_the_attempt_is_no_error(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", do_nothing);
    universe_work(&(struct tl_worker_options){
        .task_queue = "orders", .registry = universe.registry, .activity_slots = 1, .activity_pollers = 1});
    scripted_fail(universe.scripted, RPC_RespondActivityTaskCompleted, TL_NOT_FOUND, "no such activity");
    universe_give_activity(&(struct activity_task){0});
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(answers(), 2);
}

static void an_answer_is_tried_again(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_RespondActivityTaskCompleted, TL_UNAVAILABLE, "down");
    run_activity(look);
    assert_int_equal(answers(), 1);
    universe_pass(TL_SECONDS(1));
    assert_int_equal(answers(), 2);
    assert_string_equal(universe_text(COMPLETED(1)->result), "{\"charged\": 40}");
}

/* ---- Failing ---- */

static enum tl_status
fail_typed(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail(activity, "GatewayBusy", "gateway %d is busy", 7);
}

static void a_failure_is_sent_with_its_type(void **state)
{
    (void)state;
    run_activity(fail_typed);
    const Pb__ApplicationFailureInfo *info = assert_failed("GatewayBusy", "gateway 7 is busy");
    assert_false(info->non_retryable);
    assert_null(info->details);
    assert_memory_equal(FAILED(0)->task_token.data, "token-1", 7);
    assert_string_equal(FAILED(0)->identity, "timelapse@orders");
}

static enum tl_status
fail_with_all(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload detail = tl_payload_json("[1]");

    (void)input;
    (void)result;
    return tl_activity_fail_with(
        activity,
        "Declined",
        "card declined",
        &(struct tl_fail_options){
            .non_retryable = 1, .next_retry_delay = TL_SECONDS(3), .details = &detail, .details_count = 1});
}

static void a_failure_carries_its_options(void **state)
{
    (void)state;
    run_activity(fail_with_all);
    const Pb__ApplicationFailureInfo *info = assert_failed("Declined", "card declined");
    assert_true(info->non_retryable);
    assert_int_equal(pb_nanoseconds(info->next_retry_delay), TL_SECONDS(3));
    assert_string_equal(universe_text(info->details), "[1]");
}

static enum tl_status
fail_into_the_past(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail_with(
        activity, "Declined", "card declined", &(struct tl_fail_options){.next_retry_delay = -TL_SECONDS(5)});
}

static void a_failure_with_odd_options_says_so_and_is_not_lost(void **state)
{
    (void)state;
    run_activity(fail_into_the_past);
    (void)assert_failed("InvalidFailOptions", "tl_activity_fail_with: next_retry_delay is negative: -5000000000 ns");
    assert_non_null(FAILED(0)->failure->cause);
    assert_string_equal(FAILED(0)->failure->cause->message, "card declined");
    assert_string_equal(FAILED(0)->failure->cause->application_failure_info->type, "Declined");
    assert_null(FAILED(0)->failure->cause->application_failure_info->next_retry_delay);
}

static enum tl_status
fail_untyped(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_FAILED;
}

static void a_failure_without_words_names_the_activity(void **state)
{
    (void)state;
    run_activity(fail_untyped);
    (void)assert_failed("", "activity Charge failed");
}

static enum tl_status
fail_in_bad_utf8(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail_with(activity, "Bad\xff", "so far \xc3(", NULL);
}

static void a_failures_text_ends_before_what_is_no_utf8(void **state)
{
    (void)state;
    run_activity(fail_in_bad_utf8);
    (void)assert_failed("Bad", "so far ");
    assert_string_equal(FAILED(0)->failure->message, "so far ");
}

static enum tl_status
return_nonsense(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_UNAVAILABLE;
}

static void any_other_status_is_a_failure_of_its_own(void **state)
{
    (void)state;
    run_activity(return_nonsense);
    (void)assert_failed("InvalidReturn", tl_status_name(TL_UNAVAILABLE));
}

static enum tl_status
claim_canceled(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_CANCELED;
}

/* The service refuses to mark an activity as canceled that nobody asked to stop. */
static void canceled_without_being_asked_is_a_failure(void **state)
{
    (void)state;
    run_activity(claim_canceled);
    (void)assert_failed("InvalidReturn", "was not asked to stop");
    assert_int_equal(answers(), 1);
}

/* ---- Types that are not registered ---- */

static void an_unknown_type_fails_and_may_be_retried(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", do_nothing);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.type = "charge"});
    const Pb__ApplicationFailureInfo *info = assert_failed("NotFoundError", "activity type charge is not registered");
    assert_false(info->non_retryable);
    assert_non_null(strstr(FAILED(0)->failure->message, "did you mean Charge?"));
}

static enum tl_status
fall_back(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    assert_non_null(tl_activity_user(activity));
    return tl_activity_result_text(activity, result, "\"%s\"", tl_activity_info(activity)->activity_type);
}

static void a_fallback_takes_unknown_types(void **state)
{
    int user = 0;

    (void)state;
    tl_register_fallback_activity(universe.registry, fall_back, &user);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.type = "Anything"});
    assert_string_equal(universe_text(COMPLETED(0)->result), "\"Anything\"");
}

static enum tl_status answer_instead(
    void *user, struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input,
    struct tl_payload *result)
{
    (void)user;
    (void)next;
    (void)input;
    return tl_activity_result_text(activity, result, "%s", "\"intercepted\"");
}

static void interceptors_stand_around_attempts(void **state)
{
    (void)state;
    tl_register_interceptor(
        universe.registry, &(struct tl_interceptor){.name = "mock", .run_activity = answer_instead});
    run_activity(fail_typed);
    assert_string_equal(universe_text(COMPLETED(0)->result), "\"intercepted\"");
}

/* ---- Codecs ---- */

static enum tl_status reverse(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len);

    if (user != NULL) {
        return tl_error_set(error, TL_MALFORMED, NULL, "the key is lost");
    }
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = in->data.data[in->data.len - 1 - i];
    }
    *out = *in;
    out->data.data = data;
    return TL_OK;
}

static void payloads_pass_the_codecs_both_ways(void **state)
{
    (void)state;
    tl_register_codec(universe.registry, &(struct tl_codec){.name = "reverse", .encode = reverse, .decode = reverse});
    tl_register_activity(universe.registry, "Charge", look);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.input = "321"});
    assert_string_equal(seen_input, "123");
    assert_string_equal(universe_text(COMPLETED(0)->result), "}04 :\"degrahc\"{");
}

static void a_result_that_cannot_be_encoded_fails_the_attempt(void **state)
{
    int lost = 0;

    (void)state;
    tl_register_codec(
        universe.registry, &(struct tl_codec){.name = "vault", .encode = reverse, .decode = reverse, .user = &lost});
    run_activity(look);
    (void)assert_failed("PayloadCodecError", "codec vault could not encode: the key is lost");
}

static void an_input_that_cannot_be_decoded_fails_the_attempt(void **state)
{
    int lost = 0;

    (void)state;
    tl_register_codec(
        universe.registry, &(struct tl_codec){.name = "vault", .encode = reverse, .decode = reverse, .user = &lost});
    tl_register_activity(universe.registry, "Charge", look);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.input = "1"});
    (void)assert_failed("PayloadCodecError", "codec vault could not decode: the key is lost");
}

/* ---- Sleeping ---- */

static enum tl_status nap(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_time before = tl_activity_now(activity);

    (void)input;
    (void)result;
    assert_int_equal(tl_activity_sleep(activity, 0), TL_OK);
    assert_int_equal(tl_activity_sleep(activity, -1), TL_OK);
    assert_int_equal(tl_activity_now(activity), before);
    assert_int_equal(tl_activity_sleep(activity, TL_SECONDS(3)), TL_OK);
    assert_int_equal(tl_activity_now(activity), before + TL_SECONDS(3));
    return TL_OK;
}

static void a_sleep_takes_virtual_time(void **state)
{
    (void)state;
    run_activity(nap);
    assert_int_equal(answers(), 0);
    assert_int_equal(
        tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), tl_driver_now(universe.driver) + TL_SECONDS(3));
    universe_pass(TL_SECONDS(3));
    assert_int_equal(answers(), 1);
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static void attempts_run_beside_each_other(void **state)
{
    (void)state;
    run_activity(nap);
    universe_pass(TL_SECONDS(1));
    universe_give_activity(&(struct activity_task){0});
    universe_pass(TL_SECONDS(2));
    assert_int_equal(answers(), 1);
    universe_pass(TL_SECONDS(1));
    assert_int_equal(answers(), 2);
}

static enum tl_status hang(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, INT64_MAX);
}

static void a_sleep_for_ever_leaves_no_deadline(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", hang);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
    assert_int_equal(answers(), 0);
}

/* ---- The worker's own timeout ---- */

static void a_hanging_attempt_is_left_five_seconds_after_its_timeout(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activity_slots = 1;
    options.activity_pollers = 1;
    tl_register_activity(universe.registry, "Charge", hang);
    universe_work(&options);
    universe_give_activity(&(struct activity_task){.start_to_close = TL_SECONDS(10)});
    universe_pass(TL_SECONDS(14));
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), 0);
    universe_pass(TL_SECONDS(1));
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), 1);
    assert_int_equal(answers(), 0);
}

static void the_heartbeat_timeout_counts_when_it_is_shorter(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", hang);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.start_to_close = TL_SECONDS(10), .heartbeat = TL_SECONDS(2)});
    assert_int_equal(
        tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), tl_driver_now(universe.driver) + TL_SECONDS(7));
}

/* ---- Looking ---- */

static char waits[160];

static void note_wait(void *user, const struct tl_wait *wait)
{
    size_t *count = user;

    (*count)++;
    (void)snprintf(
        waits, sizeof(waits), "%s %s %s: %s", wait->workflow_id, wait->run_id, wait->coroutine, wait->waits_for);
}

static void the_driver_knows_what_attempts_wait_for(void **state)
{
    size_t count = 0;

    (void)state;
    run_activity(nap);
    tl_driver_waits(universe.driver, note_wait, &count);
    assert_int_equal(count, 1);
    assert_string_equal(waits, "order-1 run-1 Charge: sleep, until 2020-01-01T00:00:03Z");
    universe_pass(TL_SECONDS(3));
    tl_driver_waits(universe.driver, note_wait, &count);
    assert_int_equal(count, 1);
}

static char told[256];

static void note_event(void *user, const struct tl_trace_event *event)
{
    size_t len = strlen(told);

    (void)user;
    (void)snprintf(
        told + len, sizeof(told) - len, "%s %s: %s; ", tl_trace_kind_text(event->kind), event->name, event->detail);
}

static void sinks_are_told_of_starts_and_ends(void **state)
{
    const struct tl_sink sink = {
        .on_event = note_event,
        .mask = TL_TRACE_BIT(TL_TRACE_WORKER_ACTIVITY_STARTED) | TL_TRACE_BIT(TL_TRACE_WORKER_ACTIVITY_ENDED)};

    (void)state;
    told[0] = '\0';
    assert_int_equal(tl_driver_add_sink(universe.driver, &sink), TL_OK);
    run_activity(fail_typed);
    assert_non_null(strstr(told, "activity started Charge: attempt 1; activity ended Charge: failed: "));
    assert_non_null(strstr(told, "GatewayBusy"));
}

/* ---- Verdicts ---- */

static enum tl_status
check_fails(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    tl_driver_fail(tl_driver_of_coroutine(), TL_VERDICT, "activity.c", 3, "wrong amount");
    fail_msg("%s", "a verdict returned into the activity");
    return TL_OK;
}

static void an_attempt_with_a_verdict_answers_nothing(void **state)
{
    (void)state;
    run_activity(check_fails);
    assert_int_equal(answers(), 0);
    const struct tl_verdict *verdict = tl_driver_verdict(universe.driver);
    assert_string_equal(verdict->text, "wrong amount");
    assert_string_equal(verdict->workflow_id, "order-1");
}

static struct tl_activity *leaked;

static enum tl_status
leak_and_hang(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    leaked = activity;
    return hang(activity, input, result);
}

static void waiting_for_another_activity_is_a_verdict(void **state)
{
    (void)state;
    run_activity(leak_and_hang);
    assert_int_equal(tl_activity_sleep(leaked, 1), TL_FAILED_PRECONDITION);
    assert_string_equal(
        tl_driver_verdict(universe.driver)->text, "tl_activity_sleep was called outside of its activity");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_attempt_knows_itself),
        TEST(the_deadline_is_the_earlier_timeout),
        TEST(an_activity_has_memory_and_a_user_pointer),
        TEST(a_result_is_sent_with_the_task_token),
        TEST(a_result_left_alone_is_null),
        TEST(that_the_service_forgot_the_attempt_is_no_error),
        TEST(an_answer_is_tried_again),
        TEST(a_failure_is_sent_with_its_type),
        TEST(a_failure_carries_its_options),
        TEST(a_failure_with_odd_options_says_so_and_is_not_lost),
        TEST(a_failure_without_words_names_the_activity),
        TEST(a_failures_text_ends_before_what_is_no_utf8),
        TEST(any_other_status_is_a_failure_of_its_own),
        TEST(canceled_without_being_asked_is_a_failure),
        TEST(an_unknown_type_fails_and_may_be_retried),
        TEST(a_fallback_takes_unknown_types),
        TEST(interceptors_stand_around_attempts),
        TEST(payloads_pass_the_codecs_both_ways),
        TEST(a_result_that_cannot_be_encoded_fails_the_attempt),
        TEST(an_input_that_cannot_be_decoded_fails_the_attempt),
        TEST(a_sleep_takes_virtual_time),
        TEST(attempts_run_beside_each_other),
        TEST(a_sleep_for_ever_leaves_no_deadline),
        TEST(a_hanging_attempt_is_left_five_seconds_after_its_timeout),
        TEST(the_heartbeat_timeout_counts_when_it_is_shorter),
        TEST(the_driver_knows_what_attempts_wait_for),
        TEST(sinks_are_told_of_starts_and_ends),
        TEST(an_attempt_with_a_verdict_answers_nothing),
        TEST(waiting_for_another_activity_is_a_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
