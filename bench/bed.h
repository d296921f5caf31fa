/* SPDX-License-Identifier: MIT */
/* A simulator and whoever calls it, for measurements: requests are made in its arena, before they are timed. */
#ifndef TIMELAPSE_BENCH_BED_H
#define TIMELAPSE_BENCH_BED_H

#include <timelapse/sim.h>

#include "bench.h"
#include "model/pb.h"
#include "model/rpc.h"

struct bed {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_service *service;
    struct arena arena;
    struct tl_reply *reply;
    ProtobufCBinaryData task_token; /* of the newest workflow task */
    int64_t scheduled;              /* activities and timers so far: for ids */
};

/* This thread's time on a processor, in nanoseconds: what others do meanwhile does not count. */
int64_t bed_clock(void);

void bed_open(struct bed *bed);
void bed_close(struct bed *bed);

/* What is measured next finds memory that was touched before, as it would in a process that has run for a while. */
void bed_warm(struct bed *bed);

/* The answer, which must be good; valid until tl_reply_unref. */
struct tl_reply *bed_ask(struct bed *bed, unsigned rpc, const void *message);

#define BED_REQUEST(Type, lower)                                                                                       \
    Pb__##Type##Request *request = PB_NEW(&bed->arena, Pb__##Type##Request, pb__##lower##_request);                    \
    request->namespace_ = bed_text(bed, "default")

char *bed_text(struct bed *bed, const char *value);
Pb__PollWorkflowTaskQueueRequest *bed_poll(struct bed *bed, const char *name);
Pb__PollActivityTaskQueueRequest *bed_activity_poll(struct bed *bed);

/* Of the newest task, with room for `count` commands; asks for another task at once, in the sticky queue. */
Pb__RespondWorkflowTaskCompletedRequest *bed_completion(struct bed *bed, size_t count);

/* due: in so many seconds. */
Pb__Command *bed_timer(struct bed *bed, int64_t id, int64_t due);
Pb__Command *bed_cancel_timer(struct bed *bed, int64_t id);

/* With the next id. */
Pb__Command *bed_next_timer(struct bed *bed);
Pb__Command *bed_next_activity(struct bed *bed);
Pb__Command *bed_marker(struct bed *bed);

/* Takes the workflow task that is there. */
void bed_take(struct bed *bed, const Pb__PollWorkflowTaskQueueRequest *poll);

/* Completes the newest task. */
void bed_complete(struct bed *bed, Pb__RespondWorkflowTaskCompletedRequest *request);

/* Polls the sticky queue in vain: its worker is alive, and tasks go there for the next ten seconds. */
void bed_show_worker(struct bed *bed);

/* Starts a run and takes its first task. */
void bed_start(struct bed *bed, const char *workflow_id);

/* Completes the task with `count` commands of a kind, and takes the next. */
void bed_grow(struct bed *bed, size_t count, Pb__Command *(*make)(struct bed *bed));

#endif
