/* SPDX-License-Identifier: MIT */
/* The three cancellation types at each moment of an activity's life: what the workflow sees, and what history shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* When the request comes. */
enum moment {
    NOT_SENT,    /* in the task that schedules it */
    NOT_STARTED, /* no worker has taken it */
    STARTED,     /* an attempt is at work, and heartbeats */
    BACKING_OFF, /* between two attempts */
    COMPLETED,   /* its end is known, as the code that asks goes on */
    MEANWHILE,   /* it ends while the task that asks is at work */
    DEAF         /* an attempt is at work that does as if nothing had come */
};

static struct tl_activity_options options;
static tl_duration delay;                     /* before the request; 0: in the same task */
static enum tl_activity_cancel_reason reason; /* that the attempt will hear */

/* Tells how the activity ended, and how many minutes after the request. */
static enum tl_status cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct tl_future *step = tl_activity_start(wf, "Step", input, &options);

    if (delay > 0 && tl_sleep(wf, delay) != TL_OK) {
        return TL_CANCELED;
    }
    tl_time asked = tl_now(wf);
    tl_future_cancel(step);
    enum tl_status status = tl_future_wait(step, NULL);
    tl_duration took = tl_now(wf) - asked;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(3))); /* what comes later is seen too */
    return tl_result_text(wf, result, "[\"%s\", %d]", tl_status_name(status), (int)(took / TL_MINUTES(1)));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Cancels", cancels);
}

static int setup(void **state)
{
    options = (struct tl_activity_options){.start_to_close = TL_HOURS(1), .heartbeat = TL_MINUTES(5)};
    delay = TL_MINUTES(10);
    reason = TL_ACTIVITY_CANCEL_REQUESTED;
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

/* ---- What the activity does ---- */

/* Heartbeats every minute, until it is told to stop. */
static enum tl_status
beats(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_payload left = tl_payload_json("\"left\"");

    (void)user;
    (void)input;
    (void)result;
    while (tl_heartbeat(activity, NULL) == TL_OK && tl_activity_sleep(activity, TL_MINUTES(1)) == TL_OK) {
    }
    assert_int_equal(tl_activity_cancel_reason(activity), reason);
    return tl_activity_canceled(activity, TL_ARGS(left));
}

/* Completes after 20 minutes, whatever it is told. */
static enum tl_status
ignores(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_time end = tl_activity_now(activity) + TL_MINUTES(20);

    (void)user;
    (void)input;
    (void)result;
    while (tl_activity_now(activity) < end) {
        tl_time next = tl_activity_now(activity) + TL_MINUTES(1);

        TL_IGNORE(tl_heartbeat(activity, NULL));
        if (tl_activity_sleep(activity, next - tl_activity_now(activity)) == TL_CANCELED) {
            break; /* sleeps are over for good */
        }
    }
    return TL_OK;
}

static void prepare(struct tl_env *env, enum moment moment)
{
    static const struct tl_retry_policy hourly = {.initial_interval = TL_HOURS(1)};
    struct tl_mock *step = tl_mock_activity(env, "Step");

    switch (moment) {
    case NOT_SENT:
        delay = 0;
        break;
    case NOT_STARTED:
        options.task_queue = "nobody";
        options.schedule_to_close = TL_HOURS(2);
        break;
    case STARTED:
        tl_mock_calls(step, TL_ONCE, beats, NULL);
        break;
    case BACKING_OFF:
        options.retry = &hourly;
        tl_mock_fails(step, TL_ALWAYS, "Busy");
        break;
    case COMPLETED:
        tl_mock_returns(step, TL_ONCE, "1");
        break;
    case MEANWHILE:
        tl_mock_answers(step, TL_ONCE, &(const struct tl_mock_answer){.after = TL_MINUTES(10), .json = "1"});
        options.heartbeat = 0;
        break;
    case DEAF:
        tl_mock_calls(step, TL_ONCE, ignores, NULL);
        break;
    }
}

static void
expect(void **state, enum moment moment, enum tl_cancellation_type type, const char *json, const char *events)
{
    options.cancellation = type;
    prepare(*state, moment);
    struct tl_handle *run = scenario_start(*state, "Cancels", NULL);

    tl_assert_result(*state, run, json);
    assert_events(*state, run, events);
}

/* ---- Not sent: nothing ever was ---- */

#define NOTHING "WorkflowExecutionStarted T TimerStarted "
#define LATER   "TimerFired T WorkflowExecutionCompleted"

static void not_sent_try(void **state)
{
    expect(state, NOT_SENT, TL_TRY_CANCEL, "[\"canceled\", 0]", NOTHING LATER);
}

static void not_sent_wait(void **state)
{
    expect(state, NOT_SENT, TL_WAIT_CANCELLATION_COMPLETED, "[\"canceled\", 0]", NOTHING LATER);
}

static void not_sent_abandon(void **state)
{
    expect(state, NOT_SENT, TL_ABANDON, "[\"canceled\", 0]", NOTHING LATER);
}

/* ---- Not started: the service cancels it by itself ---- */

#define SCHEDULED "WorkflowExecutionStarted T ActivityTaskScheduled TimerStarted TimerFired T "

static void not_started_try(void **state)
{
    expect(
        state,
        NOT_STARTED,
        TL_TRY_CANCEL,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested TimerStarted ActivityTaskCanceled T " LATER);
}

static void not_started_wait(void **state)
{
    expect(
        state,
        NOT_STARTED,
        TL_WAIT_CANCELLATION_COMPLETED,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested ActivityTaskCanceled T TimerStarted " LATER);
}

static void not_started_abandon(void **state)
{
    expect(state, NOT_STARTED, TL_ABANDON, "[\"canceled\", 0]", SCHEDULED "TimerStarted ActivityTaskTimedOut T " LATER);
}

/* ---- Started: the next heartbeat tells it ---- */

static void started_try(void **state)
{
    expect(
        state,
        STARTED,
        TL_TRY_CANCEL,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested TimerStarted ActivityTaskStarted ActivityTaskCanceled T " LATER);
}

static void started_wait(void **state)
{
    expect(
        state,
        STARTED,
        TL_WAIT_CANCELLATION_COMPLETED,
        "[\"canceled\", 1]",
        SCHEDULED "ActivityTaskCancelRequested ActivityTaskStarted ActivityTaskCanceled T TimerStarted " LATER);
}

/* Its worker hears nothing, so it goes on until a timeout ends it. */
static void started_abandon(void **state)
{
    options.retry = scenario_once.retry;
    reason = TL_ACTIVITY_NOT_FOUND; /* a heartbeat after that */
    expect(
        state,
        STARTED,
        TL_ABANDON,
        "[\"canceled\", 0]",
        SCHEDULED "TimerStarted ActivityTaskStarted ActivityTaskTimedOut T " LATER);
}

/* ---- Between two attempts: there will be no other ---- */

static void backing_off_try(void **state)
{
    expect(
        state,
        BACKING_OFF,
        TL_TRY_CANCEL,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested TimerStarted ActivityTaskCanceled T " LATER);
}

static void backing_off_wait(void **state)
{
    expect(
        state,
        BACKING_OFF,
        TL_WAIT_CANCELLATION_COMPLETED,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested ActivityTaskCanceled T TimerStarted " LATER);
}

static void backing_off_abandon(void **state)
{
    options.schedule_to_close = TL_MINUTES(90);
    expect(
        state,
        BACKING_OFF,
        TL_ABANDON,
        "[\"canceled\", 0]",
        SCHEDULED "TimerStarted ActivityTaskStarted ActivityTaskFailed T " LATER);
}

/* ---- Completed: the request comes too late, and says nothing ---- */

#define DONE                                                                                                           \
    "WorkflowExecutionStarted T ActivityTaskScheduled TimerStarted ActivityTaskStarted ActivityTaskCompleted T "

static void completed_try(void **state)
{
    expect(
        state,
        COMPLETED,
        TL_TRY_CANCEL,
        "[\"ok\", 0]",
        DONE "TimerFired T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

static void completed_wait(void **state)
{
    expect(
        state,
        COMPLETED,
        TL_WAIT_CANCELLATION_COMPLETED,
        "[\"ok\", 0]",
        DONE "TimerFired T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

static void completed_abandon(void **state)
{
    expect(
        state,
        COMPLETED,
        TL_ABANDON,
        "[\"ok\", 0]",
        DONE "TimerFired T TimerStarted TimerFired T WorkflowExecutionCompleted");
}

/* ---- Deaf ---- */

static void deaf_try(void **state)
{
    expect(
        state,
        DEAF,
        TL_TRY_CANCEL,
        "[\"canceled\", 0]",
        SCHEDULED "ActivityTaskCancelRequested TimerStarted ActivityTaskStarted ActivityTaskCompleted T " LATER);
}

static void deaf_wait(void **state)
{
    expect(
        state,
        DEAF,
        TL_WAIT_CANCELLATION_COMPLETED,
        "[\"ok\", 1]",
        SCHEDULED "ActivityTaskCancelRequested ActivityTaskStarted ActivityTaskCompleted T TimerStarted " LATER);
}

/* ---- It ends as the request is made ---- */

static void meanwhile(void **state)
{
    static const enum tl_cancellation_type types[] = {TL_TRY_CANCEL, TL_WAIT_CANCELLATION_COMPLETED, TL_ABANDON};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        void *env = NULL;

        (void)state;
        assert_int_equal(setup(&env), 0);
        options.cancellation = types[i];
        prepare(env, MEANWHILE);
        struct tl_handle *run = scenario_start(env, "Cancels", NULL);
        tl_assert_completed(env, run);
        assert_int_equal(scenario_count_events(env, run, "ActivityTaskCompleted"), 1);
        assert_int_equal(tl_cmocka_teardown(&env), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(not_sent_try),
        SCENARIO(not_sent_wait),
        SCENARIO(not_sent_abandon),
        SCENARIO(not_started_try),
        SCENARIO(not_started_wait),
        SCENARIO(not_started_abandon),
        SCENARIO(started_try),
        SCENARIO(started_wait),
        SCENARIO(started_abandon),
        SCENARIO(backing_off_try),
        SCENARIO(backing_off_wait),
        SCENARIO(backing_off_abandon),
        SCENARIO(completed_try),
        SCENARIO(completed_wait),
        SCENARIO(completed_abandon),
        SCENARIO(deaf_try),
        SCENARIO(deaf_wait),
        cmocka_unit_test(meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
