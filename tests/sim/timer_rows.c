/* SPDX-License-Identifier: MIT */
#include "tests/sim/machine_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void timer_fires(struct service_client *client)
{
    rows_with_timer(client);
    client_pass(client, TL_SECONDS(5));
    assert_history_from(client, WORKFLOW, 6, "6 TimerFired 1 5\n7 WorkflowTaskScheduled orders\n");
}

static void timer_is_canceled(struct service_client *client)
{
    rows_with_timer(client);
    rows_then(client, command_cancel_timer(client, "1"));
    assert_history_from(client, WORKFLOW, 10, "10 TimerCanceled 1 5\n");
}

static void timer_is_dropped(struct service_client *client)
{
    rows_with_timer(client);
    client_terminate(client, WORKFLOW);
    assert_history_from(client, WORKFLOW, 6, "6 WorkflowExecutionTerminated out of patience\n");
}

void (*const timer_rows[])(struct service_client *client) = {
    timer_fires,
    timer_is_canceled,
    timer_is_dropped,
    NULL,
};
