/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

Pb__Command *rows_charge(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

void rows_with_activity(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(rows_charge(client)));
}

void rows_with_timer(struct service_client *client)
{
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
}

workflow_task rows_next_task(struct service_client *client)
{
    client_signal(client, WORKFLOW, "go on");
    return client_poll(client, NULL);
}

void rows_then(struct service_client *client, Pb__Command *command)
{
    (void)client_complete(client, rows_next_task(client), COMMANDS(command));
}

void rows_with_run_timeout(struct service_client *client)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, TL_SECONDS(60));
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}
