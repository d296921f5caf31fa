/* SPDX-License-Identifier: MIT */
/* What a client asks for when it completes activities: by token or by ids, and what it refuses to ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/converter.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/worker/worker_fixture.h"

static const struct tl_activity_target by_token = {.task_token = {(const uint8_t *)"tok\0en", 6}};
static const struct tl_activity_target by_id = {.workflow_id = "order-1", .run_id = "run-1", .activity_id = "5"};

#define ANSWERED(Rpc, lower)                                                                                           \
    scripted_always(                                                                                                   \
        universe.scripted, RPC_##Rpc, SCRIPTED_NEW(universe.scripted, Pb__##Rpc##Response, pb__##lower##_response))

static int set_up(void **state)
{
    int result = universe_setup(state);
    const struct tl_client_options options = {.identity = "web hook", .registry = universe.registry};

    universe_answer_activities();
    ANSWERED(RespondActivityTaskCompletedById, respond_activity_task_completed_by_id);
    ANSWERED(RespondActivityTaskFailedById, respond_activity_task_failed_by_id);
    ANSWERED(RespondActivityTaskCanceledById, respond_activity_task_canceled_by_id);
    ANSWERED(RecordActivityTaskHeartbeatById, record_activity_task_heartbeat_by_id);
    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), &options, NULL);
    assert_non_null(universe.client);
    return result;
}

/* ---- What is asked ---- */

static void a_completion_names_the_attempt_by_its_token(void **state)
{
    const struct tl_payload result = tl_payload_json("[1]");

    (void)state;
    assert_int_equal(tl_client_complete_activity(universe.client, &by_token, &result, NULL), TL_OK);
    const Pb__RespondActivityTaskCompletedRequest *request =
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompleted, 0);
    assert_int_equal(request->task_token.len, 6);
    assert_memory_equal(request->task_token.data, "tok\0en", 6);
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "web hook");
    assert_string_equal(universe_text(request->result), "[1]");
}

static void a_completion_names_the_activity_by_its_ids(void **state)
{
    const struct tl_activity_target latest = {.workflow_id = "order-1", .activity_id = "5"};

    (void)state;
    assert_int_equal(tl_client_complete_activity(universe.client, &by_id, NULL, NULL), TL_OK);
    assert_int_equal(tl_client_complete_activity(universe.client, &latest, NULL, NULL), TL_OK);
    const Pb__RespondActivityTaskCompletedByIdRequest *request =
        SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompletedById, 0);
    assert_string_equal(request->workflow_id, "order-1");
    assert_string_equal(request->run_id, "run-1");
    assert_string_equal(request->activity_id, "5");
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "web hook");
    assert_int_equal(request->result->n_payloads, 1); /* null is a result */
    assert_string_equal(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCompletedById, 1)->run_id, "");
}

static void a_failure_carries_its_options(void **state)
{
    const struct tl_failure cause = {.kind = TL_FAILURE_CANCELED, .message = "why"};
    const struct tl_fail_options options = {
        .non_retryable = 1, .next_retry_delay = TL_SECONDS(3), .category = TL_CATEGORY_BENIGN, .cause = &cause};

    (void)state;
    assert_int_equal(tl_client_fail_activity(universe.client, &by_token, "Busy", "no time", &options, NULL), TL_OK);
    assert_int_equal(tl_client_fail_activity(universe.client, &by_id, NULL, NULL, NULL, NULL), TL_OK);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->message, "no time");
    assert_string_equal(failure->application_failure_info->type, "Busy");
    assert_true(failure->application_failure_info->non_retryable);
    assert_int_equal(failure->application_failure_info->category, APPLICATION_ERROR_CATEGORY_BENIGN);
    assert_int_equal(failure->application_failure_info->next_retry_delay->seconds, 3);
    assert_string_equal(failure->cause->message, "why");
    failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailedById, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "");
}

static void by_token_another_kind_is_wrapped_by_ids_it_is_not(void **state)
{
    const struct tl_failure timeout = {
        .kind = TL_FAILURE_TIMEOUT, .message = "late", .timeout_type = TL_TIMEOUT_HEARTBEAT};

    (void)state;
    assert_int_equal(tl_client_fail_activity_as(universe.client, &by_token, &timeout, NULL), TL_OK);
    assert_int_equal(tl_client_fail_activity_as(universe.client, &by_id, &timeout, NULL), TL_OK);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "TimeoutFailure");
    assert_string_equal(failure->message, "late");
    assert_int_equal(failure->cause->timeout_failure_info->timeout_type, TIMEOUT_TYPE_HEARTBEAT);
    failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailedById, 0)->failure;
    assert_int_equal(failure->timeout_failure_info->timeout_type, TIMEOUT_TYPE_HEARTBEAT);
}

static void texts_end_before_what_is_no_utf8(void **state)
{
    const struct tl_failure odd = {.kind = TL_FAILURE_APPLICATION, .type = "T\xff", .message = "m\xc0\xaf"};

    (void)state;
    assert_int_equal(tl_client_fail_activity_as(universe.client, &by_id, &odd, NULL), TL_OK);
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailedById, 0)->failure;
    assert_string_equal(failure->message, "m");
    assert_string_equal(failure->application_failure_info->type, "T");
}

static void a_cancellation_carries_its_details(void **state)
{
    const struct tl_payload half = tl_payload_json("0.5");

    (void)state;
    assert_int_equal(tl_client_cancel_activity(universe.client, &by_token, TL_ARGS(half), NULL), TL_OK);
    assert_int_equal(tl_client_cancel_activity(universe.client, &by_id, NULL, NULL), TL_OK);
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCanceled, 0)->details), "0.5");
    assert_null(SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskCanceledById, 0)->details);
}

/* ---- Heartbeats ---- */

static enum tl_activity_cancel_reason
heard(bool cancel, bool reset, bool paused, const struct tl_activity_target *target)
{
    enum tl_activity_cancel_reason reason = TL_ACTIVITY_WORKER_SHUTDOWN;
    Pb__RecordActivityTaskHeartbeatResponse *of_token = SCRIPTED_NEW(
        universe.scripted, Pb__RecordActivityTaskHeartbeatResponse, pb__record_activity_task_heartbeat_response);
    Pb__RecordActivityTaskHeartbeatByIdResponse *of_id = SCRIPTED_NEW(
        universe.scripted,
        Pb__RecordActivityTaskHeartbeatByIdResponse,
        pb__record_activity_task_heartbeat_by_id_response);

    of_token->cancel_requested = of_id->cancel_requested = cancel;
    of_token->activity_reset = of_id->activity_reset = reset;
    of_token->activity_paused = of_id->activity_paused = paused;
    scripted_always(universe.scripted, RPC_RecordActivityTaskHeartbeat, of_token);
    scripted_always(universe.scripted, RPC_RecordActivityTaskHeartbeatById, of_id);
    assert_int_equal(tl_client_heartbeat(universe.client, target, NULL, &reason, NULL), TL_OK);
    return reason;
}

static void a_heartbeat_brings_back_the_reason_to_stop(void **state)
{
    const struct tl_activity_target *const targets[] = {&by_token, &by_id};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        assert_int_equal(heard(false, false, false, targets[i]), TL_ACTIVITY_NOT_CANCELED);
        assert_int_equal(heard(false, false, true, targets[i]), TL_ACTIVITY_PAUSED);
        assert_int_equal(heard(false, true, true, targets[i]), TL_ACTIVITY_RESET);
        assert_int_equal(heard(true, true, true, targets[i]), TL_ACTIVITY_CANCEL_REQUESTED);
    }
}

static void each_heartbeat_is_sent(void **state)
{
    const struct tl_payload page = tl_payload_json("3");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tl_client_heartbeat(universe.client, &by_token, TL_ARGS(page), NULL, NULL), TL_OK);
    }
    assert_int_equal(scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat), 3);
    assert_string_equal(
        universe_text(SCRIPTED_REQUEST(universe.scripted, RecordActivityTaskHeartbeat, 2)->details), "3");
}

/* ---- What is refused ---- */

static void what_names_no_activity_is_refused(void **state)
{
    static const struct {
        struct tl_activity_target target;
        const char *field;
    } cases[] = {
        {{.activity_id = "5"}, "workflow_id"},
        {{.workflow_id = "w"}, "activity_id"},
        {{.workflow_id = "", .activity_id = "5"}, "workflow_id"},
        {{.workflow_id = "w", .run_id = "", .activity_id = "5"}, "run_id"},
        {{.workflow_id = "w", .activity_id = "\xff"}, "activity_id"},
        {{.task_token = {NULL, 3}}, "task_token"},
        {{.task_token = {(const uint8_t *)"t", 1}, .activity_id = "5"}, "task_token"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tl_error error = {0};

        assert_int_equal(
            tl_client_complete_activity(universe.client, &cases[i].target, NULL, &error), TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, cases[i].field);
        assert_int_equal(
            tl_client_fail_activity(universe.client, &cases[i].target, "", "", NULL, &error), TL_INVALID_ARGUMENT);
        assert_int_equal(
            tl_client_cancel_activity(universe.client, &cases[i].target, NULL, &error), TL_INVALID_ARGUMENT);
        assert_int_equal(
            tl_client_heartbeat(universe.client, &cases[i].target, NULL, NULL, &error), TL_INVALID_ARGUMENT);
    }
    assert_null(scripted_call(universe.scripted, RPC_RespondActivityTaskCompleted, 0));
    assert_null(scripted_call(universe.scripted, RPC_RespondActivityTaskCompletedById, 0));
}

static void odd_arguments_are_named(void **state)
{
    const struct tl_payloads nothing = {NULL, 2};
    const struct tl_fail_options category = {.category = (enum tl_failure_category)7};
    struct tl_error error;

    (void)state;
    assert_int_equal(tl_client_complete_activity(universe.client, NULL, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "target");
    assert_int_equal(tl_client_fail_activity_as(universe.client, &by_id, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "failure");
    assert_int_equal(tl_client_fail_activity(universe.client, &by_id, "", "", &category, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "category");
    assert_int_equal(tl_client_cancel_activity(universe.client, &by_id, &nothing, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "details");
    assert_int_equal(tl_client_heartbeat(universe.client, &by_id, &nothing, NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "details");
}

static void each_link_that_is_odd_is_named(void **state)
{
    static const struct {
        struct tl_failure link;
        const char *member;
    } cases[] = {
        {{.kind = (enum tl_failure_kind)99}, "kind"},
        {{.category = (enum tl_failure_category)2}, "category"},
        {{.timeout_type = (enum tl_timeout_type)5}, "timeout_type"},
        {{.retry_state = (enum tl_retry_state)8}, "retry_state"},
        {{.next_retry_delay = -1}, "next_retry_delay"},
        {{.details_count = 1}, "details"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct tl_failure middle = {.kind = TL_FAILURE_APPLICATION, .cause = &cases[i].link};
        const struct tl_failure outer = {.kind = TL_FAILURE_APPLICATION, .cause = &middle};
        const struct tl_fail_options options = {.cause = &outer};
        struct tl_error error;
        char field[64];

        assert_int_equal(tl_client_fail_activity_as(universe.client, &by_id, &outer, &error), TL_INVALID_ARGUMENT);
        (void)snprintf(field, sizeof field, "failure.cause.cause.%s", cases[i].member);
        assert_string_equal(error.field, field);
        assert_int_equal(
            tl_client_fail_activity(universe.client, &by_id, "", "", &options, &error), TL_INVALID_ARGUMENT);
        (void)snprintf(field, sizeof field, "cause.cause.cause.%s", cases[i].member);
        assert_string_equal(error.field, field);
    }
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskFailedById), 0);
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

static void what_cannot_be_encoded_is_not_sent(void **state)
{
    const struct tl_payload result = tl_payload_json("1");
    struct tl_error error;

    (void)state;
    tl_register_codec(
        universe.registry, &(struct tl_codec){.name = "vault", .encode = refuse_to_encode, .decode = refuse_to_encode});
    assert_int_equal(tl_client_complete_activity(universe.client, &by_id, &result, &error), TL_FAILED);
    assert_non_null(strstr(error.message, "no key"));
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompletedById), 0);
}

static void the_services_refusal_is_told(void **state)
{
    struct tl_error error;

    (void)state;
    scripted_fail(universe.scripted, RPC_RespondActivityTaskCompletedById, TL_NOT_FOUND, "no such activity");
    assert_int_equal(tl_client_complete_activity(universe.client, &by_id, NULL, &error), TL_NOT_FOUND);
    assert_string_equal(error.message, "no such activity");
    assert_int_equal(error.grpc_code, 5);
}

/* ---- An activity that leaves its completion to others ---- */

static enum tl_status leaves(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload one = tl_payload_json("1");
    const struct tl_payload two = tl_payload_json("2");

    (void)input;
    (void)result;
    assert_int_equal(tl_heartbeat(activity, TL_ARGS(one)), TL_OK);
    assert_int_equal(tl_heartbeat(activity, TL_ARGS(two)), TL_OK);
    return TL_COMPLETES_LATER;
}

static void it_answers_nothing_flushes_nothing_and_gives_its_slot_back(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activity_slots = 1;
    options.activity_pollers = 1;
    tl_register_activity(universe.registry, "Charge", leaves);
    universe_work(&options);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat), 1);
    universe_pass(TL_MINUTES(5));
    assert_int_equal(scripted_count(universe.scripted, RPC_RecordActivityTaskHeartbeat), 1);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 0);
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskFailed), 0);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_completion_names_the_attempt_by_its_token),
        TEST(a_completion_names_the_activity_by_its_ids),
        TEST(a_failure_carries_its_options),
        TEST(by_token_another_kind_is_wrapped_by_ids_it_is_not),
        TEST(texts_end_before_what_is_no_utf8),
        TEST(a_cancellation_carries_its_details),
        TEST(a_heartbeat_brings_back_the_reason_to_stop),
        TEST(each_heartbeat_is_sent),
        TEST(what_names_no_activity_is_refused),
        TEST(odd_arguments_are_named),
        TEST(each_link_that_is_odd_is_named),
        TEST(what_cannot_be_encoded_is_not_sent),
        TEST(the_services_refusal_is_told),
        TEST(it_answers_nothing_flushes_nothing_and_gives_its_slot_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
