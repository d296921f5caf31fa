/* SPDX-License-Identifier: MIT */
/* Attempts that are to stop: why, when the worker finds out by itself, and what their answer says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/converter.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/worker/worker_fixture.h"
#include "worker/engine/worker.h"

static enum tl_activity_cancel_reason reason;

static int set_up(void **state)
{
    int result = universe_setup(state);

    reason = TL_ACTIVITY_NOT_CANCELED;
    universe_answer_activities();
    return result;
}

static size_t answers(void)
{
    return scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted) +
           scripted_count(universe.scripted, RPC_RespondActivityTaskFailed) +
           scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled);
}

static size_t waiting_polls(void)
{
    return scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL);
}

static void work(tl_activity_fn *run, const struct activity_task *task)
{
    struct tl_worker_options options = universe_options();

    options.activity_slots = 1;
    options.activity_pollers = 2; /* one slot: no more than one may poll */
    options.stop_grace = TL_SECONDS(30);
    tl_register_activity(universe.registry, "Charge", run);
    universe_work(&options);
    universe_give_activity(task);
}

static void answer_heartbeat(bool cancel, bool paused, bool reset)
{
    Pb__RecordActivityTaskHeartbeatResponse *response = SCRIPTED_NEW(
        universe.scripted, Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);

    response->cancel_requested = cancel;
    response->activity_paused = paused;
    response->activity_reset = reset;
    scripted_reply(universe.scripted, RPC_RecordActivityTaskHeartbeat, response);
}

/* ---- Reasons ---- */

static enum tl_status
beats_and_sleeps(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    assert_int_equal(tl_activity_cancel_reason(activity), TL_ACTIVITY_NOT_CANCELED);
    TL_IGNORE(tl_heartbeat(activity, NULL));
    enum tl_status status = tl_activity_sleep(activity, TL_DAYS(1));
    reason = tl_activity_cancel_reason(activity);
    return status;
}

static void a_heartbeats_answer_is_the_reason(void **state)
{
    static const struct {
        bool cancel;
        bool paused;
        bool reset;
        enum tl_activity_cancel_reason reason;
    } cases[] = {
        {true, true, true, TL_ACTIVITY_CANCEL_REQUESTED},
        {false, true, true, TL_ACTIVITY_RESET},
        {false, true, false, TL_ACTIVITY_PAUSED},
    };

    (void)state;
    tl_register_activity(universe.registry, "Charge", beats_and_sleeps);
    universe_work(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        answer_heartbeat(cases[i].cancel, cases[i].paused, cases[i].reset);
        universe_give_activity(&(struct activity_task){0});
        assert_int_equal(reason, cases[i].reason);
    }
    scripted_fail(universe.scripted, RPC_RecordActivityTaskHeartbeat, TL_NOT_FOUND, "gone");
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(reason, TL_ACTIVITY_NOT_FOUND);
}

static enum tl_status
beats_often(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < 10; i++) {
        TL_IGNORE(tl_heartbeat(activity, NULL));
        TL_IGNORE(tl_activity_sleep(activity, TL_SECONDS(5)));
    }
    reason = tl_activity_cancel_reason(activity);
    return TL_CANCELED;
}

static void the_first_reason_stays(void **state)
{
    (void)state;
    answer_heartbeat(false, true, false);
    answer_heartbeat(true, false, false);
    work(beats_often, &(struct activity_task){.heartbeat = TL_SECONDS(5)});
    universe_pass(TL_MINUTES(2));
    assert_int_equal(reason, TL_ACTIVITY_PAUSED);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskFailed), 1);
}

static void every_reason_has_a_name(void **state)
{
    (void)state;
    for (int i = TL_ACTIVITY_NOT_CANCELED; i <= TL_ACTIVITY_WORKER_SHUTDOWN; i++) {
        for (int other = TL_ACTIVITY_NOT_CANCELED; other < i; other++) {
            assert_string_not_equal(
                tl_activity_cancel_reason_name((enum tl_activity_cancel_reason)i),
                tl_activity_cancel_reason_name((enum tl_activity_cancel_reason)other));
        }
    }
    assert_string_equal(tl_activity_cancel_reason_name((enum tl_activity_cancel_reason)99), "unknown reason");
}

/* ---- The worker's own clock ---- */

static void a_hanging_attempt_hears_that_it_timed_out_and_its_answer_is_dropped(void **state)
{
    (void)state;
    work(beats_and_sleeps, &(struct activity_task){.start_to_close = TL_SECONDS(10)});
    assert_int_equal(waiting_polls(), 0);
    universe_pass(TL_SECONDS(15) - 1);
    assert_int_equal(reason, TL_ACTIVITY_NOT_CANCELED);
    assert_int_equal(waiting_polls(), 0);
    universe_pass(1);
    universe_run();
    assert_int_equal(reason, TL_ACTIVITY_TIMED_OUT);
    assert_int_equal(waiting_polls(), 1);
    assert_int_equal(answers(), 0);
    assert_int_equal(scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat), 1);
}

/* A heartbeat counts from the moment when the service has it; of equal timeouts the heartbeat's counts (sdk-core). */
static void heartbeats_put_off_an_equal_timeout(void **state)
{
    (void)state;
    work(beats_often, &(struct activity_task){.heartbeat = TL_SECONDS(10), .start_to_close = TL_SECONDS(10)});
    universe_pass(TL_SECONDS(20));
    assert_int_equal(reason, TL_ACTIVITY_NOT_CANCELED);
    universe_pass(TL_SECONDS(31));
    assert_int_equal(answers(), 1);
}

/* ---- The worker stops ---- */

static void after_the_grace_it_is_told_so_and_may_be_tried_again(void **state)
{
    (void)state;
    work(beats_and_sleeps, &(struct activity_task){0});
    tl_worker_stop(universe.worker);
    universe_pass(TL_SECONDS(30) - 1);
    assert_int_equal(reason, TL_ACTIVITY_NOT_CANCELED);
    universe_pass(1);
    universe_run();
    assert_int_equal(reason, TL_ACTIVITY_WORKER_SHUTDOWN);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "WorkerShutdown");
    assert_false(failure->application_failure_info->non_retryable);
    assert_true(tl_worker_stopped(universe.worker));
}

static enum tl_status stubborn(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_activity_sleep(activity, TL_DAYS(1)));
    reason = tl_activity_cancel_reason(activity);
    return TL_OK;
}

static void what_it_completes_all_the_same_counts(void **state)
{
    (void)state;
    work(stubborn, &(struct activity_task){0});
    tl_worker_stop(universe.worker);
    universe_pass(TL_SECONDS(30));
    universe_run();
    assert_int_equal(reason, TL_ACTIVITY_WORKER_SHUTDOWN);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 1);
}

/* A poll's reply may be on its way when the grace ends. */
static void a_task_that_comes_after_the_grace_is_told_at_once(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", stubborn);
    universe_work(NULL);
    attempts_shut_down(&universe.worker->attempts);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(reason, TL_ACTIVITY_WORKER_SHUTDOWN);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 1);
}

/* ---- What a canceled attempt tells ---- */

static enum tl_status
half_done(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload half = tl_payload_json("0.5");

    (void)input;
    (void)result;
    TL_IGNORE(tl_heartbeat(activity, NULL));
    TL_IGNORE(tl_activity_sleep(activity, TL_DAYS(1)));
    return tl_activity_canceled(activity, TL_ARGS(half));
}

static void a_canceled_attempt_may_leave_details(void **state)
{
    (void)state;
    answer_heartbeat(true, false, false);
    work(half_done, &(struct activity_task){0});
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCanceled, 0)->details), "0.5");
}

static void details_without_a_request_are_a_failure(void **state)
{
    (void)state;
    answer_heartbeat(false, false, true);
    work(half_done, &(struct activity_task){0});
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled), 0);
    assert_string_equal(
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure->application_failure_info->type,
        "ActivityReset");
}

static enum tl_status refuse_to_encode(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    (void)in;
    (void)out;
    return tl_error_set(error, TL_FAILED, NULL, "no key");
}

static void details_that_cannot_be_encoded_fail_the_attempt(void **state)
{
    (void)state;
    tl_register_codec(
        universe.registry, &(struct tl_codec){.name = "vault", .encode = refuse_to_encode, .decode = refuse_to_encode});
    answer_heartbeat(true, false, false);
    work(half_done, &(struct activity_task){0});
    assert_string_equal(
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure->application_failure_info->type,
        "PayloadCodecError");
}

static enum tl_status
no_details(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payloads nothing = {NULL, 2};

    (void)input;
    (void)result;
    return tl_heartbeat(activity, &nothing);
}

static void details_that_are_none_fail_the_attempt(void **state)
{
    (void)state;
    work(no_details, &(struct activity_task){0});
    assert_int_equal(scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat), 0);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "InvalidDetails");
    assert_string_equal(failure->message, "tl_heartbeat: details is NULL, but there are 2 of them");
}

static enum tl_status
no_canceled_details(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payloads nothing = {NULL, 1};

    (void)input;
    (void)result;
    TL_IGNORE(tl_heartbeat(activity, NULL));
    TL_IGNORE(tl_activity_sleep(activity, TL_DAYS(1)));
    return tl_activity_canceled(activity, &nothing);
}

static void so_do_those_of_a_cancellation(void **state)
{
    (void)state;
    answer_heartbeat(true, false, false);
    work(no_canceled_details, &(struct activity_task){0});
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCanceled), 0);
    assert_string_equal(
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure->message,
        "tl_activity_canceled: details is NULL, but there are 1 of them");
}

static enum tl_status
odd_chain(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_failure cause = {.details_count = 3};
    const struct tl_failure failure = {.kind = TL_FAILURE_TIMEOUT, .cause = &cause};

    (void)input;
    (void)result;
    return tl_activity_fail_as(activity, &failure);
}

static void a_chain_that_is_odd_fails_as_such(void **state)
{
    (void)state;
    work(odd_chain, &(struct activity_task){0});
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "InvalidFailOptions");
    assert_string_equal(
        failure->message, "tl_activity_fail_as: failure.cause.details is NULL, but there are 3 of them");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_heartbeats_answer_is_the_reason),
        TEST(the_first_reason_stays),
        TEST(every_reason_has_a_name),
        TEST(a_hanging_attempt_hears_that_it_timed_out_and_its_answer_is_dropped),
        TEST(heartbeats_put_off_an_equal_timeout),
        TEST(after_the_grace_it_is_told_so_and_may_be_tried_again),
        TEST(what_it_completes_all_the_same_counts),
        TEST(a_task_that_comes_after_the_grace_is_told_at_once),
        TEST(a_canceled_attempt_may_leave_details),
        TEST(details_without_a_request_are_a_failure),
        TEST(details_that_cannot_be_encoded_fail_the_attempt),
        TEST(details_that_are_none_fail_the_attempt),
        TEST(so_do_those_of_a_cancellation),
        TEST(a_chain_that_is_odd_fails_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
