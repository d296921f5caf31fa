/* SPDX-License-Identifier: MIT */
/* One attempt's way: started, parked and woken, ended or left behind. */
#include "worker/activity/attempt.h"

#include <stdio.h>

#include "base/coroutine.h"
#include "base/pool.h"
#include "model/message.h"
#include "worker/registry/registry.h"
#include "worker/runtime/clock.h"
#include "worker/runtime/driver_private.h"
#include "worker/runtime/fault.h"

/* How long the worker waits beyond the service's timeouts before it uses its own (sdk-core, local timeout buffer). */
#define LOCAL_TIMEOUT_BUFFER TL_SECONDS(5)

/* ---- Running ---- */

static void release_thread(struct tl_activity *attempt)
{
    struct driver_host *host = attempt->attempts->driver->host;

    if (host != NULL) {
        host->methods->release(host, &attempt->job);
    }
}

static void end(struct tl_activity *attempt)
{
    attempt->ended = true;
    agenda_cancel(attempt->attempts->agenda, &attempt->wake);
    agenda_cancel(attempt->attempts->agenda, &attempt->local_timeout);
    release_thread(attempt);
    attempt_tell_ended(attempt);
    attempt_answer(attempt);
}

void attempt_fail(struct tl_activity *attempt, const char *type, const char *message)
{
    attempt->failure = attempt_failure(attempt, type, message);
    attempt->status = TL_FAILED;
    end(attempt);
}

/* Lets the code run until it waits or ends, with its errands in between. */
static enum coroutine_state go_on(struct tl_activity *attempt)
{
    enum coroutine_state state;

    attempt->waits_for = NULL;
    while ((state = coroutine_resume(attempt->coroutine)) == COROUTINE_YIELDED && attempt->errand != NULL &&
           !attempt->attempts->abandoned) {
        void (*errand)(void *user) = attempt->errand;

        attempt->errand = NULL;
        errand(attempt->errand_user);
    }
    return state;
}

/* A verdict leaves the attempt as it is: the driver has stopped, nothing may be answered. */
static void resume(struct tl_activity *attempt)
{
    enum coroutine_state state = go_on(attempt);

    if (state == COROUTINE_YIELDED) {
        return;
    }
    int reason = state == COROUTINE_ABORTED ? coroutine_abort_reason(attempt->coroutine) : 0;
    if (reason == DRIVER_ABORT_FAULT) {
        driver_fault(attempt->attempts->driver);
    }
    coroutine_drop(attempt->coroutine);
    attempt->coroutine = NULL;
    if (state == COROUTINE_ENDED && !attempt->attempts->abandoned) {
        end(attempt);
    } else if (reason == COROUTINE_OUT_OF_MEMORY) {
        pool_unwind(attempt->attempts->pool);
    }
}

static void body(void *user)
{
    struct tl_activity *attempt = user;
    struct tl_payloads input = attempt->input;

    driver_unlock(attempt->attempts->driver, 0);
    attempt->status =
        registry_run_activity(attempt->attempts->registry, attempt->definition, attempt, &input, &attempt->result);
    (void)driver_lock(attempt->attempts->driver);
}

static void on_thread(struct driver_job *job)
{
    struct tl_activity *attempt = CONTAINER_OF(job, struct tl_activity, job);

    if (!attempt->attempts->abandoned) {
        resume(attempt);
    }
}

/* Here, or on its own thread; that needs no waking while it runs: it looks at what changed before it waits. */
static bool set_going(struct tl_activity *attempt)
{
    struct driver_host *host = attempt->attempts->driver->host;

    if (host != NULL) {
        return host->methods->resume(host, &attempt->job);
    }
    resume(attempt);
    return true;
}

static void on_wake(struct agenda_item *item)
{
    (void)set_going(CONTAINER_OF(item, struct tl_activity, wake));
}

static void print_name(const struct tl_activity *attempt, const char *what, char *text, size_t size)
{
    const struct tl_activity_info *info = &attempt->info;

    (void)snprintf(
        text,
        size,
        "%s: activity %s#%s attempt %d %s",
        info->workflow_id,
        info->activity_type,
        info->activity_id,
        (int)info->attempt,
        what);
}

static void name_wake(const struct agenda_item *item, char *text, size_t size)
{
    print_name(CONST_CONTAINER_OF(item, struct tl_activity, wake), "goes on", text, size);
}

static void name_local_timeout(const struct agenda_item *item, char *text, size_t size)
{
    print_name(CONST_CONTAINER_OF(item, struct tl_activity, local_timeout), "is given up by its worker", text, size);
}

/* ---- The worker's own timeout ---- */

/*
 * The service has given the attempt up by now. Its code is asked to stop; its slot is free at once,
 * even when the code goes on waiting.
 */
static void on_local_timeout(struct agenda_item *item)
{
    struct tl_activity *attempt = CONTAINER_OF(item, struct tl_activity, local_timeout);
    struct attempts *attempts = attempt->attempts;

    attempt_cancel(attempt, TL_ACTIVITY_TIMED_OUT);
    list_remove(&attempt->node);
    list_append(&attempts->gone, &attempt->node);
    attempt->holds_slot = false;
    if (attempts->watcher != NULL) {
        attempts->watcher->on_ended(attempts->user, attempt, ATTEMPT_DROPPED);
    }
    attempts->on_done(attempts->user);
}

static bool heartbeat_is_shortest(const struct tl_activity_info *info)
{
    return info->heartbeat > 0 && (info->start_to_close <= 0 || info->heartbeat <= info->start_to_close);
}

/* schedule-to-close is left out: clocks of service and worker may differ (sdk-core worker/activities.rs). */
static void arm_local_timeout(struct tl_activity *attempt)
{
    const struct tl_activity_info *info = &attempt->info;
    tl_duration shortest = heartbeat_is_shortest(info) ? info->heartbeat : info->start_to_close;
    struct agenda *agenda = attempt->attempts->agenda;
    tl_time at = clock_after(clock_after(agenda->now, shortest), LOCAL_TIMEOUT_BUFFER);

    if (shortest > 0 && at != TL_NEVER) {
        attempt->local_timeout.run = on_local_timeout;
        attempt->local_timeout.name = name_local_timeout;
        agenda_at(agenda, &attempt->local_timeout, at, TL_DEADLINE_WAKING);
    }
}

void attempt_seen(struct tl_activity *attempt)
{
    if (!attempt->ended && attempt->holds_slot && heartbeat_is_shortest(&attempt->info)) {
        arm_local_timeout(attempt);
    }
}

/* ---- Starting ---- */

/* The task as user code sees it: the reply's own message, or with codecs a decoded copy. */
static enum tl_status decode(struct tl_activity *attempt, struct tl_error *error)
{
    const struct tl_registry *registry = attempt->attempts->registry;

    if (!registry_has_codecs(registry)) {
        return TL_OK;
    }
    Pb__PollActivityTaskQueueResponse *copy = message_clone(&attempt->arena, attempt->poll);
    attempt->poll = copy;
    return registry_decode(registry, &attempt->arena, copy, error);
}

void attempt_start(struct tl_activity *attempt)
{
    struct attempts *attempts = attempt->attempts;
    struct tl_error error;

    if (decode(attempt, &error) != TL_OK) {
        attempt_fail(attempt, "PayloadCodecError", error.message);
        return;
    }
    attempt->input = pb_payloads_view(&attempt->arena, attempt->poll->input);
    attempt->headers.header = attempt->poll->header;
    attempt->wake.run = on_wake;
    attempt->wake.name = name_wake;
    if (attempts->abandoned) {
        return;
    }
    attempt->job.run = on_thread;
    attempt->coroutine = coroutine_new(attempts->pool, attempts->coroutine_stack, body, attempt);
    arm_local_timeout(attempt);
    if (!set_going(attempt)) {
        attempt_fail(attempt, "NoThread", "the worker has no thread for the activity");
    }
}

void attempt_run_errand(struct tl_activity *attempt, void (*errand)(void *user), void *user)
{
    attempt->errand = errand;
    attempt->errand_user = user;
    coroutine_yield();
}

void attempt_park(struct tl_activity *attempt, const char *waits_for, tl_time until)
{
    attempt->waits_for = waits_for;
    attempt->waits_until = until;
    coroutine_yield();
}

void attempt_wake(struct tl_activity *attempt)
{
    agenda_post(attempt->attempts->agenda, &attempt->wake);
}

/* ---- Elsewhere ---- */

static void visit(struct tl_activity *attempt, struct tl_driver *driver)
{
    unsigned held = driver_lock(attempt->owner.driver);

    attempt->visits = driver;
    driver_unlock(attempt->owner.driver, held);
}

void attempt_begin_visit(struct tl_activity *attempt, struct tl_driver *driver)
{
    visit(attempt, driver);
}

void attempt_end_visit(struct tl_activity *attempt)
{
    visit(attempt, NULL);
}

/* ---- Stopping ---- */

void attempt_cancel(struct tl_activity *attempt, enum tl_activity_cancel_reason why)
{
    attempt->forgotten |= why == TL_ACTIVITY_NOT_FOUND || why == TL_ACTIVITY_TIMED_OUT;
    if (attempt->cancel != TL_ACTIVITY_NOT_CANCELED) {
        return;
    }
    __atomic_store_n(&attempt->cancel, why, __ATOMIC_RELEASE);
    if (attempt->visits != NULL) {
        driver_look(attempt->visits);
    }
    if (attempt->coroutine != NULL && attempt->interruptible) {
        attempt_wake(attempt);
    }
}

void attempt_free(struct tl_activity *attempt)
{
    struct agenda *agenda = attempt->attempts->agenda;
    struct arena arena = attempt->arena;

    release_thread(attempt);
    coroutine_drop(attempt->coroutine);
    agenda_cancel(agenda, &attempt->wake);
    agenda_cancel(agenda, &attempt->local_timeout);
    heartbeat_done(attempt);
    call_free(attempt->waits_on);
    call_free(attempt->answer);
    arena_done(&attempt->call);
    tl_reply_unref(attempt->reply);
    tl_reply_unref(attempt->task);
    arena_done(&arena);
}

void attempt_finish(struct tl_activity *attempt)
{
    struct attempts *attempts = attempt->attempts;
    bool held_slot = attempt->holds_slot;

    list_remove(&attempt->node);
    attempt_free(attempt);
    if (held_slot) {
        attempts->on_done(attempts->user);
    }
}
