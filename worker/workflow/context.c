/* SPDX-License-Identifier: MIT */
#include "worker/workflow/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <timelapse/driver.h>

#include "base/check.h"
#include "base/pool.h"
#include "base/text.h"
#include "model/failure.h"
#include "model/message.h"
#include "worker/registry/fail.h"
#include "worker/registry/option.h"
#include "worker/registry/registry.h"
#include "worker/runtime/fault.h"
#include "worker/workflow/effects.h"
#include "worker/workflow/query.h"
#include "worker/workflow/strand.h"

/* Reason for coroutine_abort: the API was misused, the task fails. */
#define ABORT_MISUSE 3

void workflow_init(struct tl_workflow *wf, const struct workflow_setup *setup)
{
    *wf = (struct tl_workflow){
        .driver = setup->driver,
        .pool = setup->pool,
        .arena = setup->arena,
        .registry = setup->registry,
        .stack_size = setup->stack_size,
        .borrows = setup->borrows,
        .counted = setup->counted,
    };
    list_init(&wf->strands);
    list_init(&wf->ready);
    list_init(&wf->conditions);
    list_init(&wf->scopes);
    list_init(&wf->expired);
    list_init(&wf->signals);
    list_init(&wf->handlers);
    list_init(&wf->handlings);
    list_init(&wf->commands);
    map_init(&wf->entities, setup->pool);
    scope_init(&wf->root, wf, NULL, false);
}

void workflow_done(struct tl_workflow *wf)
{
    for (struct deferred *next; wf->deferred != NULL; wf->deferred = next) {
        next = wf->deferred->next;
        wf->deferred->release(wf->deferred->user);
    }
    LIST_EACH(&wf->strands, node)
    {
        coroutine_drop(LIST_ITEM(node, struct strand, all)->coroutine);
    }
    list_init(&wf->strands);
    effects_done(wf);
    map_done(&wf->entities);
}

static const Pb__Failure *failure_of(struct strand *strand)
{
    if (strand->last_failure != NULL) {
        return strand->last_failure;
    }
    return fail_application(
        strand->wf->arena, "WorkflowFailed", "the workflow returned TL_FAILED without naming a failure", NULL);
}

void workflow_fail(struct strand *strand)
{
    if (!strand->wf->outcome.known) {
        strand->wf->outcome = (struct outcome){.known = true, .status = TL_FAILED, .failure = failure_of(strand)};
    }
}

/* The only other way for a workflow to end: to say first how it goes on. */
static void check_continuation(struct tl_workflow *wf, enum tl_status status)
{
    if (status != TL_CONTINUE_AS_NEW) {
        workflow_misuse(
            wf,
            "return value",
            "workflow %s returned %d, which is neither TL_OK, TL_FAILED, TL_CANCELED nor TL_CONTINUE_AS_NEW",
            wf->definition->type,
            (int)status);
    }
    if (wf->continuation == NULL) {
        workflow_misuse(
            wf,
            "return value",
            "workflow %s returned TL_CONTINUE_AS_NEW without a call of tl_continue_as_new",
            wf->definition->type);
    }
}

static void run_main(struct strand *strand)
{
    struct tl_workflow *wf = strand->wf;
    struct outcome outcome = {.known = true};

    outcome.status = registry_run_workflow(wf->registry, wf->definition, wf, &wf->input, &outcome.result);
    if (outcome.status == TL_FAILED) {
        outcome.failure = failure_of(strand);
    } else if (outcome.status != TL_OK && outcome.status != TL_CANCELED) {
        check_continuation(wf, outcome.status);
    }
    wf->outcome = outcome;
}

void workflow_start(struct tl_workflow *wf)
{
    (void)strand_new(wf, "main", run_main);
}

static enum workflow_progress run_strand(struct tl_workflow *wf, struct strand *strand)
{
    wf->current = strand;
    enum coroutine_state state = coroutine_resume(strand->coroutine);
    wf->current = NULL;

    if (state == COROUTINE_YIELDED) {
        return WORKFLOW_PARKED;
    }
    int reason = state == COROUTINE_ABORTED ? coroutine_abort_reason(strand->coroutine) : 0;
    if (reason == DRIVER_ABORT_FAULT) {
        driver_fault(wf->driver);
    }
    coroutine_drop(strand->coroutine);
    scope_done(&strand->own);
    list_remove(&strand->all);
    list_remove(&strand->ready);
    list_remove(&strand->condition);
    if (state == COROUTINE_ENDED) {
        return wf->outcome.known ? WORKFLOW_ENDED : WORKFLOW_PARKED;
    }
    if (reason == COROUTINE_OUT_OF_MEMORY) {
        pool_unwind(wf->pool);
    }
    return reason == ABORT_MISUSE ? WORKFLOW_MISUSED : WORKFLOW_STOPPED;
}

/*
 * Asks every waiting condition, in order, on its own strand. True when one held, so that its
 * strand went on, be it to the next condition: then everything is to be looked at again.
 */
static bool ask_conditions(struct tl_workflow *wf, enum workflow_progress *progress)
{
    LIST_EACH(&wf->conditions, node)
    {
        struct strand *strand = LIST_ITEM(node, struct strand, condition);
        strand->went_on = false;
        *progress = run_strand(wf, strand);
        if (*progress != WORKFLOW_PARKED) {
            return false;
        }
        if (strand->went_on) {
            return true;
        }
    }
    return false;
}

enum workflow_progress workflow_run_ready(struct tl_workflow *wf)
{
    enum workflow_progress progress = WORKFLOW_PARKED;

    do {
        struct list_node *node;
        while (progress == WORKFLOW_PARKED && (node = list_take_first(&wf->ready)) != NULL) {
            progress = run_strand(wf, LIST_ITEM(node, struct strand, ready));
        }
    } while (progress == WORKFLOW_PARKED && ask_conditions(wf, &progress));
    return progress;
}

static void
remember_misuse(struct tl_workflow *wf, enum tl_status status, const char *field, const char *format, va_list args)
    TL_PRINTF(4, 0);

static void
remember_misuse(struct tl_workflow *wf, enum tl_status status, const char *field, const char *format, va_list args)
{
    char text[sizeof wf->misuse.message];

    (void)vsnprintf(text, sizeof text, format, args);
    struct tl_error *misuse = wf->query == NULL ? &wf->misuse : &wf->query->misuse;
    if (misuse->status == TL_OK) {
        (void)tl_error_set(misuse, status, field, "%s", text);
    }
}

void workflow_misuse(struct tl_workflow *wf, const char *field, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    remember_misuse(wf, TL_INVALID_ARGUMENT, field, format, args);
    va_end(args);
    coroutine_abort(ABORT_MISUSE);
}

void workflow_differs(struct tl_workflow *wf, const char *field, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    remember_misuse(wf, TL_NONDETERMINISM, field, format, args);
    va_end(args);
    coroutine_abort(ABORT_MISUSE);
}

void workflow_check(struct tl_workflow *wf, const char *function, enum tl_status status, const struct tl_error *error)
{
    if (status != TL_OK) {
        workflow_misuse(wf, error->field, "%s: %s %s", function, error->field, error->message);
    }
}

void workflow_check_name(struct tl_workflow *wf, const char *function, const char *field, const char *name)
{
    struct tl_error error;

    workflow_check(wf, function, option_check_name(field, name, &error), &error);
}

/* A call from elsewhere; or from where nothing may be changed. */
static _Noreturn void not_from_here(struct tl_workflow *wf, struct coroutine_owner *owner, const char *function)
{
    char text[160];

    if (wf != NULL && wf->query != NULL && owner == &wf->watching->owner) {
        workflow_misuse(wf, function, "%s: a query's handler may only read", function);
    }
    if (wf != NULL && wf->watching != NULL && owner == &wf->watching->owner) {
        workflow_misuse(
            wf,
            function,
            "%s may not be called by a function that %s calls: it would be missing from a replay",
            function,
            wf->watches);
    }
    (void)snprintf(text, sizeof text, "%s was called from outside of the workflow that it belongs to", function);
    if (owner != NULL) {
        tl_driver_fail(owner->driver, TL_VERDICT, "", 0, text);
    }
    /* On no coroutine there is nothing to abandon, and nothing sensible to return. */
    (void)fprintf(stderr, "timelapse: %s\n", text);
    abort();
}

struct strand *workflow_strand(struct tl_workflow *wf, const char *function)
{
    struct coroutine_owner *owner = coroutine_owner();

    if (wf == NULL && owner != NULL && owner->kind == COROUTINE_WORKFLOW) {
        wf = CONTAINER_OF(owner, struct strand, owner)->wf;
    }
    if (__builtin_expect(wf != NULL && wf->current != NULL && owner == &wf->current->owner, 1)) {
        return wf->current;
    }
    not_from_here(wf, owner, function);
}

struct strand *workflow_look(struct tl_workflow *wf, const char *function)
{
    if (wf->watching == NULL || coroutine_owner() != &wf->watching->owner) {
        return workflow_strand(wf, function);
    }
    return wf->watching;
}

void workflow_watch(struct tl_workflow *wf, const char *function)
{
    wf->watching = wf->current;
    wf->watches = function;
    wf->current = NULL;
}

void workflow_act(struct tl_workflow *wf)
{
    wf->current = wf->watching;
    wf->watching = NULL;
}

/* The view's arrays are the run's own already; what they point to becomes so. */
static void own_payload(struct arena *arena, struct tl_payload *payload)
{
    struct tl_metadata *metadata = (struct tl_metadata *)(uintptr_t)payload->metadata;

    payload->data = arena_bytes(arena, payload->data);
    for (size_t i = 0; i < payload->metadata_count; i++) {
        metadata[i].key = arena_strdup(arena, metadata[i].key);
        metadata[i].value = arena_bytes(arena, metadata[i].value);
    }
}

struct tl_payloads workflow_keep_payloads(struct tl_workflow *wf, const Pb__Payloads *payloads)
{
    struct tl_payloads kept = pb_payloads_view(wf->arena, payloads);

    for (size_t i = 0; !wf->borrows && i < kept.count; i++) {
        own_payload(wf->arena, (struct tl_payload *)(uintptr_t)&kept.items[i]);
    }
    return kept;
}

const void *workflow_keep_message(struct tl_workflow *wf, const void *message)
{
    return wf->borrows || message == NULL ? message : message_clone(wf->arena, message);
}

struct arena *workflow_memory(const struct tl_workflow *wf)
{
    return wf->query == NULL ? wf->arena : wf->query->arena;
}

struct tl_payload workflow_copy_payload(struct tl_workflow *wf, const struct tl_payload *payload)
{
    struct arena *arena = workflow_memory(wf);
    struct tl_metadata *metadata = ARENA_ARRAY(arena, struct tl_metadata, payload->metadata_count);

    for (size_t i = 0; i < payload->metadata_count; i++) {
        metadata[i].key = arena_strdup(arena, payload->metadata[i].key);
        metadata[i].value = arena_bytes(arena, payload->metadata[i].value);
    }
    return (struct tl_payload){arena_bytes(arena, payload->data), metadata, payload->metadata_count};
}

const Pb__Failure *workflow_keep_failure(struct tl_workflow *wf, const Pb__Failure *failure)
{
    return workflow_keep_message(wf, failure);
}

void workflow_seed(struct tl_workflow *wf, const char *run_id)
{
    random_seed(&wf->random, hash_siphash13(0, 0, run_id, strlen(run_id)));
}
