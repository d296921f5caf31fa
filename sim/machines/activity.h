/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_ACTIVITY_H
#define TIMELAPSE_SIM_ACTIVITY_H

#include "sim/service/run.h"

/* What becomes due next. */
enum activity_due {
    ACTIVITY_DUE_NOTHING,
    ACTIVITY_DUE_START_TO_CLOSE, /* from here on as enum TimeoutType: equal times come in this order */
    ACTIVITY_DUE_SCHEDULE_TO_START,
    ACTIVITY_DUE_SCHEDULE_TO_CLOSE,
    ACTIVITY_DUE_HEARTBEAT,
    ACTIVITY_DUE_NEXT_ATTEMPT
};

/* What every activity needs stands first, so that one that has been out of mind is back at little cost. */
struct activity {
    struct run *run;
    const Pb__ActivityTaskScheduledEventAttributes *scheduled; /* of its event: all options, normalised */
    int64_t scheduled_event_id;
    uint8_t state;
    int32_t attempt;
    int64_t cancel_event_id; /* of its ActivityTaskCancelRequested, or 0 */
    tl_time first_scheduled_at;
    tl_time scheduled_at;                  /* of this attempt; in a back-off, of the next one */
    tl_time started_at;                    /* 0 while not started */
    tl_time heartbeat_at;                  /* of the last one, over all attempts; 0: none */
    tl_time ended_at;                      /* when an attempt last failed; 0: none did */
    tl_time expires_at;                    /* by schedule-to-close; beyond it no attempt is scheduled; 0: never */
    tl_duration schedule_to_start_timeout; /* these as in `scheduled`; 0: none */
    tl_duration start_to_close_timeout;
    tl_duration heartbeat_timeout;
    enum activity_due due;
    tl_time due_at;
    struct agenda_item deadline;
    struct heap_item due_place; /* in run->activity_dues */
    struct queue_task queued;
    struct outstanding out;
    const char *identity; /* of the worker that started it last; in the history */
    const char *reporter; /* the last one that reported on it by name, or ""; in the history */
    char request_id[RANDOM_UUID_SIZE];
    Pb__Payloads *heartbeat_details;
    Pb__Failure *last_failure;
    int64_t kept_bytes[2];         /* of these two: part of what the run keeps */
    struct arena heartbeat_memory; /* empty until the first heartbeat */
    struct arena failure_memory;   /* empty until the first failure */
};

/* Who reports on an attempt. */
struct activity_report {
    const char *identity;
    const Pb__WorkerVersionStamp *worker_version; /* or NULL */
};

/*
 * Schedules one: ActivityTaskScheduled. The attributes are valid, the run has no activity of that
 * id. One that asks to be executed eagerly goes to no queue: activity_eager.h starts it in the same
 * transaction.
 */
void sim_activity_schedule(struct run *run, const Pb__Command *command, int64_t completed_id);

/* The pending activity, or NULL. */
struct activity *sim_activity_find(const struct run *run, int64_t scheduled_event_id);
struct activity *sim_activity_find_id(const struct run *run, const char *activity_id);

bool sim_activity_is_started(const struct activity *activity);
bool sim_activity_is_backing_off(const struct activity *activity);
bool sim_activity_is_cancel_requested(const struct activity *activity);

/* Starts the attempt that waits: it leaves its queue for `peer`, a struct tl_call's. */
void sim_activity_start(struct activity *activity, const char *identity, uint64_t peer);

/*
 * Reports on a started one; complete on any. fail returns whether it is tried again; cancel false
 * when nobody asked for it.
 */
void sim_activity_heartbeat(
    struct activity *activity, const Pb__Payloads *details, const struct activity_report *report);
void sim_activity_complete(struct activity *activity, const Pb__Payloads *result, const struct activity_report *report);
bool sim_activity_fail(struct activity *activity, const Pb__Failure *failure, const struct activity_report *report);
bool sim_activity_cancel(struct activity *activity, const Pb__Payloads *details, const struct activity_report *report);

/*
 * Requests the cancellation of a pending activity, or of one whose end is buffered, where the
 * request alone is written. Returns whether it ended at once, as one that is not started does.
 */
bool sim_activity_request_cancel(
    struct run *run, const Pb__Command *command, int64_t completed_id, const char *identity);

/* Drops what is pending, for a run that closes. */
void sim_activity_drop_all(struct run *run);

/* For the oracles: NULL, or what is wrong. */
const char *sim_activity_check(const struct activity *activity);

#endif
