/* SPDX-License-Identifier: MIT */
#include "worker/machines/close.h"

#include "base/check.h"
#include "model/message.h"
#include "worker/machines/entity.h"
#include "worker/machines/machines.h"
#include "worker/workflow/context.h"
#include "worker/workflow/continuation.h"
#include "worker/workflow/failures.h"

struct close {
    struct entity entity; /* first */
    struct command command;
};

#define MACHINE      close
#define MACHINE_FILE "worker/machines/close.def"
#include "base/machine_define.h"

static int queue(struct close *close, int command_type)
{
    command_add(&close->command, &close->entity, command_type);
    return 0;
}

static int queue_complete(void *self, const void *argument)
{
    (void)argument;
    return queue(self, COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
}

static int queue_fail(void *self, const void *argument)
{
    (void)argument;
    return queue(self, COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION);
}

static int queue_cancel(void *self, const void *argument)
{
    (void)argument;
    return queue(self, COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION);
}

static int queue_continue(void *self, const void *argument)
{
    struct close *close = self;

    (void)argument;
    continuation_close(close->entity.wf);
    return queue(close, COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION);
}

static int machine_event(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
        return EVENT_EXECUTION_COMPLETED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
        return EVENT_EXECUTION_FAILED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
        return EVENT_EXECUTION_CANCELED;
    case EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return EVENT_EXECUTION_CONTINUED;
    default:
        return -1;
    }
}

/* There is one end only: the command's type says it all, but for which workflow goes on. */
static bool matches(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference)
{
    return event->event_type != EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW ||
           continuation_matches(entity->wf, event, false, difference);
}

static Pb__Payloads *result_payloads(struct arena *arena, const struct tl_payload *result)
{
    if (result->metadata_count == 0 && result->data.len == 0) {
        return NULL; /* left alone: no result */
    }
    struct tl_payloads one = {result, 1};
    return pb_payloads(arena, &one);
}

static void build(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out)
{
    const struct outcome *outcome = &entity->wf->outcome;

    if (command_type == COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION) {
        Pb__CompleteWorkflowExecutionCommandAttributes *complete = PB_NEW(
            arena, Pb__CompleteWorkflowExecutionCommandAttributes, pb__complete_workflow_execution_command_attributes);
        complete->result = result_payloads(arena, &outcome->result);
        out->complete_workflow_execution_command_attributes = complete;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    } else if (command_type == COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION) {
        Pb__FailWorkflowExecutionCommandAttributes *fail =
            PB_NEW(arena, Pb__FailWorkflowExecutionCommandAttributes, pb__fail_workflow_execution_command_attributes);
        fail->failure = message_clone(arena, outcome->failure);
        out->fail_workflow_execution_command_attributes = fail;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    } else if (command_type == COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION) {
        out->continue_as_new_workflow_execution_command_attributes = entity->wf->continuation->message;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    } else {
        Pb__CancelWorkflowExecutionCommandAttributes *cancel = PB_NEW(
            arena, Pb__CancelWorkflowExecutionCommandAttributes, pb__cancel_workflow_execution_command_attributes);
        out->cancel_workflow_execution_command_attributes = cancel;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_CANCEL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    }
}

static bool same(struct text *difference, const char *name, const void *in_history, const void *in_code)
{
    if (message_says_same(in_history, in_code, NULL, 0)) {
        return true;
    }
    text_format(difference, "the workflow's %s is not the one in history", name);
    return false;
}

static bool matches_all(
    const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    switch (command->command_type) {
    case COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        return continuation_matches(entity->wf, event, true, difference);
    case COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
        return same(
            difference,
            "result",
            event->workflow_execution_completed_event_attributes->result,
            command->complete_workflow_execution_command_attributes->result);
    case COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
        return same(
            difference,
            "failure",
            event->workflow_execution_failed_event_attributes->failure,
            command->fail_workflow_execution_command_attributes->failure);
    default:
        return true;
    }
}

static void describe(const struct entity *entity, struct text *text)
{
    switch (entity->wf->outcome.status) {
    case TL_OK:
        text_add(text, "the workflow's completion");
        return;
    case TL_CANCELED:
        text_add(text, "the workflow's cancellation");
        return;
    case TL_CONTINUE_AS_NEW:
        text_format(text, "workflow %s as a new run", entity->wf->continuation->message->workflow_type->name);
        return;
    default:
        text_add(text, "the workflow's failure");
        return;
    }
}

static const struct entity_kind close_kind = {
    .table = &close_machine,
    .machine_event = machine_event,
    .matches = matches,
    .build = build,
    .matches_all = matches_all,
    .describe = describe,
};

void close_workflow(struct tl_workflow *wf)
{
    struct close *close = ARENA_NEW(wf->arena, struct close);

    CHECK(wf->close == NULL);
    wf->close = close;
    close->entity.kind = &close_kind;
    close->entity.wf = wf;
    close->entity.counted = wf->counted;
    switch (wf->outcome.status) {
    case TL_OK:
        entity_do(&close->entity, EVENT_COMPLETE, NULL);
        break;
    case TL_CANCELED:
        entity_do(&close->entity, EVENT_CANCEL, NULL);
        break;
    case TL_CONTINUE_AS_NEW:
        entity_do(&close->entity, EVENT_CONTINUE, NULL);
        break;
    default:
        entity_do(&close->entity, EVENT_FAIL, NULL);
        break;
    }
}
