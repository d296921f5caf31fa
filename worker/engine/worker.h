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
#include "worker/engine/engine.h"
#include "worker/engine/poller.h"
#include "worker/runtime/driver_private.h"

enum worker_state {
    WORKER_NEW,      /* polls with the driver's next step */
    WORKER_RUNNING,  /* polls */
    WORKER_STOPPING, /* polls are called back and tasks answered */
    WORKER_LEAVING,  /* ShutdownWorker is under way */
    WORKER_STOPPED
};

struct tl_worker {
    struct driver_member member;
    struct tl_driver *driver;
    struct arena arena; /* this struct, its strings, pollers and poll requests */
    const struct tl_registry *registry;
    char *name_space;
    char *identity;
    char *task_queue;
    char *sticky_queue; /* NULL: no cache */
    char *instance_key; /* tells this worker from all others */
    tl_duration stop_grace;

    struct random random;
    struct call_party party;
    struct slots workflow_slots;
    struct slots activity_slots;
    struct polling polling;
    struct attempts attempts;
    struct engine **shards;
    size_t shard_count;

    enum worker_state state;
    bool stop_asked;
    struct agenda_item proceed; /* something happened that may change the state */
    struct agenda_item grace;   /* the end of the activities' time to finish */
    struct call *farewell;
    struct tl_error *refusal; /* why it stopped by itself, or NULL */
};

/* What the parts of a worker tell it; see the members of the same names. */
void worker_on_task(void *user, enum poller_kind kind, struct tl_reply *reply);
void worker_on_poll_returned(void *user);
void worker_on_polls_refused(void *user, const struct tl_reply *reply);
void worker_on_workflow_task_done(void *user);
void worker_on_activity_done(void *user);
void worker_on_proceed(struct agenda_item *item);
void worker_on_grace_over(struct agenda_item *item);
void worker_waits(const struct driver_member *member, parked_fn *each, void *user);

#endif
