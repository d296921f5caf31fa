/* SPDX-License-Identifier: MIT */
/*
 * A service whose replies are written down beforehand: for tests of what stands on the service
 * boundary, without a service. It keeps the boundary's contract: requests are copied, replies come
 * later and once, deadlines are on the driver's clock.
 *
 * A call takes the first reply written for its rpc that matches it; without one it waits, until a
 * reply is written, its deadline passes or it is canceled.
 */
#ifndef TIMELAPSE_TESTS_SCRIPTED_SERVICE_H
#define TIMELAPSE_TESTS_SCRIPTED_SERVICE_H

#include <stdbool.h>
#include <timelapse/driver.h>
#include <timelapse/service.h>

#include "base/arena.h"
#include "model/pb.h"
#include "model/rpc.h"

struct scripted_service;

/* Memory is its own, not the driver's, so that it never runs out with it. Aborts when there is none. */
struct scripted_service *scripted_service_new(struct tl_driver *driver);

/* Before the driver, after everything that calls it. Returns how many replies were never given back. */
size_t scripted_service_free(struct scripted_service *scripted);

struct tl_service *scripted_service(struct scripted_service *scripted);

/* For messages of the test; lives as long as the service. */
struct arena *scripted_arena(struct scripted_service *scripted);

/* Whether a reply is meant for this request. */
typedef bool scripted_match_fn(const void *request);

/* Writes a reply to one call of `rpc`; message: copied, of the rpc's response type. */
void scripted_reply(struct scripted_service *scripted, enum rpc rpc, const void *message);
void scripted_reply_to(
    struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches, const void *message);

/* As scripted_reply, with an error. */
void scripted_fail(struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text);
void scripted_fail_to(
    struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches, enum tl_status status,
    const char *text);

/* As scripted_fail, with details (Pb__Rpc__Status, copied). */
void scripted_fail_with(
    struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text, const void *details);

/* From now on every call of `rpc` that no reply is written for is answered with this. */
void scripted_always(struct scripted_service *scripted, enum rpc rpc, const void *message);
void scripted_always_fail(struct scripted_service *scripted, enum rpc rpc, enum tl_status status, const char *text);

/* Calls are refused at once with this status (TL_OK: no more). */
void scripted_refuse(struct scripted_service *scripted, enum tl_status status);

/* What was asked. */
struct scripted_call {
    enum rpc rpc;
    const void *request; /* a copy */
    tl_time at;
    tl_time deadline; /* 0: none */
    bool answered;
    bool canceled;
};

/* The nth call of `rpc`, from 0, or NULL; how many there were; how many wait. */
const struct scripted_call *scripted_call(const struct scripted_service *scripted, enum rpc rpc, size_t nth);
size_t scripted_count(const struct scripted_service *scripted, enum rpc rpc);
size_t scripted_waiting(const struct scripted_service *scripted, enum rpc rpc, scripted_match_fn *matches);

/* The request of the nth call as what it is. */
#define SCRIPTED_REQUEST(scripted, Rpc, nth)                                                                           \
    ((const Pb__##Rpc##Request *)scripted_call((scripted), RPC_##Rpc, (nth))->request)

/* An empty message for a reply: SCRIPTED_NEW(scripted, Pb__PollWorkflowTaskQueueResponse, pb__...). */
#define SCRIPTED_NEW(scripted, Type, lower) PB_NEW(scripted_arena(scripted), Type, lower)

/* Matches of polls for workflow tasks. */
bool scripted_is_sticky(const void *request);
bool scripted_is_normal(const void *request);

#endif
