/* SPDX-License-Identifier: MIT */
/*
 * Activity attempts as the worker runs them: a coroutine each, which may sleep, heartbeat and make
 * client calls. Reading path: attempts.c (tasks in, what waits) -> attempt.c (one attempt's way)
 * -> heartbeat.c -> answer.c (what is sent when it ended) -> activity.c (what user code calls).
 */
#ifndef TIMELAPSE_WORKER_ATTEMPT_H
#define TIMELAPSE_WORKER_ATTEMPT_H

#include <stdbool.h>
#include <timelapse/activity.h>
#include <timelapse/driver.h>

#include "base/agenda.h"
#include "base/arena.h"
#include "base/list.h"
#include "worker/registry/field.h"
#include "worker/runtime/call.h"
#include "worker/runtime/coroutine_owner.h"
#include "worker/runtime/host.h"
#include "worker/runtime/parked.h"

struct text;

/* How an attempt ended, for the service. */
enum attempt_outcome {
    ATTEMPT_DROPPED, /* the service knows it no more: nothing is answered */
    ATTEMPT_COMPLETES_LATER,
    ATTEMPT_COMPLETED,
    ATTEMPT_FAILED,
    ATTEMPT_CANCELED
};

/* Who is told of attempts one by one, with the `user` of their struct attempts. */
struct attempt_watcher {
    void (*on_heartbeat)(void *user, const struct tl_activity *attempt, const struct tl_payloads *details);
    void (*on_ended)(void *user, const struct tl_activity *attempt, enum attempt_outcome outcome);
};

/* A worker's attempts. Filled by its owner, who calls attempts_init; all pointers borrowed. */
struct attempts {
    struct tl_driver *driver;
    struct agenda *agenda;
    struct pool *pool;
    const struct tl_registry *registry;
    struct call_party *party;
    char *name_space;
    char *identity;
    char *task_queue;
    size_t coroutine_stack;
    void (*on_done)(void *user);           /* an attempt gave its slot back */
    const struct attempt_watcher *watcher; /* NULL: nobody watches */
    void *user;

    bool shut_down;      /* attempts_shut_down was called */
    bool abandoned;      /* attempts_abandon was called */
    struct list running; /* struct tl_activity that hold a slot, in order of their start */
    struct list gone;    /* those whose time is up but whose code still waits: they answer nothing */
};

void attempts_init(struct attempts *attempts);

/*
 * Under a driver with threads, before attempts_done: no code is started or resumed any more, and what runs is waited
 * for until it waits or ends; it answers nothing. The lock is given away meanwhile.
 */
void attempts_abandon(struct attempts *attempts);

/* Drops all; answers nothing. */
void attempts_done(struct attempts *attempts);

/* Takes a reply to PollActivityTaskQueue that holds a task (its reference too) and runs the attempt. */
void attempts_take_task(struct attempts *attempts, struct tl_reply *poll);

/* The same for a task that lives elsewhere in a reply. */
void attempts_take(struct attempts *attempts, struct tl_reply *reply, const Pb__PollActivityTaskQueueResponse *task);

/* Asks all that run to stop because the worker does, and those that come from now on. */
void attempts_shut_down(struct attempts *attempts);

/* Calls `each` for every parked attempt, in order of their start. */
void attempts_waits(const struct attempts *attempts, parked_fn *each, void *user);

/* Heartbeats of one attempt: at most one is under way, and the latest details wait behind it. */
struct heartbeat {
    struct call *call;         /* NULL before the first */
    struct agenda_item resume; /* the end of the pause, while something waits for it */
    tl_time sent_at;
    tl_time pause_until;
    bool waiting;          /* details, which may be NULL, are to be sent after the pause */
    Pb__Payloads *details; /* in `pending` */
    struct arena pending;
    struct arena sent; /* the request under way */
};

struct tl_activity {
    struct coroutine_owner owner; /* first: see coroutine_owner.h */
    struct attempts *attempts;
    struct list_node node;
    struct arena arena; /* everything of the attempt, this struct too */
    struct tl_reply *task;
    const Pb__PollActivityTaskQueueResponse *poll;
    const struct tl_activity_definition *definition;
    struct tl_activity_info info;
    struct tl_payloads input;
    struct field_view headers;
    char *resource_id; /* of requests about the task: the workflow's id */
    bool holds_slot;

    struct coroutine *coroutine; /* NULL: not started, or ended */
    struct driver_job job;       /* what runs it under a driver with threads */
    struct agenda_item wake;
    const char *waits_for;      /* why it is parked; NULL while it runs */
    tl_time waits_until;        /* TL_NEVER: no limit */
    bool interruptible;         /* being asked to stop ends the wait */
    void (*errand)(void *user); /* to be run for the coroutine on the engine's stack, or NULL */
    void *errand_user;
    struct tl_driver *visits; /* another driver, whose client it asks; both have threads. NULL: none */
    struct call *waits_on;    /* the client call it waits for, or NULL */
    struct arena call;        /* of that call */
    struct tl_reply *reply;   /* to that call */

    struct agenda_item local_timeout;
    struct heartbeat heartbeat;
    enum tl_activity_cancel_reason cancel; /* atomic, for who waits on another driver */
    bool forgotten;                        /* by the service: nothing is answered */

    bool ended; /* the code returned, or could not be started */
    enum tl_status status;
    struct tl_payload result;
    Pb__Failure *failure;           /* of tl_activity_fail; of the worker when it could not go on */
    Pb__Payloads *canceled_details; /* of tl_activity_canceled */
    Pb__Failure *spoiled;           /* details were none, or could not be encoded: the attempt fails with this */
    struct call *answer;
};

/* ---- attempt.c ---- */

/* Starts the code of an attempt whose definition is set. */
void attempt_start(struct tl_activity *attempt);

/* Ends an attempt that the worker cannot run, or not to its end, with a failure. */
void attempt_fail(struct tl_activity *attempt, const char *type, const char *message);

/* Frees it, dropping its coroutine and giving up its calls. Its slot, if it holds one, is not given back. */
void attempt_free(struct tl_activity *attempt);

/* Takes it off its worker's list, frees it, and gives its slot back. */
void attempt_finish(struct tl_activity *attempt);

/* Asks it to stop; an interruptible wait ends. */
void attempt_cancel(struct tl_activity *attempt, enum tl_activity_cancel_reason why);

/* A heartbeat has reached the service: the worker's own timeout starts anew where it stands for missing ones. */
void attempt_seen(struct tl_activity *attempt);

/*
 * Runs errand(user) on the engine's stack and goes on. Services recurse as deep as a message is
 * nested: that is not for the stacks of coroutines. Only on its own coroutine.
 */
void attempt_run_errand(struct tl_activity *attempt, void (*errand)(void *user), void *user);

/* Gives way until attempt_wake; what for, and until when at most. Only on its own coroutine. */
void attempt_park(struct tl_activity *attempt, const char *waits_for, tl_time until);
void attempt_wake(struct tl_activity *attempt);

/*
 * Its code asks a client of another driver, and waits there as a thread of that one's user would. Being asked to stop
 * has that driver look again at what is waited for. Only on its own thread, without any lock.
 */
void attempt_begin_visit(struct tl_activity *attempt, struct tl_driver *driver);
void attempt_end_visit(struct tl_activity *attempt);

/* Whether it is to stop. Any thread, as long as the code runs. */
static inline bool attempt_is_to_stop(const struct tl_activity *attempt)
{
    return __atomic_load_n(&attempt->cancel, __ATOMIC_ACQUIRE) != TL_ACTIVITY_NOT_CANCELED;
}

/* ---- heartbeat.c ---- */

void heartbeat_init(struct heartbeat *heartbeat, struct pool *pool);
void heartbeat_done(struct tl_activity *attempt);

/* Keeps the details as the latest, and sends them unless a pause is on. Only on its own coroutine. */
void heartbeat_record(struct tl_activity *attempt, const struct tl_payloads *details);

/*
 * The code ended: sends the details that wait if `flush`. Whether the answer has to wait for a
 * heartbeat; attempt_answer is called when that is done.
 */
bool heartbeat_holds_answer(struct tl_activity *attempt, bool flush);

/* ---- answer.c ---- */

/* The attempt ended: tells the service once, after the heartbeats, and frees the attempt when that is done. */
void attempt_answer(struct tl_activity *attempt);

/* How it ended, for the trace and for who watches. */
void attempt_tell_ended(struct tl_activity *attempt);

/* An application failure of this attempt; everything is copied. */
Pb__Failure *attempt_failure(struct tl_activity *attempt, const char *type, const char *message);

#endif
