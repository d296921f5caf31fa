/* SPDX-License-Identifier: MIT */
/* Cancellation of workflows and scopes, and sagas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

/* Completes in spite of its cancellation. */
static enum tl_status carries_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    int before = tl_is_canceled(wf);
    enum tl_status status = tl_sleep(wf, TL_DAYS(1));
    return tl_result_text(wf, result, "[%d, \"%s\", %d]", before, tl_status_name(status), tl_is_canceled(wf));
}

static enum tl_status clean_up(struct tl_workflow *wf, void *user)
{
    (void)user;
    enum tl_status status = tl_sleep(wf, TL_MINUTES(1));
    return status == TL_OK ? tl_activity_run(wf, "CleanUp", NULL, &scenario_patient, NULL) : status;
}

static enum tl_status cleans_up(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    enum tl_status status = tl_sleep(wf, TL_DAYS(1));
    if (tl_shielded(wf, clean_up, NULL) != TL_OK) {
        return tl_fail(wf, "NotClean", "the shield did not hold");
    }
    return status;
}

static enum tl_status sleep_long(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_sleep(wf, TL_DAYS(1));
}

/* Cancels what it started itself; nobody asked the run to cancel. */
static enum tl_status
cancels_its_scope(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *other = tl_spawn(wf, "other", sleep_long, NULL);

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    tl_cancel_scope(wf);
    enum tl_status status = tl_future_wait(other, NULL);
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(status));
}

/* One coroutine of two is canceled by its future. */
static enum tl_status cancels_one(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *both[] = {tl_spawn(wf, "one", sleep_long, NULL), tl_spawn(wf, "two", sleep_long, NULL)};

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    tl_future_cancel(both[0]);
    enum tl_status first = tl_future_wait(both[0], NULL);
    enum tl_status second = tl_future_wait(both[1], NULL);
    return tl_result_text(wf, result, "[\"%s\", \"%s\"]", tl_status_name(first), tl_status_name(second));
}

/* Three steps, each undone by "Undo" with its number; the last one fails. */
static enum tl_status books_a_trip(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_saga *saga = tl_saga_new(wf);

    (void)input;
    (void)result;
    for (int i = 1; i <= 3; i++) {
        struct tl_payload number = tl_payload_json(tl_format(wf, "%d", i));

        tl_saga_add(saga, "Undo", TL_ARGS(number), NULL);
        if (tl_activity_run(wf, "Book", TL_ARGS(number), &scenario_once, NULL) != TL_OK) {
            return tl_saga_compensate(saga);
        }
    }
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "CarriesOn", carries_on);
    tl_register_workflow(registry, "CleansUp", cleans_up);
    tl_register_workflow(registry, "CancelsItsScope", cancels_its_scope);
    tl_register_workflow(registry, "CancelsOne", cancels_one);
    tl_register_workflow(registry, "BooksATrip", books_a_trip);
}

SCENARIO_SETUP(setup, register_all)

static void cancel_after_an_hour(struct tl_env *env, struct tl_handle *run)
{
    tl_env_advance(env, TL_HOURS(1));
    tl_env_cancel(env, run);
}

/* ---- Scopes ---- */

static void a_canceled_workflow_closes_as_canceled(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Sleeps", NULL);

    cancel_after_an_hour(*state, run);
    tl_assert_canceled(*state, run);
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T TimerStarted WorkflowExecutionCancelRequested T TimerCanceled "
        "WorkflowExecutionCanceled");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/canceled.json");
}

static void a_workflow_may_complete_in_spite_of_it(void **state)
{
    struct tl_handle *run = scenario_start(*state, "CarriesOn", NULL);

    cancel_after_an_hour(*state, run);
    tl_assert_result(*state, run, "[0, \"canceled\", 1]");
}

static void a_shield_keeps_cancellation_off(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "CleanUp"), TL_ONCE, NULL);
    struct tl_handle *run = scenario_start(*state, "CleansUp", NULL);

    cancel_after_an_hour(*state, run);
    tl_assert_canceled(*state, run);
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(1) + TL_MINUTES(1));
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/canceled_and_cleaned_up.json");
}

static void a_scope_is_canceled_from_within(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "CancelsItsScope", NULL), "\"canceled\"");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1));
}

static void one_coroutine_is_canceled_alone(void **state)
{
    tl_assert_result(*state, scenario_start(*state, "CancelsOne", NULL), "[\"canceled\", \"ok\"]");
    assert_int_equal(tl_env_elapsed(*state), TL_DAYS(1));
}

/* ---- Sagas ---- */

/* Which steps were undone, in order. */
struct undone {
    char order[8];
};

static enum tl_status
undo(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct undone *undone = user;
    size_t len = strlen(undone->order);

    assert_int_equal(input->items[0].data.len, 1);
    undone->order[len] = (char)input->items[0].data.data[0];
    return tl_activity_result_text(activity, result, "null");
}

static void a_saga_is_undone_in_reverse(void **state)
{
    struct undone undone = {""};
    struct tl_mock *book = tl_mock_activity(*state, "Book");

    tl_mock_returns(book, TL_TIMES(2), NULL);
    tl_mock_fails(book, TL_ONCE, "SoldOut");
    tl_mock_calls(tl_mock_activity(*state, "Undo"), TL_TIMES(3), undo, &undone);
    struct tl_handle *run = scenario_start(*state, "BooksATrip", NULL);

    tl_assert_failed(*state, run, "SoldOut");
    assert_string_equal(undone.order, "321");
    tl_assert_recorded(*state, run, "fixtures/histories/scenarios/saga.json");
}

static enum tl_status fails_once_for_good(
    void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_fail_options for_good = {.non_retryable = 1};
    enum tl_status status = undo(user, activity, input, result);

    return input->items[0].data.data[0] == '2' ? tl_activity_fail_with(activity, "Stuck", "", &for_good) : status;
}

static void a_step_that_cannot_be_undone_stops_no_other(void **state)
{
    struct undone undone = {""};
    struct tl_mock *book = tl_mock_activity(*state, "Book");

    tl_mock_returns(book, TL_TIMES(2), NULL);
    tl_mock_fails(book, TL_ONCE, "SoldOut");
    tl_mock_calls(tl_mock_activity(*state, "Undo"), TL_TIMES(3), fails_once_for_good, &undone);
    tl_assert_failed(*state, scenario_start(*state, "BooksATrip", NULL), "SoldOut");
    assert_string_equal(undone.order, "321");
}

static void a_canceled_saga_is_undone_and_closes_as_canceled(void **state)
{
    struct undone undone = {""};
    struct tl_mock *book = tl_mock_activity(*state, "Book");

    tl_mock_returns(book, TL_ONCE, NULL);
    tl_mock_hangs(book, TL_ONCE);
    tl_mock_calls(tl_mock_activity(*state, "Undo"), TL_TIMES(2), undo, &undone);
    struct tl_handle *run = scenario_start(*state, "BooksATrip", NULL);

    tl_env_advance(*state, TL_SECONDS(1));
    tl_env_cancel(*state, run);
    tl_assert_canceled(*state, run);
    assert_string_equal(undone.order, "21");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_canceled_workflow_closes_as_canceled),
        SCENARIO(a_workflow_may_complete_in_spite_of_it),
        SCENARIO(a_shield_keeps_cancellation_off),
        SCENARIO(a_scope_is_canceled_from_within),
        SCENARIO(one_coroutine_is_canceled_alone),
        SCENARIO(a_saga_is_undone_in_reverse),
        SCENARIO(a_step_that_cannot_be_undone_stops_no_other),
        SCENARIO(a_canceled_saga_is_undone_and_closes_as_canceled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
