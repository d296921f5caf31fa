/* SPDX-License-Identifier: MIT */
/* What meets in one workflow task, and what comes while a task that closes the run is under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/continue_as_new.h>
#include <timelapse/env_worker.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* ---- A diary: one letter for each thing that workflow code comes to know, in its order ---- */

struct diary {
    struct tl_workflow *wf;
    struct tl_scope *scope;
    char letters[64];
    size_t count;
};

static struct diary *new_diary(struct tl_workflow *wf)
{
    struct diary *diary = tl_alloc(wf, sizeof *diary);

    diary->wf = wf;
    return diary;
}

static void note(struct diary *diary, char letter)
{
    diary->letters[diary->count++] = letter;
}

static enum tl_status tell(struct diary *diary, struct tl_payload *result)
{
    return tl_result_text(diary->wf, result, "\"%s\"", diary->letters);
}

static enum tl_status handles(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)input;
    note(user, name[0]);
    return TL_OK;
}

static enum tl_status takes(struct tl_workflow *wf, void *user)
{
    note(user, tl_signal_wait(wf, "kept", 0, NULL) == TL_OK ? 'k' : 'K');
    return TL_OK;
}

static enum tl_status sleeps(struct tl_workflow *wf, void *user)
{
    note(user, tl_sleep(wf, TL_HOURS(1)) == TL_OK ? 't' : 'T');
    return TL_OK;
}

static enum tl_status meets(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);
    struct tl_future *beside[2];

    (void)input;
    tl_signal_handle(wf, "a", NULL, handles, diary);
    tl_signal_handle(wf, "b", NULL, handles, diary);
    beside[0] = tl_spawn(wf, "sleeps", sleeps, diary);
    beside[1] = tl_spawn(wf, "takes", takes, diary);
    note(diary, tl_sleep(wf, TL_DAYS(1)) == TL_CANCELED ? 'c' : 'C');
    TL_IGNORE(tl_wait_all(beside, 2));
    return tell(diary, result);
}

/* Ends with the signal that it waits for; another one has a handler. */
static enum tl_status ends(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "a", NULL, handles, diary);
    note(diary, tl_signal_wait(wf, "end", 0, NULL) == TL_OK ? 'e' : 'E');
    return tell(diary, result);
}

/* ---- Closing ---- */

/* Takes what there is and ends as it was told: "complete", "fail", "cancel" or "continue". */
static enum tl_status closes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *how = (const char *)input->items[0].data.data + 1;
    size_t taken = 0;

    if (strncmp(how, "next", 4) != 0) {
        TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    }
    while (tl_signal_pending(wf, "go") > 0) {
        TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
        taken++;
    }
    switch (how[1]) {
    case 'o': /* complete, continue */
        return strncmp(how, "con", 3) == 0
                   ? tl_continue_as_new(wf, TL_ARGS(tl_payload_json(tl_format(wf, "\"next %zu\"", taken))), NULL)
                   : tl_result_text(wf, result, "%zu", taken);
    case 'a':
        return *how == 'f' ? tl_fail(wf, "Told", "after %zu", taken) : TL_CANCELED;
    default:
        return tl_result_text(wf, result, "[%.*s, %zu]", 1, how + 5, taken);
    }
}

/* Waits for a signal at most 90 seconds: the limit's timer is canceled by the task that closes. */
static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "\"%s\"", tl_status_name(tl_signal_wait(wf, "go", TL_SECONDS(90), NULL)));
}

static enum tl_status works(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)name;
    (void)input;
    note(user, '<');
    TL_IGNORE(tl_sleep(wf, TL_HOURS(2)));
    note(user, '>');
    return TL_OK;
}

/* Closes while handlers are at work. */
static enum tl_status leaves(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "work", NULL, works, diary);
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    return tell(diary, result);
}

/* ---- A scope that its signal handler cancels as it ends ---- */

static enum tl_status cancels(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    struct diary *diary = user;

    (void)wf;
    (void)name;
    (void)input;
    note(diary, tl_scope_is_canceled(diary->scope) ? 'S' : 's');
    tl_scope_cancel(diary->scope, "the handler");
    return TL_OK;
}

static enum tl_status within(struct tl_workflow *wf, void *user)
{
    enum tl_status status = tl_sleep(wf, TL_HOURS(1));

    note(user, status == TL_OK ? 't' : 'T');
    note(user, tl_is_canceled(wf) ? 'C' : 'c');
    return status;
}

static enum tl_status scoped(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    diary->scope = tl_scope_new(wf, NULL);
    tl_signal_handle(wf, "stop", NULL, cancels, diary);
    note(diary, tl_scope_run(diary->scope, within, diary) == TL_OK ? 'o' : 'O');
    note(diary, tl_sleep(wf, TL_HOURS(1)) == TL_OK ? 'e' : 'E'); /* of the scope around it: goes on */
    return tell(diary, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Meets", meets);
    tl_register_workflow(registry, "Ends", ends);
    tl_register_workflow(registry, "Closes", closes);
    tl_register_workflow(registry, "Waits", waits);
    tl_register_workflow(registry, "Leaves", leaves);
    tl_register_workflow(registry, "Scoped", scoped);
}

SCENARIO_SETUP(setup, register_all)

/*
 * Handlers of signals first, in the order of their events, then code in the order of the others, and the cancellation
 * last, whatever came first (sdk-core, worker/workflow/mod.rs, the order of an activation's jobs).
 */
static void signals_a_timer_and_cancellation_in_one_task(void **state)
{
    static const char *const orders[] = {"abkc", "cbak", "kcab"};
    static const char *const found[] = {"abktc", "baktc", "abktc"};

    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct tl_env *env = *state;
        struct tl_handle *run = tl_env_start(env, "Meets", orders[i], NULL, NULL);

        tl_env_run_until_idle(env);
        tl_env_worker_crash(tl_env_own_worker(env));
        for (const char *what = orders[i]; *what != '\0'; what++) {
            const char name[] = {*what, '\0'};
            if (*what == 'c') {
                tl_env_cancel(env, run);
            } else {
                tl_env_signal(env, run, *what == 'k' ? "kept" : name, NULL);
            }
        }
        tl_env_advance(env, TL_HOURS(2));
        assert_int_equal(scenario_count_events(env, run, "TimerFired"), 1);
        tl_env_worker_restart(tl_env_own_worker(env));
        scenario_assert_result(env, run, "\"%s\"", found[i]);
        assert_int_equal(scenario_count_events(env, run, "WorkflowTaskCompleted"), 2);
    }
}

/*
 * A signal for code that waits wakes it behind the handlers of all signals of its task: code that ends there would
 * leave those that came later unhandled (the same order; TRAPS.md, signals handled after the code went on).
 */
static void a_signal_that_ends_the_code_and_one_with_a_handler_behind_it(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Ends", NULL);

    tl_env_run_until_idle(*state);
    tl_env_worker_crash(tl_env_own_worker(*state));
    tl_env_signal(*state, run, "end", NULL);
    tl_env_signal(*state, run, "a", NULL);
    tl_env_worker_restart(tl_env_own_worker(*state));
    tl_assert_result(*state, run, "\"ae\"");
    assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskCompleted"), 2);
}

/* ---- While a task that closes is under way ---- */

/* The task that closes the run is under way for a second already, and takes one more. */
static struct tl_handle *begin_to_close(struct tl_env *env, const char *type, const char *input)
{
    struct tl_handle *run = scenario_start(env, type, input);

    tl_env_run_until_idle(env);
    tl_env_worker_slow(tl_env_own_worker(env), TL_SECONDS(2));
    tl_env_advance_to(env, TL_MINUTES(1) + TL_SECONDS(1));
    return run;
}

/* To the refusal and no further: the next attempt waits for the slow worker. */
static void until_refused(struct tl_env *env, struct tl_handle *run)
{
    tl_env_advance_to(env, TL_MINUTES(1) + TL_SECONDS(2));
    assert_int_equal(scenario_count_events(env, run, "WorkflowTaskFailed"), 1);
    assert_says(env, run, "WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND");
    tl_env_worker_slow(tl_env_own_worker(env), 0);
}

#define REFUSED                                                                                                        \
    "WorkflowExecutionStarted T TimerStarted TimerFired WorkflowTaskScheduled WorkflowTaskStarted WorkflowTaskFailed " \
    "WorkflowExecutionSignaled T "

/*
 * Nothing closes over what it has not seen: the task fails as UnhandledCommand and is made again with the signal
 * (respondworkflowtaskcompleted/workflow_task_completed_handler.go, hasBufferedEventsOrMessages).
 */
static struct tl_handle *close_and_signal(struct tl_env *env, const char *input)
{
    struct tl_handle *run = begin_to_close(env, "Closes", input);

    tl_env_signal(env, run, "go", NULL);
    until_refused(env, run);
    return run;
}

static void completion(void **state)
{
    struct tl_handle *run = close_and_signal(*state, "\"complete\"");

    tl_assert_result(*state, run, "1");
    assert_events(*state, run, REFUSED "WorkflowExecutionCompleted");
}

static void failure(void **state)
{
    struct tl_handle *run = close_and_signal(*state, "\"fail\"");

    tl_assert_failed(*state, run, "Told");
    assert_string_equal(tl_handle_failure(run)->message, "after 1");
    assert_events(*state, run, REFUSED "WorkflowExecutionFailed");
}

static void cancellation(void **state)
{
    struct tl_handle *run = begin_to_close(*state, "Closes", "\"cancel\"");

    tl_env_cancel(*state, run);
    until_refused(*state, run);
    tl_assert_canceled(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "WorkflowExecutionCancelRequested"), 1);
}

/* The signal is the old run's, taken before it goes on; none is left to the new one. */
static void continuing_as_new(void **state)
{
    struct tl_handle *run = close_and_signal(*state, "\"continue\"");

    tl_assert_result(*state, run, "[1, 0]");
}

/*
 * Once a close was refused, signals wait while the next attempt is under way, so that a run can close at all
 * (signal_workflow_util.go, IsWorkflowCloseAttempted); clients try again, and who follows the workflow finds its next
 * run.
 */
static void a_signal_after_a_refused_close_is_the_next_runs(void **state)
{
    struct tl_handle *run = begin_to_close(*state, "Closes", "\"continue\"");

    tl_env_signal(*state, run, "go", NULL);
    tl_env_advance_to(*state, TL_MINUTES(1) + TL_SECONDS(3));
    assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskFailed"), 1);
    tl_env_signal(*state, run, "go", NULL);
    tl_env_worker_slow(tl_env_own_worker(*state), 0);
    tl_assert_result(*state, run, "[1, 1]");
}

/* A timer that is canceled takes its buffered TimerFired along, and what is buffered no more holds up no close. */
static void a_timer_that_fires_under_a_close_that_cancels_it(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Waits", NULL);

    tl_env_run_until_idle(*state);
    tl_env_worker_slow(tl_env_own_worker(*state), TL_SECONDS(2));
    tl_env_advance_to(*state, TL_SECONDS(89));
    tl_env_signal(*state, run, "go", NULL);
    tl_assert_result(*state, run, "\"ok\"");
    assert_true(scenario_time_of(*state, run, "WorkflowExecutionCompleted") > TL_SECONDS(90));
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T TimerStarted WorkflowExecutionSignaled T TimerCanceled "
        "WorkflowExecutionCompleted");
}

/* The handler of the refused attempt never was; that of the next one begins, and is dropped with the close. */
static void a_handler_at_work_when_a_refused_close_is_made_again(void **state)
{
    struct tl_handle *run = begin_to_close(*state, "Leaves", NULL);

    tl_env_signal(*state, run, "work", NULL);
    until_refused(*state, run);
    tl_assert_result(*state, run, "\"<\"");
    assert_events(*state, run, REFUSED "TimerStarted WorkflowExecutionCompleted");
}

/* The signal counts before the timer, yet what fired has fired: the scope is canceled, its sleep is not. */
static void a_handler_cancels_a_scope_whose_timer_fired_in_the_same_task(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Scoped", NULL);

    tl_env_run_until_idle(*state);
    tl_env_worker_crash(tl_env_own_worker(*state));
    tl_env_advance(*state, TL_HOURS(1));
    tl_env_signal(*state, run, "stop", NULL);
    tl_env_worker_restart(tl_env_own_worker(*state));
    tl_assert_result(*state, run, "\"stCoe\"");
    assert_int_equal(scenario_count_events(*state, run, "TimerCanceled"), 0);
}

/* After it: nothing of it is left that could be canceled. */
static void a_handler_cancels_a_scope_that_has_ended(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Scoped", NULL);

    tl_env_advance(*state, TL_MINUTES(90));
    tl_env_signal(*state, run, "stop", NULL);
    tl_assert_result(*state, run, "\"tcose\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(signals_a_timer_and_cancellation_in_one_task),
        SCENARIO(a_signal_that_ends_the_code_and_one_with_a_handler_behind_it),
        SCENARIO(completion),
        SCENARIO(failure),
        SCENARIO(cancellation),
        SCENARIO(continuing_as_new),
        SCENARIO(a_signal_after_a_refused_close_is_the_next_runs),
        SCENARIO(a_timer_that_fires_under_a_close_that_cancels_it),
        SCENARIO(a_handler_at_work_when_a_refused_close_is_made_again),
        SCENARIO(a_handler_cancels_a_scope_whose_timer_fired_in_the_same_task),
        SCENARIO(a_handler_cancels_a_scope_that_has_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
