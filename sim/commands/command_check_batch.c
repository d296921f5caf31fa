/* SPDX-License-Identifier: MIT */
/* Rules that ask the run, and what the commands before will have made of it. */
#include <string.h>

#include "model/message.h"
#include "sim/commands/command_check.h"
#include "sim/machines/machines.h"
#include "sim/service/fields.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/search_attributes.h"

/* ---- The batch ---- */

void sim_batch_init(
    struct batch *batch, const struct run *run, Pb__Command *const *commands, int64_t completed_id,
    struct command_fault *fault)
{
    struct pool *pool = run->sim->pool;

    *batch = (struct batch){
        .run = run,
        .commands = commands,
        .completed_id = completed_id,
        .buffered = run->buffered_count,
        .activity_count = (int64_t)map_count(&run->activities),
        .memo = run->memo,
        .search_attributes = run->search_attributes,
        .fault = fault,
    };
    map_init(&batch->timers, pool);
    map_init(&batch->activities, pool);
    map_init(&batch->canceled, pool);
    arena_init(&batch->arena, pool);
}

void sim_batch_done(struct batch *batch)
{
    map_done(&batch->timers);
    map_done(&batch->activities);
    map_done(&batch->canceled);
    arena_done(&batch->arena);
}

/* ---- Any command ---- */

enum tl_status sim_rule_attributes_set(const struct rule_subject *subject, struct tl_error *error)
{
    if (subject->attributes != NULL) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INVALID_ARGUMENT, "attributes", "attributes are not set");
}

/* The cause says it all. */
enum tl_status sim_rule_all_seen(const struct rule_subject *subject, struct tl_error *error)
{
    return subject->batch->buffered == 0 ? TL_OK : tl_error_set(error, TL_INVALID_ARGUMENT, NULL, "%s", "");
}

static const Pb__TaskQueue *queue_of(const struct rule_subject *subject)
{
    const Pb__Command *command = subject->command;

    return command->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK
               ? command->schedule_activity_task_command_attributes->task_queue
               : command->continue_as_new_workflow_execution_command_attributes->task_queue;
}

enum tl_status sim_rule_own_queue(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__TaskQueue *queue = queue_of(subject);

    if (!*(const protobuf_c_boolean *)subject->field || queue == NULL || pb_is_empty(queue->name) ||
        strcmp(queue->name, subject->batch->run->queue->name) == 0) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        subject->name,
        "%s asks for the workflow's build on another task queue than its own",
        subject->name);
}

/* ---- Timers ---- */

static bool is_timer_pending(const struct batch *batch, const char *timer_id)
{
    const Pb__Command *last = map_get_string(&batch->timers, timer_id);

    if (last != NULL) {
        return last->command_type == COMMAND_TYPE_START_TIMER;
    }
    return sim_timer_find(batch->run, timer_id) != NULL;
}

/* Has a command before canceled the timer of that id that fired, rather than one that another command started? */
static bool is_firing_taken(const struct batch *batch, const char *timer_id)
{
    bool pending = false;

    for (size_t i = 0; i < batch->place; i++) {
        const Pb__Command *command = batch->commands[i];
        bool starts = command->command_type == COMMAND_TYPE_START_TIMER &&
                      strcmp(command->start_timer_command_attributes->timer_id, timer_id) == 0;
        bool cancels = command->command_type == COMMAND_TYPE_CANCEL_TIMER &&
                       strcmp(command->cancel_timer_command_attributes->timer_id, timer_id) == 0;
        if (cancels && !pending) {
            return true;
        }
        pending = starts || (pending && !cancels);
    }
    return false;
}

/* Its TimerFired waits to be seen, and will go when the timer is canceled. */
static bool is_timer_buffered(const struct batch *batch, const char *timer_id)
{
    return sim_run_has_buffered_timer(batch->run, timer_id) && !is_firing_taken(batch, timer_id);
}

enum tl_status sim_rule_free_timer(const struct rule_subject *subject, struct tl_error *error)
{
    const char *timer_id = *(char *const *)subject->field;

    if (!is_timer_pending(subject->batch, timer_id)) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INVALID_ARGUMENT, subject->name, "timer_id %.200s is pending", timer_id);
}

enum tl_status sim_rule_known_timer(const struct rule_subject *subject, struct tl_error *error)
{
    const char *timer_id = *(char *const *)subject->field;

    if (is_timer_pending(subject->batch, timer_id) || is_timer_buffered(subject->batch, timer_id)) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INVALID_ARGUMENT, subject->name, "timer_id %.200s is not pending", timer_id);
}

void sim_note_timer(struct batch *batch, Pb__Command *command)
{
    bool starts = command->command_type == COMMAND_TYPE_START_TIMER;
    const char *timer_id =
        starts ? command->start_timer_command_attributes->timer_id : command->cancel_timer_command_attributes->timer_id;

    if (!starts && !is_timer_pending(batch, timer_id)) {
        batch->buffered--;
    }
    map_put_string(&batch->timers, timer_id, command);
}

/* ---- Activities ---- */

static bool is_activity_pending(const struct batch *batch, const char *activity_id)
{
    const Pb__Command *last = map_get_string(&batch->activities, activity_id);

    if (last != NULL) {
        return last->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK;
    }
    return sim_activity_find_id(batch->run, activity_id) != NULL;
}

enum tl_status sim_rule_room_for_activity(const struct rule_subject *subject, struct tl_error *error)
{
    int64_t limit = subject->batch->run->sim->limits.pending_activities;

    if (subject->batch->activity_count < limit) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        subject->name,
        "%lld activities are pending, as many as a run may have",
        (long long)limit);
}

enum tl_status sim_rule_free_activity(const struct rule_subject *subject, struct tl_error *error)
{
    const char *activity_id = *(char *const *)subject->field;

    if (!is_activity_pending(subject->batch, activity_id)) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INVALID_ARGUMENT, subject->name, "activity_id %.200s is pending", activity_id);
}

void sim_note_schedule_activity(struct batch *batch, Pb__Command *command)
{
    map_put_string(&batch->activities, command->schedule_activity_task_command_attributes->activity_id, command);
    batch->activity_count++;
}

/* ---- Canceling activities ---- */

/* The id of the activity whose scheduled event an earlier command of the batch will write, or NULL. */
static const char *scheduled_in_batch(const struct batch *batch, int64_t scheduled_event_id)
{
    int64_t place = scheduled_event_id - batch->completed_id - 1;

    if (place < 0 || (size_t)place >= batch->place) {
        return NULL;
    }
    const Pb__Command *command = batch->commands[place];
    return command->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK
               ? command->schedule_activity_task_command_attributes->activity_id
               : NULL;
}

static enum tl_status not_cancelable(const struct rule_subject *subject, struct tl_error *error)
{
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        subject->name,
        "scheduled_event_id %lld names no activity that can be canceled",
        (long long)*(const int64_t *)subject->field);
}

/* One whose end the worker could not know of, since it is buffered or this batch's, may be canceled to no effect. */
enum tl_status sim_rule_known_activity(const struct rule_subject *subject, struct tl_error *error)
{
    const struct batch *batch = subject->batch;
    int64_t scheduled_event_id = *(const int64_t *)subject->field;

    if (sim_activity_find(batch->run, scheduled_event_id) != NULL ||
        scheduled_in_batch(batch, scheduled_event_id) != NULL ||
        sim_run_has_buffered_end(batch->run, scheduled_event_id)) {
        return TL_OK;
    }
    return not_cancelable(subject, error);
}

enum tl_status sim_rule_unasked_activity(const struct rule_subject *subject, struct tl_error *error)
{
    const struct batch *batch = subject->batch;
    int64_t scheduled_event_id = *(const int64_t *)subject->field;
    const struct activity *activity = sim_activity_find(batch->run, scheduled_event_id);

    if (activity == NULL || !sim_activity_is_started(activity)) {
        return TL_OK;
    }
    bool asked = sim_activity_is_cancel_requested(activity) ||
                 map_get_number(&batch->canceled, (uint64_t)scheduled_event_id) != NULL;
    return asked ? not_cancelable(subject, error) : TL_OK;
}

/*
 * One that is not started ends with the request. That end is buffered, too: it does not keep the run from closing by
 * itself, but no canceled timer clears the way then (handleCommandCancelTimer).
 */
void sim_note_cancel_activity(struct batch *batch, Pb__Command *command)
{
    int64_t scheduled_event_id = command->request_cancel_activity_task_command_attributes->scheduled_event_id;
    const struct activity *activity = sim_activity_find(batch->run, scheduled_event_id);
    const char *id =
        activity != NULL ? activity->scheduled->activity_id : scheduled_in_batch(batch, scheduled_event_id);
    bool again = map_put_number(&batch->canceled, (uint64_t)scheduled_event_id, command) != NULL;

    if (id != NULL && !again && (activity == NULL || !sim_activity_is_started(activity))) {
        map_put_string(&batch->activities, id, command);
        batch->activity_count--;
        batch->buffered += batch->buffered > 0 ? 1 : 0;
    }
}

/* ---- Search attributes and memo ---- */

enum tl_status sim_rule_small_merged(const struct rule_subject *subject, struct tl_error *error)
{
    struct batch *batch = subject->batch;
    const Pb__SearchAttributes *changes = *(Pb__SearchAttributes *const *)subject->field;

    return sim_check_search_attribute_sizes(
        error, sim_search_attributes_merge(&batch->arena, batch->search_attributes, changes));
}

enum tl_status sim_rule_small_merged_memo(const struct rule_subject *subject, struct tl_error *error)
{
    struct batch *batch = subject->batch;
    const Pb__Memo *merged = sim_memo_merge(&batch->arena, batch->memo, *(Pb__Memo *const *)subject->field);

    if (merged == NULL || message_size(merged) <= LIMIT_MEMO_BYTES) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        subject->name,
        "%s makes a memo that exceeds %zu bytes",
        subject->name,
        (size_t)LIMIT_MEMO_BYTES);
}

void sim_note_upsert(struct batch *batch, Pb__Command *command)
{
    batch->search_attributes = sim_search_attributes_merge(
        &batch->arena,
        batch->search_attributes,
        command->upsert_workflow_search_attributes_command_attributes->search_attributes);
}

void sim_note_modify(struct batch *batch, Pb__Command *command)
{
    batch->memo = sim_memo_merge(
        &batch->arena, batch->memo, command->modify_workflow_properties_command_attributes->upserted_memo);
}
