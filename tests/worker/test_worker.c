/* SPDX-License-Identifier: MIT */
/* A worker as a whole: its options, its polls, its stop. Workflow tasks are in test_worker_sim.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "base/text.h"
#include "tests/worker/worker_fixture.h"
#include "worker/engine/worker.h"

static int set_up(void **state)
{
    int result = universe_setup(state);

    universe_answer_activities();
    return result;
}

/* ---- Options ---- */

static void refused_option_is_named(void **state)
{
    char long_name[1002];
    const struct tl_registry *registry = universe.registry;

    (void)state;
    memset(long_name, 'q', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    const struct {
        struct tl_worker_options options;
        const char *field;
    } cases[] = {
        {{.registry = registry}, "task_queue"},
        {{.registry = registry, .task_queue = ""}, "task_queue"},
        {{.registry = registry, .task_queue = long_name}, "task_queue"},
        {{.registry = registry, .task_queue = "\xff"}, "task_queue"},
        {{.task_queue = "q"}, "registry"},
        {{.registry = registry, .task_queue = "q", .name_space = ""}, "name_space"},
        {{.registry = registry, .task_queue = "q", .identity = "\xc3("}, "identity"},
        {{.registry = registry, .task_queue = "q", .workflow_task_slots = 1}, "workflow_task_slots"},
        {{.registry = registry, .task_queue = "q", .workflow_task_pollers = 1}, "workflow_task_pollers"},
        {{.registry = registry, .task_queue = "q", .workflow_task_pollers = 1001}, "workflow_task_pollers"},
        {{.registry = registry, .task_queue = "q", .activity_pollers = 1001}, "activity_pollers"},
        {{.registry = registry, .task_queue = "q", .coroutine_stack = 1024}, "coroutine_stack"},
        {{.registry = registry, .task_queue = "q", .coroutine_stack = SIZE_MAX}, "coroutine_stack"},
        {{.registry = registry, .task_queue = "q", .shards = 257}, "shards"},
        {{.registry = registry, .task_queue = "q", .engine_threads = TL_ENGINE_THREADS_MOST + 1}, "engine_threads"},
        {{.registry = registry, .task_queue = "q", .engine_threads = 2}, "engine_threads"}, /* a driver has one */
        {{.registry = registry, .task_queue = "q", .sticky_timeout = -1}, "sticky_timeout"},
        {{.registry = registry, .task_queue = "q", .stop_grace = -1}, "stop_grace"},
        {{.registry = registry, .task_queue = "q", .deadlock_limit = -1}, "deadlock_limit"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tl_error error = {0};

        assert_null(tl_worker_new(universe.driver, scripted_service(universe.scripted), &cases[i].options, &error));
        assert_int_equal(error.status, TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, cases[i].field);
    }
}

static void a_refused_registry_is_refused(void **state)
{
    const struct tl_worker_options options = universe_options();
    struct tl_error error = {0};

    (void)state;
    tl_register_activity(universe.registry, "Charge", NULL);
    assert_null(tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, &error));
    assert_string_equal(error.message, "activity type Charge has no function");
}

static void missing_options_are_refused(void **state)
{
    struct tl_error error = {0};

    (void)state;
    assert_null(tl_worker_new(universe.driver, scripted_service(universe.scripted), NULL, &error));
    assert_string_equal(error.field, "options");
}

static void one_slot_is_enough_without_a_cache(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.evict_every_task = 1;
    options.workflow_task_slots = 1;
    options.workflow_task_pollers = 1;
    universe_work(&options);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal), 1);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_sticky), 0);
}

static void slots_follow_a_small_cache(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.cached_workflows = 3;
    universe_work(&options);
    assert_int_equal(universe.worker->workflow_slots.total, 3);
}

/* ---- Polls ---- */

static void a_new_worker_polls_with_the_next_step(void **state)
{
    const struct tl_worker_options options = universe_options();

    (void)state;
    universe.worker = tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, NULL);
    assert_int_equal(scripted_count(universe.scripted, RPC_PollWorkflowTaskQueue), 0);
    assert_int_equal(tl_driver_step(universe.driver), TL_STEP_RAN);
    assert_int_equal(scripted_count(universe.scripted, RPC_PollWorkflowTaskQueue), 5);
    assert_int_equal(scripted_count(universe.scripted, RPC_PollActivityTaskQueue), 5);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal), 1);
}

static void polls_say_who_asks_for_what(void **state)
{
    (void)state;
    universe_work(NULL);
    const Pb__PollWorkflowTaskQueueRequest *normal = SCRIPTED_REQUEST(universe.scripted, PollWorkflowTaskQueue, 0);
    assert_string_equal(normal->namespace_, "default");
    assert_string_equal(normal->identity, "timelapse@orders");
    assert_string_equal(normal->task_queue->name, "orders");
    assert_int_equal(normal->task_queue->kind, TASK_QUEUE_KIND_NORMAL);
    assert_string_equal(normal->task_queue->normal_name, "");
    const Pb__PollWorkflowTaskQueueRequest *sticky = SCRIPTED_REQUEST(universe.scripted, PollWorkflowTaskQueue, 1);
    assert_int_equal(sticky->task_queue->kind, TASK_QUEUE_KIND_STICKY);
    assert_string_equal(sticky->task_queue->normal_name, "orders");
    assert_memory_equal(sticky->task_queue->name, "orders-sticky-", strlen("orders-sticky-"));
    assert_int_equal(strlen(sticky->task_queue->name), strlen("orders-sticky-") + 36);
    const Pb__PollActivityTaskQueueRequest *activity = SCRIPTED_REQUEST(universe.scripted, PollActivityTaskQueue, 0);
    assert_string_equal(activity->task_queue->name, "orders");
    assert_string_equal(activity->identity, "timelapse@orders");
    assert_string_equal(activity->worker_instance_key, normal->worker_instance_key);
    assert_int_equal(strlen(activity->worker_instance_key), 36);
}

static void two_workers_have_sticky_queues_of_their_own(void **state)
{
    const struct tl_worker_options options = universe_options();

    (void)state;
    universe_work(NULL);
    struct tl_worker *other = tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, NULL);
    assert_string_not_equal(other->sticky_queue, universe.worker->sticky_queue);
    assert_string_not_equal(other->instance_key, universe.worker->instance_key);
    tl_worker_free(other);
}

static void a_sticky_name_fits_the_servers_limit(void **state)
{
    struct tl_worker_options options = universe_options();
    char queue[1001];

    (void)state;
    /* Two bytes a letter: the cut must not go through one. */
    for (size_t i = 0; i < 1000; i += 2) {
        memcpy(queue + i, "\xc3\xa9", 2);
    }
    queue[1000] = '\0';
    options.task_queue = queue;
    universe_work(&options);
    size_t len = strlen(universe.worker->sticky_queue);
    assert_in_range(len, 999, 1000);
    assert_int_equal(text_utf8_valid_prefix(universe.worker->sticky_queue, len), len);
}

/* ---- Stopping ---- */

static size_t farewells(void)
{
    return scripted_count(universe.scripted, RPC_ShutdownWorker);
}

static void an_idle_worker_stops_and_says_so_once(void **state)
{
    (void)state;
    universe_work(NULL);
    assert_false(tl_worker_stopped(universe.worker));
    tl_worker_stop(universe.worker);
    tl_worker_stop(universe.worker);
    assert_false(tl_worker_stopped(universe.worker));
    universe_run();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(farewells(), 1);
    const Pb__ShutdownWorkerRequest *request = SCRIPTED_REQUEST(universe.scripted, ShutdownWorker, 0);
    assert_string_equal(request->namespace_, "default");
    assert_string_equal(request->identity, "timelapse@orders");
    assert_string_equal(request->sticky_task_queue, universe.worker->sticky_queue);
    assert_string_equal(request->task_queue, "orders");
    assert_string_equal(request->worker_instance_key, universe.worker->instance_key);
    assert_int_equal(request->n_task_queue_types, 2);
    assert_int_equal(tl_worker_check(universe.worker, NULL), TL_OK);
}

static void a_worker_that_never_polled_stops_too(void **state)
{
    const struct tl_worker_options options = universe_options();

    (void)state;
    universe.worker = tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, NULL);
    tl_worker_stop(universe.worker);
    universe_run();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(scripted_count(universe.scripted, RPC_PollWorkflowTaskQueue), 0);
}

static void the_farewell_is_not_tried_again(void **state)
{
    (void)state;
    scripted_fail(universe.scripted, RPC_ShutdownWorker, TL_UNAVAILABLE, "down");
    universe_work(NULL);
    tl_worker_stop(universe.worker);
    universe_run();
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(farewells(), 1);
}

static enum tl_status
work_ten_seconds(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_SECONDS(10));
}

static void a_stop_waits_for_activities(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", work_ten_seconds);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){0});
    tl_worker_stop(universe.worker);
    universe_run();
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollActivityTaskQueue, NULL), 0);
    assert_int_equal(farewells(), 1);
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(TL_SECONDS(10));
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 1);
    assert_int_equal(farewells(), 1);
    assert_true(tl_worker_stopped(universe.worker));
}

static void a_stop_with_a_grace_ends_activities(void **state)
{
    struct tl_worker_options options = universe_options();

    (void)state;
    options.stop_grace = TL_SECONDS(4);
    tl_register_activity(universe.registry, "Charge", work_ten_seconds);
    universe_work(&options);
    universe_give_activity(&(struct activity_task){0});
    tl_worker_stop(universe.worker);
    universe_pass(TL_SECONDS(3));
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(TL_SECONDS(1));
    assert_true(tl_worker_stopped(universe.worker));
    const Pb__Failure *failure = SCRIPTED_REQUEST(universe.scripted, RespondActivityTaskFailed, 0)->failure;
    assert_string_equal(failure->application_failure_info->type, "WorkerShutdown");
    assert_false(failure->application_failure_info->non_retryable);
}

static void a_task_that_comes_while_stopping_is_answered(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", work_ten_seconds);
    universe_work(NULL);
    universe_post_activity(&(struct activity_task){0});
    tl_worker_stop(universe.worker);
    universe_run();
    assert_false(tl_worker_stopped(universe.worker));
    universe_pass(TL_SECONDS(10));
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 1);
    assert_true(tl_worker_stopped(universe.worker));
}

static void a_worker_that_is_refused_for_a_minute_stops_itself(void **state)
{
    struct tl_worker_options options = universe_options();
    struct tl_error error = {0};

    (void)state;
    options.activity_pollers = 1;
    for (int i = 0; i < 30; i++) {
        scripted_fail(universe.scripted, RPC_PollActivityTaskQueue, TL_NOT_FOUND, "namespace nowhere is not found");
    }
    universe_work(&options);
    universe_pass(TL_SECONDS(90));
    assert_true(tl_worker_stopped(universe.worker));
    assert_int_equal(tl_worker_check(universe.worker, &error), TL_NOT_FOUND);
    assert_string_equal(error.message, "the service refuses polls: namespace nowhere is not found");
}

/* ---- The abrupt end ---- */

static void a_freed_worker_answers_nothing_and_leaves_nothing(void **state)
{
    (void)state;
    tl_register_activity(universe.registry, "Charge", work_ten_seconds);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.start_to_close = TL_SECONDS(10)});
    tl_worker_free(universe.worker);
    universe.worker = NULL;
    assert_int_equal(tl_driver_next_deadline(universe.driver, TL_DEADLINE_WAKING), TL_NEVER);
    universe_pass(TL_MINUTES(5));
    assert_int_equal(scripted_count(universe.scripted, RPC_RespondActivityTaskCompleted), 0);
    assert_int_equal(farewells(), 0);
    assert_int_equal(scripted_count(universe.scripted, RPC_PollActivityTaskQueue), 6);
}

static void a_worker_may_be_freed_before_it_polls(void **state)
{
    const struct tl_worker_options options = universe_options();

    (void)state;
    tl_worker_free(tl_worker_new(universe.driver, scripted_service(universe.scripted), &options, NULL));
    universe_run();
    assert_int_equal(scripted_count(universe.scripted, RPC_PollWorkflowTaskQueue), 0);
}

/* ---- The same again ---- */

static char *trace_text;
static size_t trace_len;

static void record(void *user, const struct tl_trace_event *event)
{
    (void)user;
    trace_len += (size_t)snprintf(
        trace_text + trace_len,
        4096 - trace_len,
        "%lld %s %s %s\n",
        (long long)event->at,
        tl_trace_kind_text(event->kind),
        event->name,
        event->detail);
}

static void run_recorded(char *text)
{
    const struct tl_sink sink = {.on_event = record, .mask = TL_TRACE_ALL};

    trace_text = text;
    trace_len = 0;
    assert_true(universe_open(NULL));
    universe_answer_activities();
    assert_int_equal(tl_driver_add_sink(universe.driver, &sink), TL_OK);
    scripted_fail(universe.scripted, RPC_PollActivityTaskQueue, TL_UNAVAILABLE, "down");
    tl_register_activity(universe.registry, "Charge", work_ten_seconds);
    universe_work(NULL);
    universe_give_activity(&(struct activity_task){.start_to_close = TL_SECONDS(30)});
    universe_pass(TL_SECONDS(20));
    assert_int_equal(universe_close(), 0);
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    char first[4096];
    char second[4096];

    (void)state;
    run_recorded(first);
    run_recorded(second);
    assert_true(strlen(first) > 100);
    assert_string_equal(first, second);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refused_option_is_named),
        TEST(a_refused_registry_is_refused),
        TEST(missing_options_are_refused),
        TEST(one_slot_is_enough_without_a_cache),
        TEST(slots_follow_a_small_cache),
        TEST(a_new_worker_polls_with_the_next_step),
        TEST(polls_say_who_asks_for_what),
        TEST(two_workers_have_sticky_queues_of_their_own),
        TEST(a_sticky_name_fits_the_servers_limit),
        TEST(an_idle_worker_stops_and_says_so_once),
        TEST(a_worker_that_never_polled_stops_too),
        TEST(the_farewell_is_not_tried_again),
        TEST(a_stop_waits_for_activities),
        TEST(a_stop_with_a_grace_ends_activities),
        TEST(a_task_that_comes_while_stopping_is_answered),
        TEST(a_worker_that_is_refused_for_a_minute_stops_itself),
        TEST(a_freed_worker_answers_nothing_and_leaves_nothing),
        TEST(a_worker_may_be_freed_before_it_polls),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
