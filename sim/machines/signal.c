/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/signal_workflow_util.go, mutable_state_impl.go (AddWorkflowExecutionSignaledEvent). */
#include "sim/machines/signal.h"

#include "model/message.h"
#include "sim/machines/machines.h"

enum signal_refusal sim_signal_refusal(const struct run *run)
{
    if (run->signal_count >= run->sim->limits.signals) {
        return SIGNAL_TOO_MANY;
    }
    return run->task.close_attempted && sim_workflow_task_is_started(run) ? SIGNAL_CLOSING : SIGNAL_WELCOME;
}

bool sim_signal_is_known(const struct run *run, const char *request_id)
{
    return !pb_is_empty(request_id) && map_get_string(&run->signal_ids, request_id) != NULL;
}

void sim_signal_add(struct run *run, const struct signal *signal)
{
    struct history *history = run->history;
    struct arena *arena = &history->arena;
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionSignaledEventAttributes *attributes = EVENT_ATTRIBUTES(
        arena, event, WorkflowExecutionSignaled, workflow_execution_signaled, WORKFLOW_EXECUTION_SIGNALED);

    attributes->signal_name = sim_history_text(history, signal->name);
    attributes->input = message_clone(arena, signal->input);
    attributes->identity = sim_history_identity(history, signal->identity);
    attributes->header = message_clone(arena, signal->header);
    attributes->request_id = sim_history_text(history, signal->request_id);
    sim_event_set_links(history, event, signal->link_count, signal->links);
    if (!pb_is_empty(attributes->request_id)) {
        map_put_string(&run->signal_ids, attributes->request_id, run);
    }
    run->signal_count++;
    sim_run_buffer(run, event, NULL);
}
