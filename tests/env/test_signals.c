/* SPDX-License-Identifier: MIT */
/* Signals that nobody takes: told where a wait never ends, where a run closes with them, and where a test asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static enum tl_status note(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)name;
    (void)input;
    (void)user;
    return TL_OK;
}

/* Waits for "delivered"; handles "cancelled" and "note". */
static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_signal_handle(wf, "cancelled", NULL, note, NULL);
    tl_signal_handle(wf, "note", NULL, note, NULL);
    return tl_signal_wait(wf, "delivered", 0, NULL);
}

/* As order, but gives up after an hour. */
static enum tl_status impatient(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_signal_wait(wf, "delivered", TL_HOURS(1), NULL));
    return TL_OK;
}

/* Takes one signal, and then none. */
static enum tl_status takes_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_signal_wait(wf, "item", 0, NULL);

    (void)input;
    (void)result;
    return status == TL_OK ? tl_sleep(wf, TL_HOURS(1)) : status;
}

/* Takes all that there are, in one step each. */
static enum tl_status takes_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status;

    (void)input;
    (void)result;
    do {
        status = tl_signal_wait(wf, "item", TL_HOURS(1), NULL);
    } while (status == TL_OK && tl_sleep(wf, TL_SECONDS(1)) == TL_OK);
    return TL_OK;
}

/* Takes one in its last task. */
static enum tl_status takes_late(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    enum tl_status status = tl_sleep(wf, TL_HOURS(1));

    (void)input;
    (void)result;
    return status == TL_OK ? tl_signal_wait(wf, "item", 0, NULL) : status;
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum tl_status deaf(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_wait_until(wf, never, NULL, TL_NEVER);
}

/* Ends without a look at anything. */
static enum tl_status hasty(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_HOURS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Order", order);
    tl_register_workflow(registry, "Impatient", impatient);
    tl_register_workflow(registry, "TakesOne", takes_one);
    tl_register_workflow(registry, "TakesAll", takes_all);
    tl_register_workflow(registry, "TakesLate", takes_late);
    tl_register_workflow(registry, "Deaf", deaf);
    tl_register_workflow(registry, "Hasty", hasty);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_strict(void **state)
{
    return recorder_setup(
        state, &(struct tl_env_options){.register_all = register_all, .signals_left = TL_SIGNALS_LEFT_FAIL});
}

static int setup_lax(void **state)
{
    return recorder_setup(
        state, &(struct tl_env_options){.register_all = register_all, .signals_left = TL_SIGNALS_LEFT_ALLOWED});
}

static int setup_without_shadow(void **state)
{
    return recorder_setup(
        state,
        &(struct tl_env_options){.register_all = register_all, .no_shadow = 1, .signals_left = TL_SIGNALS_LEFT_FAIL});
}

static struct tl_handle *start(void **state, const char *type)
{
    const struct recorder *recorder = *state;

    return tl_env_start(recorder->env, type, "w", NULL, NULL);
}

/* Sends one signal, and runs until the workflow is closed, or the wait fails. */
static void send(void **state, const char *type, const char *signal)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run = start(state, type);

    tl_env_signal(recorder->env, run, signal, NULL);
    tl_env_run_until_closed(recorder->env, run);
}

/* ---- A wait that never ends ---- */

static void a_misspelt_signal_heads_the_report(void **state)
{
    send(state, "Order", "deliverd");
    assert_reported(
        (struct recorder *)*state,
        "blocked for ever: w does not close: signal deliverd was sent to w, and its code has not taken it; did you "
        "mean delivered? It takes delivered, cancelled, note\nnothing is ready");
}

static void names_are_told_nearest_first(void **state)
{
    send(state, "Order", "not");
    assert_reported((struct recorder *)*state, "; did you mean note? It takes note, cancelled, delivered\n");
}

static void a_name_with_nothing_in_common_is_told_with_those_that_are_taken(void **state)
{
    send(state, "Order", "x");
    assert_reported((struct recorder *)*state, "has not taken it; it takes ");
}

static void a_workflow_without_signals_is_told_as_one(void **state)
{
    send(state, "Deaf", "go");
    assert_reported(
        (struct recorder *)*state,
        "signal go was sent to w, and its code has not taken it; it has taken no signal so far, and has no handler "
        "(tl_signal_wait, tl_signal_handle)\n");
}

static void a_signal_that_was_taken_is_not_the_cause(void **state)
{
    const struct recorder *recorder = *state;

    send(state, "Order", "note");
    assert_reported(recorder, "blocked for ever: w does not close; nothing is ready");
}

/* ---- A run that closes ---- */

static void a_slip_of_the_pen_is_a_verdict_when_the_run_closes(void **state)
{
    const struct recorder *recorder = *state;

    send(state, "Impatient", "deliverd");
    assert_reported(
        recorder,
        "signal deliverd was sent to w, and its code has not taken it; did you mean delivered? It takes delivered\n"
        "the run is closed, and they are lost (option signals_left)");
    assert_non_null(strstr(recorder->file, "test_signals.c"));
}

static void other_names_may_be_left(void **state)
{
    send(state, "Impatient", "late");
    send(state, "Hasty", "delivered");
    assert_quiet((struct recorder *)*state);
}

static void a_strict_environment_lets_nothing_be_lost(void **state)
{
    send(state, "Hasty", "delivered");
    assert_reported((struct recorder *)*state, "signal delivered was sent to w, and its code has not taken it; ");
}

static void how_many_are_left_is_told(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run = start(state, "TakesOne");

    for (int i = 0; i < 3; i++) {
        tl_env_signal(recorder->env, run, "item", NULL);
    }
    tl_env_run_until_closed(recorder->env, run);
    assert_reported(recorder, "signal item was sent to w 2 times, and its code has not taken it\nthe run is closed");
}

static void what_is_taken_late_is_not_left(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run = start(state, "TakesAll");

    for (int i = 0; i < 3; i++) {
        tl_env_signal(recorder->env, run, "item", NULL);
    }
    tl_assert_completed(recorder->env, run);
    tl_assert_signals_taken(recorder->env, run);
    assert_quiet(recorder);
}

/* Another one came before the task that takes it and closes the run. */
static void what_the_last_task_takes_is_not_left(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run = start(state, "TakesLate");

    tl_env_signal(recorder->env, run, "item", NULL);
    tl_assert_completed(recorder->env, run);
    tl_assert_signals_taken(recorder->env, run);
    assert_quiet(recorder);
}

static void a_lax_environment_says_nothing(void **state)
{
    send(state, "Impatient", "deliverd");
    assert_quiet((struct recorder *)*state);
}

/* ---- Asking ---- */

static void the_assertion_names_what_was_not_taken(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run = start(state, "Order");

    tl_env_signal(recorder->env, run, "note", NULL);
    tl_assert_signals_taken(recorder->env, run);
    assert_quiet(recorder);
    tl_env_signal(recorder->env, run, "delivery", NULL);
    int line = __LINE__ + 1;
    tl_assert_signals_taken(recorder->env, run);
    assert_reported(recorder, "signal delivery was sent to w, and its code has not taken it; did you mean delivered? ");
    assert_int_equal(recorder->line, line);
}

static void without_any_signal_the_assertion_fails(void **state)
{
    const struct recorder *recorder = *state;

    tl_assert_signals_taken(recorder->env, start(state, "Order"));
    assert_reported(recorder, "no signal came to w: that all were taken says nothing");
}

static void a_signal_that_no_task_saw_was_not_taken(void **state)
{
    const struct recorder *recorder = *state;
    struct tl_handle *run =
        tl_env_start(recorder->env, "Order", "w", NULL, &(struct tl_start_options){.task_queue = "elsewhere"});

    tl_env_signal(recorder->env, run, "note", NULL);
    tl_assert_signals_taken(recorder->env, run);
    assert_reported(recorder, "w has not taken 1 signals, which came behind its last workflow task");
}

static void an_assertion_without_a_run_is_told(void **state)
{
    const struct recorder *recorder = *state;

    tl_assert_signals_taken(recorder->env, NULL);
    assert_reported(recorder, "an assertion: there is no run");
}

#define SIGNAL_TEST(test, begin) cmocka_unit_test_setup_teardown(test, begin, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIGNAL_TEST(a_misspelt_signal_heads_the_report, setup),
        SIGNAL_TEST(names_are_told_nearest_first, setup),
        SIGNAL_TEST(a_name_with_nothing_in_common_is_told_with_those_that_are_taken, setup),
        SIGNAL_TEST(a_workflow_without_signals_is_told_as_one, setup),
        SIGNAL_TEST(a_signal_that_was_taken_is_not_the_cause, setup),
        SIGNAL_TEST(a_slip_of_the_pen_is_a_verdict_when_the_run_closes, setup),
        SIGNAL_TEST(other_names_may_be_left, setup),
        SIGNAL_TEST(a_strict_environment_lets_nothing_be_lost, setup_strict),
        SIGNAL_TEST(a_strict_environment_lets_nothing_be_lost, setup_without_shadow),
        SIGNAL_TEST(how_many_are_left_is_told, setup_strict),
        SIGNAL_TEST(how_many_are_left_is_told, setup_without_shadow),
        SIGNAL_TEST(what_is_taken_late_is_not_left, setup_strict),
        SIGNAL_TEST(what_is_taken_late_is_not_left, setup_without_shadow),
        SIGNAL_TEST(what_the_last_task_takes_is_not_left, setup_strict),
        SIGNAL_TEST(what_the_last_task_takes_is_not_left, setup_without_shadow),
        SIGNAL_TEST(a_lax_environment_says_nothing, setup_lax),
        SIGNAL_TEST(the_assertion_names_what_was_not_taken, setup),
        SIGNAL_TEST(without_any_signal_the_assertion_fails, setup),
        SIGNAL_TEST(a_signal_that_no_task_saw_was_not_taken, setup),
        SIGNAL_TEST(an_assertion_without_a_run_is_told, setup),
    };

    return cmocka_run_group_tests_name("env/signals", tests, NULL, NULL);
}
