/* SPDX-License-Identifier: MIT */
/* Queries against a worker and the simulator, whichever way they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/query.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/service_queries.h"

static enum tl_status
tell_step(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)input;
    return tl_result_text(wf, result, "%d", *(const int *)user);
}

/* Answers "status" with the number of hours that have passed. */
static enum tl_status hours(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *passed = tl_alloc(wf, sizeof *passed);

    (void)input;
    (void)result;
    tl_query_handle(wf, "status", NULL, tell_step, passed);
    for (; *passed < 2; ++*passed) {
        if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
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
    tl_register_workflow(world.registry, "OrderSaga", hours);
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

static void assert_answered(const struct pending *query, const char *json)
{
    const Pb__QueryWorkflowResponse *response;

    assert_non_null(query->reply);
    assert_int_equal(query->reply->status, TL_OK);
    response = (const void *)query->reply->message;
    assert_int_equal(response->query_result->n_payloads, 1);
    const ProtobufCBinaryData *data = &response->query_result->payloads[0]->data;
    assert_int_equal(data->len, strlen(json));
    assert_memory_equal(data->data, json, data->len);
}

static void assert_answers(struct world *world, const char *json)
{
    struct pending *query = query_send(&world->client, WORKFLOW);

    client_run(&world->client);
    assert_answered(query, json);
}

static void a_query_that_comes_directly(void **state)
{
    struct world *world = *state;

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_run(&world->client);
    assert_answers(world, "0");
    assert_history_from(&world->client, WORKFLOW, 6, ""); /* started, a task, a timer: nothing else */
    assert_int_equal(tl_worker_cached(world->worker), 1);
}

static void a_query_that_comes_along_with_a_task(void **state)
{
    struct world *world = *state;

    (void)client_start(&world->client, WORKFLOW);
    struct pending *query = query_send(&world->client, WORKFLOW);
    open_worker(world);
    client_run(&world->client);

    assert_answered(query, "0");
    assert_history_from(&world->client, WORKFLOW, 5, "5 TimerStarted 1 1h\n");
}

/* It is asked through the sticky queue, which tells no history. */
static void a_query_for_a_run_that_left_the_cache(void **state)
{
    struct world *world = *state;

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_pass(&world->client, TL_MINUTES(61));
    assert_int_equal(tl_worker_evict(world->worker, NULL), 1);
    assert_answers(world, "1");
    assert_int_equal(tl_worker_cached(world->worker), 1);
}

/* Another worker comes upon a run that it never saw. */
static void a_query_for_a_run_that_another_worker_had(void **state)
{
    struct world *world = *state;

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_pass(&world->client, TL_MINUTES(61));
    tl_worker_free(world->worker);
    open_worker(world);
    struct pending *query = query_send(&world->client, WORKFLOW);
    client_run(&world->client);
    client_pass(&world->client, TL_SECONDS(15)); /* the sticky queue's worker is given up */
    assert_answered(query, "1");
}

static void a_closed_run_answers_and_leaves_the_cache(void **state)
{
    struct world *world = *state;

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_pass(&world->client, TL_HOURS(3));
    assert_answers(world, "2");
    assert_int_equal(tl_worker_cached(world->worker), 0);
}

static void several_queries_are_answered_in_turn(void **state)
{
    struct world *world = *state;
    struct pending *queries[5];

    open_worker(world);
    (void)client_start(&world->client, WORKFLOW);
    client_pass(&world->client, TL_MINUTES(61));
    (void)tl_worker_evict(world->worker, NULL);
    for (size_t i = 0; i < 5; i++) {
        queries[i] = query_send(&world->client, WORKFLOW);
    }
    client_run(&world->client);
    for (size_t i = 0; i < 5; i++) {
        assert_answered(queries[i], "1");
    }
}

/* The code is not what made the history: the query fails, and the run is not kept. */
static void code_that_does_not_fit_the_history_answers_nothing(void **state)
{
    struct world *world = *state;

    client_begin(&world->client, WORKFLOW, NO_COMMANDS);
    struct pending *query = query_send(&world->client, WORKFLOW);
    open_worker(world);
    client_run(&world->client);

    assert_non_null(query->reply);
    assert_refused(
        query->reply,
        TL_INVALID_ARGUMENT,
        "event 4: expected no further command of the task completed before, found command StartTimer of timer 1 (1h). "
        "Hint: was a step added?");
    assert_int_equal(tl_worker_cached(world->worker), 0);
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
        TEST(a_query_for_a_run_that_left_the_cache),
        TEST(a_query_for_a_run_that_another_worker_had),
        TEST(a_closed_run_answers_and_leaves_the_cache),
        TEST(several_queries_are_answered_in_turn),
        TEST(code_that_does_not_fit_the_history_answers_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
