/* SPDX-License-Identifier: MIT */
#include "worker/workflow/future.h"

#include "model/failure.h"
#include "worker/workflow/context.h"
#include "worker/workflow/failures.h"
#include "worker/workflow/limit.h"
#include "worker/workflow/strand.h"

bool future_init(struct tl_future *future, struct tl_workflow *wf, const struct future_kind *kind)
{
    struct scope *scope = wf->current == NULL ? &wf->root : wf->current->scope;

    future->kind = kind;
    future->wf = wf;
    list_init(&future->waiters);
    if (!kind->scoped) {
        return true;
    }
    if (scope_is_canceled(scope)) {
        future_fail(future, TL_CANCELED, failure_canceled(wf));
        return false;
    }
    list_append(&scope->futures, &future->in_scope);
    return true;
}

static void resolve(struct tl_future *future, enum tl_status status)
{
    future->done = true;
    future->status = status;
    list_remove(&future->in_scope);
    LIST_EACH(&future->waiters, node)
    {
        strand_wake(LIST_ITEM(node, struct waiter, node)->strand);
    }
    if (future->then != NULL) {
        future->then(future);
    }
}

void future_succeed(struct tl_future *future, struct tl_payload result)
{
    if (!future->done) {
        future->result = result;
        resolve(future, TL_OK);
    }
}

void future_fail(struct tl_future *future, enum tl_status status, const Pb__Failure *failure)
{
    if (!future->done) {
        future->failure = failure;
        resolve(future, status);
    }
}

/* As users see it, or NULL. */
static const struct tl_failure *failure_of(struct tl_future *future)
{
    if (future->failure_view == NULL && future->failure != NULL) {
        future->failure_view = failure_view(future->wf->arena, future->failure);
    }
    return future->failure_view;
}

static void describe_future(const struct strand *strand, struct text *text)
{
    const struct tl_future *future = strand->waits_for;

    future->kind->describe(future, text);
}

void future_watch(struct tl_future *future, struct strand *strand)
{
    strand->describe_wait = describe_future;
    strand->waits_for = future;
    strand->waits_until = TL_NEVER;
    list_append(&future->waiters, &strand->waiters[0].node);
}

void future_await(struct tl_future *future, struct strand *strand)
{
    if (future->done) {
        return;
    }
    future_watch(future, strand);
    while (!future->done) {
        strand_park(strand);
    }
    list_remove(&strand->waiters[0].node);
}

enum tl_status future_outcome(struct tl_future *future, struct strand *strand, struct tl_payload *result)
{
    if (future->status != TL_OK) {
        return strand_note(strand, future->status, future->failure);
    }
    if (result != NULL) {
        *result = future->result;
    }
    return TL_OK;
}

int tl_future_ready(const struct tl_future *future)
{
    (void)workflow_look(future->wf, __func__);
    return future->done;
}

enum tl_status tl_future_wait(struct tl_future *future, struct tl_payload *result)
{
    struct strand *strand = workflow_strand(future->wf, __func__);

    future_await(future, strand);
    return future_outcome(future, strand, result);
}

enum tl_status tl_future_wait_for(struct tl_future *future, tl_duration limit, struct tl_payload *result)
{
    struct strand *strand = workflow_strand(future->wf, __func__);
    struct limit bound;

    limit_check(future->wf, __func__, limit);
    if (future->done) {
        return future_outcome(future, strand, result);
    }
    future_watch(future, strand);
    limit_begin(&bound, strand, limit, true);
    while (!future->done && !limit_is_over(&bound)) {
        strand_park(strand);
    }
    list_remove(&strand->waiters[0].node);
    limit_end(&bound);
    return future->done ? future_outcome(future, strand, result) : limit_outcome(&bound);
}

void tl_future_cancel(struct tl_future *future)
{
    (void)workflow_strand(future->wf, __func__);
    if (!future->done && future->kind->cancel != NULL) {
        future->kind->cancel(future);
    }
}

const struct tl_failure *tl_future_failure(const struct tl_future *future)
{
    (void)workflow_look(future->wf, __func__);
    return failure_of((struct tl_future *)(uintptr_t)future);
}
