/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/timeskipping.go and task_generator.go (RegenerateTimerTasksForTimeSkipping). */
#include "sim/machines/clock.h"

#include <stdio.h>
#include <string.h>

#include "model/message.h"
#include "sim/machines/activity_deadline.h"
#include "sim/machines/machines.h"
#include "sim/machines/run_start.h"
#include "sim/service/messages.h"

#define SKIPS_DEFAULT 200 /* common/dynamicconfig/constants.go, WorkflowTimeSkippingMaxSkipPerSession */

/* ---- Configurations ---- */

static bool is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n\v\f")] == '\0';
}

enum tl_status sim_clock_check(struct tl_error *error, const Pb__TimeSkippingConfig *config)
{
    tl_duration duration = 0;

    if (config == NULL || config->fast_forward_config == NULL) {
        return TL_OK;
    }
    const Pb__FastForwardConfig *forward = config->fast_forward_config;
    if (sim_check_duration(error, "fast_forward_config.duration", forward->duration, &duration) != TL_OK) {
        return error->status;
    }
    if (duration <= 0) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "fast_forward_config.duration",
            "fast_forward_config.duration must be positive");
    }
    if (is_blank(forward->id)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "fast_forward_config.id", "fast_forward_config.id is not set");
    }
    if (!config->enabled) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "fast_forward_config",
            "time_skipping_config: fast_forward_config is set, and enabled is not");
    }
    return TL_OK;
}

/* A copy with `enabled` as it is now. */
static Pb__TimeSkippingConfig *effective_config(const struct run_clock *clock, struct arena *arena)
{
    Pb__TimeSkippingConfig *config = message_clone(arena, clock->config);

    if (config != NULL) {
        config->enabled = clock->enabled;
    }
    return config;
}

static Pb__TimeSkippingConfig *completed(const Pb__TimeSkippingConfig *config, struct arena *arena)
{
    Pb__TimeSkippingConfig *copy = message_clone(arena, config);

    if (copy->max_session_skip_count <= 0) {
        copy->max_session_skip_count = SKIPS_DEFAULT;
    }
    return copy;
}

/* ---- Transitions ---- */

/* Counts it, and ends the skipping where the fast-forward or the session does. to: 0 when no time is skipped. */
static void transition(struct run *run, tl_time to, bool forward_ends)
{
    struct run_clock *clock = run->clock;
    struct arena *arena = &run->history->arena;
    tl_time now = sim_run_now(run);
    Pb__HistoryEvent *event = sim_run_event(run);
    Pb__WorkflowExecutionTimeSkippingTransitionedEventAttributes *transitioned = EVENT_ATTRIBUTES(
        arena,
        event,
        WorkflowExecutionTimeSkippingTransitioned,
        workflow_execution_time_skipping_transitioned,
        WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED);

    event->worker_may_ignore = true;
    transitioned->target_time = pb_timestamp(arena, to);
    transitioned->disabled_after_fast_forward = forward_ends;
    transitioned->wall_clock_time = pb_timestamp(arena, now); /* the run's, as event_factory.go takes it */
    sim_run_buffer(run, event, NULL);
    run->offset += to == 0 ? 0 : to - now;
    clock->forward_reached = clock->forward_reached || forward_ends;
    clock->skips++;
    clock->enabled = !forward_ends && clock->skips < clock->config->max_session_skip_count;
}

static void on_forward(struct agenda_item *item)
{
    struct run *run = CONTAINER_OF(item, struct run_clock, forward)->run;

    if (run->clock->enabled) {
        transition(run, 0, true);
        sim_run_commit(run);
    }
}

static void name_forward(const struct agenda_item *item, char *text, size_t size)
{
    const struct run *run = CONST_CONTAINER_OF(item, struct run_clock, forward)->run;

    (void)snprintf(text, size, "%s: fast-forward ends", run->workflow_id);
}

static bool forwards(const struct run_clock *clock)
{
    return clock->enabled && clock->forward_to != 0 && !clock->forward_reached;
}

static void arm_forward(struct run_clock *clock)
{
    clock->forward.run = on_forward;
    clock->forward.name = name_forward;
    if (forwards(clock)) {
        (void)sim_run_arm(clock->run, &clock->forward, clock->forward_to);
    } else {
        sim_run_disarm(clock->run, &clock->forward);
    }
}

/* ---- Skipping ---- */

/* Nothing is under way that only the world outside can end: an activity that waits for its next attempt is not. */
static bool is_idle(const struct run *run)
{
    const struct map *activities = &run->activities;

    for (struct map_entry *entry = map_next(activities, NULL); entry != NULL; entry = map_next(activities, entry)) {
        const struct activity *activity = entry->value;
        if (!sim_activity_is_backing_off(activity) || activity->scheduled_at <= sim_run_now(run)) {
            return false;
        }
    }
    return !sim_workflow_task_is_pending(run);
}

static void consider(const struct run *run, tl_time candidate, tl_time *target)
{
    if (candidate != 0 && candidate >= sim_run_now(run) && candidate < *target) {
        *target = candidate;
    }
}

/* Timeouts of the run count once it had a workflow task; before that there is the end of its back-off. */
static tl_time find_target(const struct run *run)
{
    tl_time target = TL_NEVER;

    if (run->timer_dues.count > 0) {
        consider(run, heap_first(&run->timer_dues)->at, &target);
    }
    for (struct map_entry *entry = map_next(&run->activities, NULL); entry != NULL;
         entry = map_next(&run->activities, entry)) {
        consider(run, ((const struct activity *)entry->value)->scheduled_at, &target);
    }
    consider(run, sim_run_is_backing_off(run) ? run->executes_at : run->expires_at, &target);
    return target;
}

/* What is pending comes due by the clock as it is now, in the order of task_generator.go. */
static void rearm(struct run *run)
{
    sim_timer_rearm(run);
    sim_run_arm_expiry(run);
    arm_forward(run->clock);
    if (sim_run_is_backing_off(run)) {
        (void)sim_run_arm(run, &run->backoff, run->executes_at);
    }
    for (struct map_entry *entry = map_next(&run->activities, NULL); entry != NULL;
         entry = map_next(&run->activities, entry)) {
        sim_activity_arm(entry->value);
    }
}

void sim_clock_settle(struct run *run)
{
    struct run_clock *clock = run->clock;

    if (clock == NULL || !clock->enabled || !sim_run_is_open(run) || !is_idle(run)) {
        return;
    }
    tl_time target = find_target(run);
    bool ends = forwards(clock) && clock->forward_to <= target;
    if (ends) {
        target = clock->forward_to > sim_run_now(run) ? clock->forward_to : 0;
    }
    if (target == TL_NEVER) {
        return;
    }
    transition(run, target, ends);
    sim_run_flush(run);
    rearm(run);
}

/* ---- From run to run ---- */

static struct run_clock *new_clock(struct run *run)
{
    struct run_clock *clock = ARENA_NEW(&run->history->arena, struct run_clock);

    clock->run = run;
    run->clock = clock;
    return clock;
}

/* A fast-forward goes on to where it was to end; one that is there already has ended. */
static void inherit(struct run *run, const struct run_clock *from)
{
    struct run_clock *clock = new_clock(run);

    clock->config = effective_config(from, &run->history->arena);
    clock->enabled = from->enabled;
    clock->skips = from->skips;
    clock->forward_to = from->forward_to;
    clock->forward_reached = from->forward_to != 0 && from->forward_to <= sim_run_now(run);
    clock->enabled = clock->enabled && !clock->forward_reached;
}

static void configure(struct run *run, const Pb__TimeSkippingConfig *config)
{
    struct run_clock *clock = new_clock(run);

    clock->config = completed(config, &run->history->arena);
    clock->enabled = config->enabled;
    if (config->fast_forward_config != NULL) {
        clock->forward_to = sim_later(sim_run_now(run), pb_nanoseconds(config->fast_forward_config->duration));
    }
}

void sim_clock_begin(struct run *run, const Pb__TimeSkippingConfig *config, const struct run *previous)
{
    if (previous != NULL && previous->clock != NULL) {
        run->offset = previous->offset;
        inherit(run, previous->clock);
    } else if (previous == NULL && config != NULL) {
        configure(run, config);
    }
    run->started_at = sim_run_now(run);
}

/* config: as the run before left it, or as asked for. */
void sim_clock_tell_start(const struct run *run, Pb__WorkflowExecutionStartedEventAttributes *started)
{
    const struct run_clock *clock = run->clock;
    struct arena *arena = &run->history->arena;

    if (clock == NULL) {
        return;
    }
    started->time_skipping_config = message_clone(arena, clock->config);
    if (!pb_is_empty(started->continued_execution_run_id)) {
        Pb__TimeSkippingStatePropagation *state =
            PB_NEW(arena, Pb__TimeSkippingStatePropagation, pb__time_skipping_state_propagation);
        state->initial_skipped_duration = sim_duration(arena, run->offset);
        state->fast_forward_target_time = pb_timestamp(arena, clock->forward_to);
        state->initial_skip_count = clock->skips;
        started->time_skipping_state_propagation = state;
    }
}

void sim_clock_arm(struct run *run)
{
    if (run->clock != NULL) {
        arm_forward(run->clock);
    }
}

void sim_clock_drop(struct run *run)
{
    if (run->clock != NULL) {
        sim_run_disarm(run, &run->clock->forward);
    }
}

/* ---- Looking ---- */

Pb__TimeSkippingFastForwardInfo *sim_clock_forward_info(const struct run *run, struct arena *arena)
{
    const struct run_clock *clock = run->clock;

    if (clock == NULL || clock->forward_to == 0) {
        return NULL;
    }
    Pb__TimeSkippingFastForwardInfo *info =
        PB_NEW(arena, Pb__TimeSkippingFastForwardInfo, pb__time_skipping_fast_forward_info);
    info->fast_forward_duration = message_clone(arena, clock->config->fast_forward_config->duration);
    info->fast_forward_id = arena_strdup(arena, clock->config->fast_forward_config->id);
    info->target_time = pb_timestamp(arena, clock->forward_to);
    info->has_completed = clock->forward_reached;
    return info;
}

Pb__TimeSkippingInfo *sim_clock_info(const struct run *run, struct arena *arena)
{
    if (run->clock == NULL) {
        return NULL;
    }
    Pb__TimeSkippingInfo *info = PB_NEW(arena, Pb__TimeSkippingInfo, pb__time_skipping_info);
    info->current_time = pb_timestamp(arena, sim_run_now(run));
    info->effective_config = effective_config(run->clock, arena);
    info->fast_forward_info = sim_clock_forward_info(run, arena);
    info->current_session_skip_count = run->clock->skips;
    return info;
}
