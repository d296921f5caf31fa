/* SPDX-License-Identifier: MIT */
#include "worker/workflow/future.h"

#include "base/check.h"
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

static void describe_futures(const struct strand *strand, struct text *text)
{
    const struct tl_future *future = strand->waits_for;

    future->kind->describe(future, text);
}

/* The strand says what it waits for, and is woken by it. */
static void watch(struct tl_future *future, struct strand *strand)
{
    strand->describe_wait = describe_futures;
    strand->waits_for = future;
    strand->waits_until = TL_NEVER;
    list_append(&future->waiters, &strand->waiters[0].node);
}

void future_await(struct tl_future *future, struct strand *strand)
{
    if (future->done) {
        return;
    }
    watch(future, strand);
    while (!future->done) {
        strand_park(strand);
    }
    list_remove(&strand->waiters[0].node);
}

static size_t first_done(struct tl_future *const *futures, size_t count)
{
    size_t i = 0;

    while (i < count && !futures[i]->done) {
        i++;
    }
    return i;
}

static struct waiter *waiters_of(struct strand *strand, size_t count)
{
    if (count <= COUNT_OF(strand->waiters)) {
        return strand->waiters;
    }
    if (count > strand->many_count) {
        strand->many = ARENA_ARRAY(strand->wf->arena, struct waiter, count);
        strand->many_count = count;
    }
    return strand->many;
}

/* Parks the strand until one of them is done; the lowest index that is. */
static size_t await_any(struct tl_future *const *futures, size_t count, struct strand *strand)
{
    size_t found = first_done(futures, count);

    CHECK(count > 0);
    if (found < count) {
        return found;
    }
    struct waiter *waiters = waiters_of(strand, count);
    for (size_t i = 0; i < count; i++) {
        waiters[i].strand = strand;
        list_append(&futures[i]->waiters, &waiters[i].node);
    }
    strand->describe_wait = describe_futures;
    strand->waits_for = futures[0];
    strand->waits_until = TL_NEVER;
    while (found == count) {
        strand_park(strand);
        found = first_done(futures, count);
    }
    for (size_t i = 0; i < count; i++) {
        list_remove(&waiters[i].node);
    }
    return found;
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
    (void)workflow_strand(future->wf, __func__);
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
    watch(future, strand);
    limit_begin(&bound, strand, limit, true);
    while (!future->done && !limit_is_over(&bound)) {
        strand_park(strand);
    }
    list_remove(&strand->waiters[0].node);
    limit_end(&bound);
    return future->done ? future_outcome(future, strand, result) : limit_outcome(&bound);
}

size_t tl_wait_any(struct tl_future *const *futures, size_t count)
{
    struct strand *strand = workflow_strand(NULL, __func__);

    if (count == 0) {
        workflow_misuse(strand->wf, "count", "tl_wait_any: there is nothing to wait for");
    }
    for (size_t i = 0; i < count; i++) {
        (void)workflow_strand(futures[i]->wf, __func__);
    }
    return await_any(futures, count, strand);
}

enum tl_status tl_wait_all(struct tl_future *const *futures, size_t count)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < count; i++) {
        struct strand *strand = workflow_strand(futures[i]->wf, __func__);
        future_await(futures[i], strand);
    }
    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = future_outcome(futures[i], futures[i]->wf->current, NULL);
    }
    return status;
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
    (void)workflow_strand(future->wf, __func__);
    return failure_of((struct tl_future *)(uintptr_t)future);
}
