/* SPDX-License-Identifier: MIT */
/* Options of a worker that say how it polls: kinds of tasks, scalings, rates, slot suppliers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/worker/worker_fixture.h"
#include "worker/engine/worker.h"

static size_t normal_polls(void)
{
    return scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal);
}

static size_t sticky_polls(void)
{
    return scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_sticky);
}

static size_t activity_polls(void)
{
    return scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL);
}

/* ---- Bad input ---- */

static int refuse(void *user, const struct tl_slot_request *request)
{
    (void)user;
    (void)request;
    return 0;
}

static void forget(void *user, enum tl_slot_kind kind)
{
    (void)user;
    (void)kind;
}

static const struct tl_poller_scaling no_minimum = {.minimum = 6, .maximum = 5};
static const struct tl_poller_scaling too_many = {.maximum = 1001};
static const struct tl_poller_scaling below = {.minimum = 3, .initial = 2};
static const struct tl_poller_scaling above = {.maximum = 3, .initial = 4};
static const struct tl_poller_scaling plain = {0};
static const struct tl_slot_supplier half = {.reserve = refuse};
static const struct tl_slot_supplier other_half = {.release = forget};
static const struct tl_slot_supplier whole = {.reserve = refuse, .release = forget};

static void a_refused_policy_is_named(void **state)
{
    const struct {
        struct tl_worker_options options;
        const char *field;
    } cases[] = {
        {{.tasks = (enum tl_worker_tasks)3}, "tasks"},
        {{.eager_activities = (enum tl_eager_activities)3}, "eager_activities"},
        {{.workflow_task_scaling = &no_minimum}, "workflow_task_scaling.minimum"},
        {{.activity_scaling = &too_many}, "activity_scaling.maximum"},
        {{.activity_scaling = &below}, "activity_scaling.initial"},
        {{.workflow_task_scaling = &above}, "workflow_task_scaling.initial"},
        {{.workflow_task_scaling = &plain, .workflow_task_pollers = 5}, "workflow_task_pollers"},
        {{.activity_scaling = &plain, .activity_pollers = 5}, "activity_pollers"},
        {{.activities_per_second = -1}, "activities_per_second"},
        {{.activities_per_second = (double)NAN}, "activities_per_second"},
        {{.queue_activities_per_second = (double)INFINITY}, "queue_activities_per_second"},
        {{.slot_supplier = &half}, "slot_supplier"},
        {{.slot_supplier = &other_half}, "slot_supplier"},
        {{.slot_supplier = &whole, .workflow_task_slots = 10}, "workflow_task_slots"},
        {{.slot_supplier = &whole, .activity_slots = 10}, "activity_slots"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tl_worker_options options = cases[i].options;
        struct tl_error error = {0};

        options.task_queue = "orders";
        options.registry = universe.registry;
        assert_null(tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, &error));
        assert_int_equal(error.status, TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, cases[i].field);
    }
}

/* ---- Kinds of tasks ---- */

static void a_worker_for_workflows_polls_no_activities(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.tasks = TL_WORKER_WORKFLOWS;
    universe_work(&options);
    assert_int_equal(normal_polls(), 1);
    assert_int_equal(sticky_polls(), 4);
    assert_int_equal(activity_polls(), 0);
}

static void a_worker_for_activities_polls_no_workflow_tasks(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.tasks = TL_WORKER_ACTIVITIES;
    universe_work(&options);
    assert_int_equal(normal_polls() + sticky_polls(), 0);
    assert_int_equal(activity_polls(), 5);
    tl_worker_stop(universe.worker);
    universe_run();
    const Pb__ShutdownWorkerRequest *farewell = SCRIPTED_REQUEST(universe.scripted, ShutdownWorker, 0);
    assert_int_equal(farewell->n_task_queue_types, 1);
    assert_int_equal(farewell->task_queue_types[0], TASK_QUEUE_TYPE_ACTIVITY);
    assert_string_equal(farewell->sticky_task_queue, "");
}

/* ---- Scalings ---- */

static void work_scaled(const struct tl_poller_scaling *scaling)
{
    struct tl_worker_options options = universe_options();

    options.activity_scaling = scaling;
    universe_work(&options);
}

static void a_scaling_begins_with_five_polls(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.workflow_task_scaling = &plain;
    options.activity_scaling = &plain;
    universe_work(&options);
    assert_int_equal(normal_polls(), 5);
    assert_int_equal(sticky_polls(), 5);
    assert_int_equal(activity_polls(), 5);
}

static void the_first_number_keeps_to_the_limits(void **state)
{
    (void)state;
    work_scaled(&(struct tl_poller_scaling){.maximum = 3});
    assert_int_equal(activity_polls(), 3);
    tl_worker_free(universe.worker);
    universe_run();
    work_scaled(&(struct tl_poller_scaling){.minimum = 7});
    assert_int_equal(activity_polls(), 7);
}

static void polls_come_and_go_as_the_service_suggests(void **state)
{
    (void)state;
    work_scaled(&(struct tl_poller_scaling){.minimum = 2, .maximum = 7});
    universe_give_empty_activity_poll(1);
    assert_int_equal(activity_polls(), 6);
    universe_give_empty_activity_poll(3);
    assert_int_equal(activity_polls(), 7);
    universe_give_empty_activity_poll(-3);
    assert_int_equal(activity_polls(), 6); /* those under way come back first */
    universe_give_empty_activity_poll(0);
    universe_give_empty_activity_poll(0);
    universe_give_empty_activity_poll(0);
    assert_int_equal(activity_polls(), 3);
    universe_give_empty_activity_poll(0);
    universe_give_empty_activity_poll(0);
    assert_int_equal(activity_polls(), 2);
}

static void a_service_that_never_suggests_is_polled_as_at_first(void **state)
{
    (void)state;
    work_scaled(&plain);
    for (int i = 0; i < 10; i++) {
        universe_give_empty_activity_poll(0);
    }
    assert_int_equal(activity_polls(), 5);
}

static void a_namespace_that_suggests_lets_empty_polls_shrink(void **state)
{
    Pb__NamespaceInfo__Capabilities capabilities = PB__NAMESPACE_INFO__CAPABILITIES__INIT;

    (void)state;
    capabilities.poller_autoscaling = true;
    universe_describe_namespace(capabilities);
    work_scaled(&plain);
    assert_string_equal(SCRIPTED_REQUEST(universe.scripted, DescribeNamespace, 0)->namespace_, "default");
    universe_give_empty_activity_poll(0);
    assert_int_equal(activity_polls(), 4);
}

static void a_reached_limit_halves_the_polls(void **state)
{
    (void)state;
    work_scaled(&(struct tl_poller_scaling){.initial = 8});
    universe_give_empty_activity_poll(-1);
    scripted_fail(universe.scripted, RPC_PollActivityTaskQueue, TL_RESOURCE_EXHAUSTED, "too many");
    universe_run();
    assert_int_equal(universe.worker->polling.groups[POLLER_ACTIVITY].scaler.target, 3);
}

static void polls_of_a_burst_are_short(void **state)
{
    (void)state;
    work_scaled(&plain);
    size_t polls = scripted_count(universe.scripted, RPC_PollActivityTaskQueue);
    for (int i = 0; i < 2; i++) {
        universe_give_activity(&(struct activity_task){0});
    }
    const struct scripted_call *first = scripted_call(universe.scripted, RPC_PollActivityTaskQueue, polls);
    const struct scripted_call *second = scripted_call(universe.scripted, RPC_PollActivityTaskQueue, polls + 1);
    assert_int_equal(first->deadline - first->at, TL_SECONDS(70));
    assert_int_equal(second->deadline - second->at, TL_SECONDS(11));
}

/* ---- Rates ---- */

static void the_queues_rate_goes_with_every_poll(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.queue_activities_per_second = 2.5;
    universe_work(&options);
    const Pb__PollActivityTaskQueueRequest *poll = SCRIPTED_REQUEST(universe.scripted, PollActivityTaskQueue, 4);
    assert_true(poll->task_queue_metadata->max_tasks_per_second->value == 2.5);
}

static void no_rate_is_not_told(void **state)
{
    (void)state;
    universe_work(NULL);
    assert_null(SCRIPTED_REQUEST(universe.scripted, PollActivityTaskQueue, 0)->task_queue_metadata);
}

static void a_workers_rate_spaces_its_polls(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activities_per_second = 4;
    universe_work(&options);
    assert_int_equal(activity_polls(), 1);
    universe_pass(TL_MILLISECONDS(249));
    assert_int_equal(activity_polls(), 1);
    universe_pass(TL_MILLISECONDS(1));
    assert_int_equal(activity_polls(), 2);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(activity_polls(), 1);
    universe_pass(TL_SECONDS(10));
    assert_int_equal(activity_polls(), 5);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(activity_polls(), 5); /* a turn has come long ago, and counts once */
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(activity_polls(), 4);
}

static void a_stopped_worker_waits_for_no_turn(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.activities_per_second = 0.001;
    universe_work(&options);
    tl_worker_stop(universe.worker);
    universe_run();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
}

/* ---- Slot suppliers ---- */

static struct {
    size_t left;
    size_t given[3];
    size_t taken_back[3];
    size_t sticky;
    struct tl_slot_request last;
} supply;

static int give_while_there_are(void *user, const struct tl_slot_request *request)
{
    assert_ptr_equal(user, &supply);
    supply.last = *request;
    if (supply.left == 0) {
        return 0;
    }
    supply.left--;
    supply.given[request->kind]++;
    supply.sticky += request->sticky != 0;
    return 1;
}

static void take_back(void *user, enum tl_slot_kind kind)
{
    assert_ptr_equal(user, &supply);
    supply.left++;
    supply.taken_back[kind]++;
}

static void work_supplied(size_t slots)
{
    struct tl_worker_options options = universe_options();
    const struct tl_slot_supplier supplier = {give_while_there_are, take_back, &supply};

    memset(&supply, 0, sizeof supply);
    supply.left = slots;
    options.slot_supplier = &supplier;
    universe_work(&options);
}

static void a_supplier_is_asked_for_each_poll(void **state)
{
    (void)state;
    work_supplied(100);
    assert_int_equal(supply.given[TL_SLOT_WORKFLOW_TASK], 5);
    assert_int_equal(supply.sticky, 4);
    assert_int_equal(supply.given[TL_SLOT_ACTIVITY], 5);
    assert_string_equal(supply.last.task_queue, "orders");
    assert_false(supply.last.eager);
    tl_worker_stop(universe.worker);
    universe_run();
    assert_int_equal(supply.taken_back[TL_SLOT_WORKFLOW_TASK], 5);
    assert_int_equal(supply.taken_back[TL_SLOT_ACTIVITY], 5);
    assert_true(tl_worker_stopped(universe.worker));
}

static void a_supplier_that_gives_nothing_is_asked_again_when_told(void **state)
{
    (void)state;
    work_supplied(6);
    assert_int_equal(activity_polls(), 1);
    assert_int_equal(supply.last.used, 1);
    supply.left = 2;
    universe_pass(TL_SECONDS(1));
    assert_int_equal(activity_polls(), 1);
    tl_worker_slots_changed(universe.worker);
    universe_run();
    assert_int_equal(activity_polls(), 3);
}

static void a_task_keeps_the_slot_of_its_poll(void **state)
{
    (void)state;
    work_supplied(100);
    universe_give_activity(&(struct activity_task){0});
    assert_int_equal(supply.given[TL_SLOT_ACTIVITY], 6);
    assert_int_equal(supply.taken_back[TL_SLOT_ACTIVITY], 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, universe_setup_endless, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refused_policy_is_named),
        TEST(a_worker_for_workflows_polls_no_activities),
        TEST(a_worker_for_activities_polls_no_workflow_tasks),
        TEST(a_scaling_begins_with_five_polls),
        TEST(the_first_number_keeps_to_the_limits),
        TEST(polls_come_and_go_as_the_service_suggests),
        TEST(a_service_that_never_suggests_is_polled_as_at_first),
        TEST(a_namespace_that_suggests_lets_empty_polls_shrink),
        TEST(a_reached_limit_halves_the_polls),
        TEST(polls_of_a_burst_are_short),
        TEST(the_queues_rate_goes_with_every_poll),
        TEST(no_rate_is_not_told),
        TEST(a_workers_rate_spaces_its_polls),
        TEST(a_stopped_worker_waits_for_no_turn),
        TEST(a_supplier_is_asked_for_each_poll),
        TEST(a_supplier_that_gives_nothing_is_asked_again_when_told),
        TEST(a_task_keeps_the_slot_of_its_poll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
