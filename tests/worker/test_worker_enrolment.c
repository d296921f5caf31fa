/* SPDX-License-Identifier: MIT */
/*
 * A namespace may want numbers of pollers scaled of which its workers say nothing (poller_autoscaling_auto_enroll). The
 * workers poll already when they hear of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/worker_fixture.h"
#include "worker/engine/worker.h"

static void assert_polls(size_t normal, size_t sticky, size_t activity)
{
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal), normal);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_sticky), sticky);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), activity);
}

static void enrol(void)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;

    capabilities.poller_autoscaling_auto_enroll = true;
    universe_describe_namespace(capabilities);
    universe_run();
}

static void pollers_of_which_nothing_is_said_are_scaled(void **state)
{
    (void)state;
    universe_work(NULL);
    assert_polls(1, 4, 5);
    enrol();
    assert_polls(5, 5, 5);
    universe_give_empty_activity_poll(3);
    assert_polls(5, 5, 8);
    universe_give_empty_activity_poll(0); /* such a namespace makes suggestions: none is one, too */
    assert_polls(5, 5, 7);
}

static void they_keep_to_the_limits_of_scaling(void **state)
{
    (void)state;
    universe_work(NULL);
    enrol();
    universe_give_empty_activity_poll(1000);
    assert_polls(5, 5, 100);
    universe_give_empty_activity_poll(-1000);
    for (int i = 0; i < 98; i++) {
        universe_give_empty_activity_poll(0);
    }
    assert_polls(5, 5, 1);
    universe_give_empty_activity_poll(0);
    assert_polls(5, 5, 1);
}

static void polls_under_way_bring_their_tasks(void **state)
{
    (void)state;
    universe_work(NULL);
    enrol();
    universe_give_empty_activity_poll(1);
    for (int i = 0; i < 6; i++) {
        universe_give_activity(&(struct activity_task){0});
    }
    assert_int_equal(universe.worker->activity_slots.used, 12); /* tasks, and polls again */
    assert_polls(5, 5, 6);
}

static void numbers_that_were_given_stay(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.workflow_task_pollers = 5;
    options.activity_pollers = 5;
    universe_work(&options);
    enrol();
    assert_polls(1, 4, 5);
    universe_give_empty_activity_poll(3);
    universe_give_empty_activity_poll(-3);
    assert_polls(1, 4, 5);
}

static void each_kind_is_asked_by_itself(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activity_pollers = 2;
    universe_work(&options);
    enrol();
    assert_polls(5, 5, 2);
}

static void a_scaling_that_was_given_keeps_its_limits(void **state)
{
    static const struct tl_poller_scaling scaling = {.maximum = 3};
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activity_scaling = &scaling;
    universe_work(&options);
    enrol();
    universe_give_empty_activity_poll(3);
    assert_polls(5, 5, 3);
    universe_give_empty_activity_poll(0); /* that the namespace makes suggestions is true for it, too */
    assert_polls(5, 5, 2);
}

static void without_a_cache_there_is_no_sticky_queue_to_poll(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.evict_every_task = 1;
    universe_work(&options);
    enrol();
    assert_polls(5, 0, 5);
}

static void a_worker_of_activities_polls_nothing_else(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.tasks = TL_WORKER_ACTIVITIES;
    universe_work(&options);
    enrol();
    assert_polls(0, 0, 5);
}

static void a_namespace_that_only_makes_suggestions_enrols_nobody(void **state)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;

    (void)state;
    capabilities.poller_autoscaling = true;
    universe_describe_namespace(capabilities);
    universe_work(NULL);
    assert_polls(1, 4, 5);
    universe_give_empty_activity_poll(3);
    assert_polls(1, 4, 5);
}

static void a_worker_that_stops_polls_no_more(void **state)
{
    (void)state;
    universe_work(NULL);
    size_t polls = scripted_count(universe.scripted, RPC_PollActivityTaskQueue);
    tl_worker_stop(universe.worker);
    enrol();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(scripted_count(universe.scripted, RPC_PollActivityTaskQueue), polls);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, universe_setup_endless, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pollers_of_which_nothing_is_said_are_scaled),
        TEST(they_keep_to_the_limits_of_scaling),
        TEST(polls_under_way_bring_their_tasks),
        TEST(numbers_that_were_given_stay),
        TEST(each_kind_is_asked_by_itself),
        TEST(a_scaling_that_was_given_keeps_its_limits),
        TEST(without_a_cache_there_is_no_sticky_queue_to_poll),
        TEST(a_worker_of_activities_polls_nothing_else),
        TEST(a_namespace_that_only_makes_suggestions_enrols_nobody),
        TEST(a_worker_that_stops_polls_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
