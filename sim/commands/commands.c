/* SPDX-License-Identifier: MIT */
/* Facts: workflow_task_completed_handler.go and command_attr_validator.go (ValidateCommandSequence). */
#include "sim/commands/commands.h"

#include "model/event.h"
#include "model/message.h"
#include "sim/commands/command_check.h"
#include "sim/commands/upsert.h"
#include "sim/machines/machines.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

/* ---- Checking ---- */

static bool closes(int command_type)
{
    switch (command_type) {
    case COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
    case COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
    case COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION:
    case COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        return true;
    default:
        return false;
    }
}

/* Only types that the API knows, and one that closes at the end alone. */
static enum verdict check_sequence(const Pb__RespondWorkflowTaskCompletedRequest *request, struct tl_error *error)
{
    for (size_t i = 0; i < request->n_commands; i++) {
        int command_type = (int)request->commands[i]->command_type;
        if (command_type <= 0 || command_type > COMMAND_TYPE_REQUEST_CANCEL_NEXUS_OPERATION) {
            (void)tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                "commands",
                "commands[%zu] has the unknown command_type %d",
                i,
                command_type);
            return COMMANDS_REFUSED;
        }
        if (closes(command_type) && i + 1 < request->n_commands) {
            (void)tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                "commands",
                "commands[%zu], %s, is not the last command",
                i,
                command_type_name(command_type));
            return COMMANDS_REFUSED;
        }
    }
    return COMMANDS_ACCEPTED;
}

/* Of the others there cannot be so many that they count: the events of a history are counted too. */
static bool carries_payloads(int command_type)
{
    switch (command_type) {
    case COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
    case COMMAND_TYPE_START_TIMER:
    case COMMAND_TYPE_CANCEL_TIMER:
        return false;
    default:
        return true;
    }
}

/*
 * What a completion writes is stored at once, and there is a limit to that (common/persistence/history_manager.go).
 * It is measured by the commands, which say what their events will. One alone cannot be too large, but for a
 * cancellation, which has no limit of its own.
 */
static enum verdict check_size(
    const struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, struct command_fault *out_fault)
{
    size_t bytes = (size_t)run->buffered_bytes;

    if (request->n_commands == 0 ||
        (request->n_commands == 1 && request->commands[0]->command_type != COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION)) {
        return COMMANDS_ACCEPTED;
    }
    for (size_t i = 0; i < request->n_commands; i++) {
        if (carries_payloads((int)request->commands[i]->command_type)) {
            bytes += message_size(sim_command_attributes(request->commands[i]));
        }
    }
    if (bytes <= LIMIT_TRANSACTION) {
        return COMMANDS_ACCEPTED;
    }
    (void)tl_error_set(
        &out_fault->error,
        TL_INVALID_ARGUMENT,
        "commands",
        "commands: a transaction of %zu bytes exceeds %zu bytes",
        bytes,
        (size_t)LIMIT_TRANSACTION);
    return COMMANDS_END_RUN;
}

enum verdict sim_commands_check(
    const struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, int64_t completed_id,
    struct command_fault *out_fault)
{
    enum verdict verdict = COMMANDS_ACCEPTED;
    struct batch batch;

    if (check_sequence(request, &out_fault->error) != COMMANDS_ACCEPTED) {
        return COMMANDS_REFUSED;
    }
    sim_batch_init(&batch, run, request->commands, completed_id, out_fault);
    while (batch.place < request->n_commands && verdict == COMMANDS_ACCEPTED) {
        verdict = sim_command_check(&batch);
        batch.place++;
    }
    if (verdict == COMMANDS_ACCEPTED) {
        verdict = check_size(run, request, out_fault);
    }
    sim_batch_done(&batch);
    return verdict;
}

/* ---- Applying ---- */

static void record_marker(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    const Pb__RecordMarkerCommandAttributes *wanted = command->record_marker_command_attributes;
    struct arena *arena = &run->history->arena;
    Pb__HistoryEvent *event = sim_run_command_event(run, command);
    Pb__MarkerRecordedEventAttributes *recorded =
        EVENT_ATTRIBUTES(arena, event, MarkerRecorded, marker_recorded, MARKER_RECORDED);

    recorded->marker_name = sim_history_text(run->history, wanted->marker_name);
    recorded->n_details = wanted->n_details;
    recorded->details = ARENA_ARRAY(arena, Pb__MarkerRecordedEventAttributes__DetailsEntry *, wanted->n_details);
    for (size_t i = 0; i < wanted->n_details; i++) {
        Pb__MarkerRecordedEventAttributes__DetailsEntry *entry = PB_NEW(
            arena,
            Pb__MarkerRecordedEventAttributes__DetailsEntry,
            pb__marker_recorded_event_attributes__details_entry);
        entry->key = arena_strdup(arena, wanted->details[i]->key);
        entry->value = message_clone(arena, wanted->details[i]->value);
        recorded->details[i] = entry;
    }
    recorded->workflow_task_completed_event_id = completed_id;
    recorded->header = message_clone(arena, wanted->header);
    recorded->failure = message_clone(arena, wanted->failure);
    sim_run_add(run, event);
}

bool sim_commands_apply(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, int64_t completed_id)
{
    bool news = false;

    for (size_t i = 0; i < request->n_commands; i++) {
        const Pb__Command *command = request->commands[i];
        switch ((int)command->command_type) {
        case COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
            sim_activity_schedule(run, command, completed_id);
            break;
        case COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
            news = sim_activity_request_cancel(run, command, completed_id, request->identity) || news;
            break;
        case COMMAND_TYPE_START_TIMER:
            sim_timer_start(run, command, completed_id);
            break;
        case COMMAND_TYPE_CANCEL_TIMER:
            sim_timer_cancel(run, command, completed_id, request->identity);
            break;
        case COMMAND_TYPE_RECORD_MARKER:
            record_marker(run, command, completed_id);
            break;
        case COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            sim_upsert_search_attributes(run, command, completed_id);
            break;
        case COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
            sim_modify_properties(run, command, completed_id);
            break;
        default:
            sim_run_close_by_command(run, command, completed_id);
            break;
        }
    }
    return news;
}
