/* SPDX-License-Identifier: MIT */
/* A worker that has no queries yet says so, whichever way one comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/service_queries.h"

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

struct world {
    struct service_client client;
    struct tl_registry *registry;
    struct tl_worker *worker;
};

static void open_worker(struct world *world)
{
    const struct tl_worker_options options = {.task_queue = QUEUE, .registry = world->registry};
    struct tl_error error;

    world->worker = tl_worker_new(world->client.driver, world->client.service, &options, &error);
    if (world->worker == NULL) {
        fail_msg("%s %s", error.field, error.message);
    }
}

static int set_up(void **state)
{
    static struct world world;

    service_client_open(&world.client, NULL, *state != NULL);
    world.registry = tl_registry_new(NULL);
    world.worker = NULL;
    tl_register_workflow(world.registry, "OrderSaga", waits);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    tl_worker_free(world->worker);
    tl_registry_free(world->registry);
    service_client_close(&world->client);
    return 0;
}

static void assert_not_supported(const struct pending *query)
{
    assert_non_null(query->reply);
    assert_refused(query->reply, TL_INVALID_ARGUMENT, "queries are not supported by this version of the worker");
}

static void a_query_that_comes_directly(void **state)
{
    struct world *world = *state;

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_run(&world->client);
    struct pending *query = query_send(&world->client, WORKFLOW);
    client_run(&world->client);

    assert_not_supported(query);
    assert_history_from(&world->client, WORKFLOW, 6, ""); /* started, a task, a timer: nothing else */
}

static void a_query_that_comes_along_with_a_task(void **state)
{
    struct world *world = *state;

    (void)client_start(&world->client, WORKFLOW);
    struct pending *query = query_send(&world->client, WORKFLOW);
    open_worker(world);
    client_run(&world->client);

    assert_not_supported(query);
    assert_history_from(&world->client, WORKFLOW, 5, "5 TimerStarted 1 30d\n");
}

static void a_query_for_a_run_that_is_not_in_the_cache(void **state)
{
    struct world *world = *state;

    client_begin(&world->client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(&world->client, WORKFLOW);
    open_worker(world);
    client_run(&world->client);

    assert_not_supported(query);
}

#define TEST(test)                                                                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down),                                                          \
    {                                                                                                                  \
#test " over the wire", test, set_up, tear_down, &over_the_wire                                                \
    }

int main(void)
{
    static int over_the_wire = 1;
    const struct CMUnitTest tests[] = {
        TEST(a_query_that_comes_directly),
        TEST(a_query_that_comes_along_with_a_task),
        TEST(a_query_for_a_run_that_is_not_in_the_cache),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
