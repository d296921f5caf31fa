/* SPDX-License-Identifier: MIT */
/*
 * A lone worker from the inside: attempts whose service only writes down what it is told. Reading path: lone_worker.c
 * (life, attempts, what came of them) -> lone_task.c (the task that is made up) -> lone_service.c.
 */
#ifndef TIMELAPSE_WORKER_LONE_H
#define TIMELAPSE_WORKER_LONE_H

#include <timelapse/lone_worker.h>

#include "base/random.h"
#include "worker/activity/attempt.h"
#include "worker/runtime/driver_private.h"

struct tl_lone_worker {
    struct tl_service service; /* first: what its attempts call */
    struct driver_member member;
    struct tl_driver *driver;
    struct arena arena; /* this struct and all that it hands out */
    struct random random;
    struct call_party party;
    struct attempts attempts;
    struct list given; /* struct tl_lone_attempt, in order of their start */
    struct list calls; /* struct tl_call: answers on their way */
    size_t count;
};

/* Heartbeats in order. */
struct lone_heartbeats {
    struct list list;
    size_t count;
};

struct tl_lone_attempt {
    struct list_node node;
    struct tl_lone_worker *worker;
    struct arena *arena; /* the worker's */
    struct tl_bytes token;
    struct tl_reply task; /* the made-up answer to a poll that holds the task; never freed by counts */
    struct agenda_item start;
    struct agenda_item cancel;
    enum tl_activity_cancel_reason cancel_reason;
    enum tl_activity_cancel_reason heartbeat_answer;

    bool ended;
    enum tl_status status;
    struct tl_payload result;
    const struct tl_failure *failure;
    struct tl_payloads details;
    struct lone_heartbeats raw;
    struct lone_heartbeats sent;
};

/* The attempt of that token; NULL: not one of the worker's. */
struct tl_lone_attempt *lone_find(const struct tl_lone_worker *worker, struct tl_bytes token);

/* What came of it is known; the first news stay. */
void lone_end(struct tl_lone_attempt *lone, enum tl_status status);

/* Writes a heartbeat down; details: copied. */
void lone_add_heartbeat(
    struct tl_lone_attempt *lone, struct lone_heartbeats *heartbeats, const struct tl_payloads *details);

/* ---- lone_task.c ---- */

/* TL_OK, or TL_INVALID_ARGUMENT naming the field. */
enum tl_status lone_task_check(const char *activity_type, const struct tl_attempt_task *task, struct tl_error *error);

/* A checked task, copied into the attempt's arena and encoded; fills lone->task. A codec may fail. */
enum tl_status lone_task_make(
    struct tl_lone_attempt *lone, const char *activity_type, const struct tl_payloads *input,
    const struct tl_attempt_task *task, struct tl_error *error);

/* ---- lone_service.c ---- */

void lone_service_init(struct tl_lone_worker *worker);

/* Gives the answers that are on their way to whoever waits: its attempts do not any more. */
void lone_service_done(struct tl_lone_worker *worker);

#endif
