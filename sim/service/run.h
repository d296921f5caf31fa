/* SPDX-License-Identifier: MIT */
/*
 * One run. This file and run.c hold its identity, its transactions and its lookups; what happens
 * to it stands in ../machines.
 *
 * A transaction is what the real server writes at once: events appended or buffered by one
 * request or one deadline, closed by sim_run_commit. Events that a command or the workflow task
 * itself writes are appended at once; all others go through the buffer, which is flushed when no
 * workflow task is started (service/history/historybuilder/event_store.go, bufferEvent).
 */
#ifndef TIMELAPSE_SIM_RUN_H
#define TIMELAPSE_SIM_RUN_H

#include <stdbool.h>

#include "base/heap.h"
#include "model/pb.h"
#include "sim/service/history.h"
#include "sim/service/outstanding.h"
#include "sim/service/queue.h"
#include "sim/service/sim.h"

struct name_space;

/* An event that waits for the end of a started workflow task. */
struct buffered {
    Pb__HistoryEvent *event;
    const Pb__HistoryEvent *started; /* the ActivityTaskStarted whose id it will bear, or NULL */
};

/* The run's workflow task; at most one is pending. */
struct workflow_task {
    uint8_t state;
    bool close_attempted; /* the last one failed as UnhandledCommand: signals wait for the next */
    int32_t attempt;      /* from 1; from 2 on the task is transient */
    int64_t scheduled_event_id;
    int64_t started_event_id;
    tl_time scheduled_at;
    tl_time original_scheduled_at; /* of the first of a chain of heartbeats */
    tl_time started_at;
    tl_duration timeout;
    int64_t history_size; /* as its started event says, with the next two */
    bool suggest_by_size;
    bool suggest_by_count;
    const char *request_id; /* of its poll, or of what took it along */
    char own_request_id[RANDOM_UUID_SIZE];
    struct queue_task queued;
    struct outstanding out;
    struct agenda_item deadline; /* schedule to start on a sticky queue, or start to close */
};

/* A run at the end of a transaction: where one that breaks a limit takes it back to. */
struct run_mark {
    size_t event_count;
    size_t buffered_count;
    int64_t signal_count;
    int64_t last_completed_started_id;
    const Pb__Memo *memo;
    const Pb__SearchAttributes *search_attributes;
    uint8_t task_state;
    int32_t task_attempt;
    int64_t task_scheduled_event_id;
    int64_t task_started_event_id;
};

struct run {
    struct tl_sim *sim;
    struct name_space *space;
    struct history *history;
    const Pb__WorkflowExecutionStartedEventAttributes *started; /* of event 1 */
    const char *workflow_id;
    const char *run_id;
    const char *request_id; /* of its start */
    struct map request_ids; /* of starts that attached themselves later -> their Pb__HistoryEvent */
    const Pb__Memo *memo;   /* as it is now, with the next; NULL: none */
    const Pb__SearchAttributes *search_attributes;
    uint64_t number;
    uint8_t state;
    bool cancel_requested;   /* also when it is closed */
    int status;              /* enum WorkflowExecutionStatus */
    tl_duration offset;      /* of its clock against the universe's */
    struct run_clock *clock; /* clock.h; NULL: it never moves by itself */
    tl_time started_at;
    tl_time executes_at; /* when its first workflow task may come: after the start's back-off */
    tl_time closed_at;
    tl_time expires_at;     /* of the run, in its own time; 0: never */
    int64_t transitions;    /* transactions so far */
    int64_t committed_size; /* of its history, at the end of the last transaction */
    struct run_mark mark;

    /* Where its tasks go. */
    struct queue *queue;
    struct queue *sticky; /* NULL: none */
    tl_duration sticky_timeout;
    Pb__TaskQueue *sticky_queue; /* as events bear it */
    tl_duration task_timeout;

    struct workflow_task task;
    int64_t last_completed_started_id; /* of the last completed workflow task, or 0 */

    struct buffered *buffered;
    size_t buffered_count;
    size_t buffered_capacity;
    int64_t buffered_bytes;
    int64_t kept_bytes; /* in the heartbeat details and last failures of its activities */

    struct map activities;     /* scheduled event id -> struct activity */
    struct map activity_ids;   /* activity id -> struct activity */
    struct heap activity_dues; /* by the time of each one's next deadline */
    struct map timers;         /* timer id -> struct timer */
    struct heap timer_dues;    /* by the time of each; the first one's is armed */
    struct agenda_item timer_deadline;

    struct map signal_ids; /* request ids of signals seen */
    int64_t signal_count;
    struct list_node changed;   /* in sim->changed: since the oracles last looked */
    struct list waiters;        /* struct tl_call: for whatever a transaction may bring */
    struct list queries;        /* struct tl_call: QueryWorkflow */
    struct agenda_item backoff; /* until executes_at */
    struct agenda_item expiry;
};

/* The run's clock. */
static inline tl_time sim_run_now(const struct run *run)
{
    return sim_now(run->sim) + run->offset;
}

static inline bool sim_run_is_open(const struct run *run)
{
    return run->status == WORKFLOW_EXECUTION_STATUS_RUNNING;
}

/*
 * A run that has its ids and its history, and nothing in it yet: sim/machines/run_start.c fills it in.
 * It is the namespace's newest of that workflow id from here on.
 */
struct run *sim_run_new(struct name_space *space, const char *workflow_id, const char *run_id);

/* Frees it; nothing of it may be pending (sim_run_drop_pending). Its history lives on while someone shares it. */
void sim_run_free(struct run *run);

/* ---- Events ---- */

/* A new event, stamped now. */
Pb__HistoryEvent *sim_run_event(struct run *run);

/* One for a command, with the command's user metadata. */
Pb__HistoryEvent *sim_run_command_event(struct run *run, const Pb__Command *command);

/* Appends it to the history. */
void sim_run_add(struct run *run, Pb__HistoryEvent *event);

/* ---- Deadlines ---- */

/* Arms a deadline in the run's time; false, and nothing armed, when the run will have expired before. */
bool sim_run_arm(struct run *run, struct agenda_item *item, tl_time at);
void sim_run_disarm(struct run *run, struct agenda_item *item);

/* ---- The sticky queue ---- */

void sim_run_set_sticky(struct run *run, const Pb__StickyExecutionAttributes *attributes);
void sim_run_clear_sticky(struct run *run);

/* The task queue that the next workflow task's events bear. */
Pb__TaskQueue *sim_run_task_queue(const struct run *run);

#endif
