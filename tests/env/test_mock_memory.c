/* SPDX-License-Identifier: MIT */
/*
 * Out of memory while mocks are made, narrowed, followed and looked at: each allocation fails in turn, once or for
 * good. Nothing crashes, nothing leaks, and a test that could not run says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

static const struct tl_activity_options options = {
    .schedule_to_start = TL_MINUTES(1), .start_to_close = TL_SECONDS(10), .heartbeat = TL_SECONDS(5)};
static const struct tl_activity_options slow = {.start_to_close = TL_DAYS(1)};

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *later = tl_activity_start(wf, "Later", input, &slow);
    struct tl_future *lost = tl_activity_start(wf, "Lost", input, &options);

    TL_IGNORE(tl_future_wait(lost, NULL));
    if (tl_activity_run(wf, "Step", input, &options, result) != TL_OK) {
        return TL_FAILED;
    }
    return tl_future_wait(later, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

static int is_anything(void *user, const struct tl_payloads *input)
{
    (void)user;
    return input->count == 1;
}

static void script(struct tl_env *env, struct tl_mock *later)
{
    static const struct tl_match match = {.path = "n", .equals = "1", .matches = is_anything, .workflow_id = "w"};
    const struct tl_failure cause = {.kind = TL_FAILURE_APPLICATION, .type = "Socket"};
    const struct tl_payload details = tl_payload_json("1");
    const struct tl_fail_options failure = {.details = &details, .details_count = 1, .cause = &cause};
    struct tl_mock *step = tl_mock_per_activity(tl_mock_when(tl_mock_activity(env, "Step"), &match));
    struct tl_mock *lost = tl_mock_activity(env, "Lost");

    tl_mock_times_out(lost, TL_ONCE, TL_TIMEOUT_SCHEDULE_TO_START);
    tl_mock_answers(
        step,
        TL_ONCE,
        &(const struct tl_mock_answer){
            .kind = TL_MOCK_FAILS, .failure_type = "Busy", .failure = &failure, .heartbeat = "1"});
    tl_mock_answers(step, TL_ONCE, &(const struct tl_mock_answer){.payload = &details, .after = TL_SECONDS(1)});
    tl_mock_never(tl_mock_with(step, "n", "2"));
    tl_mock_completes_later(later, TL_AT_LEAST(1));
    tl_mock_in_order(lost, step);
}

/* A test of a user, from the first call to the last. */
static int use_mocks(struct tl_env *env)
{
    struct tl_mock *later = tl_mock_activity(env, "Later");

    script(env, later);
    struct tl_handle *run = tl_env_start(env, "Flow", "w", "{\"n\": 1}", NULL);
    tl_env_advance(env, TL_MINUTES(2));
    if (tl_mock_pending(later) > 0) {
        tl_mock_complete(later, "\"done\"");
    }
    tl_assert_result(env, run, "\"done\"");
    tl_assert_called(env, tl_mock_with(tl_mock_activity(env, "Step"), "n", "1"), 2);
    return tl_env_finish(env) == TL_OK;
}

static struct exhaust exhaust = {.options = {.register_all = register_all}, .use = use_mocks};

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
