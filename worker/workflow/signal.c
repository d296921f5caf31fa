/* SPDX-License-Identifier: MIT */
#include "worker/workflow/signal.h"

#include <string.h>

#include "worker/workflow/context.h"
#include "worker/workflow/failures.h"
#include "worker/workflow/handler.h"
#include "worker/workflow/limit.h"
#include "worker/workflow/strand.h"

static struct signal_channel *find(const struct tl_workflow *wf, const char *name)
{
    LIST_EACH(&wf->signals, node)
    {
        struct signal_channel *channel = LIST_ITEM(node, struct signal_channel, node);
        if (strcmp(channel->name, name) == 0) {
            return channel;
        }
    }
    return NULL;
}

static struct signal_channel *channel_named(struct tl_workflow *wf, const char *name)
{
    struct signal_channel *channel = find(wf, name);

    if (channel == NULL) {
        channel = ARENA_NEW(wf->arena, struct signal_channel);
        channel->name = arena_strdup(wf->arena, name);
        list_init(&channel->pending);
        list_init(&channel->waiting);
        list_append(&wf->signals, &channel->node);
    }
    return channel;
}

static void wake_first(const struct signal_channel *channel)
{
    struct list_node *first = list_first(&channel->waiting);

    if (first != NULL) {
        strand_wake(LIST_ITEM(first, struct waiter, node)->strand);
    }
}

void signal_deliver(struct tl_workflow *wf, const Pb__WorkflowExecutionSignaledEventAttributes *signaled)
{
    struct signal_channel *channel = channel_named(wf, signaled->signal_name);
    struct signal *signal = ARENA_NEW(wf->arena, struct signal);

    signal->input = workflow_keep_payloads(wf, signaled->input);
    signal->headers.header = workflow_keep_message(wf, signaled->header);
    signal->channel = channel;
    signal->number = ++wf->signal_count;
    if (handler_take(wf, signal)) {
        return;
    }
    list_append(&channel->pending, &signal->node);
    channel->count++;
    wf->signals_left++;
}

void signal_wake(struct tl_workflow *wf, const char *name)
{
    const struct signal_channel *channel = find(wf, name);

    if (channel != NULL && channel->count > 0) {
        wake_first(channel);
    }
}

/* The signal that came first of all that wait in channels and that a handler takes, now its own. */
static bool hand_over_first(struct tl_workflow *wf)
{
    struct signal *first = NULL;

    LIST_EACH(&wf->signals, node)
    {
        const struct signal_channel *channel = LIST_ITEM(node, const struct signal_channel, node);
        struct list_node *pending = list_first(&channel->pending);
        struct signal *signal = pending == NULL ? NULL : LIST_ITEM(pending, struct signal, node);
        if (signal != NULL && handler_wants(wf, signal) && (first == NULL || signal->number < first->number)) {
            first = signal;
        }
    }
    if (first == NULL) {
        return false;
    }
    list_remove(&first->node);
    first->channel->count--;
    wf->signals_left--;
    return handler_take(wf, first);
}

bool signals_hand_over(struct tl_workflow *wf)
{
    bool any = false;

    while (hand_over_first(wf)) {
        any = true;
    }
    return any;
}

bool signal_is_waited_for(const struct tl_workflow *wf, const char *name)
{
    const struct signal_channel *channel = find(wf, name);

    return channel != NULL && channel->waited;
}

static bool take(struct strand *strand, struct signal_channel *channel, struct tl_payloads *input)
{
    struct list_node *node = list_take_first(&channel->pending);

    if (node == NULL) {
        return false;
    }
    channel->count--;
    strand->wf->signals_left--;
    strand->signal = LIST_ITEM(node, struct signal, node);
    if (input != NULL) {
        *input = strand->signal->input;
    }
    return true;
}

static void describe(const struct strand *strand, struct text *text)
{
    text_format(text, "signal %s", ((const struct signal_channel *)strand->waits_for)->name);
}

/* Parks, first come first served, until a signal is there, the limit is over, or the scope is canceled. */
static enum tl_status wait_in_line(
    struct strand *strand, struct signal_channel *channel, const struct limit *limit, struct tl_payloads *input)
{
    struct waiter *waiter = &strand->waiters[0];
    enum tl_status status = TL_OK;

    list_append(&channel->waiting, &waiter->node);
    for (;;) {
        strand_park(strand);
        if (list_first(&channel->waiting) == &waiter->node && take(strand, channel, input)) {
            break;
        }
        if (scope_is_canceled(strand->scope)) {
            status = strand_note(strand, TL_CANCELED, failure_canceled(strand->wf));
            break;
        }
        if (limit_is_over(limit)) {
            status = limit_outcome(limit);
            break;
        }
    }
    list_remove(&waiter->node);
    if (channel->count > 0) {
        wake_first(channel); /* what this strand leaves behind is the next one's */
    }
    return status;
}

enum tl_status tl_signal_wait(struct tl_workflow *wf, const char *name, tl_duration limit, struct tl_payloads *input)
{
    struct strand *strand = workflow_strand(wf, __func__);
    struct limit bound;

    workflow_check_name(wf, __func__, "name", name);
    limit_check(wf, __func__, limit);
    if (handler_exists(wf, name)) {
        workflow_misuse(wf, "name", "%s: signal %s has a handler", __func__, name);
    }
    struct signal_channel *channel = channel_named(wf, name);
    channel->waited = true;
    if (list_is_empty(&channel->waiting) && take(strand, channel, input)) {
        return TL_OK;
    }
    if (scope_is_canceled(strand->scope)) {
        return strand_note(strand, TL_CANCELED, failure_canceled(wf));
    }
    strand->describe_wait = describe;
    strand->waits_for = channel;
    strand->interruptible = true;
    limit_begin(&bound, strand, limit, true);
    enum tl_status status = wait_in_line(strand, channel, &bound, input);
    strand->interruptible = false;
    limit_end(&bound);
    return status;
}

/* ---- What nobody took ---- */

/* Names of which signals are taken; *count of them. */
static const char **taken(const struct tl_workflow *wf, struct arena *arena, size_t *count)
{
    const char **names = NULL;
    size_t capacity = 0;

    *count = 0;
    LIST_EACH(&wf->handlers, node)
    {
        const struct signal_handler *handler = LIST_ITEM(node, const struct signal_handler, node);
        if (handler->name != NULL && handler->function != NULL) {
            names = arena_grow_array(arena, names, *count, &capacity, sizeof(names[0]));
            names[(*count)++] = handler->name;
        }
    }
    LIST_EACH(&wf->signals, node)
    {
        const struct signal_channel *channel = LIST_ITEM(node, const struct signal_channel, node);
        if (channel->waited) {
            names = arena_grow_array(arena, names, *count, &capacity, sizeof(names[0]));
            names[(*count)++] = channel->name;
        }
    }
    return names;
}

void signals_tell_left(const struct tl_workflow *wf, struct arena *names, signal_left_fn *each, void *user)
{
    struct tl_signal_left left = {0};

    if (wf->signals_left == 0) {
        return;
    }
    left.taken = taken(wf, names, &left.taken_count);
    LIST_EACH(&wf->signals, node)
    {
        const struct signal_channel *channel = LIST_ITEM(node, const struct signal_channel, node);
        left.count = channel->count;
        if (left.count > 0) {
            each(user, channel->name, &left);
        }
    }
}

size_t tl_signal_pending(struct tl_workflow *wf, const char *name)
{
    (void)workflow_look(wf, __func__);
    workflow_check_name(wf, __func__, "name", name);
    const struct signal_channel *channel = find(wf, name);

    return channel == NULL ? 0 : channel->count;
}

const struct tl_payload *tl_signal_header(struct tl_workflow *wf, const char *key)
{
    struct strand *strand = workflow_strand(wf, __func__);

    return strand->signal == NULL ? NULL : field_find(&strand->signal->headers, wf->arena, key);
}
