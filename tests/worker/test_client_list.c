/* SPDX-License-Identifier: MIT */
/* Runs listed and counted by a query, against a scripted service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/list.h>
#include <timelapse/sim.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/lib/failing_allocator.h"
#include "tests/worker/worker_fixture.h"

static struct tl_error error;
static struct tl_list *list;

static void open_client(const struct tl_registry *registry)
{
    const struct tl_client_options options = {.skip_time = 1, .registry = registry};

    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), &options, &error);
}

static int set_up(void **state)
{
    int result = universe_setup(state);

    error = (struct tl_error){0};
    open_client(NULL);
    return result;
}

static int tear_down(void **state)
{
    tl_list_free(list);
    list = NULL;
    return universe_teardown(state);
}

/* ---- Pages of the script ---- */

static struct arena *script(void)
{
    return scripted_arena(universe.scripted);
}

static char *words(const char *text)
{
    return arena_strdup(script(), text);
}

static Pb__Workflow__WorkflowExecutionInfo *run_of(const char *id)
{
    Pb__Workflow__WorkflowExecutionInfo *info =
        PB_NEW(script(), Pb__Workflow__WorkflowExecutionInfo, pb__workflow__workflow_execution_info);

    info->execution = PB_NEW(script(), Pb__WorkflowExecution, pb__workflow_execution);
    info->execution->workflow_id = words(id);
    info->execution->run_id = words("run-1");
    info->type = PB_NEW(script(), Pb__WorkflowType, pb__workflow_type);
    info->type->name = words("Order");
    info->task_queue = words("orders");
    info->history_length = 11;
    info->status = WORKFLOW_EXECUTION_STATUS_RUNNING;
    return info;
}

/* A page of runs whose ids are the words of `ids`. */
static void reply_page(const char *ids, const char *token)
{
    Pb__ListWorkflowExecutionsResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__ListWorkflowExecutionsResponse, pb__list_workflow_executions_response);
    char *rest = NULL;

    response->executions = ARENA_ARRAY(script(), Pb__Workflow__WorkflowExecutionInfo *, 8);
    for (char *id = strtok_r(words(ids), " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest)) {
        response->executions[response->n_executions++] = run_of(id);
    }
    response->next_page_token.data = (uint8_t *)words(token);
    response->next_page_token.len = strlen(token);
    scripted_reply(universe.scripted, RPC_ListWorkflowExecutions, response);
}

#define LISTED(nth) SCRIPTED_REQUEST(universe.scripted, ListWorkflowExecutions, nth)

static const char *next_id(void)
{
    const struct tl_description *run = NULL;

    assert_int_equal(tl_list_next(list, &run, &error), TL_OK);
    return run == NULL ? "none" : run->workflow_id;
}

/* ---- Listing ---- */

static void runs_are_read_page_by_page(void **state)
{
    const struct tl_list_options options = {.query = "WorkflowType = 'Order'", .page_size = 2};

    (void)state;
    reply_page("a b", "more");
    reply_page("c", "");
    assert_int_equal(tl_client_list(universe.client, &options, &list, &error), TL_OK);
    assert_string_equal(next_id(), "a");
    assert_string_equal(next_id(), "b");
    assert_int_equal(scripted_count(universe.scripted, RPC_ListWorkflowExecutions), 1);
    assert_string_equal(next_id(), "c");
    assert_string_equal(next_id(), "none");
    assert_string_equal(next_id(), "none");
    assert_int_equal(scripted_count(universe.scripted, RPC_ListWorkflowExecutions), 2);
    assert_string_equal(LISTED(0)->namespace_, "default");
    assert_string_equal(LISTED(0)->query, "WorkflowType = 'Order'");
    assert_int_equal(LISTED(0)->page_size, 2);
    assert_int_equal(LISTED(0)->next_page_token.len, 0);
    assert_string_equal(LISTED(1)->query, "WorkflowType = 'Order'");
    assert_memory_equal(LISTED(1)->next_page_token.data, "more", 4);
}

static void a_listed_run_is_described(void **state)
{
    const struct tl_description *run = NULL;

    (void)state;
    reply_page("a", "");
    assert_int_equal(tl_client_list(universe.client, NULL, &list, &error), TL_OK);
    assert_string_equal(LISTED(0)->query, "");
    assert_int_equal(LISTED(0)->page_size, 0);
    assert_int_equal(tl_list_next(list, &run, &error), TL_OK);
    assert_string_equal(run->run_id, "run-1");
    assert_string_equal(run->workflow_type, "Order");
    assert_string_equal(run->task_queue, "orders");
    assert_int_equal(run->status, TL_RUN_RUNNING);
    assert_int_equal(run->history_length, 11);
    assert_true(run->closed_at == TL_NEVER);
    assert_string_equal(run->summary, "");
    assert_string_equal(run->details, "");
}

static void empty_pages_are_passed_over(void **state)
{
    (void)state;
    reply_page("", "1");
    reply_page("", "2");
    reply_page("a", "3");
    reply_page("", "");
    assert_int_equal(tl_client_list(universe.client, NULL, &list, &error), TL_OK);
    assert_string_equal(next_id(), "a");
    assert_string_equal(next_id(), "none");
    assert_int_equal(scripted_count(universe.scripted, RPC_ListWorkflowExecutions), 4);
}

static void a_page_that_failed_is_asked_for_again(void **state)
{
    const struct tl_description *run = NULL;

    (void)state;
    reply_page("a", "more");
    scripted_fail(universe.scripted, RPC_ListWorkflowExecutions, TL_PERMISSION_DENIED, "no more");
    reply_page("b", "");
    assert_int_equal(tl_client_list(universe.client, NULL, &list, &error), TL_OK);
    assert_string_equal(next_id(), "a");
    assert_int_equal(tl_list_next(list, &run, &error), TL_PERMISSION_DENIED);
    assert_null(run);
    assert_string_equal(next_id(), "b");
    assert_memory_equal(LISTED(2)->next_page_token.data, "more", 4);
}

static void what_the_service_says_of_a_query_is_told(void **state)
{
    const struct tl_list_options wrong = {.query = "Color ="};

    (void)state;
    scripted_fail(universe.scripted, RPC_ListWorkflowExecutions, TL_INVALID_ARGUMENT, "syntax error at position 8");
    assert_int_equal(tl_client_list(universe.client, &wrong, &list, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.message, "syntax error at position 8");
    assert_null(list);
}

static void a_page_has_no_negative_size(void **state)
{
    (void)state;
    assert_int_equal(
        tl_client_list(universe.client, &(struct tl_list_options){.page_size = -1}, &list, &error),
        TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "page_size");
    assert_int_equal(scripted_count(universe.scripted, RPC_ListWorkflowExecutions), 0);
}

/* ---- Counting ---- */

static void runs_are_counted(void **state)
{
    Pb__CountWorkflowExecutionsResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__CountWorkflowExecutionsResponse, pb__count_workflow_executions_response);
    int64_t count = 0;

    (void)state;
    response->count = 5000000000;
    scripted_reply(universe.scripted, RPC_CountWorkflowExecutions, response);
    assert_int_equal(tl_client_count(universe.client, "ExecutionStatus = 'Running'", &count, &error), TL_OK);
    assert_int_equal(count, 5000000000);
    assert_string_equal(
        SCRIPTED_REQUEST(universe.scripted, CountWorkflowExecutions, 0)->query, "ExecutionStatus = 'Running'");
    scripted_fail(universe.scripted, RPC_CountWorkflowExecutions, TL_PERMISSION_DENIED, "not yours");
    assert_int_equal(tl_client_count(universe.client, NULL, &count, &error), TL_PERMISSION_DENIED);
    assert_int_equal(count, 5000000000);
}

/* ---- The simulator ---- */

static void the_simulator_refuses_both(void **state)
{
    struct tl_sim *sim = tl_sim_new(universe.driver, NULL, &error);
    struct tl_client *client = tl_client_new(universe.driver, tl_sim_service(sim), NULL, &error);
    int64_t count;

    (void)state;
    assert_int_equal(tl_client_list(client, NULL, &list, &error), TL_UNSUPPORTED);
    assert_string_equal(error.message, "ListWorkflowExecutions is not supported");
    assert_int_equal(tl_client_count(client, NULL, &count, &error), TL_UNSUPPORTED);
    assert_string_equal(error.message, "CountWorkflowExecutions is not supported");
    tl_client_free(client);
    tl_sim_free(sim);
}

/* ---- Memory ---- */

static enum tl_status read_all(void)
{
    const struct tl_description *run = NULL;
    enum tl_status status = tl_client_list(universe.client, NULL, &list, &error);

    while (status == TL_OK && (status = tl_list_next(list, &run, &error)) == TL_OK && run != NULL) {
    }
    tl_list_free(list);
    list = NULL;
    return status;
}

/* False when the universe could not be made. */
static bool list_with(struct failing_allocator *memory, enum tl_status *out_status)
{
    if (!universe_open(&memory->allocator)) {
        return false;
    }
    open_client(NULL);
    *out_status = TL_NO_MEMORY;
    if (universe.client != NULL) {
        reply_page("a b", "more");
        reply_page("c", "");
        *out_status = read_all();
    }
    assert_int_equal(universe_close(), 0);
    return true;
}

static void each_allocation_may_fail(void **state)
{
    struct failing_allocator memory;
    enum tl_status status = TL_OK;
    size_t nth = 0;

    (void)state;
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        bool opened = list_with(&memory, &status);

        assert_true(!opened || status == (memory.failed > 0 ? TL_NO_MEMORY : TL_OK));
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_are_read_page_by_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_listed_run_is_described, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_pages_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_that_failed_is_asked_for_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_service_says_of_a_query_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_has_no_negative_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_simulator_refuses_both, set_up, tear_down),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
