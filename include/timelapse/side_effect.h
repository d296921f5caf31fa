/* SPDX-License-Identifier: MIT */
/*
 * Values from outside of workflow code, taken once: a function is called when the code gets there for the first
 * time, its value is kept in history by a marker, and replays take it from there without calling the function. For what
 * is quick and cannot fail - a setting, a number from elsewhere; everything else is an activity. When the workflow
 * task fails after the call, it is called again.
 *
 * The function runs on the workflow's coroutine. It may look at the run (tl_workflow_info and its like, tl_now, tl_log,
 * tl_future_ready, tl_is_canceled ...), take memory, and read and write structs (timelapse/json_table.h). What waits,
 * draws, asks for something or changes something else fails the workflow task: it would be missing from a replay.
 * The value is copied. Sources: sdk-go, internal/internal_event_handlers.go (SideEffect, MutableSideEffect).
 */
#ifndef TIMELAPSE_SIDE_EFFECT_H
#define TIMELAPSE_SIDE_EFFECT_H

#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gives a value: writes *value, which is tl_payload_null() at first. What it points to is needed until it returns. */
typedef void tl_side_effect_fn(struct tl_workflow *wf, void *user, struct tl_payload *value);

/* Whether two values are the same, then not 0. Deterministic; it may look and take memory as the function may. */
typedef int tl_value_equals_fn(const struct tl_payload *old_value, const struct tl_payload *new_value);

/* Takes a value once. result: may be NULL; borrowed from the run. */
TL_API void tl_side_effect(struct tl_workflow *wf, tl_side_effect_fn *function, void *user, struct tl_payload *result);

/* The same for a whole number, and for a text (UTF-8; NULL: ""), which is borrowed from the run. Kept as JSON. */
TL_API int64_t tl_side_effect_int(struct tl_workflow *wf, int64_t (*function)(void *user), void *user);
TL_API const char *tl_side_effect_text(struct tl_workflow *wf, const char *(*function)(void *user), void *user);

/*
 * Takes a value that may change from call to call: the function is called each time but in replays, and only a value
 * that is not the same as the last one under that id goes to history. id: 1 to 1,000 bytes of UTF-8. equals: NULL for
 * byte by byte, metadata included. result: may be NULL; the value as it stands, borrowed from the run.
 */
TL_API void tl_mutable_side_effect(
    struct tl_workflow *wf, const char *id, tl_side_effect_fn *function, tl_value_equals_fn *equals, void *user,
    struct tl_payload *result);

#ifdef __cplusplus
}
#endif
#endif
