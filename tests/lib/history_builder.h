/* SPDX-License-Identifier: MIT */
/*
 * Histories written by hand, event by event, as a server would have written them. Ids count up,
 * times advance one second an event unless told otherwise.
 */
#ifndef TIMELAPSE_TESTS_HISTORY_BUILDER_H
#define TIMELAPSE_TESTS_HISTORY_BUILDER_H

#include <timelapse/history.h>

#include "model/history.h"

struct history_builder {
    struct pool *pool;
    struct arena arena;
    Pb__HistoryEvent **events;
    size_t count;
    size_t capacity;
    tl_time now;
    int64_t completed; /* of the last workflow task */
    int64_t scheduled; /* of the last workflow task */
    int64_t started;
};

void builder_init(struct history_builder *builder);
void builder_done(struct history_builder *builder);

/* The bare event, to be filled further. */
Pb__HistoryEvent *builder_event(struct history_builder *builder, int event_type);

/* WorkflowExecutionStarted with one JSON argument (NULL: none). */
void builder_start(struct history_builder *builder, const char *workflow_type, const char *input_json);

/* WorkflowTaskScheduled alone; WorkflowTaskStarted of the one that waits. */
void builder_task_waits(struct history_builder *builder);
void builder_task_begins(struct history_builder *builder);
/* WorkflowTaskScheduled and WorkflowTaskStarted; and WorkflowTaskCompleted. */
void builder_task_starts(struct history_builder *builder);
void builder_task_completes(struct history_builder *builder);
/* All three. */
void builder_task(struct history_builder *builder);
void builder_task_fails(struct history_builder *builder, int cause);
void builder_task_times_out(struct history_builder *builder);

/* Each returns the id of its event. */
int64_t builder_timer_started(struct history_builder *builder, const char *id, tl_duration duration);
int64_t builder_timer_fired(struct history_builder *builder, const char *id, int64_t started);
int64_t builder_timer_canceled(struct history_builder *builder, const char *id, int64_t started);
int64_t builder_activity_scheduled(struct history_builder *builder, const char *id, const char *type);
int64_t builder_activity_started(struct history_builder *builder, int64_t scheduled);
int64_t builder_activity_completed(
    struct history_builder *builder, int64_t scheduled, int64_t started, const char *result_json);
int64_t
builder_activity_failed(struct history_builder *builder, int64_t scheduled, int64_t started, const char *failure_type);
int64_t builder_activity_timed_out(struct history_builder *builder, int64_t scheduled, int64_t started);
int64_t builder_activity_cancel_requested(struct history_builder *builder, int64_t scheduled);
int64_t builder_activity_canceled(struct history_builder *builder, int64_t scheduled, int64_t started);
int64_t builder_signaled(struct history_builder *builder, const char *name, const char *input_json);
int64_t builder_cancel_requested(struct history_builder *builder);
int64_t builder_completed(struct history_builder *builder, const char *result_json);
int64_t builder_failed(struct history_builder *builder, const char *failure_type);
int64_t builder_canceled(struct history_builder *builder);

/* What was built so far; borrows from the builder. */
struct tl_history builder_history(const struct history_builder *builder);

#endif
