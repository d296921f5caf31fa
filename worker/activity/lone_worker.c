/* SPDX-License-Identifier: MIT */
/* The life of a lone worker and its attempts, and what came of them. */
#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/pb.h"
#include "worker/activity/lone.h"
#include "worker/registry/option.h"

/* ---- What is written down ---- */

struct tl_lone_attempt *lone_find(const struct tl_lone_worker *worker, struct tl_bytes token)
{
    LIST_EACH(&worker->given, node)
    {
        struct tl_lone_attempt *lone = LIST_ITEM(node, struct tl_lone_attempt, node);

        if (tl_bytes_equal(lone->token, token)) {
            return lone;
        }
    }
    return NULL;
}

void lone_end(struct tl_lone_attempt *lone, enum tl_status status)
{
    if (!lone->ended) {
        lone->ended = true;
        lone->status = status;
        agenda_cancel(&lone->worker->driver->agenda, &lone->cancel);
    }
}

/* One of a list. */
struct noted_heartbeat {
    struct list_node node;
    struct tl_seen_heartbeat seen;
};

void lone_add_heartbeat(
    struct tl_lone_attempt *lone, struct lone_heartbeats *heartbeats, const struct tl_payloads *details)
{
    struct noted_heartbeat *noted = ARENA_NEW(lone->arena, struct noted_heartbeat);

    noted->seen.at = tl_driver_now(lone->worker->driver);
    noted->seen.details = pb_payloads_view(lone->arena, pb_payloads(lone->arena, details));
    list_append(&heartbeats->list, &noted->node);
    heartbeats->count++;
}

/* ---- Watching ---- */

static struct tl_lone_attempt *lone_of(struct tl_lone_worker *worker, const struct tl_activity *attempt)
{
    struct tl_lone_attempt *lone = lone_find(worker, attempt->info.task_token);

    CHECK(lone != NULL);
    return lone;
}

static void on_heartbeat(void *user, const struct tl_activity *attempt, const struct tl_payloads *details)
{
    struct tl_lone_attempt *lone = lone_of(user, attempt);

    lone_add_heartbeat(lone, &lone->raw, details);
}

/* An answer that is sent is written down by the service, after the heartbeats that go before it. */
static void on_ended(void *user, const struct tl_activity *attempt, enum attempt_outcome outcome)
{
    struct tl_lone_attempt *lone = lone_of(user, attempt);

    if (outcome == ATTEMPT_COMPLETES_LATER) {
        lone_end(lone, TL_COMPLETES_LATER);
    } else if (outcome == ATTEMPT_DROPPED) {
        lone_end(lone, attempt->cancel == TL_ACTIVITY_NOT_FOUND ? TL_NOT_FOUND : TL_TIMED_OUT);
    }
}

static void on_done(void *user)
{
    (void)user; /* it has slots without end */
}

static const struct attempt_watcher watcher = {.on_heartbeat = on_heartbeat, .on_ended = on_ended};

struct telling {
    const struct tl_lone_worker *worker;
    parked_fn *each;
    void *user;
};

static void tell_waits(void *user)
{
    const struct telling *telling = user;

    attempts_waits(&telling->worker->attempts, telling->each, telling->user);
}

static void waits(const struct driver_member *member, parked_fn *each, void *user)
{
    const struct tl_lone_worker *worker = CONST_CONTAINER_OF(member, struct tl_lone_worker, member);
    struct telling telling = {worker, each, user};

    driver_guarded_always(worker->driver, tell_waits, &telling);
}

/* ---- Life ---- */

struct making {
    struct tl_driver *driver;
    const struct tl_lone_worker_options *options;
    struct tl_lone_worker *worker;
};

static void make_attempts(struct tl_lone_worker *worker, const struct tl_lone_worker_options *options)
{
    struct attempts *attempts = &worker->attempts;
    struct arena *arena = &worker->arena;

    attempts->driver = worker->driver;
    attempts->agenda = &worker->driver->agenda;
    attempts->pool = worker->driver->pool;
    attempts->registry = options->registry;
    attempts->party = &worker->party;
    attempts->name_space = arena_strdup(arena, options->name_space == NULL ? "default" : options->name_space);
    attempts->identity = arena_strdup(arena, "lone worker");
    attempts->task_queue = arena_strdup(arena, options->task_queue == NULL ? "test" : options->task_queue);
    attempts->coroutine_stack = options->coroutine_stack == 0 ? OPTION_STACK : options->coroutine_stack;
    attempts->on_done = on_done;
    attempts->watcher = &watcher;
    attempts->user = worker;
    attempts_init(attempts);
}

static enum tl_status make(void *user)
{
    struct making *making = user;
    struct arena arena;

    arena_init(&arena, making->driver->pool);
    struct tl_lone_worker *worker = ARENA_NEW(&arena, struct tl_lone_worker);
    worker->arena = arena;
    worker->driver = making->driver;
    driver_random(making->driver, "lone worker", &worker->random);
    lone_service_init(worker);
    call_party_init(&worker->party, &making->driver->agenda, &worker->service, &worker->random);
    list_init(&worker->given);
    make_attempts(worker, making->options);
    worker->member.waits = waits;
    driver_join(making->driver, &worker->member);
    making->worker = worker;
    return TL_OK;
}

static enum tl_status check_options(const struct tl_lone_worker_options *options, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (options->registry == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "registry", "is missing");
    }
    if (options->name_space != NULL) {
        status = option_check_name("name_space", options->name_space, error);
    }
    if (status == TL_OK && options->task_queue != NULL) {
        status = option_check_name("task_queue", options->task_queue, error);
    }
    if (status == TL_OK && options->coroutine_stack != 0) {
        status = option_check_stack(options->coroutine_stack, error);
    }
    return status == TL_OK ? tl_registry_check(options->registry, error) : status;
}

struct tl_lone_worker *
tl_lone_worker_new(struct tl_driver *driver, const struct tl_lone_worker_options *options, struct tl_error *error)
{
    struct making making = {driver, options, NULL};

    if (check_options(options, error) != TL_OK) {
        return NULL;
    }
    if (driver_guarded(driver, make, &making) != TL_OK) {
        (void)driver_stopped_status(driver, error);
        return NULL;
    }
    return making.worker;
}

void tl_lone_worker_free(struct tl_lone_worker *worker)
{
    if (worker == NULL || worker->driver->fault.dead) {
        return; /* it goes with the driver's pool */
    }
    struct arena arena = worker->arena;

    driver_leave(&worker->member);
    LIST_EACH(&worker->given, node)
    {
        struct tl_lone_attempt *lone = LIST_ITEM(node, struct tl_lone_attempt, node);

        agenda_cancel(&worker->driver->agenda, &lone->start);
        agenda_cancel(&worker->driver->agenda, &lone->cancel);
    }
    attempts_done(&worker->attempts);
    call_party_done(&worker->party);
    lone_service_done(worker);
    arena_done(&arena);
}

/* ---- Attempts ---- */

static void on_start(struct agenda_item *item)
{
    struct tl_lone_attempt *lone = CONTAINER_OF(item, struct tl_lone_attempt, start);

    attempts_take_task(&lone->worker->attempts, &lone->task);
}

static void cancel_in(const struct list *attempts, const struct tl_lone_attempt *lone)
{
    LIST_EACH(attempts, node)
    {
        struct tl_activity *attempt = LIST_ITEM(node, struct tl_activity, node);

        if (tl_bytes_equal(attempt->info.task_token, lone->token)) {
            attempt_cancel(attempt, lone->cancel_reason);
            return;
        }
    }
}

static void on_cancel(struct agenda_item *item)
{
    struct tl_lone_attempt *lone = CONTAINER_OF(item, struct tl_lone_attempt, cancel);

    cancel_in(&lone->worker->attempts.running, lone);
    cancel_in(&lone->worker->attempts.gone, lone);
}

struct starting {
    struct tl_lone_worker *worker;
    const char *activity_type;
    const struct tl_payloads *input;
    const struct tl_attempt_task *task;
    struct tl_lone_attempt *lone;
    struct tl_error *error;
};

static enum tl_status start(void *user)
{
    struct starting *starting = user;
    struct tl_lone_worker *worker = starting->worker;
    struct arena *arena = &worker->arena;
    struct tl_lone_attempt *lone = ARENA_NEW(arena, struct tl_lone_attempt);

    lone->worker = worker;
    lone->arena = arena;
    lone->token = tl_bytes_of(arena_format(arena, "attempt %zu of a lone worker", ++worker->count));
    lone->start.run = on_start;
    lone->cancel.run = on_cancel;
    lone->status = TL_FAILED;
    list_init(&lone->raw.list);
    list_init(&lone->sent.list);
    enum tl_status status =
        lone_task_make(lone, starting->activity_type, starting->input, starting->task, starting->error);
    if (status != TL_OK) {
        return status;
    }
    list_append(&worker->given, &lone->node);
    agenda_post(&worker->driver->agenda, &lone->start);
    starting->lone = lone;
    return TL_OK;
}

enum tl_status tl_lone_worker_start(
    struct tl_lone_worker *worker, const char *activity_type, const struct tl_payloads *input,
    const struct tl_attempt_task *task, struct tl_lone_attempt **out_attempt, struct tl_error *error)
{
    static const struct tl_attempt_task defaults;
    struct starting starting = {worker, activity_type, input, task == NULL ? &defaults : task, NULL, error};
    enum tl_status status = lone_task_check(activity_type, starting.task, error);

    if (status != TL_OK) {
        return status;
    }
    status = driver_guarded(worker->driver, start, &starting);
    if (status == TL_OK) {
        *out_attempt = starting.lone;
    } else if (status == TL_NO_MEMORY || status == TL_VERDICT) {
        (void)driver_stopped_status(worker->driver, error);
    }
    return status;
}

/* ---- Asking it to stop ---- */

struct canceling {
    struct tl_lone_attempt *lone;
    tl_time at;
};

static void arm_cancel(void *user)
{
    const struct canceling *canceling = user;

    agenda_at(&canceling->lone->worker->driver->agenda, &canceling->lone->cancel, canceling->at, TL_DEADLINE_WAKING);
}

enum tl_status
tl_lone_attempt_cancel(struct tl_lone_attempt *attempt, enum tl_activity_cancel_reason reason, tl_time at)
{
    struct canceling canceling = {attempt, at};

    if (reason <= TL_ACTIVITY_NOT_CANCELED || reason > TL_ACTIVITY_WORKER_SHUTDOWN) {
        return TL_INVALID_ARGUMENT;
    }
    attempt->cancel_reason = reason;
    if (!attempt->ended) {
        driver_guarded_always(attempt->worker->driver, arm_cancel, &canceling);
    }
    return TL_OK;
}

enum tl_status tl_lone_attempt_answer_heartbeats(struct tl_lone_attempt *attempt, enum tl_activity_cancel_reason reason)
{
    if (reason < TL_ACTIVITY_NOT_CANCELED || reason > TL_ACTIVITY_NOT_FOUND) {
        return TL_INVALID_ARGUMENT;
    }
    attempt->heartbeat_answer = reason;
    return TL_OK;
}

/* ---- What came of it ---- */

int tl_lone_attempt_ended(const struct tl_lone_attempt *attempt)
{
    return attempt->ended;
}

enum tl_status tl_lone_attempt_status(const struct tl_lone_attempt *attempt)
{
    return attempt->status;
}

struct tl_payload tl_lone_attempt_result(const struct tl_lone_attempt *attempt)
{
    return attempt->result;
}

const struct tl_failure *tl_lone_attempt_failure(const struct tl_lone_attempt *attempt)
{
    return attempt->failure;
}

struct tl_payloads tl_lone_attempt_details(const struct tl_lone_attempt *attempt)
{
    return attempt->details;
}

static const struct lone_heartbeats *view_of(const struct tl_lone_attempt *attempt, enum tl_heartbeat_view view)
{
    return view == TL_HEARTBEATS_RAW ? &attempt->raw : &attempt->sent;
}

const struct tl_seen_heartbeat *
tl_lone_attempt_heartbeat(const struct tl_lone_attempt *attempt, enum tl_heartbeat_view view, size_t nth)
{
    LIST_EACH(&view_of(attempt, view)->list, node)
    {
        if (nth-- == 0) {
            return &CONST_CONTAINER_OF(node, struct noted_heartbeat, node)->seen;
        }
    }
    return NULL;
}

size_t tl_lone_attempt_heartbeats(const struct tl_lone_attempt *attempt, enum tl_heartbeat_view view)
{
    return view_of(attempt, view)->count;
}
