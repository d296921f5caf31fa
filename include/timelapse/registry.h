/* SPDX-License-Identifier: MIT */
/*
 * The one way in for user code: a registry of workflows, activities and interceptors, filled by
 * functions of type tl_register_fn. Worker, test environment and replayer each take one.
 */
#ifndef TIMELAPSE_REGISTRY_H
#define TIMELAPSE_REGISTRY_H

#include <timelapse/allocator.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_registry;
struct tl_workflow;
struct tl_activity;
struct tl_interceptor; /* timelapse/interceptor.h */

/*
 * A workflow's code. Runs on a coroutine; may be stopped at any wait and never resumed.
 * input: borrowed until the run closes or is evicted. result: left alone means null; memory from
 * tl_alloc. Returns TL_OK (completes), TL_FAILED (fails with tl_failure(wf), set by tl_fail or by
 * the last failed operation), TL_CANCELED (closes as canceled), TL_CONTINUE_AS_NEW (goes on as
 * tl_continue_as_new said). Any other value fails the workflow task, not the workflow.
 */
typedef enum tl_status
tl_workflow_fn(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result);

/*
 * An activity's code. Under the deterministic driver it runs as a coroutine of the driver's
 * thread. input: borrowed until it returns. result: memory from tl_activity_alloc. Returns TL_OK,
 * TL_FAILED (with tl_activity_fail or an untyped failure), TL_CANCELED, TL_COMPLETES_LATER (the attempt
 * goes on elsewhere: timelapse/async_activity.h). Any other value fails the attempt, saying so.
 */
typedef enum tl_status
tl_activity_fn(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result);

/* Strings are borrowed for as long as the registry lives. Zero means default. */
struct tl_workflow_definition {
    const char *type;    /* required: Temporal's workflow type name */
    tl_workflow_fn *run; /* required */
    void *user;          /* handed out by tl_workflow_user: pools, handles */
};

struct tl_activity_definition {
    const char *type;    /* required: Temporal's activity type name */
    tl_activity_fn *run; /* required */
    void *user;          /* handed out by tl_activity_user */
};

/*
 * A new, empty registry; returns owned, free with tl_registry_free; NULL when out of memory.
 * allocator: copied; NULL for malloc. A registry may be shared by any number of workers,
 * environments and replayers once it is filled, and must outlive them.
 */
TL_API struct tl_registry *tl_registry_new(const struct tl_allocator *allocator);
TL_API void tl_registry_free(struct tl_registry *registry);

/* What users write; by convention called tl_register. */
typedef void tl_register_fn(struct tl_registry *registry);

/*
 * Add a workflow or an activity type. A missing member or a name given twice is remembered, not
 * returned, so that a tl_register_fn is a plain list: worker, environment and replayer refuse the
 * registry with the first such error.
 */
TL_API void tl_register_workflow(struct tl_registry *registry, const char *type, tl_workflow_fn *run);
TL_API void tl_register_activity(struct tl_registry *registry, const char *type, tl_activity_fn *run);

/* The same, with a user pointer. */
TL_API void tl_register_workflow_with(struct tl_registry *registry, const struct tl_workflow_definition *definition);
TL_API void tl_register_activity_with(struct tl_registry *registry, const struct tl_activity_definition *definition);

/*
 * The code for every activity type that is not registered: tl_activity_info tells which one was
 * asked for. run NULL takes it away: then such an attempt fails, retryable, naming the types that
 * are registered. The last call counts.
 */
TL_API void tl_register_fallback_activity(struct tl_registry *registry, tl_activity_fn *run, void *user);

/*
 * Calls `each` for every registered type, in the order in which they were registered; a fallback has none. Names are
 * borrowed from the registry. For words about a name that nobody knows, and for tools.
 */
typedef void tl_type_fn(void *user, const char *type);
TL_API void tl_registry_workflow_types(const struct tl_registry *registry, tl_type_fn *each, void *user);
TL_API void tl_registry_activity_types(const struct tl_registry *registry, tl_type_fn *each, void *user);

/* The first error of the registry's additions: TL_OK, TL_INVALID_ARGUMENT, TL_ALREADY_EXISTS, TL_NO_MEMORY. */
TL_API TL_MUST_CHECK enum tl_status tl_registry_check(const struct tl_registry *registry, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
