/* SPDX-License-Identifier: MIT */
/* Waiting for several futures at once. */
#include "base/check.h"
#include "worker/workflow/context.h"
#include "worker/workflow/limit.h"
#include "worker/workflow/strand.h"

/* So many are named where someone asks what a coroutine waits for. */
#define MOST_NAMED 5

struct many {
    struct tl_future *const *futures;
    size_t count;
};

/* The first that is done, or how many there are. */
static size_t first_done(const struct many *many)
{
    size_t i = 0;

    while (i < many->count && !many->futures[i]->done) {
        i++;
    }
    return i;
}

static void describe_any(const struct strand *strand, struct text *text)
{
    const struct many *many = strand->waits_for;

    text_add(text, many->count == 1 ? "" : "the first of ");
    for (size_t i = 0; i < many->count && i < MOST_NAMED; i++) {
        text_add(text, i == 0 ? "" : ", ");
        many->futures[i]->kind->describe(many->futures[i], text);
    }
    if (many->count > MOST_NAMED) {
        text_format(text, " and %zu more", many->count - MOST_NAMED);
    }
}

/* The strand's second waiter is its limit's, when it has one. */
static struct waiter *waiters_of(struct strand *strand, size_t count, bool limited)
{
    if (count + (limited ? 1 : 0) <= COUNT_OF(strand->waiters)) {
        return strand->waiters;
    }
    if (count > strand->many_count) {
        strand->many = ARENA_ARRAY(strand->wf->arena, struct waiter, count);
        strand->many_count = count;
    }
    return strand->many;
}

static struct waiter *watch_all(struct strand *strand, const struct many *many, bool limited)
{
    struct waiter *waiters = waiters_of(strand, many->count, limited);

    for (size_t i = 0; i < many->count; i++) {
        waiters[i].strand = strand;
        list_append(&many->futures[i]->waiters, &waiters[i].node);
    }
    strand->describe_wait = describe_any;
    strand->waits_for = many;
    strand->waits_until = TL_NEVER;
    return waiters;
}

static void unwatch_all(struct waiter *waiters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list_remove(&waiters[i].node);
    }
}

/* All of them, and the caller, are of one workflow. */
static struct strand *check(struct tl_future *const *futures, size_t count, const char *function)
{
    struct strand *strand = workflow_strand(NULL, function);

    for (size_t i = 0; i < count; i++) {
        (void)workflow_strand(futures[i]->wf, function);
    }
    return strand;
}

static struct strand *check_any(struct tl_future *const *futures, size_t count, const char *function)
{
    struct strand *strand = check(futures, count, function);

    if (count == 0) {
        workflow_misuse(strand->wf, "count", "%s: there is nothing to wait for", function);
    }
    return strand;
}

size_t tl_wait_any(struct tl_future *const *futures, size_t count)
{
    struct strand *strand = check_any(futures, count, __func__);
    const struct many many = {futures, count};
    size_t found = first_done(&many);

    if (found < count) {
        return found;
    }
    struct waiter *waiters = watch_all(strand, &many, false);
    while (found == count) {
        strand_park(strand);
        found = first_done(&many);
    }
    unwatch_all(waiters, count);
    return found;
}

enum tl_status tl_wait_any_for(struct tl_future *const *futures, size_t count, tl_duration limit, size_t *index)
{
    struct strand *strand = check_any(futures, count, __func__);
    const struct many many = {futures, count};
    size_t found = first_done(&many);
    struct limit bound;

    limit_check(strand->wf, __func__, limit);
    if (found == count) {
        struct waiter *waiters = watch_all(strand, &many, true);
        limit_begin(&bound, strand, limit, true);
        while ((found = first_done(&many)) == count && !limit_is_over(&bound)) {
            strand_park(strand);
        }
        unwatch_all(waiters, count);
        limit_end(&bound);
    }
    if (found == count) {
        return limit_outcome(&bound);
    }
    *index = found;
    return TL_OK;
}

/* What a wait for all returns when all are done. */
static enum tl_status outcome_of_all(struct tl_future *const *futures, size_t count, struct strand *strand)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = future_outcome(futures[i], strand, NULL);
    }
    return status;
}

enum tl_status tl_wait_all(struct tl_future *const *futures, size_t count)
{
    struct strand *strand = check(futures, count, __func__);

    for (size_t i = 0; i < count; i++) {
        future_await(futures[i], strand);
    }
    return outcome_of_all(futures, count, strand);
}

/* Parks until it is done; false when the limit is over before. */
static bool await_within(struct tl_future *future, struct strand *strand, const struct limit *limit)
{
    tl_time until = strand->waits_until;

    if (future->done) {
        return true;
    }
    future_watch(future, strand);
    strand->waits_until = until;
    while (!future->done && !limit_is_over(limit)) {
        strand_park(strand);
    }
    list_remove(&strand->waiters[0].node);
    return future->done;
}

enum tl_status tl_wait_all_for(struct tl_future *const *futures, size_t count, tl_duration limit)
{
    struct strand *strand = check(futures, count, __func__);
    struct limit bound;
    size_t done = 0;

    limit_check(strand->wf, __func__, limit);
    while (done < count && futures[done]->done) {
        done++;
    }
    if (done < count) {
        limit_begin(&bound, strand, limit, true);
        while (done < count && await_within(futures[done], strand, &bound)) {
            done++;
        }
        limit_end(&bound);
    }
    return done == count ? outcome_of_all(futures, count, strand) : limit_outcome(&bound);
}
