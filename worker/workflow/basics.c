/* SPDX-License-Identifier: MIT */
/* Who and where, memory, time, random numbers, logs, failing, results. */
#include <stdio.h>
#include <string.h>

#include "base/agenda.h"
#include "model/failure.h"
#include "worker/registry/fail.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

const struct tl_workflow_info *tl_workflow_info(struct tl_workflow *wf)
{
    (void)workflow_look(wf, __func__);
    return &wf->info;
}

const struct tl_payload *tl_workflow_header(struct tl_workflow *wf, const char *key)
{
    (void)workflow_look(wf, __func__);
    return field_find(&wf->headers, wf->arena, key);
}

void *tl_workflow_user(struct tl_workflow *wf)
{
    (void)workflow_look(wf, __func__);
    return wf->definition->user;
}

int tl_is_replaying(struct tl_workflow *wf)
{
    (void)workflow_look(wf, __func__);
    return wf->replaying;
}

void *tl_alloc(struct tl_workflow *wf, size_t size)
{
    (void)workflow_look(wf, __func__);
    return arena_zalloc(workflow_memory(wf), size);
}

char *tl_strdup(struct tl_workflow *wf, const char *text)
{
    (void)workflow_look(wf, __func__);
    return arena_strdup(workflow_memory(wf), text);
}

char *tl_format(struct tl_workflow *wf, const char *format, ...)
{
    va_list args;

    (void)workflow_look(wf, __func__);
    va_start(args, format);
    char *text = arena_vformat(workflow_memory(wf), format, args);
    va_end(args);
    return text;
}

struct tl_payload tl_payload_dup(struct tl_workflow *wf, const struct tl_payload *payload)
{
    (void)workflow_look(wf, __func__);
    return workflow_copy_payload(wf, payload);
}

void tl_defer(struct tl_workflow *wf, void (*release)(void *user), void *user)
{
    (void)workflow_strand(wf, __func__);
    struct deferred *deferred = ARENA_NEW(wf->arena, struct deferred);

    *deferred = (struct deferred){.next = wf->deferred, .release = release, .user = user};
    wf->deferred = deferred;
}

tl_time tl_now(struct tl_workflow *wf)
{
    (void)workflow_look(wf, __func__);
    return wf->now;
}

uint64_t tl_random(struct tl_workflow *wf)
{
    (void)workflow_strand(wf, __func__);
    return random_next(&wf->random);
}

uint64_t tl_random_below(struct tl_workflow *wf, uint64_t bound)
{
    (void)workflow_strand(wf, __func__);
    if (bound == 0) {
        workflow_misuse(wf, "bound", "tl_random_below: nothing is below 0");
    }
    return random_below(&wf->random, bound);
}

double tl_random_unit(struct tl_workflow *wf)
{
    (void)workflow_strand(wf, __func__);
    return random_unit(&wf->random);
}

const char *tl_uuid(struct tl_workflow *wf)
{
    (void)workflow_strand(wf, __func__);
    char *text = arena_alloc(wf->arena, RANDOM_UUID_SIZE);

    random_uuid(&wf->random, text);
    return text;
}

void workflow_log(struct tl_workflow *wf, const char *line)
{
    agenda_trace(
        tl_driver_agenda(wf->driver),
        (struct tl_trace_event){
            .kind = TL_TRACE_WORKER_LOG,
            .workflow_id = wf->info.workflow_id,
            .run_id = wf->info.run_id,
            .name = wf->info.workflow_type,
            .detail = line});
}

void tl_log(struct tl_workflow *wf, const char *format, ...)
{
    char line[1024];
    va_list args;

    (void)workflow_look(wf, __func__);
    if (wf->replaying || !agenda_traces(tl_driver_agenda(wf->driver), TL_TRACE_WORKER_LOG)) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    workflow_log(wf, line);
}

const struct tl_failure *tl_failure(struct tl_workflow *wf)
{
    struct strand *strand = workflow_look(wf, __func__);

    if (strand->last_failure_view == NULL && strand->last_failure != NULL) {
        strand->last_failure_view = failure_view(workflow_memory(wf), strand->last_failure);
    }
    return strand->last_failure_view;
}

/* A query's handler has a failure of its own; a function that is watched for the workflow has none. */
static struct strand *who_fails(struct tl_workflow *wf, const char *function)
{
    return wf->query == NULL ? workflow_strand(wf, function) : workflow_look(wf, function);
}

enum tl_status
tl_fail_with(struct tl_workflow *wf, const char *type, const char *message, const struct tl_fail_options *options)
{
    struct strand *strand = who_fails(wf, __func__);
    struct tl_error error;

    workflow_check(wf, __func__, fail_check(options, &error), &error);
    return strand_note(strand, TL_FAILED, fail_application(workflow_memory(wf), type, message, options));
}

enum tl_status tl_fail(struct tl_workflow *wf, const char *type, const char *format, ...)
{
    va_list args;

    (void)who_fails(wf, __func__);
    va_start(args, format);
    char *message = arena_vformat(workflow_memory(wf), format, args);
    va_end(args);
    return tl_fail_with(wf, type, message, NULL);
}

enum tl_status tl_result_text(struct tl_workflow *wf, struct tl_payload *result, const char *format, ...)
{
    va_list args;

    (void)workflow_look(wf, __func__);
    va_start(args, format);
    *result = tl_payload_json(arena_vformat(workflow_memory(wf), format, args));
    va_end(args);
    return TL_OK;
}
