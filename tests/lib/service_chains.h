/* SPDX-License-Identifier: MIT */
/* What tests of starts and chains of runs build and look at, beside tests/lib/service_client.h. */
#ifndef TIMELAPSE_TESTS_SERVICE_CHAINS_H
#define TIMELAPSE_TESTS_SERVICE_CHAINS_H

#include "tests/lib/service_client.h"

/* ---- Requests ---- */

Pb__SignalWithStartWorkflowExecutionRequest *
client_signal_with_start_request(struct service_client *client, const char *workflow_id, const char *signal);

/* Starts WORKFLOW as the request says; the answer, which must be TL_OK. */
const Pb__StartWorkflowExecutionResponse *
client_start_as(struct service_client *client, const Pb__StartWorkflowExecutionRequest *request);

/* A policy that retries after a second, then two, and so on. */
Pb__RetryPolicy *client_retry_policy(struct service_client *client);

/* One field; value: JSON. And one more on top of what is there. */
Pb__Memo *client_memo(struct service_client *client, const char *name, const char *value);
void client_add_memo(struct service_client *client, Pb__Memo *memo, const char *name, const char *value);
Pb__SearchAttributes *client_attributes(struct service_client *client, const char *name, const char *value);
void client_add_attribute(
    struct service_client *client, Pb__SearchAttributes *attributes, const char *name, const char *value);

/* Registers a search attribute; type: enum IndexedValueType. */
const struct tl_reply *client_register(struct service_client *client, const char *name, int type);

/* A link to some run's start. */
Pb__Link *client_link(struct service_client *client);

/* ---- Commands ---- */

Pb__Command *command_continue_as_new(struct service_client *client);
Pb__Command *command_upsert(struct service_client *client, const char *name, const char *value);
Pb__Command *command_modify(struct service_client *client, const char *name, const char *value);

/* ---- Runs by their ids ---- */

const Pb__WorkflowExecutionStartedEventAttributes *client_started(struct service_client *client, const char *run_id);
const Pb__HistoryEvent *client_last_event(struct service_client *client, const char *run_id);
const Pb__DescribeWorkflowExecutionResponse *client_describe(struct service_client *client, const char *run_id);

/* The whole history of that run of WORKFLOW. */
#define assert_run(client, run_id, expected) client_assert_run(client, run_id, expected, __FILE__, __LINE__)
void client_assert_run(
    struct service_client *client, const char *run_id, const char *expected, const char *file, int line);

/* A map's value as text, "" when the key is absent. */
const char *client_memo_value(struct service_client *client, const Pb__Memo *memo, const char *name);
const char *
client_attribute_value(struct service_client *client, const Pb__SearchAttributes *attributes, const char *name);
const char *
client_attribute_type(struct service_client *client, const Pb__SearchAttributes *attributes, const char *name);

#endif
