/* SPDX-License-Identifier: MIT */
/* Two workflows that talk by signals, sent by activities that hold the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

#define ROUNDS 5

/* Sends "ball" with a number to the workflow that the input names, by the activity "Throw". */
static enum tl_status throw_ball(struct tl_workflow *wf, const char *to, int64_t number)
{
    struct tl_payload ball =
        tl_payload_json(tl_format(wf, "{\"to\": \"%s\", \"number\": %lld}", to, (long long)number));

    return tl_activity_run(wf, "Throw", TL_ARGS(ball), &scenario_patient, NULL);
}

static enum tl_status catch_ball(struct tl_workflow *wf, int64_t *number)
{
    struct tl_payloads ball;
    enum tl_status status = tl_signal_wait(wf, "ball", TL_DAYS(1), &ball);

    if (status == TL_TIMED_OUT) {
        return tl_fail(wf, "BallLost", "nobody threw");
    }
    return status == TL_OK ? tl_json_get_int(&ball.items[0], "number", number, NULL) : status;
}

static enum tl_status serves(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t number = 0;

    (void)input;
    for (int i = 0; i < ROUNDS; i++) {
        if (throw_ball(wf, "right", number + 1) != TL_OK || catch_ball(wf, &number) != TL_OK) {
            return TL_FAILED;
        }
    }
    return tl_result_text(wf, result, "%lld", (long long)number);
}

static enum tl_status returns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t number = 0;

    (void)input;
    for (int i = 0; i < ROUNDS; i++) {
        if (catch_ball(wf, &number) != TL_OK || tl_sleep(wf, TL_MINUTES(1)) != TL_OK ||
            throw_ball(wf, "left", number + 1) != TL_OK) {
            return TL_FAILED;
        }
    }
    return tl_result_text(wf, result, "%lld", (long long)number);
}

/* Asks for another workflow's result and returns it. */
static enum tl_status delegates(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Delegate", input, &scenario_patient, result);
}

static enum tl_status answers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (tl_sleep(wf, TL_SECONDS(3)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "42");
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Serves", serves);
    tl_register_workflow(registry, "Returns", returns);
    tl_register_workflow(registry, "Delegates", delegates);
    tl_register_workflow(registry, "Answers", answers);
}

SCENARIO_SETUP(setup, register_all)

static enum tl_status
throws(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    char to[16];
    struct tl_error error;

    (void)activity;
    (void)result;
    assert_int_equal(tl_json_get_string(&input->items[0], "to", to, sizeof to, &error), TL_OK);
    struct tl_handle *other = tl_client_handle(user, to, NULL);
    enum tl_status status = tl_handle_signal(other, "ball", input, &error);
    tl_handle_free(other);
    return status == TL_OK ? TL_OK : tl_activity_fail(activity, "NotThrown", "%s", error.message);
}

static void two_workflows_play(void **state)
{
    tl_mock_calls(tl_mock_activity(*state, "Throw"), TL_TIMES(2 * ROUNDS), throws, tl_env_client(*state));
    struct tl_handle *right = tl_env_start(*state, "Returns", "right", NULL, NULL);
    struct tl_handle *left = tl_env_start(*state, "Serves", "left", NULL, NULL);

    scenario_assert_result(*state, left, "%d", 2 * ROUNDS);
    scenario_assert_result(*state, right, "%d", 2 * ROUNDS - 1);
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(ROUNDS));
}

/* A client call made in an activity suspends the activity while the world goes on. */
static enum tl_status
starts_and_waits(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_start_options options = {.task_queue = "test"};
    struct tl_handle *other;
    struct tl_payload answer;
    struct tl_error error;

    assert_int_equal(tl_client_start(user, "Answers", "answers", input, &options, &other, &error), TL_OK);
    assert_int_equal(tl_handle_result(other, &answer, &error), TL_OK);
    return tl_activity_result_text(activity, result, "%.*s", (int)answer.data.len, (const char *)answer.data.data);
}

static void an_activity_waits_for_another_workflow(void **state)
{
    tl_mock_calls(tl_mock_activity(*state, "Delegate"), TL_ONCE, starts_and_waits, tl_env_client(*state));
    tl_assert_result(*state, scenario_start(*state, "Delegates", "1"), "42");
    assert_int_equal(tl_env_elapsed(*state), TL_SECONDS(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(two_workflows_play),
        SCENARIO(an_activity_waits_for_another_workflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
