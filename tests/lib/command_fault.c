/* SPDX-License-Identifier: MIT */
#include "tests/lib/command_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- Spoiling ---- */

Pb__Payloads *client_too_much(struct service_client *client)
{
    size_t length = (size_t)2 << 20;
    char *json = client_long_text(client, length);

    json[0] = '"';
    json[length - 1] = '"';
    return client_json(client, json);
}

void command_spoil(struct service_client *client, Pb__Command *command, const struct fault *fault)
{
    void *place = (char *)command->start_timer_command_attributes + fault->field;

    switch (fault->spoil) {
    case NOTHING:
        break;
    case NO_ATTRIBUTES:
        command->attributes_case = PB__COMMAND__ATTRIBUTES__NOT_SET;
        command->start_timer_command_attributes = NULL;
        break;
    case UNSET:
        *(void **)place = NULL;
        break;
    case EMPTY:
        *(char **)place = client_text(client, "%s", "");
        break;
    case LONG:
        *(char **)place = client_long_text(client, 1001);
        break;
    case NEGATIVE:
        *(Pb__Duration **)place = client_duration(client, -TL_SECONDS(1));
        break;
    case MIXED:
        *(Pb__Duration **)place = client_duration(client, TL_SECONDS(1));
        (*(Pb__Duration **)place)->nanos = -1;
        break;
    case LARGE:
        *(Pb__Payloads **)place = client_too_much(client);
        break;
    }
    if (fault->make != NULL) {
        fault->make(client, command);
    }
}

/* ---- What becomes of it ---- */

void command_expect_fault(struct service_client *client, Pb__Command *command, const struct fault *fault)
{
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);

    assert_refused(
        client_refused(client, task, COMMANDS(command_marker(client, "fine"), command)),
        strcmp(fault->cause, "FEATURE_DISABLED") == 0 ? TL_UNSUPPORTED : TL_INVALID_ARGUMENT,
        fault->text);
    const Pb__Failure *failure = client_event(client, WORKFLOW, 4)->workflow_task_failed_event_attributes->failure;
    assert_non_null(strstr(failure->message, fault->text));
    assert_int_equal(failure->failure_info_case, PB__FAILURE__FAILURE_INFO_SERVER_FAILURE_INFO);
    if (fault->ends) {
        assert_history_from(
            client,
            WORKFLOW,
            4,
            client_text(
                client,
                "4 WorkflowTaskFailed 2,3 %s\n5 WorkflowExecutionTerminated %s\n",
                fault->cause,
                failure->message));
        return;
    }
    assert_history_from(client, WORKFLOW, 4, client_text(client, "4 WorkflowTaskFailed 2,3 %s\n", fault->cause));
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
}

void command_expect_faults(
    struct service_client *client, Pb__Command *(*fine)(struct service_client *client), const struct fault *faults,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Pb__Command *command = fine(client);
        command_spoil(client, command, &faults[i]);
        print_message("%s: %s\n", faults[i].cause, faults[i].text);
        command_expect_fault(client, command, &faults[i]);
    }
    (void)client_start(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(fine(client)));
}

void command_expect_second(
    struct service_client *client, Pb__Command *first, Pb__Command *second, const char *cause, const char *text)
{
    (void)client_start(client, WORKFLOW);
    assert_refused(
        client_refused(client, client_poll(client, NULL), COMMANDS(first, second)), TL_INVALID_ARGUMENT, text);
    assert_history_from(client, WORKFLOW, 4, client_text(client, "4 WorkflowTaskFailed 2,3 %s\n", cause));
    client_terminate(client, WORKFLOW);
}
