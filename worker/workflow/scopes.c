/* SPDX-License-Identifier: MIT */
/* Cancellation scopes as workflow code uses them. */
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

int tl_is_canceled(struct tl_workflow *wf)
{
    return scope_is_canceled(workflow_strand(wf, __func__)->scope);
}

void tl_cancel_scope(struct tl_workflow *wf)
{
    scope_cancel(wf, workflow_strand(wf, __func__)->scope);
}

enum tl_status
tl_shielded(struct tl_workflow *wf, enum tl_status (*body)(struct tl_workflow *wf, void *user), void *user)
{
    struct strand *strand = workflow_strand(wf, __func__);
    struct scope *scope = ARENA_NEW(wf->arena, struct scope);

    scope_init(scope, wf, strand->scope, true);
    strand->scope = scope;
    enum tl_status status = body(wf, user);
    strand->scope = scope->parent;
    scope_done(scope);
    return status;
}
