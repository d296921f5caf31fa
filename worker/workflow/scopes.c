/* SPDX-License-Identifier: MIT */
/* Cancellation scopes as workflow code uses them. */
#include "worker/machines/timer.h"
#include "worker/workflow/context.h"
#include "worker/workflow/limit.h"
#include "worker/workflow/strand.h"

struct tl_scope {
    struct scope scope; /* on no list until it runs */
    struct tl_workflow *wf;
    tl_duration limit;
    struct list_node expired; /* linked from its timer's event until workflow code goes on */
    bool begun;
    bool timed_out;
};

int tl_is_canceled(struct tl_workflow *wf)
{
    return scope_is_canceled(workflow_look(wf, __func__)->scope);
}

const char *tl_cancel_reason(struct tl_workflow *wf)
{
    const struct scope *scope = workflow_strand(wf, __func__)->scope;

    if (!scope_is_canceled(scope)) {
        return NULL;
    }
    while (!scope->requested) {
        scope = scope->parent;
    }
    return scope->reason == NULL ? "" : scope->reason;
}

void tl_cancel_scope(struct tl_workflow *wf)
{
    scope_cancel(wf, workflow_strand(wf, __func__)->scope);
}

static void enter(struct strand *strand, struct scope *scope, bool shielded)
{
    scope_init(scope, strand->wf, strand->scope, shielded);
    strand->scope = scope;
}

static void leave(struct strand *strand)
{
    struct scope *scope = strand->scope;

    strand->scope = scope->parent;
    scope_done(scope);
}

enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user)
{
    struct strand *strand = workflow_strand(wf, __func__);

    enter(strand, ARENA_NEW(wf->arena, struct scope), true);
    enum tl_status status = body(wf, user);
    leave(strand);
    return status;
}

/* ---- Scopes with a handle ---- */

struct tl_scope *tl_scope_new(struct tl_workflow *wf, const struct tl_scope_options *options)
{
    static const struct tl_scope_options defaults;

    (void)workflow_strand(wf, __func__);
    options = options == NULL ? &defaults : options;
    limit_check(wf, __func__, options->limit);
    struct tl_scope *scope = ARENA_NEW(wf->arena, struct tl_scope);
    scope->wf = wf;
    scope->limit = options->limit;
    scope->scope.shielded = options->shielded != 0;
    return scope;
}

/* Noted, and acted upon when workflow code goes on: what else has come until then has come. */
static void on_timer(struct tl_future *timer)
{
    struct tl_scope *scope = timer->user;

    if (timer->status == TL_OK) {
        list_append(&scope->wf->expired, &scope->expired);
    }
}

/* The timer belongs to the scope that it limits: it goes with it. */
static struct tl_future *start_limit(struct tl_scope *scope)
{
    if (scope->limit == 0 || scope->limit == TL_NEVER) {
        return NULL;
    }
    struct tl_future *timer = timer_start(scope->wf, scope->limit);
    timer->then = on_timer;
    timer->user = scope;
    return timer;
}

void scopes_expire(struct tl_workflow *wf)
{
    for (struct list_node *node; (node = list_take_first(&wf->expired)) != NULL;) {
        struct tl_scope *scope = LIST_ITEM(node, struct tl_scope, expired);
        if (!scope_is_canceled(&scope->scope)) {
            scope->timed_out = true;
            scope->scope.reason = "the scope's limit is over";
            scope_cancel(wf, &scope->scope);
        }
    }
}

enum tl_status
tl_scope_run(struct tl_scope *scope, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user)
{
    struct strand *strand = workflow_strand(scope->wf, __func__);
    struct scope before = scope->scope;

    if (scope->begun) {
        workflow_misuse(scope->wf, "scope", "tl_scope_run: the scope ran before");
    }
    scope->begun = true;
    enter(strand, &scope->scope, before.shielded);
    if (before.requested) {
        scope->scope.reason = before.reason;
        scope_cancel(scope->wf, &scope->scope);
    }
    struct tl_future *timer = start_limit(scope);
    enum tl_status status = body(scope->wf, user);
    if (timer != NULL) {
        tl_future_cancel(timer);
    }
    leave(strand);
    return status == TL_CANCELED && scope->timed_out ? strand_note(strand, TL_TIMED_OUT, NULL) : status;
}

void tl_scope_cancel(struct tl_scope *scope, const char *reason)
{
    (void)workflow_strand(scope->wf, __func__);
    if (scope->scope.requested) {
        return;
    }
    scope->scope.reason = reason == NULL ? NULL : arena_strdup(scope->wf->arena, reason);
    if (scope->begun) {
        scope_cancel(scope->wf, &scope->scope);
    } else {
        scope->scope.requested = true;
    }
}

int tl_scope_is_canceled(const struct tl_scope *scope)
{
    (void)workflow_strand(scope->wf, __func__);
    return scope_is_canceled(&scope->scope);
}
