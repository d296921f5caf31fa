/* SPDX-License-Identifier: MIT */
/* A deterministic driver that waits for what other threads post; its clock stands still. */
#ifndef TIMELAPSE_TESTS_PUMP_H
#define TIMELAPSE_TESTS_PUMP_H

#include <pthread.h>
#include <timelapse/driver.h>
#include <timelapse/service.h>

#include "model/rpc.h"
#include "worker/transport/service.h"

struct pump {
    struct tl_driver *driver;
    struct channel_service *view;
    struct tl_service *service;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    int awake;
};

/* What came back of a call; on the stack of a test. */
struct outcome {
    struct tl_call *call;
    struct tl_reply *reply; /* NULL: nothing yet */
};

void pump_init(struct pump *pump, struct channel *channel, const struct tl_allocator *allocator);
void pump_done(struct pump *pump);

/* Asks; the outcome may not move. `more` may be NULL: else deadline and metadata are taken from it. */
void pump_ask(
    struct pump *pump, struct outcome *outcome, enum rpc rpc, const void *message, const struct tl_request *more);

/* Steps and waits until the reply is there. To be given back with tl_reply_unref. */
struct tl_reply *pump_wait(struct pump *pump, struct outcome *outcome);

/* Both. */
struct tl_reply *pump_call(struct pump *pump, enum rpc rpc, const void *message, const struct tl_request *more);

#endif
