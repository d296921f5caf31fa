/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/mutable_state_impl.go, timer_sequence.go and timer_queue_active_task_executor.go. */
#include "sim/machines/activity.h"

#include <stdio.h>

#include "model/message.h"
#include "sim/machines/activity_events.h"
#include "sim/machines/activity_poll.h"
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
    sim_uuid(run->sim, activity->request_id);
    return 0;
}

static int heartbeat(void *self, const void *argument)
{
    struct activity *activity = self;

    arena_reset(&activity->heartbeat_memory);
    activity->heartbeat_details = message_clone(&activity->heartbeat_memory, argument);
    activity->heartbeat_at = sim_run_now(activity->run);
    return 0;
}

static int complete(void *self, const void *argument)
{
    const struct report *report = argument;

    sim_activity_buffer_completed(self, report->payloads, report->by);
    return 0;
}

static int enter_backoff(struct activity *activity, const Pb__Failure *failure, tl_duration delay)
{
    arena_reset(&activity->failure_memory);
    activity->last_failure = message_clone(&activity->failure_memory, failure);
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

static const char *timeout_message(int timeout_type)
{
    static const char *const messages[] = {
        [TIMEOUT_TYPE_START_TO_CLOSE] = "activity StartToClose timeout",
        [TIMEOUT_TYPE_SCHEDULE_TO_START] = "activity ScheduleToStart timeout",
        [TIMEOUT_TYPE_SCHEDULE_TO_CLOSE] = "activity ScheduleToClose timeout",
        [TIMEOUT_TYPE_HEARTBEAT] = "activity Heartbeat timeout",
    };

    return messages[timeout_type];
}

/* Text and literals live on the stack and in the program: whoever keeps the failure copies it. */
static int time_out(void *self, const void *argument)
{
    struct activity *activity = self;
    int timeout_type = *(const int *)argument;
    Pb__TimeoutFailureInfo info = PB__TIMEOUT_FAILURE_INFO__INIT;
    Pb__Failure failure = PB__FAILURE__INIT;
    tl_duration delay = 0;

    info.timeout_type = (Pb__TimeoutType)timeout_type;
    failure.message = (char *)(uintptr_t)timeout_message(timeout_type);
    failure.source = (char *)(uintptr_t) "Server";
    failure.failure_info_case = PB__FAILURE__FAILURE_INFO_TIMEOUT_FAILURE_INFO;
    failure.timeout_failure_info = &info;
    int retry_state = sim_activity_retry(activity, &failure, &delay);
    if (retry_state == RETRY_STATE_IN_PROGRESS) {
        return enter_backoff(activity, &failure, delay);
    }
    if (retry_state == RETRY_STATE_TIMEOUT && timeout_type != TIMEOUT_TYPE_SCHEDULE_TO_START) {
        info.timeout_type = TIMEOUT_TYPE_SCHEDULE_TO_CLOSE;
        failure.message = (char *)(uintptr_t) "Not enough time to schedule next retry before activity ScheduleToClose "
                                              "timeout, giving up retrying";
    }
    sim_activity_buffer_timed_out(activity, &failure, retry_state);
    return STATE_TIMED_OUT;
}

/* ---- Deadlines ---- */

static void consider(struct activity *activity, enum activity_due due, tl_time from, tl_duration timeout)
{
    tl_time at = sim_later(from, timeout);

    if (timeout > 0 && (activity->due == ACTIVITY_DUE_NOTHING || at < activity->due_at)) {
        activity->due = due;
        activity->due_at = at;
    }
}

/* In the order of enum activity_due, so that of equal times the first counts. */
static void find_due(struct activity *activity)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    bool started = sim_activity_is_started(activity);
    tl_time alive = activity->heartbeat_at > activity->started_at ? activity->heartbeat_at : activity->started_at;

    activity->due = ACTIVITY_DUE_NOTHING;
    if (started) {
        consider(
            activity,
            ACTIVITY_DUE_START_TO_CLOSE,
            activity->started_at,
            pb_nanoseconds(scheduled->start_to_close_timeout));
    } else {
        consider(
            activity,
            ACTIVITY_DUE_SCHEDULE_TO_START,
            activity->scheduled_at,
            pb_nanoseconds(scheduled->schedule_to_start_timeout));
    }
    consider(
        activity,
        ACTIVITY_DUE_SCHEDULE_TO_CLOSE,
        activity->first_scheduled_at,
        pb_nanoseconds(scheduled->schedule_to_close_timeout));
    if (started) {
        consider(activity, ACTIVITY_DUE_HEARTBEAT, alive, pb_nanoseconds(scheduled->heartbeat_timeout));
    }
    if (activity->state == STATE_BACKOFF &&
        (activity->due == ACTIVITY_DUE_NOTHING || activity->scheduled_at < activity->due_at)) {
        activity->due = ACTIVITY_DUE_NEXT_ATTEMPT;
        activity->due_at = activity->scheduled_at;
    }
}

static void arm(struct activity *activity)
{
    struct run *run = activity->run;

    heap_remove(&run->activity_dues, &activity->due_place);
    find_due(activity);
    if (activity->due == ACTIVITY_DUE_NOTHING) {
        sim_run_disarm(run, &activity->deadline);
    } else if (sim_run_arm(run, &activity->deadline, activity->due_at)) {
        heap_add(&run->activity_dues, &activity->due_place, activity->due_at, (uint64_t)activity->scheduled_event_id);
    }
}

/* ---- Steps ---- */

static void drop(struct activity *activity)
{
    struct run *run = activity->run;

    sim_run_disarm(run, &activity->deadline);
    heap_remove(&run->activity_dues, &activity->due_place);
    sim_queue_remove(&activity->queued);
    map_remove_number(&run->activities, (uint64_t)activity->scheduled_event_id);
    map_remove_string(&run->activity_ids, activity->scheduled->activity_id);
    arena_done(&activity->heartbeat_memory);
    arena_done(&activity->failure_memory);
    pool_free(run->sim->pool, activity, sizeof(*activity));
}

/* Takes the step; an activity that it ends is gone afterwards. Returns whether it is still there. */
static bool step(struct activity *activity, unsigned event, const void *argument)
{
    CHECK(machine_step(&sim_activity_machine, &activity->state, event, activity, argument, true) == MACHINE_OK);
    if ((sim_activity_machine.final_states >> activity->state & 1U) != 0) {
        drop(activity);
        return false;
    }
    arm(activity);
    return true;
}

static void enqueue(struct activity *activity)
{
    const char *name = activity->scheduled->task_queue->name;

    sim_queue_add(sim_namespace_queue(activity->run->space, QUEUE_ACTIVITY, name), &activity->queued);
}

/* Returns whether history has news for the workflow. */
static bool come_due(struct activity *activity)
{
    if (activity->due == ACTIVITY_DUE_NEXT_ATTEMPT) {
        (void)step(activity, EVENT_TRY_AGAIN, NULL);
        enqueue(activity);
        return false;
    }
    int timeout_type = (int)activity->due;
    sim_queue_remove(&activity->queued);
    return !step(activity, EVENT_TIME_OUT, &timeout_type);
}

/* All timeouts of the run that are due end in one transaction, by time and then by their scheduled events. */
static void on_deadline(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct activity, deadline)->run;
    const struct heap_slot *slot = heap_first(&run->activity_dues);
    bool news = false;

    while (slot != NULL && slot->at <= sim_run_now(run)) {
        news = come_due(CONTAINER_OF(slot->item, struct activity, due_place)) || news;
        slot = heap_first(&run->activity_dues);
    }
    if (news) {
        sim_workflow_task_ensure(run);
    }
    sim_run_commit(run);
}

static int print_activity(const struct activity *activity, char *text, size_t size)
{
    return snprintf(
        text,
        size,
        "%s: activity %s#%s attempt %d",
        activity->run->workflow_id,
        activity->scheduled->activity_type->name,
        activity->scheduled->activity_id,
        (int)activity->attempt);
}

static void name_deadline(const struct agenda_item *item, char *text, size_t size)
{
    const struct activity *activity = CONST_CONTAINER_OF(item, struct activity, deadline);
    int length = print_activity(activity, text, size);

    if (length >= 0 && (size_t)length < size) {
        bool backoff = activity->due == ACTIVITY_DUE_NEXT_ATTEMPT;
        snprintf(text + length, size - (size_t)length, backoff ? " is due" : " times out");
    }
}

static void name_delivery(const struct agenda_item *item, char *text, size_t size)
{
    const struct activity *activity = CONST_CONTAINER_OF(item, struct activity, queued.delivery);
    int length = print_activity(activity, text, size);

    if (length >= 0 && (size_t)length < size) {
        snprintf(text + length, size - (size_t)length, " starts");
    }
}

/* ---- What others do to it ---- */

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
    tl_duration whole = pb_nanoseconds(activity->scheduled->schedule_to_close_timeout);
    activity->expires_at = whole > 0 ? sim_later(activity->first_scheduled_at, whole) : 0;
    activity->identity = "";
    arena_init(&activity->heartbeat_memory, run->sim->pool);
    arena_init(&activity->failure_memory, run->sim->pool);
    activity->deadline.run = on_deadline;
    activity->deadline.name = name_deadline;
    activity->queued.give = sim_activity_give;
    activity->queued.name = name_delivery;
    map_put_number(&run->activities, (uint64_t)activity->scheduled_event_id, activity);
    map_put_string(&run->activity_ids, activity->scheduled->activity_id, activity);
    arm(activity);
    enqueue(activity);
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

bool sim_activity_is_cancel_requested(const struct activity *activity)
{
    return activity->state == STATE_CANCELING;
}

void sim_activity_start(struct activity *activity, const char *identity)
{
    (void)step(activity, EVENT_START, identity);
}

void sim_activity_heartbeat(struct activity *activity, const Pb__Payloads *details)
{
    (void)step(activity, EVENT_HEARTBEAT, details);
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
    return NULL;
}
