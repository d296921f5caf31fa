/* SPDX-License-Identifier: MIT */
#include "worker/workflow/strand.h"

#include "base/arena.h"
#include "worker/workflow/context.h"

static void run_body(void *user)
{
    struct strand *strand = user;

    strand->body(strand);
}

static void describe_end(const struct tl_future *future, struct text *text)
{
    const struct strand *strand = CONST_CONTAINER_OF(future, struct strand, ended);

    text_format(text, "the end of coroutine %s", strand->name);
}

/* Cancels what the coroutine started and waits for, and nothing of its starter's. */
static void cancel_end(struct tl_future *future)
{
    struct strand *strand = CONTAINER_OF(future, struct strand, ended);

    scope_cancel(strand->wf, &strand->own);
}

static const struct future_kind end_kind = {.cancel = cancel_end, .describe = describe_end};

struct strand *strand_new(struct tl_workflow *wf, const char *name, void (*body)(struct strand *strand))
{
    return strand_new_in(wf, name, body, wf->current == NULL ? &wf->root : wf->current->scope);
}

struct strand *
strand_new_in(struct tl_workflow *wf, const char *name, void (*body)(struct strand *strand), struct scope *scope)
{
    struct strand *strand = ARENA_NEW(wf->arena, struct strand);

    strand->owner = (struct coroutine_owner){
        .kind = COROUTINE_WORKFLOW,
        .driver = wf->driver,
        .workflow_id = wf->info.workflow_id,
        .run_id = wf->info.run_id,
        .name = name};
    strand->wf = wf;
    strand->name = name;
    strand->body = body;
    strand->waiters[0].strand = strand;
    strand->waiters[1].strand = strand;
    scope_init(&strand->own, wf, scope, false);
    strand->scope = &strand->own;
    (void)future_init(&strand->ended, wf, &end_kind);
    strand->coroutine = coroutine_new(wf->pool, wf->stack_size, run_body, strand);
    list_append(&wf->strands, &strand->all);
    strand_wake(strand);
    return strand;
}

void strand_wake(struct strand *strand)
{
    if (!list_is_linked(&strand->ready)) {
        list_append(&strand->wf->ready, &strand->ready);
    }
}

void strand_park(struct strand *strand)
{
    (void)strand;
    coroutine_yield();
}

void strand_park_for_ever(struct strand *strand)
{
    strand->describe_wait = NULL;
    for (;;) {
        strand_park(strand);
    }
}

enum tl_status strand_note(struct strand *strand, enum tl_status status, const Pb__Failure *failure)
{
    strand->last_status = status;
    strand->last_failure = failure;
    strand->last_failure_view = NULL;
    return status;
}

void strand_describe_wait(const struct strand *strand, struct text *text)
{
    if (strand->describe_wait == NULL) {
        text_add(text, "its turn");
        return;
    }
    strand->describe_wait(strand, text);
    if (strand->waits_until != TL_NEVER) {
        text_add(text, ", until ");
        text_add_time(text, strand->waits_until);
    }
}

void strands_tell(const struct tl_workflow *wf, parked_fn *each, void *user)
{
    struct arena arena;

    arena_init(&arena, wf->pool);
    LIST_EACH(&wf->strands, node)
    {
        const struct strand *strand = LIST_ITEM(node, const struct strand, all);
        struct text text;
        text_init(&text, &arena);
        strand_describe_wait(strand, &text);
        const struct tl_wait wait = {
            .workflow_id = wf->info.workflow_id,
            .run_id = wf->info.run_id,
            .coroutine = strand->name,
            .waits_for = text.data,
        };
        each(user, &wait, strand->coroutine);
        arena_reset(&arena);
    }
    arena_done(&arena);
}
