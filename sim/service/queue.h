/* SPDX-License-Identifier: MIT */
/*
 * Task queues and matching. Tasks wait by rank and then first in, first out, polls first in, first
 * out; for each pair of them one delivery stands on the agenda, where a choice may take another
 * first. A delivery gives the task to whichever poll waits longest when it runs.
 *
 * Facts: service/matching, pri_matcher.go and matcher_data.go of the real server. Fairness keys
 * order nothing here.
 */
#ifndef TIMELAPSE_SIM_QUEUE_H
#define TIMELAPSE_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/time.h>

#include "base/agenda.h"
#include "base/list.h"
#include "model/pb.h"

struct name_space;
struct tl_call;

enum queue_kind {
    QUEUE_WORKFLOW,
    QUEUE_STICKY,
    QUEUE_ACTIVITY,
    QUEUE_WITHHELD, /* of activities, and no poll comes here: tl_sim_withhold */
    QUEUE_KINDS
};

/* Priorities 1 to 5, and in each of them queries before tasks. */
#define QUEUE_RANKS 10

struct queue {
    struct name_space *space;
    enum queue_kind kind;
    char *name;
    struct list tasks; /* struct queue_task, by rank, oldest first */
    size_t task_count;
    struct list_node *last[QUEUE_RANKS]; /* the newest task of each rank, or NULL */
    struct list_node *unposted;          /* the first task without a delivery, or NULL */
    size_t posted;                       /* deliveries on the agenda */
    struct list polls;                   /* struct tl_call, oldest first */
    size_t poll_count;
    tl_time polled_at;       /* when a poll last came or ended; INT64_MIN: never */
    tl_time poll_came_at;    /* when one last came */
    bool shut_down;          /* its worker said goodbye: nothing new goes here */
    bool deserted;           /* who polled it last is gone: what waits in it holds no clock (outstanding.h) */
    uint64_t last_peer;      /* struct tl_call's; 0: none */
    struct list_node all;    /* in sim->queues */
    struct list_node filled; /* in sim->filled while a task waits for a poll */
};

/* A task that waits in a queue; embedded in what it belongs to, zero-initialised. */
struct queue_task {
    struct queue *queue; /* NULL while in none */
    struct list_node node;
    struct agenda_item delivery;
    uint8_t rank; /* sim_queue_rank */
    /* Starts it and answers the poll. False: the task is out of date, and the poll goes on waiting. */
    bool (*give)(struct queue_task *task, struct tl_call *poll);
    void (*on_unload)(struct queue_task *task); /* its sticky queue is unloaded: takes it out; NULL: it stays */
    agenda_name_fn *name;                       /* of the delivery; gets &task->delivery */
};

struct queue *sim_queue_new(struct name_space *space, enum queue_kind kind, const char *name);
void sim_queue_free(struct queue *queue);

/* The rank of a task, or of a query, of that priority; NULL and 0 are the middle one, out of range is cut. */
uint8_t sim_queue_rank(const Pb__Priority *priority, bool is_query);

/* Adds a task behind those of its rank; takes it out, delivery too (nothing when it is in none). */
void sim_queue_add(struct queue *queue, struct queue_task *task);
void sim_queue_remove(struct queue_task *task);

/* Notes that a poll came or ended; one without an identity leaves no trace (task_queue_partition_manager.go). */
void sim_queue_note(struct queue *queue, const struct tl_call *poll);

/* Lets a poll wait for a task of the queue. */
void sim_queue_poll(struct queue *queue, struct tl_call *poll);

/*
 * Whether someone polls it, or did within the last ten seconds: else a sticky task goes to the
 * normal queue (service/matching/matching_engine.go, StickyWorkerUnavailable).
 */
bool sim_queue_is_served(const struct queue *queue);

/* Answers, with nothing, the polls of the worker with that key; NULL: of all workers. */
void sim_queue_end_polls(struct queue *queue, const char *worker_instance_key);

/* A worker of it said goodbye: where nobody else polls it, it is deserted until somebody does. NULL is fine. */
void sim_queue_leave(struct queue *queue);

/*
 * The worker of a sticky queue said goodbye (ForceUnloadTaskQueuePartition): its polls end, and
 * nothing new goes there until somebody polls again. Workflow tasks wait on for that, or for their
 * timeout.
 */
void sim_queue_unload(struct queue *queue);

#endif
