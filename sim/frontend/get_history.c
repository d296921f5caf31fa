/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/getworkflowexecutionhistory/api.go. */
#include "sim/frontend/get_history.h"

#include <string.h>

#include "sim/frontend/frontend.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"

/* ---- Pages ---- */

static Pb__GetWorkflowExecutionHistoryResponse *new_response(struct tl_call *call, struct run *run)
{
    sim_call_share(call, run->history);
    return PB_NEW(
        sim_call_arena(call), Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);
}

static void set_token(
    struct tl_call *call, const struct run *run, Pb__GetWorkflowExecutionHistoryResponse *response,
    const struct token *token)
{
    struct token next = *token;

    next.kind = TOKEN_PAGE;
    next.run = run->number;
    response->next_page_token = sim_token_pack(run->sim, sim_call_arena(call), &next);
}

/* A poll's pages end with the transient task's events, while it is still the one the poll was given. */
static void
append_transient(struct tl_call *call, const struct run *run, Pb__History *history, const struct token *page)
{
    struct arena *arena = sim_call_arena(call);

    if (!sim_workflow_task_is_transient(run) || run->task.attempt != page->attempt ||
        run->task.scheduled_event_id != page->second || !sim_workflow_task_is_started(run)) {
        return;
    }
    Pb__HistoryEvent **events = ARENA_ARRAY(arena, Pb__HistoryEvent *, history->n_events + 2);
    memcpy(events, history->events, history->n_events * sizeof(events[0]));
    sim_workflow_task_transient_events(run, arena, "", events + history->n_events);
    history->events = events;
    history->n_events += 2;
}

/* Events page->first up to page->second, at most page_size of them; a token when there are, or may come, more. */
static void answer_page(struct tl_call *call, struct run *run, const struct token *page, int32_t page_size)
{
    Pb__GetWorkflowExecutionHistoryResponse *response = new_response(call, run);
    int64_t left = page->second - page->first;
    int64_t count = left < page_size ? left : page_size;
    struct token next = *page;

    response->history = sim_history_slice(run->history, sim_call_arena(call), page->first, (size_t)count);
    next.first += count;
    if (next.first < next.second || (page->waits && sim_run_is_open(run))) {
        set_token(call, run, response, &next);
    } else if (page->attempt > 0) {
        append_transient(call, run, response->history, page);
    }
    sim_call_answer(call, response);
}

/* The closing event alone; or nothing yet, with a token for those who go on waiting. */
static void answer_close(struct tl_call *call, struct run *run, bool waits)
{
    Pb__GetWorkflowExecutionHistoryResponse *response = new_response(call, run);
    struct arena *arena = sim_call_arena(call);
    int64_t end = sim_history_next_id(run->history);

    if (sim_run_is_open(run)) {
        response->history = sim_history_slice(run->history, arena, 1, 0);
        if (waits) {
            set_token(call, run, response, &(const struct token){.first = end, .second = end, .waits = true});
        }
    } else {
        response->history = sim_history_slice(run->history, arena, end - 1, 1);
    }
    sim_call_answer(call, response);
}

/* ---- Waiting ---- */

static bool has_news(const struct run *run, const struct history_wait *wait)
{
    return !sim_run_is_open(run) || (!wait->close_event && wait->first < sim_history_next_id(run->history));
}

static void answer_wait(struct tl_call *call)
{
    const struct history_wait wait = call->wait.history;
    const struct token page = {
        .first = wait.first,
        .second = sim_history_next_id(wait.run->history),
        .waits = true,
    };

    if (wait.close_event) {
        answer_close(call, wait.run, true);
    } else {
        answer_page(call, wait.run, &page, wait.page_size);
    }
}

static void wake(struct tl_call *call)
{
    if (has_news(call->wait.history.run, &call->wait.history)) {
        answer_wait(call);
    }
}

static void answer_or_wait(struct tl_call *call, const struct history_wait *wait)
{
    call->wait.history = *wait;
    if (has_news(wait->run, wait)) {
        answer_wait(call);
    } else {
        call->wake = wake;
        sim_call_wait(call, &wait->run->waiters, NULL, LIMIT_HISTORY_POLL, answer_wait);
    }
}

/* ---- The rpc ---- */

static int32_t page_size_of(const Pb__GetWorkflowExecutionHistoryRequest *request)
{
    int32_t wanted = request->maximum_page_size;

    return wanted <= 0 || wanted > PAGE_EVENTS ? PAGE_EVENTS : wanted;
}

/* The token's run must be the one the request names, where it names one. NULL after refusing. */
static struct run *
run_of_token(struct tl_call *call, const Pb__GetWorkflowExecutionHistoryRequest *request, struct token *out)
{
    if (!sim_token_unpack(call->sim, &request->next_page_token, TOKEN_PAGE, out)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is none that this service gave out");
        return NULL;
    }
    struct run *run = call->sim->runs[out->run];
    if (strcmp(run->workflow_id, request->execution->workflow_id) != 0 ||
        (!pb_is_empty(request->execution->run_id) && strcmp(run->run_id, request->execution->run_id) != 0)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is of another run than the request");
        return NULL;
    }
    call->subject = run->workflow_id;
    return run;
}

static void go_on(
    struct tl_call *call, struct run *run, const Pb__GetWorkflowExecutionHistoryRequest *request,
    const struct token *page)
{
    struct history_wait wait = {.run = run, .first = page->first, .page_size = page_size_of(request)};
    bool all_seen = page->first >= page->second;

    wait.close_event = request->history_event_filter_type == HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    if (all_seen && page->waits && request->wait_new_event) {
        answer_or_wait(call, &wait);
    } else if (wait.close_event) {
        answer_close(call, run, request->wait_new_event);
    } else {
        answer_page(call, run, page, wait.page_size);
    }
}

static void begin(struct tl_call *call, struct run *run, const Pb__GetWorkflowExecutionHistoryRequest *request)
{
    const struct token page = {
        .first = 1,
        .second = sim_history_next_id(run->history),
        .waits = request->wait_new_event,
    };

    if (request->history_event_filter_type != HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT) {
        answer_page(call, run, &page, page_size_of(request));
    } else if (request->wait_new_event) {
        answer_or_wait(call, &(const struct history_wait){.run = run, .close_event = true});
    } else {
        answer_close(call, run, false);
    }
}

void sim_get_workflow_execution_history(struct tl_call *call, const void *message)
{
    const Pb__GetWorkflowExecutionHistoryRequest *request = message;
    struct token page;

    if (request->next_page_token.len > 0 && request->execution != NULL && request->execution->workflow_id != NULL) {
        struct run *run = run_of_token(call, request, &page);
        if (run != NULL) {
            go_on(call, run, request, &page);
        }
        return;
    }
    struct run *run = sim_frontend_run(call, request->namespace_, request->execution);
    if (run != NULL) {
        begin(call, run, request);
    }
}
