/* SPDX-License-Identifier: MIT */
#include "worker/machines/workflow_task.h"

#include "worker/machines/machines.h"
#include "worker/workflow/context.h"

#define MACHINE      workflow_task
#define MACHINE_FILE "worker/machines/workflow_task.def"
#include "base/machine_define.h"

static unsigned reasons_of(const Pb__WorkflowTaskStartedEventAttributes *started)
{
    unsigned reasons = 0;

    for (size_t i = 0; i < started->n_suggest_continue_as_new_reasons; i++) {
        unsigned reason = (unsigned)started->suggest_continue_as_new_reasons[i];
        reasons |= reason > 0 && reason <= 32 ? 1U << (reason - 1U) : 0;
    }
    return reasons;
}

static int record_start(void *self, const void *argument)
{
    struct workflow_task *task = self;
    const Pb__HistoryEvent *event = argument;
    const Pb__WorkflowTaskStartedEventAttributes *started = event->workflow_task_started_event_attributes;

    task->started_event_id = event->event_id;
    task->started_at = pb_time(event->event_time);
    task->history_size = started->history_size_bytes;
    task->continue_as_new_suggested = started->suggest_continue_as_new != 0;
    task->continue_as_new_reasons = reasons_of(started);
    return 0;
}

static int record_failure(void *self, const void *argument)
{
    struct workflow_task *task = self;
    const Pb__WorkflowTaskFailedEventAttributes *failed =
        ((const Pb__HistoryEvent *)argument)->workflow_task_failed_event_attributes;

    if (failed->cause == WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW) {
        task->reset_run_id = failed->new_run_id;
    }
    return 0;
}

static int machine_event(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
        return EVENT_TASK_SCHEDULED;
    case EVENT_TYPE_WORKFLOW_TASK_STARTED:
        return EVENT_TASK_STARTED;
    case EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
        return EVENT_TASK_COMPLETED;
    case EVENT_TYPE_WORKFLOW_TASK_FAILED:
        return EVENT_TASK_FAILED;
    case EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
        return EVENT_TASK_TIMED_OUT;
    default:
        return -1;
    }
}

static void describe(const struct entity *entity, struct text *text)
{
    (void)entity;
    text_add(text, "the workflow task");
}

static const struct entity_kind workflow_task_kind = {
    .table = &workflow_task_machine,
    .machine_event = machine_event,
    .describe = describe,
};

void workflow_task_init(struct workflow_task *task, struct tl_workflow *wf)
{
    *task = (struct workflow_task){
        .entity = {.kind = &workflow_task_kind, .wf = wf, .state = STATE_NONE, .counted = wf->counted}};
}
