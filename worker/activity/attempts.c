/* SPDX-License-Identifier: MIT */
/* A worker's attempts together: tasks in, and what the parked ones wait for. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "worker/activity/attempt.h"
#include "worker/registry/priority.h"
#include "worker/registry/registry.h"
#include "worker/registry/retry.h"
#include "worker/runtime/clock.h"
#include "worker/runtime/driver_private.h"

void attempts_init(struct attempts *attempts)
{
    list_init(&attempts->running);
    list_init(&attempts->gone);
}

static void free_all(struct list *list)
{
    struct list_node *node;

    while ((node = list_first(list)) != NULL) {
        list_remove(node);
        attempt_free(LIST_ITEM(node, struct tl_activity, node));
    }
}

static void cancel_all(struct list *list, enum tl_activity_cancel_reason why)
{
    LIST_EACH(list, node)
    {
        attempt_cancel(LIST_ITEM(node, struct tl_activity, node), why);
    }
}

static struct driver_job *busy_one(struct list *list)
{
    LIST_EACH(list, node)
    {
        struct driver_job *job = &LIST_ITEM(node, struct tl_activity, node)->job;

        if (job->busy) {
            return job;
        }
    }
    return NULL;
}

void attempts_abandon(struct attempts *attempts)
{
    struct driver_host *host = attempts->driver->host;
    struct driver_job *job;

    attempts->abandoned = true;
    if (host == NULL) {
        return;
    }
    cancel_all(&attempts->running, TL_ACTIVITY_WORKER_SHUTDOWN);
    while ((job = busy_one(&attempts->running)) != NULL || (job = busy_one(&attempts->gone)) != NULL) {
        host->methods->settle(host, job); /* which others may have come to an end with meanwhile */
    }
}

void attempts_done(struct attempts *attempts)
{
    free_all(&attempts->running);
    free_all(&attempts->gone);
}

void attempts_shut_down(struct attempts *attempts)
{
    attempts->shut_down = true;
    cancel_all(&attempts->running, TL_ACTIVITY_WORKER_SHUTDOWN);
}

/* ---- A task comes in ---- */

/* protobuf-c gives absent strings as "", absent messages as NULL. */
#define STRING_OF(message, member) ((message) == NULL ? "" : (message)->member)

static tl_time earlier_deadline(const struct tl_activity_info *info)
{
    tl_time of_attempt = info->start_to_close > 0 ? clock_after(info->started_at, info->start_to_close) : TL_NEVER;
    tl_time of_all = info->schedule_to_close > 0 ? clock_after(info->scheduled_at, info->schedule_to_close) : TL_NEVER;

    return of_attempt < of_all ? of_attempt : of_all;
}

/* "<run id>/<activity id>", made without printf: every attempt has one and few ask for it. */
static const char *idempotency_key(struct tl_activity *attempt)
{
    const struct tl_activity_info *info = &attempt->info;
    size_t run_len = strlen(info->run_id);
    size_t size = strlen(info->activity_id) + 1;
    char *key = arena_alloc(&attempt->arena, run_len + 1 + size);

    memcpy(key, info->run_id, run_len);
    key[run_len] = '/';
    memcpy(key + run_len + 1, info->activity_id, size);
    return key;
}

static void fill_info(struct tl_activity *attempt)
{
    const Pb__PollActivityTaskQueueResponse *poll = attempt->poll;
    struct tl_activity_info *info = &attempt->info;

    info->activity_id = poll->activity_id;
    info->activity_type = STRING_OF(poll->activity_type, name);
    info->workflow_id = STRING_OF(poll->workflow_execution, workflow_id);
    info->run_id = STRING_OF(poll->workflow_execution, run_id);
    info->workflow_type = STRING_OF(poll->workflow_type, name);
    info->name_space = poll->workflow_namespace;
    info->task_queue = attempt->attempts->task_queue;
    info->idempotency_key = idempotency_key(attempt);
    info->attempt = poll->attempt;
    info->scheduled_at = pb_time(poll->scheduled_time);
    info->attempt_scheduled_at = pb_time(poll->current_attempt_scheduled_time);
    info->started_at = pb_time(poll->started_time);
    info->start_to_close = pb_nanoseconds(poll->start_to_close_timeout);
    info->schedule_to_close = pb_nanoseconds(poll->schedule_to_close_timeout);
    info->heartbeat = pb_nanoseconds(poll->heartbeat_timeout);
    info->deadline = earlier_deadline(info);
    info->retry = retry_view(&attempt->arena, poll->retry_policy);
    info->priority = priority_view(poll->priority);
    info->task_token = (struct tl_bytes){poll->task_token.data, poll->task_token.len};
}

static struct tl_activity *
attempt_new(struct attempts *attempts, struct tl_reply *task, const Pb__PollActivityTaskQueueResponse *poll)
{
    struct arena arena;

    arena_init(&arena, attempts->pool);
    struct tl_activity *attempt = ARENA_NEW(&arena, struct tl_activity);
    attempt->arena = arena;
    arena_init(&attempt->call, attempts->pool);
    attempt->attempts = attempts;
    attempt->task = task;
    attempt->poll = poll;
    attempt->holds_slot = true;
    fill_info(attempt);
    attempt->resource_id = attempt->poll->workflow_execution == NULL ? attempt->poll->activity_id
                                                                     : attempt->poll->workflow_execution->workflow_id;
    attempt->owner = (struct coroutine_owner){
        .kind = COROUTINE_ACTIVITY,
        .driver = attempts->driver,
        .workflow_id = attempt->info.workflow_id,
        .run_id = attempt->info.run_id,
        .name = attempt->info.activity_type};
    heartbeat_init(&attempt->heartbeat, attempts->pool);
    if (attempts->shut_down) {
        attempt->cancel = TL_ACTIVITY_WORKER_SHUTDOWN; /* it was on its way when the grace ended */
    }
    list_append(&attempts->running, &attempt->node);
    return attempt;
}

static void trace_started(const struct tl_activity *attempt)
{
    struct agenda *agenda = attempt->attempts->agenda;
    char detail[32];

    if (!agenda_traces(agenda, TL_TRACE_WORKER_ACTIVITY_STARTED)) {
        return;
    }
    (void)snprintf(detail, sizeof(detail), "attempt %d", (int)attempt->info.attempt);
    agenda_trace(
        agenda,
        (struct tl_trace_event){
            .kind = TL_TRACE_WORKER_ACTIVITY_STARTED,
            .workflow_id = attempt->info.workflow_id,
            .run_id = attempt->info.run_id,
            .name = attempt->info.activity_type,
            .detail = detail});
}

/* An attempt of an unknown type fails and may be retried: another worker of the queue may know it. */
static void refuse(struct tl_activity *attempt)
{
    struct text text;

    text_init(&text, &attempt->arena);
    text_format(&text, "activity type %s is not registered on this worker; ", attempt->info.activity_type);
    registry_describe_activities(attempt->attempts->registry, attempt->info.activity_type, &text);
    attempt_fail(attempt, "NotFoundError", text.data);
}

void attempts_take_task(struct attempts *attempts, struct tl_reply *poll)
{
    attempts_take(attempts, poll, (const Pb__PollActivityTaskQueueResponse *)poll->message);
}

void attempts_take(struct attempts *attempts, struct tl_reply *reply, const Pb__PollActivityTaskQueueResponse *task)
{
    struct tl_activity *attempt = attempt_new(attempts, reply, task);

    attempt->definition = registry_activity(attempts->registry, attempt->info.activity_type);
    if (attempt->definition == NULL) {
        attempt->definition = registry_fallback_activity(attempts->registry);
    }
    trace_started(attempt);
    if (attempt->definition == NULL) {
        refuse(attempt);
    } else {
        attempt_start(attempt);
    }
}

/* ---- What the parked ones wait for ---- */

static void tell_wait(const struct tl_activity *attempt, struct arena *arena, parked_fn *each, void *user)
{
    struct text text;

    if (attempt->coroutine == NULL || attempt->waits_for == NULL) {
        return;
    }
    text_init(&text, arena);
    text_add(&text, attempt->waits_for);
    if (attempt->waits_until != TL_NEVER) {
        text_add(&text, ", until ");
        text_add_time(&text, attempt->waits_until);
    }
    const struct tl_wait wait = {
        .workflow_id = attempt->info.workflow_id,
        .run_id = attempt->info.run_id,
        .coroutine = attempt->info.activity_type,
        .waits_for = text.data};
    each(user, &wait, attempt->coroutine);
    arena_reset(arena);
}

void attempts_waits(const struct attempts *attempts, parked_fn *each, void *user)
{
    struct arena arena;

    arena_init(&arena, attempts->pool);
    LIST_EACH(&attempts->running, node)
    {
        tell_wait(LIST_ITEM(node, struct tl_activity, node), &arena, each, user);
    }
    LIST_EACH(&attempts->gone, gone)
    {
        tell_wait(LIST_ITEM(gone, struct tl_activity, node), &arena, each, user);
    }
    arena_done(&arena);
}
