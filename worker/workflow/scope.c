/* SPDX-License-Identifier: MIT */
#include "worker/workflow/scope.h"

#include <stddef.h>

#include "worker/workflow/context.h"
#include "worker/workflow/future.h"
#include "worker/workflow/strand.h"

void scope_init(struct scope *scope, struct tl_workflow *wf, struct scope *parent, bool shielded)
{
    *scope = (struct scope){.parent = parent, .shielded = shielded};
    list_init(&scope->futures);
    list_append(&wf->scopes, &scope->node);
    scope->told = scope_is_canceled(scope);
}

/* Scopes around it may be over before it: a coroutine goes on when the one that started it has ended. */
static struct scope *heir_of(const struct scope *scope)
{
    struct scope *heir = scope->parent;

    while (!heir->shielded && !list_is_linked(&heir->node)) {
        heir = heir->parent;
    }
    return heir;
}

void scope_done(struct scope *scope)
{
    list_remove(&scope->node);
    for (struct list_node *node; (node = list_take_first(&scope->futures)) != NULL;) {
        if (!scope->shielded) {
            list_append(&heir_of(scope)->futures, node);
        }
    }
}

bool scope_is_canceled(const struct scope *scope)
{
    while (!scope->requested) {
        if (scope->shielded || scope->parent == NULL) {
            return false;
        }
        scope = scope->parent;
    }
    return true;
}

/* Strands that wait for what cannot be canceled, such as a signal, stop waiting. */
static void wake_waiters(struct tl_workflow *wf, const struct scope *scope)
{
    LIST_EACH(&wf->strands, node)
    {
        struct strand *strand = LIST_ITEM(node, struct strand, all);
        if (strand->scope == scope && strand->interruptible) {
            strand_wake(strand);
        }
    }
}

static void tell(struct tl_workflow *wf, struct scope *scope)
{
    scope->told = true;
    for (struct list_node *node = list_first(&scope->futures); node != NULL;) {
        struct tl_future *future = LIST_ITEM(node, struct tl_future, in_scope);
        node = list_next(&scope->futures, node); /* canceling may resolve it, which takes it off the list */
        future->kind->cancel(future);
    }
    wake_waiters(wf, scope);
}

void scope_cancel(struct tl_workflow *wf, struct scope *scope)
{
    scope->requested = true;
    LIST_EACH(&wf->scopes, node)
    {
        struct scope *open = LIST_ITEM(node, struct scope, node);
        if (!open->told && scope_is_canceled(open)) {
            tell(wf, open);
        }
    }
}
