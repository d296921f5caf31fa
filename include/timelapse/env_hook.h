/* SPDX-License-Identifier: MIT */
/*
 * Callbacks of a test: at a virtual time or after an event. They run on the test's own stack, between two steps of the
 * world, in waits and clients' calls of the test; they may signal, cancel, query, start, look, and control workers, but
 * not wait: functions that run the world or move time are a verdict there, and so are assertions that run until a run
 * is closed. One runs at a time; what becomes due meanwhile follows.
 */
#ifndef TIMELAPSE_ENV_HOOK_H
#define TIMELAPSE_ENV_HOOK_H

#include <timelapse/env.h>
#include <timelapse/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_env_hook;

typedef void tl_env_hook_fn(struct tl_env *env, void *user);

/*
 * Calls back once, `at` after the start of the environment (tl_env_elapsed), not before now: that is a verdict, and
 * NULL is returned when the reporter returns. Time jumps there by itself. Borrowed until tl_env_free.
 */
TL_API struct tl_env_hook *tl_env_at(struct tl_env *env, tl_duration at, tl_env_hook_fn *callback, void *user);

/* Which events. Zero means any in every member but the kind. Strings are copied. */
struct tl_event_filter {
    enum tl_trace_kind kind; /* TL_TRACE_SERVICE_EVENT_ADDED, and so on */
    const char *workflow_id;
    const char
        *name;  /* "TimerStarted", "ChargeCard"; of kind SERVICE_EVENT_ADDED one that no event type has: a verdict */
    size_t nth; /* after the nth of them, from 1; 0: the first */
    int every;  /* 1: after that one and all that follow; steps that bring several are followed by one call */
};

/* Calls back after the step in which such an event came. Borrowed until tl_env_free. */
TL_API struct tl_env_hook *
tl_env_on_event(struct tl_env *env, const struct tl_event_filter *filter, tl_env_hook_fn *callback, void *user);

/* Whether it was never called does not matter; else tl_env_finish makes a verdict of it. NULL is fine. */
TL_API void tl_env_hook_optional(struct tl_env_hook *hook);

/* How often it was called. */
TL_API size_t tl_env_hook_calls(const struct tl_env_hook *hook);

/*
 * Tells every event of the kinds in `mask` (TL_TRACE_BIT, TL_TRACE_ALL) as it happens, inside the step: `watch` may
 * look at the event (tl_trace_event_json: timelapse/history_event.h) and call nothing of the environment, driver or
 * client. For as long as the environment lives. TL_NO_MEMORY is a verdict.
 */
typedef void tl_env_watch_fn(void *user, const struct tl_trace_event *event);
TL_API void tl_env_watch(struct tl_env *env, uint64_t mask, tl_env_watch_fn *watch, void *user);

/* As all such functions of the environment: see tl_env_here. */
#define tl_env_at(env, at, callback, user) (tl_env_at)(TL_ENV_HERE(env), (at), (callback), (user))
#define tl_env_on_event(env, ...)          (tl_env_on_event)(TL_ENV_HERE(env), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
