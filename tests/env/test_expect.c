/* SPDX-License-Identifier: MIT */
/* Claims about histories: each holds where it should, fails where it should, and none holds of nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/expect.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_activity_options patient = {.start_to_close = TL_SECONDS(10)};

/* Charges twice, waits a day between, then for a signal. */
static enum tl_status orders(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload first = tl_payload_json("{\"amount\":1200,\"lines\":[1,2]}");
    const struct tl_payload second = tl_payload_json("{\"amount\":1300}");

    (void)input;
    enum tl_status status = tl_activity_run(wf, "ChargeCard", TL_ARGS(first), &patient, NULL);
    if (status == TL_OK) {
        status = tl_sleep(wf, TL_DAYS(1));
    }
    if (status == TL_OK) {
        status = tl_activity_run(wf, "ChargeCard", TL_ARGS(second), &patient, NULL);
    }
    struct tl_payloads given = {0};
    if (status == TL_OK) {
        status = tl_signal_wait(wf, "delivered", 0, &given);
    }
    if (given.count == 1) {
        *result = given.items[0];
    }
    return status;
}

static enum tl_status succeeds(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)activity;
    (void)input;
    (void)out;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Orders", orders);
    tl_register_activity(registry, "ChargeCard", succeeds);
    tl_register_activity(registry, "Refund", succeeds);
}

static int setup(void **state)
{
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct tl_handle *open_order(struct recorder *recorder)
{
    struct tl_handle *run = tl_env_start(recorder->env, "Orders", "o", NULL, NULL);

    tl_env_advance(recorder->env, TL_DAYS(2));
    return run;
}

static struct tl_handle *closed_order(struct recorder *recorder)
{
    struct tl_handle *run = open_order(recorder);

    tl_env_signal(recorder->env, run, "delivered", "\"door\"");
    tl_env_run_until_closed(recorder->env, run);
    return run;
}

#define SCHEDULED tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "ChargeCard")
#define TIMER     tl_fact(TL_FACT_TIMER_STARTED, NULL)

static void claims_that_hold(void **state)
{
    struct recorder *recorder = *state;
    struct tl_env *env = recorder->env;
    struct tl_handle *run = closed_order(recorder);

    tl_assert_count(env, run, SCHEDULED, 2);
    tl_assert_count(env, run, tl_fact(TL_FACT_ACTIVITY_COMPLETED, "ChargeCard"), 2);
    tl_assert_count(env, run, tl_fact(TL_FACT_EVENT, "TimerFired"), 1);
    tl_assert_count(env, run, tl_fact(TL_FACT_WORKFLOW_COMPLETED, "Orders"), 1);
    tl_assert_before(env, run, SCHEDULED, TIMER);
    tl_assert_before(env, run, tl_fact(TL_FACT_TIMER_FIRED, "1"), tl_nth(SCHEDULED, 2));
    tl_assert_value(env, run, SCHEDULED, NULL, "{\"lines\":[1,2],\"amount\":1200.0}");
    tl_assert_value(env, run, tl_nth(SCHEDULED, 2), "amount", "1300");
    tl_assert_value(env, run, tl_fact(TL_FACT_SIGNALED, "delivered"), NULL, "\"door\"");
    tl_assert_value(env, run, tl_fact(TL_FACT_WORKFLOW_COMPLETED, NULL), NULL, "\"door\"");
    tl_assert_duration(env, run, TIMER, TL_DAYS(1));
    tl_assert_when(env, run, tl_nth(SCHEDULED, 2), TL_DAYS(1));
    tl_assert_when(env, run, tl_fact(TL_FACT_SIGNALED, NULL), TL_DAYS(2));
    tl_assert_never(env, run, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "Refund"));
    tl_assert_never(env, run, tl_fact(TL_FACT_ACTIVITY_FAILED, NULL));
    tl_assert_count(env, run, tl_in_chain(SCHEDULED), 2);
    assert_quiet(recorder);
}

/* One claim that does not hold, and what is said of it. */
struct wrong {
    struct tl_claim claim;
    const char *says;
};

static void each_claim_can_fail(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = closed_order(recorder);
    struct tl_history *history = tl_env_history(recorder->env, run);
    const struct wrong wrongs[] = {
        {tl_claim_count(TL_CLAIM_COUNT, SCHEDULED, 3), "expected: 3 times\n   found: 2"},
        {tl_claim_count(TL_CLAIM_COUNT, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "ChargeCart"), 1),
         "did you mean ChargeCard?"},
        {tl_claim_count(TL_CLAIM_COUNT, tl_fact(TL_FACT_EVENT, "TimerFire"), 1), "did you mean TimerFired?"},
        {tl_claim_count(TL_CLAIM_NEVER, SCHEDULED, 0), "expected: never\n   found: event 5"},
        {tl_claim_count(TL_CLAIM_NEVER, tl_fact(TL_FACT_ACTIVITY_FAILED, "ChargeCart"), 0), "did you mean ChargeCard?"},
        {tl_claim_count(TL_CLAIM_NOT_YET, TIMER, 0), "expected: not yet"},
        {tl_claim_count(TL_CLAIM_NOT_YET, tl_fact(TL_FACT_EVENT, "TimerFyred"), 0), "that it is absent says nothing"},
        {tl_claim_before(TIMER, SCHEDULED), "expected: before activity scheduled ChargeCard\n   found: behind event 5"},
        {tl_claim_before(SCHEDULED, SCHEDULED), "it is the same"},
        {tl_claim_before(tl_fact(TL_FACT_TIMER_CANCELED, NULL), SCHEDULED), "timer canceled: there are 0"},
        {tl_claim_before(SCHEDULED, tl_nth(TIMER, 2)), "timer started (number 2): there are 1"},
        {tl_claim_value(SCHEDULED, "amount", "1300"), "expected: 1300\n   found: 1200"},
        {tl_claim_value(SCHEDULED, "amounts", "1200"), "{\"amount\":1200"},
        {tl_claim_value(tl_fact(TL_FACT_ACTIVITY_COMPLETED, "ChargeCard"), "a", "1"), "ChargeCard"},
        {tl_claim_value(tl_nth(SCHEDULED, 3), NULL, "1"), "(number 3): there are 2"},
        {tl_claim_duration(TL_CLAIM_DURATION, TIMER, TL_HOURS(1)), "expected: for 1h\n   found: 1d"},
        {tl_claim_duration(TL_CLAIM_WHEN, TIMER, TL_HOURS(1)), "expected: after 1h\n   found: 0s"},
    };

    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct tl_error error = {.message = ""};

        assert_int_equal(tl_history_claim(history, NULL, &wrongs[i].claim, &error), TL_FAILED);
        assert_contains(error.message, wrongs[i].says);
    }
    tl_history_unref(history);
    assert_quiet(recorder);
}

static void claims_that_cannot_be(void **state)
{
    struct recorder *recorder = *state;
    struct tl_history *history = tl_env_history(recorder->env, open_order(recorder));
    const struct tl_claim claims[] = {
        tl_claim_count(TL_CLAIM_COUNT, SCHEDULED, 0),
        tl_claim_value(TIMER, NULL, "1"),
        tl_claim_value(SCHEDULED, NULL, "{"),
        tl_claim_value(SCHEDULED, NULL, NULL),
        tl_claim_duration(TL_CLAIM_DURATION, SCHEDULED, TL_DAYS(1)),
        tl_claim_count((enum tl_claim_kind)99, SCHEDULED, 1),
        tl_claim_count(TL_CLAIM_COUNT, tl_fact((enum tl_fact_kind)99, NULL), 1),
    };
    const char *const fields[] = {"count", "fact.kind", "json", "json", "fact.kind", "kind", "fact.kind"};

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct tl_error error = {.message = ""};

        assert_int_equal(tl_history_claim(history, NULL, &claims[i], &error), TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, fields[i]);
    }
    tl_history_unref(history);
}

static void never_needs_a_run_that_is_closed(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = open_order(recorder);

    tl_assert_not_yet(recorder->env, run, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "Refund"));
    assert_quiet(recorder);
    tl_assert_never(recorder->env, run, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "Refund"));
    assert_reported(recorder, "never is only known of a run that is closed");
}

static void a_name_that_nobody_knows_is_no_absence(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_never(recorder->env, closed_order(recorder), tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "Refunt"));
    assert_reported(
        recorder,
        "o: the history is not as expected: nobody knows the activity type Refunt; did you mean Refund? (register it "
        "by tl_register_activity, or mock it by tl_mock_activity)\nthat it is absent says nothing\n");
}

static void the_timeline_is_marked(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_before(recorder->env, closed_order(recorder), TIMER, SCHEDULED);
    assert_reported(recorder, "o: the history is not as expected: timer started (event ");
    assert_contains(recorder->text, "\n> ");
    assert_string_equal(recorder->file, __FILE__);
}

static void a_signal_that_the_code_takes_may_be_absent(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = open_order(recorder);

    tl_assert_not_yet(recorder->env, run, tl_fact(TL_FACT_SIGNALED, "delivered"));
    tl_env_advance(recorder->env, TL_DAYS(1));
    tl_assert_not_yet(recorder->env, run, tl_fact(TL_FACT_SIGNALED, "delivered"));
    assert_int_equal(tl_env_elapsed(recorder->env), TL_DAYS(3));
    assert_quiet(recorder);
}

static void a_signal_that_nobody_knows_is_told(void **state)
{
    struct recorder *recorder = *state;

    tl_assert_never(recorder->env, closed_order(recorder), tl_fact(TL_FACT_SIGNALED, "deliverd"));
    assert_reported(
        recorder,
        "nobody knows the signal name deliverd; did you mean delivered? (no such signal came, and the workflow neither "
        "waits for it nor handles it)\n");
}

/* A question that nobody answers ends at once. */
static void a_run_without_a_worker_knows_no_signal(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run =
        tl_env_start(recorder->env, "Orders", "o", NULL, &(struct tl_start_options){.task_queue = "elsewhere"});

    tl_assert_not_yet(recorder->env, run, tl_fact(TL_FACT_SIGNALED, "delivered"));
    assert_reported(recorder, "nobody knows the signal name delivered (");
    assert_int_equal(tl_env_elapsed(recorder->env), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(claims_that_hold, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(each_claim_can_fail, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(claims_that_cannot_be, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(never_needs_a_run_that_is_closed, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_name_that_nobody_knows_is_no_absence, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(the_timeline_is_marked, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_signal_that_the_code_takes_may_be_absent, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_signal_that_nobody_knows_is_told, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(a_run_without_a_worker_knows_no_signal, setup, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
