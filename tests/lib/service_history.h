/* SPDX-License-Identifier: MIT */
/* What tests of histories and their pages have in common, beside tests/lib/service_client.h. */
#ifndef TIMELAPSE_TESTS_SERVICE_HISTORY_H
#define TIMELAPSE_TESTS_SERVICE_HISTORY_H

#include "tests/lib/service_client.h"

#define HISTORY RPC_GetWorkflowExecutionHistory

typedef Pb__GetWorkflowExecutionHistoryRequest *history_request;
typedef const Pb__GetWorkflowExecutionHistoryResponse *history_page;

/* Begins WORKFLOW, without a command, and signals it so many times: their events, and 4 more. Returns its run id. */
const char *history_with_signals(struct service_client *client, int signals);

/* The page of a call that is answered. */
history_page history_page_of(struct pending *pending);

/* Whether the page says that there is another; asks for it. */
bool history_has_more(history_page page);
void history_follow(history_request request, history_page page);

#endif
