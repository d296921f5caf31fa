/* SPDX-License-Identifier: MIT */
/*
 * Interceptors: code of yours around every public call of workflows, activities and clients.
 * Each receives the call and the next link; the first added is the outermost. With none, a call
 * goes straight to its implementation.
 */
#ifndef TIMELAPSE_INTERCEPTOR_H
#define TIMELAPSE_INTERCEPTOR_H

#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/query.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The rest of the chain; call exactly once, or not at all to answer in its place. */
struct tl_next;

/* Every member may be NULL: that call is not intercepted. */
struct tl_interceptor {
    const char *name; /* static storage */
    void *user;

    /* Around a workflow's and an activity's function. */
    enum tl_status (*run_workflow)(
        void *user, struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input,
        struct tl_payload *result);
    enum tl_status (*run_activity)(
        void *user, struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input,
        struct tl_payload *result);

    /* Around the handler of a query; tl_query_type tells which. It may only read, as the handler. */
    enum tl_status (*answer_query)(
        void *user, struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input,
        struct tl_payload *result);
};

/* Go on with the chain. */
TL_API TL_MUST_CHECK enum tl_status tl_next_run_workflow(
    struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result);
TL_API TL_MUST_CHECK enum tl_status tl_next_run_activity(
    struct tl_next *next, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result);

/* Likewise, of a query's handler. */
TL_API TL_MUST_CHECK enum tl_status tl_next_answer_query(
    struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result);

/* Adds an interceptor (copied). */
TL_API void tl_register_interceptor(struct tl_registry *registry, const struct tl_interceptor *interceptor);

#ifdef __cplusplus
}
#endif
#endif
