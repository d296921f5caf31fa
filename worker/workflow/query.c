/* SPDX-License-Identifier: MIT */
#include "worker/workflow/query.h"

#include <string.h>

#include "base/arena.h"
#include "base/pool.h"
#include "worker/registry/fail.h"
#include "worker/registry/registry.h"
#include "worker/runtime/fault.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

#define RESERVED_PREFIX "__temporal_"

/* ---- Handlers ---- */

static bool same_type(const char *left, const char *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static struct query_handler *find(const struct tl_workflow *wf, const char *type)
{
    struct query_handler *handler = wf->query_handlers;

    while (handler != NULL && !same_type(handler->type, type)) {
        handler = handler->next;
    }
    return handler;
}

static struct query_handler *add(struct tl_workflow *wf, const char *type)
{
    struct query_handler **end = &wf->query_handlers;
    struct query_handler *handler = ARENA_NEW(wf->arena, struct query_handler);

    while (*end != NULL) {
        end = &(*end)->next;
    }
    handler->type = type == NULL ? NULL : arena_strdup(wf->arena, type);
    *end = handler;
    return handler;
}

static void check_type(struct tl_workflow *wf, const char *function, const char *type)
{
    if (type == NULL) {
        return;
    }
    workflow_check_name(wf, function, "type", type);
    if (query_is_builtin(type) || strncmp(type, RESERVED_PREFIX, strlen(RESERVED_PREFIX)) == 0) {
        workflow_misuse(wf, "type", "%s: %s is answered by every run itself", function, type);
    }
}

static bool lies_on_stack(const struct strand *strand, const void *address)
{
    const char *low;
    const char *high;

    coroutine_stack(strand->coroutine, &low, &high);
    return (uintptr_t)address >= (uintptr_t)low && (uintptr_t)address < (uintptr_t)high;
}

void tl_query_handle(
    struct tl_workflow *wf, const char *type, const char *description, tl_query_fn *handler, void *user)
{
    const struct strand *strand = workflow_strand(wf, __func__);

    check_type(wf, __func__, type);
    if (lies_on_stack(strand, user)) {
        workflow_misuse(
            wf,
            "user",
            "%s: user lies on the stack of coroutine %s, which may end before the query comes; take memory of tl_alloc",
            __func__,
            strand->name);
    }
    struct query_handler *known = find(wf, type);
    known = known == NULL ? add(wf, type) : known;
    known->description = fail_text(wf->arena, description);
    known->answer = handler;
    known->user = user;
}

/* ---- What a handler asks ---- */

static const struct query *current(struct tl_workflow *wf, const char *function)
{
    (void)workflow_look(wf, function);
    if (wf->query == NULL) {
        workflow_misuse(wf, "wf", "%s: no query is being answered", function);
    }
    return wf->query;
}

const char *tl_query_type(struct tl_workflow *wf)
{
    return current(wf, __func__)->type;
}

const struct tl_payload *tl_query_header(struct tl_workflow *wf, const char *key)
{
    (void)current(wf, __func__);
    return field_find(&wf->query->headers, wf->query->arena, key);
}

/* ---- Details ---- */

void tl_set_current_details(struct tl_workflow *wf, const char *text)
{
    (void)workflow_strand(wf, __func__);
    size_t length = text == NULL ? 0 : text_utf8_valid_prefix(text, strlen(text));

    if (length >= wf->details_capacity) {
        wf->details_capacity = 2 * length + 16;
        wf->details = arena_alloc(wf->arena, wf->details_capacity);
    }
    if (length > 0) {
        memmove(wf->details, text, length);
    }
    wf->details[length] = '\0';
}

const char *tl_current_details(struct tl_workflow *wf)
{
    (void)workflow_look(wf, __func__);
    return wf->details == NULL ? "" : wf->details;
}

/* ---- Asking ---- */

/* A question on its way through the handler. */
struct asking {
    struct strand strand;
    const struct query_handler *handler;
    struct tl_payloads input;
    struct tl_payload result;
    enum tl_status status;
};

static void run_handler(void *user)
{
    struct asking *asking = CONTAINER_OF(user, struct asking, strand);
    struct tl_workflow *wf = asking->strand.wf;
    const struct query_handler *handler = asking->handler;

    asking->status =
        registry_answer_query(wf->registry, handler->answer, handler->user, wf, &asking->input, &asking->result);
}

Pb__Failure *query_failure(struct arena *arena, const char *message)
{
    return fail_application(arena, "QueryFailed", message, NULL);
}

static struct query_answer failed(struct arena *arena, const char *message)
{
    return (struct query_answer){.failure = query_failure(arena, message)};
}

/* The handled type that is nearest to `type`, or NULL. */
static const char *nearest_type(const struct tl_workflow *wf, const char *type, struct arena *arena)
{
    size_t count = 0;

    for (const struct query_handler *handler = wf->query_handlers; handler != NULL; handler = handler->next) {
        count++;
    }
    const char **names = ARENA_ARRAY(arena, const char *, count + 1);
    count = 0;
    for (const struct query_handler *handler = wf->query_handlers; handler != NULL; handler = handler->next) {
        if (handler->type != NULL && handler->answer != NULL) {
            names[count++] = handler->type;
        }
    }
    return text_nearest(type, names, count);
}

static struct query_answer unknown_type(const struct tl_workflow *wf, const char *type, struct arena *arena)
{
    const char *nearest = nearest_type(wf, type, arena);
    struct text text;

    text_init(&text, arena);
    text_format(&text, "no handler for queries of type %s; ", type);
    if (nearest != NULL) {
        text_format(&text, "did you mean %s? ", nearest);
    }
    text_add(&text, "known: ");
    query_describe_types(wf, &text);
    return failed(arena, text.data);
}

static struct query_answer answer_of(const struct asking *asking, struct arena *arena)
{
    const struct query *query = asking->strand.wf->query;

    if (query->misuse.status != TL_OK) {
        return failed(arena, query->misuse.message);
    }
    if (asking->status == TL_OK) {
        bool none = asking->result.metadata_count == 0 && asking->result.data.len == 0;
        const struct tl_payload result = none ? tl_payload_null() : asking->result;
        return (struct query_answer){.result = pb_payloads(arena, &(struct tl_payloads){&result, 1})};
    }
    if (asking->status != TL_FAILED) {
        return failed(
            arena,
            arena_format(
                arena,
                "the handler of query %s returned %d, which is neither TL_OK nor TL_FAILED",
                query->type,
                (int)asking->status));
    }
    if (asking->strand.last_failure == NULL) {
        return failed(arena, "the query's handler returned TL_FAILED without naming a failure");
    }
    return (struct query_answer){.failure = (Pb__Failure *)(uintptr_t)asking->strand.last_failure};
}

static struct asking *asking_new(struct tl_workflow *wf, const struct query_handler *handler, struct arena *arena)
{
    struct asking *asking = ARENA_NEW(arena, struct asking);
    const char *name = arena_format(arena, "query %s", wf->query->type);

    asking->strand = (struct strand){
        .owner =
            {.kind = COROUTINE_WORKFLOW,
             .driver = wf->driver,
             .workflow_id = wf->info.workflow_id,
             .run_id = wf->info.run_id,
             .name = name},
        .wf = wf,
        .name = name,
        .scope = &wf->root,
        .last_status = TL_OK,
        .waits_until = TL_NEVER,
    };
    asking->handler = handler;
    asking->strand.coroutine = coroutine_new(wf->pool, wf->stack_size, run_handler, &asking->strand);
    return asking;
}

/* Runs it to its end: a handler cannot wait. False after a verdict. */
static bool run(struct tl_workflow *wf, struct asking *asking)
{
    struct coroutine *coroutine = asking->strand.coroutine;
    enum coroutine_state state = coroutine_resume(coroutine);
    int reason = state == COROUTINE_ABORTED ? coroutine_abort_reason(coroutine) : 0;

    if (reason == DRIVER_ABORT_FAULT) {
        driver_fault(wf->driver);
    }
    coroutine_drop(coroutine);
    if (reason == COROUTINE_OUT_OF_MEMORY) {
        pool_unwind(wf->pool);
    }
    return state != COROUTINE_ABORTED || wf->query->misuse.status != TL_OK;
}

/* Handlers are told that they replay: what they log would be logged again by the next one who asks (sdk-core). */
static bool
answer(struct tl_workflow *wf, const struct query_handler *handler, const Pb__Payloads *args, struct query_answer *out)
{
    bool replaying = wf->replaying;
    struct asking *asking = asking_new(wf, handler, wf->query->arena);

    asking->input = pb_payloads_view(wf->query->arena, args);
    wf->replaying = true;
    wf->watching = &asking->strand;
    bool answered = run(wf, asking);
    wf->watching = NULL;
    wf->replaying = replaying;
    if (answered) {
        *out = answer_of(asking, wf->query->arena);
    }
    return answered;
}

bool query_ask(
    struct tl_workflow *wf, const Pb__WorkflowQuery *asked, struct arena *arena, struct query_answer *answer_out)
{
    struct query query = {.arena = arena, .type = asked->query_type, .headers.header = asked->header};
    const struct query_handler *handler = find(wf, asked->query_type);
    bool answered = true;

    if (query_is_builtin(query.type)) {
        *answer_out = query_answer_builtin(wf, query.type, arena);
        return true;
    }
    handler = handler == NULL || handler->answer == NULL ? find(wf, NULL) : handler;
    if (handler == NULL || handler->answer == NULL ||
        strncmp(query.type, RESERVED_PREFIX, strlen(RESERVED_PREFIX)) == 0) {
        *answer_out = unknown_type(wf, query.type, arena);
        return true;
    }
    query.misuse.status = TL_OK;
    wf->query = &query;
    answered = answer(wf, handler, asked->query_args, answer_out);
    wf->query = NULL;
    return answered;
}
