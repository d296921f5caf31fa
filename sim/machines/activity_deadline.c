/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/timer_sequence.go. */
#include "sim/machines/activity_deadline.h"

#include <stdio.h>

#include "sim/service/messages.h"

static void consider(struct activity *activity, enum activity_due due, tl_time at)
{
    if (activity->due == ACTIVITY_DUE_NOTHING || at < activity->due_at) {
        activity->due = due;
        activity->due_at = at;
    }
}

static void consider_timeout(struct activity *activity, enum activity_due due, tl_time from, tl_duration timeout)
{
    if (timeout > 0) {
        consider(activity, due, sim_later(from, timeout));
    }
}

/* In the order of enum activity_due, so that of equal times the first counts. */
static void find_due(struct activity *activity)
{
    bool started = sim_activity_is_started(activity);

    activity->due = ACTIVITY_DUE_NOTHING;
    if (started) {
        consider_timeout(activity, ACTIVITY_DUE_START_TO_CLOSE, activity->started_at, activity->start_to_close_timeout);
    } else {
        consider_timeout(
            activity, ACTIVITY_DUE_SCHEDULE_TO_START, activity->scheduled_at, activity->schedule_to_start_timeout);
    }
    if (activity->expires_at != 0) {
        consider(activity, ACTIVITY_DUE_SCHEDULE_TO_CLOSE, activity->expires_at);
    }
    if (started) {
        bool beaten = activity->heartbeat_at > activity->started_at;
        tl_time alive = beaten ? activity->heartbeat_at : activity->started_at;
        consider_timeout(activity, ACTIVITY_DUE_HEARTBEAT, alive, activity->heartbeat_timeout);
    }
    if (sim_activity_is_backing_off(activity)) {
        consider(activity, ACTIVITY_DUE_NEXT_ATTEMPT, activity->scheduled_at);
    }
}

void sim_activity_disarm(struct activity *activity)
{
    heap_remove(&activity->run->activity_dues, &activity->due_place);
    sim_run_disarm(activity->run, &activity->deadline);
}

void sim_activity_arm(struct activity *activity)
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

/* ---- Names ---- */

static void print(const struct activity *activity, const char *what, char *text, size_t size)
{
    (void)snprintf(
        text,
        size,
        "%s: activity %s#%s attempt %d %s",
        activity->run->workflow_id,
        activity->scheduled->activity_type->name,
        activity->scheduled->activity_id,
        (int)activity->attempt,
        what);
}

void sim_activity_name_deadline(const struct agenda_item *item, char *text, size_t size)
{
    const struct activity *activity = CONST_CONTAINER_OF(item, struct activity, deadline);

    print(activity, activity->due == ACTIVITY_DUE_NEXT_ATTEMPT ? "is due" : "times out", text, size);
}

void sim_activity_name_delivery(const struct agenda_item *item, char *text, size_t size)
{
    print(CONST_CONTAINER_OF(item, struct activity, queued.delivery), "starts", text, size);
}
