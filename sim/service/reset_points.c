/* SPDX-License-Identifier: MIT */
#include "sim/service/reset_points.h"

#include <string.h>

#include "model/message.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"

#define POINTS_MAX 20 /* common/primitives/constants.go, DefaultHistoryMaxAutoResetPoints */

static bool is_same(const char *left, const char *right)
{
    return strcmp(left == NULL ? "" : left, right == NULL ? "" : right) == 0;
}

static char *build_of(const Pb__WorkflowTaskCompletedEventAttributes *completed)
{
    if (completed->deployment_version != NULL) {
        return completed->deployment_version->build_id;
    }
    return completed->worker_version != NULL ? completed->worker_version->build_id : NULL;
}

static bool is_known(const Pb__Workflow__ResetPoints *points, const Pb__WorkflowTaskCompletedEventAttributes *completed)
{
    for (size_t i = 0; i < points->n_points; i++) {
        if (is_same(points->points[i]->binary_checksum, completed->binary_checksum) &&
            is_same(points->points[i]->build_id, build_of(completed))) {
            return true;
        }
    }
    return false;
}

/* Beyond the limit the oldest goes. */
static void add(Pb__Workflow__ResetPoints *points, Pb__Workflow__ResetPointInfo *point)
{
    if (points->n_points == POINTS_MAX) {
        points->n_points--;
        memmove(points->points, points->points + 1, points->n_points * sizeof(Pb__Workflow__ResetPointInfo *));
    }
    points->points[points->n_points++] = point;
}

static Pb__Workflow__ResetPointInfo *
new_point(const struct run *run, struct arena *arena, const Pb__HistoryEvent *event)
{
    const Pb__WorkflowTaskCompletedEventAttributes *completed = event->workflow_task_completed_event_attributes;
    Pb__Workflow__ResetPointInfo *point = PB_NEW(arena, Pb__Workflow__ResetPointInfo, pb__workflow__reset_point_info);

    point->binary_checksum = completed->binary_checksum;
    if (build_of(completed) != NULL) {
        point->build_id = build_of(completed);
    }
    point->run_id = arena_strdup(arena, run->run_id);
    point->first_workflow_task_completed_id = event->event_id;
    point->create_time = event->event_time;
    point->resettable = true;
    return point;
}

/* Of earlier runs, as long as their histories are kept. */
static void inherit(const struct run *run, Pb__Workflow__ResetPoints *points)
{
    const Pb__Workflow__ResetPoints *before = run->started->prev_auto_reset_points;

    for (size_t i = 0; before != NULL && i < before->n_points; i++) {
        Pb__Workflow__ResetPointInfo *point = before->points[i];
        if (point->expire_time == NULL || pb_time(point->expire_time) >= run->started_at) {
            add(points, point);
        }
    }
}

Pb__Workflow__ResetPoints *sim_reset_points(const struct run *run, struct arena *arena)
{
    const struct history *history = run->history;
    Pb__Workflow__ResetPoints *points = PB_NEW(arena, Pb__Workflow__ResetPoints, pb__workflow__reset_points);

    points->points = ARENA_ARRAY(arena, Pb__Workflow__ResetPointInfo *, POINTS_MAX);
    inherit(run, points);
    for (int64_t id = 1; id <= (int64_t)history->count; id++) {
        const Pb__HistoryEvent *event = sim_history_event(history, id);
        if (event->event_type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED &&
            !is_known(points, event->workflow_task_completed_event_attributes)) {
            add(points, new_point(run, arena, event));
        }
    }
    return points->n_points > 0 ? points : NULL;
}

/*
 * The previous run is closed: its history is kept for some time from here on
 * (mutable_state_impl.go, rolloverAutoResetPointsWithExpiringTime).
 */
Pb__Workflow__ResetPoints *sim_reset_points_hand_on(const struct run *previous, struct arena *arena, tl_time begun)
{
    Pb__Workflow__ResetPoints *points = message_clone(arena, sim_reset_points(previous, arena));

    for (size_t i = 0; points != NULL && i < points->n_points; i++) {
        if (is_same(points->points[i]->run_id, previous->run_id)) {
            points->points[i]->expire_time = pb_timestamp(arena, sim_later(begun, previous->space->retention));
        }
    }
    return points;
}

/* It follows the event that started it: while a task is started nothing else is written. */
const Pb__WorkflowTaskCompletedEventAttributes *sim_last_completion(const struct run *run)
{
    const struct history *history = run->history;
    int64_t id = run->last_completed_started_id;

    while (id != 0 && id <= (int64_t)history->count) {
        const Pb__HistoryEvent *event = sim_history_event(history, id);
        if (event->event_type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
            return event->workflow_task_completed_event_attributes;
        }
        id++;
    }
    return NULL;
}
