/* SPDX-License-Identifier: MIT */
/* Cancellation in every order that a server may tell it in, against histories written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

static const struct tl_activity_options ten_seconds = {.start_to_close = TL_SECONDS(10)};

/* ---- Workflows; their results tell what they saw ---- */

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_sleep(wf, TL_DAYS(30));

    (void)input;
    return tl_result_text(wf, result, "[\"%s\", %d]", tl_status_name(status), tl_is_canceled(wf));
}

static enum tl_status charges(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payload receipt = {0};
    enum tl_status status = tl_activity_run(wf, "Charge", input, &ten_seconds, &receipt);

    return tl_result_text(
        wf,
        result,
        "[\"%s\", %d, \"%.*s\"]",
        tl_status_name(status),
        tl_is_canceled(wf),
        (int)receipt.data.len,
        (const char *)receipt.data.data);
}

static enum tl_status waits_long(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_signal_wait(wf, "go", 0, NULL);

    (void)input;
    return tl_result_text(wf, result, "[\"%s\", %d]", tl_status_name(status), tl_is_canceled(wf));
}

/* Waits for its cancellation, in an activity that may take its time. */
static enum tl_status
waits_for_the_end(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .start_to_close = TL_SECONDS(10), .cancellation = TL_WAIT_CANCELLATION_COMPLETED};
    struct tl_future *future = tl_activity_start(wf, "Charge", input, &options);

    TL_IGNORE(tl_signal_wait(wf, "cancel", 0, NULL));
    tl_future_cancel(future);
    tl_future_cancel(future);
    enum tl_status status = tl_future_wait(future, NULL);
    tl_future_cancel(future);
    return tl_result_text(wf, result, "[\"%s\"]", tl_status_name(status));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Charges", charges);
    tl_register_workflow(registry, "WaitsLong", waits_long);
    tl_register_workflow(registry, "WaitsForTheEnd", waits_for_the_end);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

static void completes_with(struct replay_fixture *fixture, const char *json)
{
    builder_completed(&fixture->builder, json);
    enum tl_status status = replay_fixture_replay(fixture);
    if (status != TL_OK) {
        print_error("%s: %s\n", fixture->error.field, fixture->error.message);
    }
    assert_int_equal(status, TL_OK);
}

/* ---- Beside the end of what is canceled, in one task ---- */

static void a_timer_that_fires_after_the_request_has_fired(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_cancel_requested(builder);
    builder_task_waits(builder);
    builder_timer_fired(builder, "1", started);
    builder_task_begins(builder);
    builder_task_completes(builder);
    completes_with(fixture, "[\"ok\", 1]");
}

static void a_timer_that_fired_before_the_request_has_fired(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_timer_fired(builder, "1", started);
    builder_task_waits(builder);
    builder_cancel_requested(builder);
    builder_task_begins(builder);
    builder_task_completes(builder);
    completes_with(fixture, "[\"ok\", 1]");
}

static void an_activity_that_completes_after_the_request_has_completed(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Charges", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    builder_cancel_requested(builder);
    builder_task_waits(builder);
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_completed(builder, scheduled, started, "7");
    builder_task_begins(builder);
    builder_task_completes(builder);
    completes_with(fixture, "[\"ok\", 1, \"7\"]");
}

static void an_activity_that_starts_after_the_request_is_canceled(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Charges", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    builder_cancel_requested(builder);
    builder_task_waits(builder);
    builder_activity_started(builder, scheduled);
    builder_task_begins(builder);
    builder_task_completes(builder);
    builder_activity_cancel_requested(builder, scheduled);
    completes_with(fixture, "[\"canceled\", 1, \"\"]");
}

static void a_signal_that_came_with_the_request_is_taken(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "WaitsLong", NULL);
    builder_task(builder);
    builder_cancel_requested(builder);
    builder_task_waits(builder);
    builder_signaled(builder, "go", NULL);
    builder_task_begins(builder);
    builder_task_completes(builder);
    completes_with(fixture, "[\"ok\", 1]");
}

/* ---- Before the first task, and twice ---- */

static void a_run_canceled_before_its_first_task_starts_nothing(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Charges", NULL);
    builder_cancel_requested(builder);
    builder_task(builder);
    completes_with(fixture, "[\"canceled\", 1, \"\"]");
}

static void a_second_request_changes_nothing(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_cancel_requested(builder);
    builder_cancel_requested(builder);
    builder_task(builder);
    builder_timer_canceled(builder, "1", started);
    completes_with(fixture, "[\"canceled\", 1]");
}

/* ---- While its end is waited for ---- */

static void an_activity_may_complete_in_spite_of_it(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "WaitsForTheEnd", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    builder_signaled(builder, "cancel", NULL);
    builder_task(builder);
    builder_activity_cancel_requested(builder, scheduled);
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_completed(builder, scheduled, started, "7");
    builder_task(builder);
    completes_with(fixture, "[\"ok\"]");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_timer_that_fires_after_the_request_has_fired),
        TEST(a_timer_that_fired_before_the_request_has_fired),
        TEST(an_activity_that_completes_after_the_request_has_completed),
        TEST(an_activity_that_starts_after_the_request_is_canceled),
        TEST(a_signal_that_came_with_the_request_is_taken),
        TEST(a_run_canceled_before_its_first_task_starts_nothing),
        TEST(a_second_request_changes_nothing),
        TEST(an_activity_may_complete_in_spite_of_it),
    };
    return cmocka_run_group_tests_name("replayed cancellation", tests, NULL, NULL);
}
