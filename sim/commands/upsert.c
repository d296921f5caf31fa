/* SPDX-License-Identifier: MIT */
/* Facts: mutable_state_impl.go (ApplyUpsertWorkflowSearchAttributesEvent, ApplyWorkflowPropertiesModifiedEvent). */
#include "sim/commands/upsert.h"

#include "model/message.h"
#include "sim/service/fields.h"
#include "sim/service/search_attributes.h"

void sim_upsert_search_attributes(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__UpsertWorkflowSearchAttributesEventAttributes *upserted = EVENT_ATTRIBUTES(
        arena,
        event,
        UpsertWorkflowSearchAttributes,
        upsert_workflow_search_attributes,
        UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);

    upserted->workflow_task_completed_event_id = completed_id;
    upserted->search_attributes = sim_search_attributes_clone(
        arena, run->space, command->upsert_workflow_search_attributes_command_attributes->search_attributes);
    run->search_attributes = sim_search_attributes_merge(arena, run->search_attributes, upserted->search_attributes);
    sim_run_add(run, event);
}

void sim_modify_properties(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__WorkflowPropertiesModifiedEventAttributes *modified = EVENT_ATTRIBUTES(
        arena, event, WorkflowPropertiesModified, workflow_properties_modified, WORKFLOW_PROPERTIES_MODIFIED);

    modified->workflow_task_completed_event_id = completed_id;
    modified->upserted_memo =
        message_clone(arena, command->modify_workflow_properties_command_attributes->upserted_memo);
    run->memo = sim_memo_merge(arena, run->memo, modified->upserted_memo);
    sim_run_add(run, event);
}
