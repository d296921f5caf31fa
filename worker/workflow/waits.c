/* SPDX-License-Identifier: MIT */
/* Coroutines, timers, conditions. */
#include "worker/machines/timer.h"
#include "worker/registry/option.h"
#include "worker/workflow/context.h"
#include "worker/workflow/failures.h"
#include "worker/workflow/limit.h"
#include "worker/workflow/strand.h"

static void run_function(struct strand *strand)
{
    enum tl_status status = strand->function(strand->wf, strand->user);

    if ((unsigned)status > TL_TIMED_OUT && status != TL_CONTINUE_AS_NEW) {
        workflow_misuse(
            strand->wf,
            "return value",
            "coroutine %s returned %d, which is no result of a coroutine",
            strand->name,
            (int)status);
    }
    if (status == TL_OK) {
        future_succeed(&strand->ended, (struct tl_payload){0});
    } else {
        future_fail(&strand->ended, status, strand->last_failure);
    }
}

struct tl_future *tl_spawn(
    struct tl_workflow *wf, const char *name, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user)
{
    (void)workflow_strand(wf, __func__);
    struct strand *strand = strand_new(wf, arena_strdup(wf->arena, name), run_function);

    strand->function = body;
    strand->user = user;
    return &strand->ended;
}

static void check_duration(struct tl_workflow *wf, const char *function, tl_duration duration)
{
    struct tl_error error;

    if (duration > 0) {
        workflow_check(wf, function, option_check_duration("duration", duration, &error), &error);
    }
}

struct tl_future *tl_timer_start(struct tl_workflow *wf, tl_duration duration)
{
    (void)workflow_strand(wf, __func__);
    check_duration(wf, __func__, duration);
    return timer_start(wf, duration > 0 ? duration : TL_MILLISECONDS(1));
}

enum tl_status tl_sleep(struct tl_workflow *wf, tl_duration duration)
{
    struct strand *strand = workflow_strand(wf, __func__);

    check_duration(wf, __func__, duration);
    if (duration <= 0) {
        return TL_OK;
    }
    struct tl_future *timer = timer_start(wf, duration);
    future_await(timer, strand);
    return future_outcome(timer, strand, NULL);
}

static void describe_condition(const struct strand *strand, struct text *text)
{
    (void)strand;
    text_add(text, "a condition");
}

/* Parks until it is asked again; true when the wait is over for another reason than its condition. */
static bool wait_ends(struct strand *strand, const struct limit *limit, enum tl_status *status)
{
    if (scope_is_canceled(strand->scope)) {
        *status = strand_note(strand, TL_CANCELED, failure_canceled(strand->wf));
        return true;
    }
    if (limit_is_over(limit)) {
        *status = limit_outcome(limit);
        return true;
    }
    strand_park(strand);
    return false;
}

enum tl_status tl_wait_until(struct tl_workflow *wf, int (*condition)(void *user), void *user, tl_duration limit)
{
    struct strand *strand = workflow_strand(wf, __func__);
    struct limit bound;
    enum tl_status status = TL_OK;

    limit_check(wf, __func__, limit);
    if (condition(user) != 0) {
        return TL_OK;
    }
    strand->describe_wait = describe_condition;
    strand->interruptible = true;
    limit_begin(&bound, strand, scope_is_canceled(strand->scope) ? 0 : limit, false);
    list_append(&wf->conditions, &strand->condition);
    do {
        if (wait_ends(strand, &bound, &status)) {
            break;
        }
    } while (condition(user) == 0);
    list_remove(&strand->condition);
    strand->went_on = true;
    strand->interruptible = false;
    limit_end(&bound);
    return status;
}
