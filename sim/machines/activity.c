/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/mutable_state_impl.go and timer_queue_active_task_executor.go. */
#include "sim/machines/activity.h"

#include "model/message.h"
#include "sim/machines/activity_deadline.h"
#include "sim/machines/activity_events.h"
#include "sim/machines/activity_failure.h"
#include "sim/machines/activity_poll.h"
#include "sim/machines/activity_queue.h"
#include "sim/machines/activity_retry.h"
#include "sim/machines/machines.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

#define MACHINE      sim_activity
#define MACHINE_FILE "sim/machines/activity.def"
#include "base/machine_define.h"

/* ---- Actions ---- */

struct report {
    const Pb__Payloads *payloads; /* result or details */
    const Pb__Failure *failure;
    const struct activity_report *by;
};

struct request {
    const Pb__Command *command;
    int64_t completed_id;
    const char *identity;
};

static int start(void *self, const void *argument)
{
    struct activity *activity = self;
    struct run *run = activity->run;

    activity->started_at = sim_run_now(run);
    activity->identity = sim_history_identity(run->history, argument);
    sim_queue_remove(&activity->queued);
    sim_uuid(run->sim, activity->request_id);
    return 0;
}

static int heartbeat(void *self, const void *argument)
{
    struct activity *activity = self;

    const struct report *report = argument;

    arena_reset(&activity->heartbeat_memory);
    activity->heartbeat_details = message_clone(&activity->heartbeat_memory, report->payloads);
    sim_activity_count_kept(activity, 0, activity->heartbeat_details);
    activity->heartbeat_at = sim_run_now(activity->run);
    if (!pb_is_empty(report->by->identity)) {
        activity->reporter = sim_history_identity(activity->run->history, report->by->identity);
    }
    return 0;
}

static int complete(void *self, const void *argument)
{
    const struct report *report = argument;

    sim_activity_buffer_completed(self, report->payloads, report->by);
    return 0;
}

/* By id even one that no worker has begun: who completes it counts as having started it, now. */
static int complete_early(void *self, const void *argument)
{
    struct activity *activity = self;
    const struct report *report = argument;

    activity->started_at = sim_run_now(activity->run);
    activity->identity = sim_history_identity(activity->run->history, report->by->identity);
    activity->request_id[0] = '\0';
    return complete(self, argument);
}

static int enter_backoff(struct activity *activity, const Pb__Failure *failure, tl_duration delay)
{
    sim_activity_keep_failure(activity, failure);
    activity->reporter = activity->identity;
    activity->attempt++;
    activity->scheduled_at = sim_later(sim_run_now(activity->run), delay);
    activity->started_at = 0;
    return STATE_BACKOFF;
}

static int fail(void *self, const void *argument)
{
    struct activity *activity = self;
    const struct report *report = argument;
    tl_duration delay = 0;
    int retry_state = sim_activity_retry(activity, report->failure, &delay);

    activity->ended_at = sim_run_now(activity->run);
    if (retry_state == RETRY_STATE_IN_PROGRESS) {
        return enter_backoff(activity, report->failure, delay);
    }
    sim_activity_buffer_failed(activity, report->failure, retry_state, report->by);
    return STATE_FAILED;
}

static int cancel(void *self, const void *argument)
{
    const struct report *report = argument;

    sim_activity_buffer_canceled(self, report->payloads, report->by);
    return 0;
}

static int request_cancel(void *self, const void *argument)
{
    struct activity *activity = self;
    const struct request *request = argument;

    activity->cancel_event_id = sim_activity_add_cancel_requested(
        activity->run, request->command, request->completed_id, activity->scheduled_event_id);
    return 0;
}

static int cancel_waiting(void *self, const void *argument)
{
    struct activity *activity = self;
    const struct request *request = argument;
    const struct activity_report by = {.identity = request->identity};

    (void)request_cancel(self, argument);
    sim_activity_buffer_canceled(
        activity, sim_text_payloads(&activity->run->history->arena, "ACTIVITY_ID_NOT_STARTED"), &by);
    return 0;
}

static int time_out(void *self, const void *argument)
{
    struct activity *activity = self;
    int timeout_type = *(const int *)argument;
    struct timeout_failure made;
    tl_duration delay = 0;

    sim_activity_timeout_failure(&made, timeout_type);
    int retry_state = sim_activity_retry(activity, &made.failure, &delay);
    if (retry_state == RETRY_STATE_IN_PROGRESS) {
        return enter_backoff(activity, &made.failure, delay);
    }
    if (retry_state == RETRY_STATE_TIMEOUT && timeout_type != TIMEOUT_TYPE_SCHEDULE_TO_START) {
        sim_activity_timeout_gives_up(&made);
    }
    sim_activity_buffer_timed_out(activity, &made.failure, retry_state);
    return STATE_TIMED_OUT;
}

/* ---- Steps ---- */

/* What was never used is not looked at. */
static void forget(struct activity *activity)
{
    if (activity->heartbeat_at != 0) {
        arena_done(&activity->heartbeat_memory);
    }
    if (activity->attempt > 1) {
        arena_done(&activity->failure_memory);
    }
}

static void drop(struct activity *activity)
{
    struct run *run = activity->run;

    sim_activity_disarm(activity);
    sim_queue_remove(&activity->queued);
    map_remove_number(&run->activities, (uint64_t)activity->scheduled_event_id);
    map_remove_string(&run->activity_ids, activity->scheduled->activity_id);
    forget(activity);
    run->kept_bytes -= activity->kept_bytes[0] + activity->kept_bytes[1];
    pool_free(run->sim->pool, activity, sizeof(*activity));
}

/* Takes the step; an activity that it ends is gone afterwards. Returns whether it is still there. */
static bool step(struct activity *activity, unsigned event, const void *argument)
{
    CHECK(machine_step(&sim_activity_machine, &activity->state, event, activity, argument, true) == MACHINE_OK);
    if (!sim_activity_is_started(activity)) {
        sim_outstanding_end(&activity->out);
    }
    if ((sim_activity_machine.final_states >> activity->state & 1U) != 0) {
        drop(activity);
        return false;
    }
    sim_activity_arm(activity);
    return true;
}

/* The next attempt goes to its queue: nothing that the run keeps changes. */
static void begin_attempt(struct activity *activity)
{
    (void)step(activity, EVENT_TRY_AGAIN, NULL);
    sim_activity_enqueue(activity, false);
}

/* Returns whether it ended, and the workflow must hear of it. */
static bool run_out_of_time(struct activity *activity)
{
    int timeout_type = (int)activity->due;

    sim_queue_remove(&activity->queued);
    return !step(activity, EVENT_TIME_OUT, &timeout_type);
}

/* All timeouts of the run that are due end in one transaction, by time and then by their scheduled events. */
static void on_deadline(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct activity, deadline)->run;
    const struct heap_slot *slot = heap_first(&run->activity_dues);
    bool changed = false;
    bool news = false;

    while (slot != NULL && slot->at <= sim_run_now(run)) {
        struct activity *activity = CONTAINER_OF(slot->item, struct activity, due_place);
        if (activity->due == ACTIVITY_DUE_NEXT_ATTEMPT) {
            begin_attempt(activity);
        } else {
            changed = true;
            news = run_out_of_time(activity) || news;
        }
        slot = heap_first(&run->activity_dues);
    }
    if (news) {
        sim_workflow_task_ensure(run);
    }
    if (changed) {
        sim_run_commit(run);
    }
}

/* ---- What others do to it ---- */

/* Its own priority key, or its run's: common/priorities/priority_util.go, Merge. */
static uint8_t rank_of(const struct run *run, const Pb__Priority *own)
{
    bool inherits = own == NULL || own->priority_key == 0;

    return sim_queue_rank(inherits ? run->started->priority : own, false);
}

static void set_timeouts(struct activity *activity)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    tl_duration whole = pb_nanoseconds(scheduled->schedule_to_close_timeout);

    activity->expires_at = whole > 0 ? sim_later(activity->first_scheduled_at, whole) : 0;
    activity->schedule_to_start_timeout = pb_nanoseconds(scheduled->schedule_to_start_timeout);
    activity->start_to_close_timeout = pb_nanoseconds(scheduled->start_to_close_timeout);
    activity->heartbeat_timeout = pb_nanoseconds(scheduled->heartbeat_timeout);
}

void sim_activity_schedule(struct run *run, const Pb__Command *command, int64_t completed_id)
{
    const Pb__HistoryEvent *event = sim_activity_add_scheduled(run, command, completed_id);
    struct activity *activity = pool_zalloc(run->sim->pool, sizeof(*activity));

    activity->run = run;
    activity->scheduled = event->activity_task_scheduled_event_attributes;
    activity->scheduled_event_id = event->event_id;
    activity->attempt = 1;
    activity->first_scheduled_at = sim_run_now(run);
    activity->scheduled_at = activity->first_scheduled_at;
    set_timeouts(activity);
    activity->identity = "";
    activity->reporter = "";
    arena_init(&activity->heartbeat_memory, run->sim->pool);
    arena_init(&activity->failure_memory, run->sim->pool);
    activity->deadline.run = on_deadline;
    activity->deadline.name = sim_activity_name_deadline;
    activity->queued.give = sim_activity_give;
    activity->queued.rank = rank_of(run, activity->scheduled->priority);
    activity->queued.name = sim_activity_name_delivery;
    map_put_number(&run->activities, (uint64_t)activity->scheduled_event_id, activity);
    map_put_string(&run->activity_ids, activity->scheduled->activity_id, activity);
    sim_activity_arm(activity);
    sim_activity_enqueue(activity, command->schedule_activity_task_command_attributes->request_eager_execution);
}

struct activity *sim_activity_find(const struct run *run, int64_t scheduled_event_id)
{
    return map_get_number(&run->activities, (uint64_t)scheduled_event_id);
}

struct activity *sim_activity_find_id(const struct run *run, const char *activity_id)
{
    return map_get_string(&run->activity_ids, activity_id);
}

bool sim_activity_is_started(const struct activity *activity)
{
    return activity->state == STATE_STARTED || activity->state == STATE_CANCELING;
}

bool sim_activity_is_backing_off(const struct activity *activity)
{
    return activity->state == STATE_BACKOFF;
}

bool sim_activity_is_cancel_requested(const struct activity *activity)
{
    return activity->state == STATE_CANCELING;
}

void sim_activity_start(struct activity *activity, const char *identity, uint64_t peer)
{
    struct tl_sim *sim = activity->run->sim;

    (void)step(activity, EVENT_START, identity);
    sim_outstanding_begin(sim, &sim->activities_out, &activity->out, peer);
}

void sim_activity_heartbeat(
    struct activity *activity, const Pb__Payloads *details, const struct activity_report *report)
{
    const struct report heartbeat_report = {.payloads = details, .by = report};

    (void)step(activity, EVENT_HEARTBEAT, &heartbeat_report);
}

void sim_activity_complete(struct activity *activity, const Pb__Payloads *result, const struct activity_report *report)
{
    const struct report complete_report = {.payloads = result, .by = report};

    (void)step(activity, EVENT_COMPLETE, &complete_report);
}

bool sim_activity_fail(struct activity *activity, const Pb__Failure *failure, const struct activity_report *report)
{
    const struct report fail_report = {.failure = failure, .by = report};

    return step(activity, EVENT_FAIL, &fail_report);
}

bool sim_activity_cancel(struct activity *activity, const Pb__Payloads *details, const struct activity_report *report)
{
    const struct report cancel_report = {.payloads = details, .by = report};

    if (!sim_activity_is_cancel_requested(activity)) {
        return false;
    }
    (void)step(activity, EVENT_CANCEL, &cancel_report);
    return true;
}

bool sim_activity_request_cancel(
    struct run *run, const Pb__Command *command, int64_t completed_id, const char *identity)
{
    int64_t scheduled_event_id = command->request_cancel_activity_task_command_attributes->scheduled_event_id;
    struct activity *activity = sim_activity_find(run, scheduled_event_id);
    const struct request request = {command, completed_id, identity};

    if (activity == NULL) {
        (void)sim_activity_add_cancel_requested(run, command, completed_id, scheduled_event_id);
        return false;
    }
    return !step(activity, EVENT_REQUEST_CANCEL, &request);
}

void sim_activity_drop_all(struct run *run)
{
    struct map *activities = &run->activities;

    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL; entry = map_next(activities, entry)) {
        (void)step(entry->value, EVENT_CLOSE_RUN, NULL);
    }
}

const char *sim_activity_check(const struct activity *activity)
{
    if ((activity->state == STATE_SCHEDULED) != (activity->queued.queue != NULL)) {
        return "an activity is scheduled and in no queue, or the reverse";
    }
    if (agenda_is_pending(&activity->deadline) != heap_has(&activity->due_place)) {
        return "an activity's deadline and its place among the run's differ";
    }
    if (sim_activity_is_started(activity) != (activity->started_at != 0)) {
        return "an activity is started without a time, or the reverse";
    }
    if (list_is_linked(&activity->out.node) && !sim_activity_is_started(activity)) {
        return "an activity is out at a worker and not started";
    }
    return NULL;
}
