/* SPDX-License-Identifier: MIT */
/* The workflow task: scheduled, started, completed, failed, timed out, sticky, transient, returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

static void first_task_completes_the_workflow(void **state)
{
    struct service_client *client = *state;

    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    (void)client_complete(client, task, COMMANDS(command_complete(client)));

    assert_history(
        client, WORKFLOW,
        "1 WorkflowExecutionStarted OrderSaga\n"
        "2 WorkflowTaskScheduled orders\n"
        "3 WorkflowTaskStarted 2\n"
        "4 WorkflowTaskCompleted 2,3\n"
        "5 WorkflowExecutionCompleted\n");
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), 1);
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(first_task_completes_the_workflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
