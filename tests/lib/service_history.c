/* SPDX-License-Identifier: MIT */
#include "tests/lib/service_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

const char *history_with_signals(struct service_client *client, int signals)
{
    const char *run_id = client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    (void)client_complete(client, task, NO_COMMANDS);
    client->checked = false;
    for (int i = 0; i < signals; i++) {
        client_signal(client, WORKFLOW, "hello");
    }
    client->checked = true;
    return run_id;
}

history_page history_page_of(struct pending *pending)
{
    assert_non_null(pending->reply);
    return client_message(pending->reply);
}

bool history_has_more(history_page page)
{
    return page->next_page_token.len > 0;
}

void history_follow(history_request request, history_page page)
{
    request->next_page_token = page->next_page_token;
}
