/* SPDX-License-Identifier: MIT */
/* Histories of all runs that match a query, from a service that is scripted: the simulator lists none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/scripted_service.h"

/* A program's source: no archive holds it. */
#include "../../programs/fetch.c" /* NOLINT(bugprone-suspicious-include) */

struct fetched {
    struct tl_driver *driver;
    struct scripted_service *scripted;
    struct tl_client *client;
    char directory[64];
    char *out;
    char *err;
};

static int setup(void **state)
{
    struct fetched *fetched = calloc(1, sizeof(*fetched));

    strcpy(fetched->directory, "/tmp/timelapse-test-XXXXXX");
    assert_non_null(mkdtemp(fetched->directory));
    fetched->driver = tl_driver_new(NULL, NULL);
    fetched->scripted = scripted_service_new(fetched->driver);
    fetched->client = tl_client_new(fetched->driver, scripted_service(fetched->scripted), NULL, NULL);
    *state = fetched;
    return 0;
}

static int teardown(void **state)
{
    struct fetched *fetched = *state;

    tl_client_free(fetched->client);
    size_t kept = scripted_service_free(fetched->scripted);
    tl_driver_free(fetched->driver);
    int empty = rmdir(fetched->directory);
    free(fetched->out);
    free(fetched->err);
    free(fetched);
    return kept == 0 && empty == 0 ? 0 : -1;
}

static struct arena *script(struct fetched *fetched)
{
    return scripted_arena(fetched->scripted);
}

/* ---- What the service has ---- */

static void reply_page(struct fetched *fetched, const char *id, const char *token)
{
    Pb__ListWorkflowExecutionsResponse *page =
        SCRIPTED_NEW(fetched->scripted, Pb__ListWorkflowExecutionsResponse, pb__list_workflow_executions_response);
    Pb__Workflow__WorkflowExecutionInfo *info =
        PB_NEW(script(fetched), Pb__Workflow__WorkflowExecutionInfo, pb__workflow__workflow_execution_info);

    info->execution = PB_NEW(script(fetched), Pb__WorkflowExecution, pb__workflow_execution);
    info->execution->workflow_id = arena_strdup(script(fetched), id);
    info->execution->run_id = arena_strdup(script(fetched), "run-1");
    page->executions = &info;
    page->n_executions = 1;
    page->next_page_token.data = (uint8_t *)arena_strdup(script(fetched), token);
    page->next_page_token.len = strlen(token);
    scripted_reply(fetched->scripted, RPC_ListWorkflowExecutions, page);
}

/* Of one event, which may have an id that no first event has. */
static void reply_history(struct fetched *fetched, int64_t event_id)
{
    Pb__GetWorkflowExecutionHistoryResponse *page = SCRIPTED_NEW(
        fetched->scripted, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);
    Pb__HistoryEvent *event = PB_NEW(script(fetched), Pb__HistoryEvent, pb__history_event);
    Pb__WorkflowExecutionStartedEventAttributes *started = PB_NEW(
        script(fetched), Pb__WorkflowExecutionStartedEventAttributes, pb__workflow_execution_started_event_attributes);

    started->workflow_type = PB_NEW(script(fetched), Pb__WorkflowType, pb__workflow_type);
    started->workflow_type->name = arena_strdup(script(fetched), "Order");
    event->event_id = event_id;
    event->event_type = EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
    event->event_time = PB_NEW(script(fetched), Pb__Timestamp, pb__timestamp);
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES;
    event->workflow_execution_started_event_attributes = started;
    page->history = PB_NEW(script(fetched), Pb__History, pb__history);
    page->history->events = &event;
    page->history->n_events = 1;
    scripted_reply(fetched->scripted, RPC_GetWorkflowExecutionHistory, page);
}

/* ---- Tests ---- */

static int ran(struct fetched *fetched)
{
    const struct fetch_request request = {.query = "WorkflowType = 'Order'", .directory = fetched->directory};
    size_t size;
    FILE *out = open_memstream(&fetched->out, &size);
    FILE *err = open_memstream(&fetched->err, &size);
    int code = fetch_histories(fetched->client, &request, out, err);

    fclose(out);
    fclose(err);
    return code;
}

/* Takes the files of a run away, which have to be there. */
static void take(struct fetched *fetched, const char *id)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/%s.run-1.json\n", fetched->directory, id);
    assert_non_null(strstr(fetched->out, path));
    path[strlen(path) - 1] = '\0';
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof(path), "%s/%s.run-1.meta.json", fetched->directory, id);
    assert_int_equal(unlink(path), 0);
}

static void every_run_of_every_page_is_written(void **state)
{
    struct fetched *fetched = *state;

    reply_page(fetched, "order-1", "more");
    reply_page(fetched, "order-2", "");
    reply_history(fetched, 1);
    reply_history(fetched, 1);
    assert_int_equal(ran(fetched), EXIT_FINE);
    assert_string_equal(fetched->err, "");
    assert_string_equal(
        SCRIPTED_REQUEST(fetched->scripted, ListWorkflowExecutions, 0)->query, "WorkflowType = 'Order'");
    assert_string_equal(
        SCRIPTED_REQUEST(fetched->scripted, GetWorkflowExecutionHistory, 1)->execution->workflow_id, "order-2");
    take(fetched, "order-1");
    take(fetched, "order-2");
}

static void a_history_that_is_not_well_formed_is_kept_with_a_warning(void **state)
{
    struct fetched *fetched = *state;
    char warning[300];

    reply_page(fetched, "order-1", "");
    reply_history(fetched, 2);
    assert_int_equal(ran(fetched), EXIT_FINE);
    take(fetched, "order-1");
    snprintf(warning, sizeof(warning), "timelapse: %s/order-1.run-1.json: warning: events", fetched->directory);
    assert_memory_equal(fetched->err, warning, strlen(warning));
}

static void a_run_that_fails_ends_it(void **state)
{
    struct fetched *fetched = *state;

    reply_page(fetched, "order-1", "more");
    scripted_fail(fetched->scripted, RPC_GetWorkflowExecutionHistory, TL_NOT_FOUND, "gone by now");
    assert_int_equal(ran(fetched), EXIT_TROUBLE);
    assert_string_equal(fetched->out, "");
    assert_non_null(strstr(fetched->err, "timelapse: order-1:"));
    assert_int_equal(scripted_count(fetched->scripted, RPC_ListWorkflowExecutions), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_run_of_every_page_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_history_that_is_not_well_formed_is_kept_with_a_warning, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_fails_ends_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
