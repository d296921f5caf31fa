/* SPDX-License-Identifier: MIT */
/*
 * struct tl_worker from the inside: poll loops, slots and shards put together. All policy is here
 * and pure; a driver only carries bytes and runs steps.
 */
#ifndef TIMELAPSE_WORKER_WORKER_H
#define TIMELAPSE_WORKER_WORKER_H

#include <timelapse/worker.h>

#include "base/arena.h"
#include "base/random.h"
#include "worker/activity/attempt.h"
#include "worker/engine/capabilities.h"
#include "worker/engine/engine.h"
#include "worker/engine/worker_options.h"
#include "worker/polling/poller.h"
#include "worker/runtime/driver_private.h"
#include "worker/runtime/eager_host.h"

enum worker_state {
    WORKER_NEW,      /* polls with the driver's next step */
    WORKER_RUNNING,  /* polls */
    WORKER_STOPPING, /* the service is told, polls come back and tasks are answered */
    WORKER_STOPPED
};

/* A workflow task that came with the answer to a start, until it is worked on. */
struct eager_task {
    struct list_node node;
    struct tl_reply *reply;
    const Pb__PollWorkflowTaskQueueResponse *task; /* in the reply */
};

struct family;

struct tl_worker {
    struct driver_member member;
    struct family *family; /* NULL: it is alone; else what is asked of it is asked of all (family.h) */
    struct tl_driver *driver;
    struct arena arena; /* this struct, its strings, pollers and poll requests */
    const struct tl_registry *registry;
    char *name_space;
    char *identity;
    char *task_queue;
    char *sticky_queue; /* NULL: no cache */
    char *instance_key; /* tells this worker from all others */
    tl_duration stop_grace;
    tl_duration deadlock_limit; /* how long a step of workflow code may take; for drivers with threads */
    bool runs_workflows;
    bool runs_activities;
    struct worker_enrolment enrolment; /* of its pollers, should the namespace want that */

    struct random random;
    struct call_party party;
    struct slots workflow_slots;
    struct slots activity_slots;
    struct pace activity_pace;
    struct polling polling;
    struct capabilities capabilities;
    struct attempts attempts;
    struct engine **shards;
    size_t shard_count;

    enum worker_state state;
    bool stop_asked;
    struct agenda_item proceed; /* something happened that may change the state */
    struct agenda_item pump;    /* polls are looked after: a slot supplier thinks otherwise now */
    struct agenda_item grace;   /* the end of the activities' time to finish */
    struct call *farewell;      /* ShutdownWorker; sent once */
    bool farewell_heard;
    struct agenda_item polls_overdue; /* the service has said that it ended them */
    struct eager_host host;           /* unless it runs no workflows */
    struct list eager_tasks;          /* struct eager_task, first in first out */
    struct agenda_item eager;         /* works on them */
    struct tl_error *refusal;         /* why it stopped by itself, or NULL */
    bool has_stopped;                 /* atomic: WORKER_STOPPED is reached; in a family, or never will be */
};

/* What the parts of a worker tell it; see the members of the same names. */
void worker_on_task(void *user, enum poller_kind kind, struct tl_reply *reply);
void worker_on_poll_returned(void *user);
void worker_on_polls_refused(void *user, const struct tl_reply *reply);
void worker_on_workflow_task_done(void *user);
void worker_on_activity_done(void *user);
void worker_on_capabilities(void *user);
void worker_on_proceed(struct agenda_item *item);
void worker_on_pump(struct agenda_item *item);
void worker_on_grace_over(struct agenda_item *item);
void worker_on_polls_overdue(struct agenda_item *item);
void worker_waits(const struct driver_member *member, parked_fn *each, void *user);

/* A stopping worker looks again whether all is done. */
void worker_look_again(struct tl_worker *worker);

/* ---- What the functions of timelapse/worker.h do for this worker alone ---- */

void worker_stop(struct tl_worker *worker);
enum tl_status worker_check(const struct tl_worker *worker, struct tl_error *error);
void worker_slots_changed(struct tl_worker *worker);
size_t worker_evict(struct tl_worker *worker, const char *run_id);
size_t worker_cached(const struct tl_worker *worker);
void worker_free(struct tl_worker *worker);

/* Without the driver's lock. */
static inline bool worker_has_stopped(const struct tl_worker *worker)
{
    return __atomic_load_n(&worker->has_stopped, __ATOMIC_ACQUIRE);
}

/* ---- worker_eager.c ---- */

/* Slots for activities that come with the answers to completions. */
extern const struct engine_eager worker_eager_activities;

/* Takes part in eager starts; the worker's names are set. Gives up what waits. */
void worker_eager_init(struct tl_worker *worker);
void worker_eager_done(struct tl_worker *worker);

/* The shard that the run falls to. */
struct engine *worker_shard(const struct tl_worker *worker, const Pb__WorkflowExecution *execution);

#endif
