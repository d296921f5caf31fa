/* SPDX-License-Identifier: MIT */
#include "worker/workflow/handler.h"

#include <string.h>

#include "worker/workflow/context.h"
#include "worker/workflow/signal.h"
#include "worker/workflow/strand.h"

/* A signal that is being handled. */
struct handling {
    struct list_node node; /* in the workflow's list, in order of their beginning */
    tl_signal_handler_fn *function;
    void *user;
    struct signal *signal;
    struct strand *strand;
};

static struct signal_handler *find(const struct tl_workflow *wf, const char *name)
{
    LIST_EACH(&wf->handlers, node)
    {
        struct signal_handler *handler = LIST_ITEM(node, struct signal_handler, node);
        if (name == NULL ? handler->name == NULL : handler->name != NULL && strcmp(handler->name, name) == 0) {
            return handler;
        }
    }
    return NULL;
}

bool handler_exists(const struct tl_workflow *wf, const char *name)
{
    const struct signal_handler *handler = find(wf, name);

    return handler != NULL && handler->function != NULL;
}

/* That of its name; else the one for all, unless a coroutine has waited for the name. */
static const struct signal_handler *handler_of(const struct tl_workflow *wf, const struct signal_channel *channel)
{
    const struct signal_handler *handler = find(wf, channel->name);

    if ((handler == NULL || handler->function == NULL) && !channel->waited) {
        handler = find(wf, NULL);
    }
    return handler != NULL && handler->function != NULL ? handler : NULL;
}

bool handler_wants(const struct tl_workflow *wf, const struct signal *signal)
{
    return handler_of(wf, signal->channel) != NULL;
}

static void run_handler(struct strand *strand)
{
    struct handling *handling = strand->user;
    struct signal *signal = handling->signal;
    enum tl_status status = handling->function(strand->wf, signal->channel->name, &signal->input, handling->user);

    list_remove(&handling->node);
    if (status == TL_FAILED) {
        workflow_fail(strand);
    } else if (status != TL_OK && status != TL_CANCELED) {
        workflow_misuse(
            strand->wf,
            "return value",
            "the handler of signal %s returned %d, which is neither TL_OK, TL_FAILED nor TL_CANCELED",
            signal->channel->name,
            (int)status);
    }
}

bool handler_take(struct tl_workflow *wf, struct signal *signal)
{
    const struct signal_handler *handler = handler_of(wf, signal->channel);

    if (handler == NULL) {
        return false;
    }
    struct handling *handling = ARENA_NEW(wf->arena, struct handling);
    *handling = (struct handling){.function = handler->function, .user = handler->user, .signal = signal};
    handling->strand =
        strand_new_in(wf, arena_format(wf->arena, "signal %s", signal->channel->name), run_handler, &wf->root);
    handling->strand->user = handling;
    handling->strand->signal = signal;
    list_append(&wf->handlings, &handling->node);
    return true;
}

static void
set(struct tl_workflow *wf, const char *name, const char *description, tl_signal_handler_fn *function, void *user)
{
    struct signal_handler *handler = find(wf, name);

    if (handler == NULL) {
        handler = ARENA_NEW(wf->arena, struct signal_handler);
        handler->name = name == NULL ? NULL : arena_strdup(wf->arena, name);
        list_append(&wf->handlers, &handler->node);
    }
    handler->description = arena_strdup(wf->arena, description == NULL ? "" : description);
    handler->function = function;
    handler->user = user;
}

void tl_signal_handle(
    struct tl_workflow *wf, const char *name, const char *description, tl_signal_handler_fn *handler, void *user)
{
    struct strand *strand = workflow_strand(wf, __func__);

    if (name != NULL) {
        workflow_check_name(wf, __func__, "name", name);
        if (handler != NULL && signal_is_waited_for(wf, name)) {
            workflow_misuse(wf, "name", "%s: a coroutine waits for signal %s, or has waited for it", __func__, name);
        }
    }
    set(wf, name, description, handler, user);
    if (handler == NULL || !signals_hand_over(wf)) {
        return;
    }
    /* They came before: they begin before the code that is there goes on. */
    strand->describe_wait = NULL;
    strand_wake(strand);
    strand_park(strand);
}

int tl_all_handlers_finished(struct tl_workflow *wf)
{
    workflow_look(wf, __func__);
    LIST_EACH(&wf->handlings, node)
    {
        if (LIST_ITEM(node, struct handling, node)->strand != wf->current) {
            return 0;
        }
    }
    return 1;
}

static int all_finished(void *wf)
{
    return tl_all_handlers_finished(wf);
}

enum tl_status tl_handlers_wait(struct tl_workflow *wf, tl_duration limit)
{
    return tl_wait_until(wf, all_finished, wf, limit);
}

void handlers_warn(struct tl_workflow *wf)
{
    struct text names;
    size_t count = 0;

    if (wf->replaying || list_is_empty(&wf->handlings)) {
        return;
    }
    text_init(&names, wf->arena);
    LIST_EACH(&wf->handlings, node)
    {
        text_format(
            &names, "%s%s", count++ == 0 ? "" : ", ", LIST_ITEM(node, struct handling, node)->signal->channel->name);
    }
    workflow_log(
        wf,
        arena_format(
            wf->arena,
            "[TMPRL1102] the workflow closed while handlers of signals were at work, which are dropped where they "
            "stand: %s. tl_handlers_wait waits for them",
            names.data));
}
