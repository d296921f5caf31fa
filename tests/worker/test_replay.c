/* SPDX-License-Identifier: MIT */
/* Workflow code against histories written by hand: what matches, what does not, and how it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/replay_fixture.h"

static const struct tl_activity_options ten_seconds = {.start_to_close = TL_SECONDS(10)};

/* ---- Workflows ---- */

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status charges(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Charge", input, &ten_seconds, result);
}

static enum tl_status
waits_for_signal(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_payloads signal;

    (void)input;
    if (tl_signal_wait(wf, "go", TL_DAYS(1), &signal) != TL_OK) {
        return tl_fail(wf, "NeverSignaled", "nobody said go");
    }
    *result = signal.items[0];
    return TL_OK;
}

static enum tl_status undoes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_saga *saga = tl_saga_new(wf);

    (void)input;
    tl_saga_add(saga, "UndoFirst", NULL, &ten_seconds);
    tl_saga_add(saga, "UndoSecond", NULL, &ten_seconds);
    if (tl_activity_run(wf, "Charge", NULL, &ten_seconds, result) != TL_OK) {
        return tl_saga_compensate(saga);
    }
    return TL_OK;
}

static enum tl_status
starts_and_cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *timer = tl_timer_start(wf, TL_DAYS(1));

    (void)input;
    (void)result;
    tl_future_cancel(timer);
    return tl_future_wait(timer, NULL) == TL_CANCELED ? TL_OK : TL_FAILED;
}

static enum tl_status
returns_nonsense(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return TL_NOT_FOUND;
}

static enum tl_status
forgets_timeouts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "Charge", input, NULL, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Charges", charges);
    tl_register_workflow(registry, "WaitsForSignal", waits_for_signal);
    tl_register_workflow(registry, "Undoes", undoes);
    tl_register_workflow(registry, "StartsAndCancels", starts_and_cancels);
    tl_register_workflow(registry, "ReturnsNonsense", returns_nonsense);
    tl_register_workflow(registry, "ForgetsTimeouts", forgets_timeouts);
}

/* ---- The harness ---- */

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* ---- What matches ---- */

static void a_timer_fires(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_timer_fired(builder, "1", started);
    builder_task(builder);
    builder_completed(builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void an_open_run_replays_as_far_as_it_goes(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(30));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void an_activity_completes(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Charges", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_completed(builder, scheduled, started, "\"receipt-1\"");
    builder_task(builder);
    builder_completed(builder, "\"receipt-1\"");
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void an_activity_fails_the_workflow(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Charges", NULL);
    builder_task(builder);
    int64_t scheduled = builder_activity_scheduled(builder, "1", "Charge");
    int64_t started = builder_activity_started(builder, scheduled);
    builder_activity_failed(builder, scheduled, started, "GatewayBusy");
    builder_task(builder);
    builder_failed(builder, "GatewayBusy");
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
}

static void a_signal_beats_its_timer(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "WaitsForSignal", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(1));
    builder_signaled(builder, "go", "7");
    builder_task(builder);
    builder_timer_canceled(builder, "1", started);
    builder_completed(builder, "7");
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_signal_and_a_timer_in_one_task_count_as_the_signal(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "WaitsForSignal", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(1));
    builder_timer_fired(builder, "1", started);
    builder_signaled(builder, "go", "7");
    builder_task(builder);
    builder_completed(builder, "7");
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_signal_before_the_first_task_is_kept(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "WaitsForSignal", NULL);
    builder_signaled(builder, "go", "7");
    builder_task(builder);
    builder_completed(builder, "7");
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_saga_undoes_in_reverse_order(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;
    static const char *const types[] = {"Charge", "UndoSecond", "UndoFirst"};

    builder_start(builder, "Undoes", NULL);
    for (int i = 0; i < 3; i++) {
        char id[4] = {(char)('1' + i), 0};
        builder_task(builder);
        int64_t scheduled = builder_activity_scheduled(builder, id, types[i]);
        int64_t started = builder_activity_started(builder, scheduled);
        if (i == 0) {
            builder_activity_failed(builder, scheduled, started, "GatewayBusy");
        } else {
            builder_activity_completed(builder, scheduled, started, NULL);
        }
    }
    builder_task(builder);
    builder_failed(builder, "GatewayBusy");
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
}

static void what_is_canceled_before_it_is_sent_leaves_no_trace(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "StartsAndCancels", NULL);
    builder_task(&fixture->builder);
    builder_completed(&fixture->builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_canceled_workflow_ends_as_canceled(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_cancel_requested(builder);
    builder_task(builder);
    builder_timer_canceled(builder, "1", started);
    builder_canceled(builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void a_failed_task_is_as_if_it_had_not_been(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task_starts(builder);
    builder_task_fails(builder, WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);
    builder_task(builder);
    builder_timer_started(builder, "1", TL_DAYS(30));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

/* ---- What does not ---- */

static void another_command_is_told_with_both(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "Charge");
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    assert_string_equal(fixture->error.field, "event 5");
    replay_fixture_says(fixture, "expected ActivityTaskScheduled of activity Charge (id 1)");
    replay_fixture_says(fixture, "found command StartTimer of timer 1 (30d)");
    replay_fixture_says(fixture, "Hint:");
}

static void another_activity_type_is_told(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Charges", NULL);
    builder_task(&fixture->builder);
    builder_activity_scheduled(&fixture->builder, "1", "ChargeCard");
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "activity_type is \"ChargeCard\" in history and \"Charge\" in the code");
}

static void another_duration_is_seen_by_strict_replay_alone(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(29));
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){.strict = 1}), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "start_to_fire_timeout is 29d in history and 30d in the code");
}

static void a_command_that_history_lacks_is_told(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task(&fixture->builder);
    builder_signaled(&fixture->builder, "go", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "found command StartTimer of timer 1 (30d)");
}

static void an_event_without_a_command_tells_what_the_code_waits_for(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    builder_timer_started(builder, "1", TL_DAYS(30));
    builder_activity_scheduled(builder, "1", "Charge");
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "its code waits for timer 1 (30d)");
}

static void a_result_that_nobody_asked_for_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    builder_timer_started(builder, "1", TL_DAYS(30));
    builder_timer_fired(builder, "1", 77);
    builder_task_starts(builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "event 77");
}

/* ---- Bad input ---- */

static void a_timer_that_fires_under_another_name_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    builder_start(builder, "Sleeps", NULL);
    builder_task(builder);
    int64_t started = builder_timer_started(builder, "1", TL_DAYS(30));
    builder_timer_fired(builder, "2", started);
    builder_task(builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "TimerFired does not fit timer 1 (30d)");
}

static void an_unregistered_type_names_the_nearest(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleep", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_NOT_FOUND);
    replay_fixture_says(fixture, "Sleeps");
}

static void a_history_that_does_not_begin_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "WorkflowExecutionStarted");
}

static void an_empty_history_is_malformed(void **state)
{
    assert_int_equal(replay_fixture_replay(*state), TL_MALFORMED);
}

static void a_gap_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task_starts(&fixture->builder);
    fixture->builder.events[2]->event_id = 5;
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    assert_string_equal(fixture->error.field, "event 5");
}

static void a_task_that_completes_unstarted_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task_completes(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
}

static void an_event_without_its_attributes_is_malformed(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_task(&fixture->builder);
    (void)builder_event(&fixture->builder, EVENT_TYPE_TIMER_STARTED);
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "TimerStarted");
}

static void nothing_follows_the_closing_event(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "StartsAndCancels", NULL);
    builder_task(&fixture->builder);
    builder_completed(&fixture->builder, NULL);
    builder_signaled(&fixture->builder, "go", NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
}

static void an_event_that_may_be_ignored_is(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    builder_event(&fixture->builder, 999)->worker_may_ignore = true;
    builder_task(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(30));
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void an_unknown_event_is_named(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "Sleeps", NULL);
    (void)builder_event(&fixture->builder, 999);
    builder_task(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_UNSUPPORTED);
    replay_fixture_says(fixture, "999");
}

static void nonsense_returned_by_a_workflow_fails_the_task(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "ReturnsNonsense", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_INVALID_ARGUMENT);
    replay_fixture_says(fixture, "ReturnsNonsense");
}

static void invalid_options_name_the_field(void **state)
{
    struct replay_fixture *fixture = *state;

    builder_start(&fixture->builder, "ForgetsTimeouts", NULL);
    builder_task_starts(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_INVALID_ARGUMENT);
    assert_string_equal(fixture->error.field, "start_to_close");
}

static void a_replayers_stacks_have_a_workers_limits(void **state)
{
    struct replay_fixture *fixture = *state;
    struct tl_replayer_options options = {.registry = fixture->registry, .coroutine_stack = 1};
    struct tl_error error;

    assert_null(tl_replayer_new(&options, &error));
    assert_string_equal(error.field, "coroutine_stack");
    options.coroutine_stack = (size_t)4 << 20;
    struct tl_replayer *replayer = tl_replayer_new(&options, &error);
    assert_non_null(replayer);
    tl_replayer_free(replayer);
}

static void a_replayer_needs_a_registry(void **state)
{
    struct tl_error error = {0};

    (void)state;
    assert_null(tl_replayer_new(&(const struct tl_replayer_options){0}, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "registry");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_timer_fires),
        TEST(an_open_run_replays_as_far_as_it_goes),
        TEST(an_activity_completes),
        TEST(an_activity_fails_the_workflow),
        TEST(a_signal_beats_its_timer),
        TEST(a_signal_and_a_timer_in_one_task_count_as_the_signal),
        TEST(a_signal_before_the_first_task_is_kept),
        TEST(a_saga_undoes_in_reverse_order),
        TEST(what_is_canceled_before_it_is_sent_leaves_no_trace),
        TEST(a_canceled_workflow_ends_as_canceled),
        TEST(a_failed_task_is_as_if_it_had_not_been),
        TEST(another_command_is_told_with_both),
        TEST(another_activity_type_is_told),
        TEST(another_duration_is_seen_by_strict_replay_alone),
        TEST(a_command_that_history_lacks_is_told),
        TEST(an_event_without_a_command_tells_what_the_code_waits_for),
        TEST(a_result_that_nobody_asked_for_is_told),
        TEST(a_timer_that_fires_under_another_name_is_told),
        TEST(an_unregistered_type_names_the_nearest),
        TEST(a_history_that_does_not_begin_is_malformed),
        TEST(an_empty_history_is_malformed),
        TEST(a_gap_is_malformed),
        TEST(a_task_that_completes_unstarted_is_malformed),
        TEST(an_event_without_its_attributes_is_malformed),
        TEST(nothing_follows_the_closing_event),
        TEST(an_event_that_may_be_ignored_is),
        TEST(an_unknown_event_is_named),
        TEST(nonsense_returned_by_a_workflow_fails_the_task),
        TEST(invalid_options_name_the_field),
        TEST(a_replayers_stacks_have_a_workers_limits),
        TEST(a_replayer_needs_a_registry),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
