/* SPDX-License-Identifier: MIT */
/*
 * Facts: service/history/api/getworkflowexecutionhistory/api.go, getworkflowexecutionhistoryreverse/api.go,
 * common/persistence/history_manager_util.go.
 *
 * A token keeps a stretch of history, from `first` to before `second`, and the place in it where the
 * next page begins. Once all is read, whoever goes on waiting gets the stretch that comes after it.
 */
#include "sim/frontend/get_history.h"

#include <string.h>

#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/machines/workflow_task_poll.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/namespace.h"

typedef const Pb__GetWorkflowExecutionHistoryRequest *history_request;

/* ---- Pages ---- */

static Pb__GetWorkflowExecutionHistoryResponse *new_response(struct tl_call *call, struct run *run)
{
    sim_call_share(call, run->history);
    return PB_NEW(
        sim_call_arena(call), Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);
}

static ProtobufCBinaryData
pack(struct tl_call *call, const struct run *run, enum token_kind kind, const struct token *pages)
{
    struct token token = *pages;

    token.kind = kind;
    token.run = run->number;
    return sim_token_pack(run->sim, sim_call_arena(call), &token);
}

/*
 * The next page of the stretch. The last one takes along what was written since the stretch was cut, so that a
 * transient task's events, which follow it, leave no gap.
 */
static Pb__History *read_page(struct tl_call *call, const struct run *run, struct token *pages, size_t page_size)
{
    struct arena *arena = sim_call_arena(call);
    int64_t from = pages->place != 0 ? pages->place : pages->first;
    bool full = false;
    int64_t next = sim_history_page(run->history, from, pages->second, page_size, &full);

    if (full) {
        pages->place = next;
        return sim_history_slice(run->history, arena, from, (size_t)(next - from));
    }
    pages->place = 0;
    pages->second = sim_history_next_id(run->history);
    pages->running = pages->running && sim_run_is_open(run);
    Pb__History *history = sim_history_slice(run->history, arena, from, (size_t)(pages->second - from));
    sim_workflow_task_append_transient(run, arena, "", history);
    return history;
}

/* goes_on: whoever asks waits for more when all is read. */
static void answer_page(struct tl_call *call, struct run *run, struct token *pages, size_t page_size, bool goes_on)
{
    Pb__GetWorkflowExecutionHistoryResponse *response = new_response(call, run);
    bool nothing_new = pages->first >= pages->second;

    if (nothing_new) {
        response->history = sim_history_slice(run->history, sim_call_arena(call), 1, 0);
    } else {
        response->history = read_page(call, run, pages, page_size);
    }
    if (pages->place != 0 || (pages->running && (goes_on || nothing_new))) {
        response->next_page_token = pack(call, run, TOKEN_PAGE, pages);
    }
    sim_call_answer(call, response);
}

/* The closing event alone; or nothing yet, with a token for those who go on waiting. */
static void answer_close(struct tl_call *call, struct run *run, bool running, bool goes_on)
{
    Pb__GetWorkflowExecutionHistoryResponse *response = new_response(call, run);
    int64_t end = sim_history_next_id(run->history);

    response->history = sim_history_slice(run->history, sim_call_arena(call), end - 1, running ? 0 : 1);
    if (running && goes_on) {
        const struct token pages = {.first = 1, .second = end, .running = true};
        response->next_page_token = pack(call, run, TOKEN_PAGE, &pages);
    }
    sim_call_answer(call, response);
}

/* ---- Waiting ---- */

static bool has_news(const struct history_wait *wait)
{
    return !sim_run_is_open(wait->run) || (!wait->close_event && wait->first < sim_history_next_id(wait->run->history));
}

static void answer_wait(struct tl_call *call)
{
    const struct history_wait wait = call->wait.history;
    bool running = sim_run_is_open(wait.run);
    struct token pages = {
        .first = wait.first,
        .second = sim_history_next_id(wait.run->history),
        .running = running,
    };

    if (wait.close_event) {
        answer_close(call, wait.run, running, wait.goes_on);
    } else {
        answer_page(call, wait.run, &pages, (size_t)wait.page_size, wait.goes_on);
    }
}

static void wake(struct tl_call *call)
{
    if (has_news(&call->wait.history)) {
        answer_wait(call);
    }
}

static void answer_or_wait(struct tl_call *call, const struct history_wait *wait)
{
    call->wait.history = *wait;
    if (has_news(wait)) {
        answer_wait(call);
    } else {
        call->wake = wake;
        sim_call_wait(call, &wait->run->waiters, NULL, LIMIT_HISTORY_POLL, answer_wait);
    }
}

/* ---- Requests ---- */

static int32_t page_size_of(int32_t wanted)
{
    return wanted <= 0 || wanted > PAGE_BATCHES ? PAGE_BATCHES : wanted;
}

/* What a token was given out for must be what the request is about. NULL after refusing. */
static struct run *run_of_token(
    struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution,
    const ProtobufCBinaryData *bytes, struct token *token)
{
    enum token_kind kind = token->kind;
    const struct name_space *space = sim_namespace_require(call, name_space);

    if (space == NULL || !sim_frontend_check_execution(call, execution)) {
        return NULL;
    }
    if (!sim_token_unpack(call->sim, bytes, kind, token)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is none that this service gave out");
        return NULL;
    }
    struct run *run = call->sim->runs[token->run];
    if (run->space != space || strcmp(run->workflow_id, execution->workflow_id) != 0 ||
        (!pb_is_empty(execution->run_id) && strcmp(run->run_id, execution->run_id) != 0)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is of another run than the request");
        return NULL;
    }
    call->subject = run->workflow_id;
    return run;
}

static bool wants_close(history_request request)
{
    return request->history_event_filter_type == HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
}

static void go_on(struct tl_call *call, struct run *run, history_request request, struct token *pages)
{
    const struct history_wait wait = {
        .run = run,
        .first = pages->second,
        .page_size = page_size_of(request->maximum_page_size),
        .close_event = wants_close(request),
        .goes_on = request->wait_new_event,
    };

    if (pages->place == 0 && pages->running && wait.goes_on) {
        answer_or_wait(call, &wait);
    } else if (wait.close_event) {
        answer_close(call, run, pages->running, wait.goes_on);
    } else {
        answer_page(call, run, pages, (size_t)wait.page_size, wait.goes_on);
    }
}

/* The closing event is waited for even by who does not ask for it: but then once only. */
static void begin(struct tl_call *call, struct run *run, history_request request)
{
    const struct history_wait wait = {
        .run = run,
        .first = 1,
        .page_size = page_size_of(request->maximum_page_size),
        .close_event = wants_close(request),
        .goes_on = request->wait_new_event,
    };

    answer_or_wait(call, &wait);
}

void sim_get_workflow_execution_history(struct tl_call *call, const void *message)
{
    history_request request = message;
    struct token pages = {.kind = TOKEN_PAGE};

    if (request->next_page_token.len > 0) {
        struct run *run =
            run_of_token(call, request->namespace_, request->execution, &request->next_page_token, &pages);
        if (run != NULL) {
            go_on(call, run, request, &pages);
        }
        return;
    }
    struct run *run = sim_frontend_run(call, request->namespace_, request->execution);
    if (run != NULL) {
        begin(call, run, request);
    }
}

/* ---- Backwards ---- */

static Pb__History *read_back(struct tl_call *call, const struct run *run, int64_t first, int64_t end)
{
    struct arena *arena = sim_call_arena(call);
    Pb__History *history = PB_NEW(arena, Pb__History, pb__history);

    history->n_events = (size_t)(end - first);
    history->events = ARENA_ARRAY(arena, Pb__HistoryEvent *, history->n_events);
    for (size_t i = 0; i < history->n_events; i++) {
        history->events[i] = run->history->events[end - 2 - (int64_t)i];
    }
    return history;
}

static void answer_back(struct tl_call *call, struct run *run, struct token *pages, size_t page_size)
{
    Pb__GetWorkflowExecutionHistoryReverseResponse *response = PB_NEW(
        sim_call_arena(call),
        Pb__GetWorkflowExecutionHistoryReverseResponse,
        pb__get_workflow_execution_history_reverse_response);
    int64_t end = pages->second;

    pages->second = sim_history_page_back(run->history, end, page_size);
    response->history = read_back(call, run, pages->second, end);
    if (pages->second > 1) {
        response->next_page_token = pack(call, run, TOKEN_PAGE_BACK, pages);
    }
    sim_call_share(call, run->history);
    sim_call_answer(call, response);
}

void sim_get_workflow_execution_history_reverse(struct tl_call *call, const void *message)
{
    const Pb__GetWorkflowExecutionHistoryReverseRequest *request = message;
    struct token pages = {.kind = TOKEN_PAGE_BACK};
    struct run *run;

    if (request->next_page_token.len > 0) {
        run = run_of_token(call, request->namespace_, request->execution, &request->next_page_token, &pages);
    } else {
        run = sim_frontend_run(call, request->namespace_, request->execution);
        pages.second = run != NULL ? sim_history_next_id(run->history) : 0;
    }
    if (run != NULL) {
        answer_back(call, run, &pages, (size_t)page_size_of(request->maximum_page_size));
    }
}
