/* SPDX-License-Identifier: MIT */
/*
 * Workers that take the first task of a workflow which a client of the same driver and service
 * starts: it comes with the answer to the start, without a poll. A host is a worker as a client
 * sees it (sdk-core, client/src/worker.rs).
 */
#ifndef TIMELAPSE_WORKER_EAGER_HOST_H
#define TIMELAPSE_WORKER_EAGER_HOST_H

#include <stdbool.h>
#include <timelapse/driver.h>
#include <timelapse/service.h>

#include "base/list.h"
#include "model/pb.h"

/* Embedded in a worker. */
struct eager_host {
    struct list_node node;
    uint64_t number;            /* of all hosts of the driver, ever: tells it from another at the same address */
    struct tl_service *service; /* borrowed, as the names are */
    const char *name_space;
    const char *task_queue;
    /* Reserves a slot for one task, if it may. */
    bool (*reserve)(struct eager_host *host);
    /* Takes the task for a reserved slot, which lives in `reply` (its reference too); it is worked on later. */
    void (*take)(struct eager_host *host, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *task);
    /* Gives the slot back: no task came. */
    void (*release)(struct eager_host *host);
};

void eager_host_add(struct tl_driver *driver, struct eager_host *host);

/* Nothing when it was never added. */
void eager_host_remove(struct eager_host *host);

/* A slot that is reserved at a host, which may go away before it is used. */
struct eager_seat {
    struct eager_host *host; /* NULL: none */
    uint64_t number;         /* the host's */
};

/* At the first host for that queue that has a slot. */
struct eager_seat eager_host_reserve(
    struct tl_driver *driver, const struct tl_service *service, const char *name_space, const char *task_queue);

/* Gives the task in `reply` to the host, or its slot back when `task` is NULL or none. Nothing when the host is gone.
 */
void eager_host_settle(
    struct tl_driver *driver, struct eager_seat seat, struct tl_reply *reply,
    const Pb__PollWorkflowTaskQueueResponse *task);

#endif
