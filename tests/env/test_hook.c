/* SPDX-License-Identifier: MIT */
/* Callbacks of the test: when they come, what they may do, and that none is left out in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/env_hook.h>
#include <timelapse/history_event.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static enum tl_status listens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status = tl_sleep(wf, TL_MINUTES(1));
    struct tl_payloads given = {0};
    if (status == TL_OK) {
        status = tl_signal_wait(wf, "go", 0, &given);
    }
    if (given.count == 1) {
        *result = given.items[0];
    }
    return status;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Listens", listens);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_held(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .begin_held = 1});
}

/* What a callback saw. */
struct seen {
    struct tl_handle *run;
    tl_duration at;
    int calls;
};

static void signals(struct tl_env *env, void *user)
{
    struct seen *seen = user;

    seen->calls++;
    seen->at = tl_env_elapsed(env);
    tl_env_signal(env, seen->run, "go", "7");
}

static void looks(struct tl_env *env, void *user)
{
    struct seen *seen = user;

    seen->calls++;
    seen->at = tl_env_elapsed(env);
}

static void advances(struct tl_env *env, void *user)
{
    (void)user;
    tl_env_advance(env, TL_SECONDS(1));
}

static void a_callback_at_a_time_may_signal(void **state)
{
    struct recorder *recorder = *state;
    struct seen seen = {.run = tl_env_start(recorder->env, "Listens", "l", NULL, NULL)};

    struct tl_env_hook *hook = tl_env_at(recorder->env, TL_HOURS(2), signals, &seen);
    tl_assert_result(recorder->env, seen.run, "7");
    assert_int_equal(seen.at, TL_HOURS(2));
    assert_int_equal(tl_env_hook_calls(hook), 1);
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
    assert_quiet(recorder);
}

static void callbacks_come_in_the_order_of_their_times(void **state)
{
    struct recorder *recorder = *state;
    struct seen early = {0};
    struct seen late = {0};

    (void)tl_env_at(recorder->env, TL_HOURS(2), looks, &late);
    (void)tl_env_at(recorder->env, TL_HOURS(1), looks, &early);
    tl_env_advance_to(recorder->env, TL_HOURS(1));
    assert_int_equal(early.calls, 1);
    assert_int_equal(late.calls, 0);
    tl_env_advance_to(recorder->env, TL_HOURS(3));
    assert_int_equal(early.at, TL_HOURS(1));
    assert_int_equal(late.at, TL_HOURS(2));
    assert_quiet(recorder);
}

static void a_callback_after_an_event(void **state)
{
    struct recorder *recorder = *state;
    struct seen seen = {.run = tl_env_start(recorder->env, "Listens", "l", NULL, NULL)};
    const struct tl_event_filter filter = {.kind = TL_TRACE_SERVICE_EVENT_ADDED, .name = "TimerFired"};

    (void)tl_env_on_event(recorder->env, &filter, signals, &seen);
    tl_assert_result(recorder->env, seen.run, "7");
    assert_int_equal(seen.at, TL_MINUTES(1));
    assert_int_equal(seen.calls, 1);
    assert_quiet(recorder);
}

static void the_nth_event_and_all_that_follow(void **state)
{
    struct recorder *recorder = *state;
    struct seen second = {0};
    struct seen every = {0};
    struct seen other = {0};
    struct tl_event_filter filter = {.kind = TL_TRACE_SERVICE_RUN_OPENED, .nth = 2};

    (void)tl_env_on_event(recorder->env, &filter, looks, &second);
    filter.every = 1;
    (void)tl_env_on_event(recorder->env, &filter, looks, &every);
    filter.workflow_id = "4";
    filter.nth = 0;
    (void)tl_env_on_event(recorder->env, &filter, looks, &other);
    (void)tl_env_start(recorder->env, "Listens", "1", NULL, NULL);
    assert_int_equal(second.calls, 0);
    (void)tl_env_start(recorder->env, "Listens", "2", NULL, NULL);
    (void)tl_env_start(recorder->env, "Listens", "3", NULL, NULL);
    (void)tl_env_start(recorder->env, "Listens", "4", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    assert_int_equal(second.calls, 1);
    assert_int_equal(every.calls, 3);
    assert_int_equal(other.calls, 1);
    assert_quiet(recorder);
}

static void a_time_that_has_passed(void **state)
{
    struct recorder *recorder = *state;
    struct seen seen = {0};

    tl_env_advance(recorder->env, TL_HOURS(1));
    assert_null(tl_env_at(recorder->env, TL_MINUTES(59), looks, &seen));
    assert_reported(recorder, "tl_env_at: +59m has passed, or never comes; it is +1h");
}

static void one_that_is_never_called_is_a_verdict(void **state)
{
    struct recorder *recorder = *state;
    struct seen seen = {0};
    const struct tl_event_filter filter = {.name = "TimerFired", .kind = TL_TRACE_SERVICE_EVENT_ADDED};

    tl_env_hook_optional(tl_env_at(recorder->env, TL_HOURS(1), looks, &seen));
    assert_int_equal(tl_env_finish(recorder->env), TL_OK);
    (void)tl_env_on_event(recorder->env, &filter, looks, &seen);
    assert_int_equal(tl_env_finish(recorder->env), TL_VERDICT);
    assert_reported(recorder, "on event added TimerFired: 0 came");
}

static void a_callback_may_not_wait(void **state)
{
    struct recorder *recorder = *state;

    (void)tl_env_at(recorder->env, TL_HOURS(1), advances, NULL);
    tl_env_advance(recorder->env, TL_HOURS(2));
    assert_reported(recorder, "tl_env_advance was called in a callback");
}

static void an_event_type_that_there_is_not(void **state)
{
    struct recorder *recorder = *state;
    const struct tl_event_filter filter = {.name = "TimerFirde", .kind = TL_TRACE_SERVICE_EVENT_ADDED};

    assert_null(tl_env_on_event(recorder->env, &filter, looks, NULL));
    assert_reported(recorder, "no event is a TimerFirde; did you mean TimerFired?");
}

static void note_json(void *user, const struct tl_trace_event *event)
{
    char *text;
    struct tl_error error;

    if (event->kind != TL_TRACE_SERVICE_EVENT_ADDED) {
        assert_int_equal(tl_trace_event_json(event, &text, NULL, &error), TL_INVALID_ARGUMENT);
    } else if (strcmp(event->name, "TimerStarted") == 0) {
        assert_int_equal(tl_trace_event_json(event, &text, NULL, NULL), TL_OK);
        *(int *)user += strstr(text, "\"startToFireTimeout\": \"60s\"") != NULL;
        tl_text_free(text);
    }
}

static void a_watch_sees_events_with_their_attributes(void **state)
{
    struct recorder *recorder = *state;
    int seen = 0;

    tl_env_watch(
        recorder->env,
        TL_TRACE_BIT(TL_TRACE_SERVICE_EVENT_ADDED) | TL_TRACE_BIT(TL_TRACE_SERVICE_RUN_OPENED),
        note_json,
        &seen);
    (void)tl_env_start(recorder->env, "Listens", "l", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    assert_int_equal(seen, 1);
    assert_quiet(recorder);
}

static void time_may_be_held_from_the_start(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Listens", "l", NULL, NULL);

    tl_env_advance_to(recorder->env, TL_SECONDS(30));
    tl_env_run_until_closed(recorder->env, run);
    assert_reported(recorder, "blocked while time is held");
    assert_int_equal(tl_env_elapsed(recorder->env), TL_SECONDS(30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_callback_at_a_time_may_signal, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(callbacks_come_in_the_order_of_their_times, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_callback_after_an_event, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(the_nth_event_and_all_that_follow, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_time_that_has_passed, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(one_that_is_never_called_is_a_verdict, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_callback_may_not_wait, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(an_event_type_that_there_is_not, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_watch_sees_events_with_their_attributes, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(time_may_be_held_from_the_start, setup_held, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
