/* SPDX-License-Identifier: MIT */
/*
 * The polls of a worker that stops, in a namespace whose service ends them (worker_poll_complete_on_shutdown): they are
 * left to it, but not for the minute that a poll lasts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/activity.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/worker_fixture.h"

static enum tl_status
ten_seconds(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_SECONDS(10));
}

/* A worker that polls and knows that its polls are ended. */
static int set_up(void **state)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;
    int result = universe_setup(state);

    tl_register_activity(universe.registry, "Charge", ten_seconds);
    capabilities.worker_poll_complete_on_shutdown = true;
    universe_describe_namespace(capabilities);
    universe_work(NULL);
    return result;
}

static size_t polls(void)
{
    return scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, NULL) +
           scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL);
}

static void stop(void)
{
    tl_worker_stop(universe.worker);
    universe_run();
}

static void hear_farewell(void)
{
    scripted_reply(
        universe.scripted,
        RPC_ShutdownWorker,
        SCRIPTED_NEW(universe.scripted, Pb__ShutdownWorkerResponse, pb__shutdown_worker_response));
    universe_run();
}

static void end_workflow_polls(void)
{
    for (size_t i = scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, NULL); i > 0; i--) {
        scripted_reply(
            universe.scripted,
            RPC_PollWorkflowTaskQueue,
            SCRIPTED_NEW(universe.scripted, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response));
    }
    universe_run();
}

static void end_polls(void)
{
    end_workflow_polls();
    for (size_t i = polls(); i > 0; i--) {
        universe_give_empty_activity_poll(0);
    }
}

static size_t canceled_polls(void)
{
    size_t count = 0;

    for (size_t i = 0; i < scripted_count(universe.scripted, RPC_PollActivityTaskQueue); i++) {
        count += scripted_call(universe.scripted, RPC_PollActivityTaskQueue, i)->canceled ? 1 : 0;
    }
    return count;
}

static void polls_are_left_to_the_service_that_ends_them(void **state)
{
    (void)state;
    assert_int_equal(polls(), 10);
    stop();
    assert_int_equal(polls(), 10);
    end_polls();
    assert_false(tl_worker_stopped(universe.worker)); /* the farewell is not answered yet */
    hear_farewell();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(canceled_polls(), 0);
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static void polls_that_end_after_the_answer_are_waited_for(void **state)
{
    (void)state;
    stop();
    hear_farewell();
    universe_pass(TL_SECONDS(4));
    assert_int_equal(polls(), 10);
    assert_false(tl_worker_stopped(universe.worker));
    end_polls();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(canceled_polls(), 0);
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static void polls_that_the_service_forgets_are_called_back(void **state)
{
    (void)state;
    stop();
    hear_farewell();
    end_workflow_polls();
    universe_pass(TL_SECONDS(5) - 1);
    assert_int_equal(polls(), 5);
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(1);
    assert_int_equal(polls(), 0);
    assert_true(tl_worker_stopped(universe.worker));
}

static void a_farewell_that_fails_calls_polls_back_at_once(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_ShutdownWorker, TL_UNAVAILABLE, "down");
    tl_time before = tl_driver_now(universe.driver);
    stop();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(tl_driver_now(universe.driver), before);
    assert_int_equal(canceled_polls(), 5);
}

static void a_farewell_that_nobody_answers_holds_for_ten_seconds(void **state)
{
    (void)state;
    stop();
    universe_pass(TL_SECONDS(10) - 1);
    assert_int_equal(polls(), 10);
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(1);
    assert_true(tl_worker_stopped(universe.worker));
}

static void a_task_that_comes_instead_of_an_end_is_answered(void **state)
{
    (void)state;
    universe_answer_activities();
    tl_worker_stop(universe.worker);
    universe_run();
    universe_give_activity(&(struct activity_task){0});
    end_polls();
    assert_int_equal(polls(), 0);
    universe_pass(TL_SECONDS(9));
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(TL_SECONDS(1));
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 1);
    assert_true(tl_worker_stopped(universe.worker));
}

static void freed_while_it_waits_it_leaves_nothing(void **state)
{
    (void)state;
    stop();
    hear_farewell();
    tl_worker_free(universe.worker);
    universe.worker = NULL;
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
    universe_pass(TL_SECONDS(10));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(polls_are_left_to_the_service_that_ends_them),
        TEST(polls_that_end_after_the_answer_are_waited_for),
        TEST(polls_that_the_service_forgets_are_called_back),
        TEST(a_farewell_that_fails_calls_polls_back_at_once),
        TEST(a_farewell_that_nobody_answers_holds_for_ten_seconds),
        TEST(a_task_that_comes_instead_of_an_end_is_answered),
        TEST(freed_while_it_waits_it_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
