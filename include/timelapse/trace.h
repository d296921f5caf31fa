/* SPDX-License-Identifier: MIT */
/*
 * The event sink: everything that happens, told as it happens. Metrics, monitors, timelines and
 * test hooks hang on it. Events are told in the order of their effects, on the driver's thread.
 */
#ifndef TIMELAPSE_TRACE_H
#define TIMELAPSE_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "text"). The side that tells it is the first word of the name. */
#define TL_TRACE_MAP(X)                                                                                                \
    X(CLOCK_SKIPPED, "clock skipped")                                                                                  \
    X(CALL_SENT, "call sent")                                                                                          \
    X(CALL_ANSWERED, "call answered")                                                                                  \
    X(SERVICE_EVENT_ADDED, "event added")                                                                              \
    X(SERVICE_TASK_ADDED, "task added")                                                                                \
    X(SERVICE_TASK_MATCHED, "task matched")                                                                            \
    X(SERVICE_RUN_OPENED, "run opened")                                                                                \
    X(SERVICE_RUN_CLOSED, "run closed")                                                                                \
    X(WORKER_TASK_STARTED, "workflow task started")                                                                    \
    X(WORKER_TASK_COMPLETED, "workflow task completed")                                                                \
    X(WORKER_TASK_FAILED, "workflow task failed")                                                                      \
    X(WORKER_RUN_CACHED, "run cached")                                                                                 \
    X(WORKER_RUN_EVICTED, "run evicted")                                                                               \
    X(WORKER_ACTIVITY_STARTED, "activity started")                                                                     \
    X(WORKER_ACTIVITY_ENDED, "activity ended")                                                                         \
    X(WORKER_SIGNAL_LEFT, "signal left")                                                                               \
    X(WORKER_LOG, "log")                                                                                               \
    X(CHOICE_TAKEN, "choice taken")                                                                                    \
    X(VERDICT, "verdict")

enum tl_trace_kind {
#define TL_TRACE_ENUM(name, text) TL_TRACE_##name,
    TL_TRACE_MAP(TL_TRACE_ENUM)
#undef TL_TRACE_ENUM
    TL_TRACE_KINDS
};

/* A bit for `mask`. */
#define TL_TRACE_BIT(kind) (UINT64_C(1) << (kind))
#define TL_TRACE_ALL       (~UINT64_C(0))

/*
 * One thing that happened. Strings are never NULL; they and `data` are borrowed for the call. data:
 *   SERVICE_EVENT_ADDED    the temporal.api.history.v1.HistoryEvent
 *   WORKER_TASK_COMPLETED  the RespondWorkflowTaskCompletedRequest that was accepted
 *   WORKER_TASK_FAILED     a struct tl_error when code or history is at fault, NULL when the service refused
 *   WORKER_SIGNAL_LEFT     a struct tl_signal_left; before a workflow task is completed, for each name
 */
struct tl_trace_event {
    enum tl_trace_kind kind;
    tl_time at;              /* virtual time */
    const char *workflow_id; /* "" where none is concerned */
    const char *run_id;      /* likewise */
    int64_t event_id;        /* 0 where none is concerned */
    const char *name;        /* what: an event type, an rpc, a task queue, an activity type */
    const char *detail;      /* in words, for people */
    const void *data;        /* by kind, see above; else NULL */
};

/* Signals of one name that no handler and no wait has taken so far. All borrowed for the call. */
struct tl_signal_left {
    size_t count;             /* of them; > 0 */
    const char *const *taken; /* names of which the workflow takes signals: by handlers, or by waits so far */
    size_t taken_count;
};

/* Receives the events whose bit is in `mask`. May not call back into the handle that tells it. */
struct tl_sink {
    void (*on_event)(void *user, const struct tl_trace_event *event);
    void *user;
    uint64_t mask;
};

/* The kind's text ("event added"); never NULL. Any thread. */
TL_API const char *tl_trace_kind_text(enum tl_trace_kind kind);

#ifdef __cplusplus
}
#endif
#endif
