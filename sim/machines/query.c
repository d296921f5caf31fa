/* SPDX-License-Identifier: MIT */
/*
 * Facts: service/history/api/queryworkflow/api.go, service/history/workflow/query_registry.go,
 * handleBufferedQueries of respondworkflowtaskcompleted/api.go, service/matching/matching_engine.go
 * (QueryWorkflow) and pri_matcher.go (syncOfferTask) of the real server.
 */
#include "sim/machines/query.h"

#include <stdio.h>
#include <string.h>

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/machines/query_answer.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

#define MACHINE      sim_query
#define MACHINE_FILE "sim/machines/query.def"
#include "base/machine_define.h"

/* ---- Actions ---- */

/* When something happens to it next, if nobody answers. */
static void arm(struct query *query)
{
    tl_time at = query->looked ? query->offer_ends : query->offer_ends - POLL_RESERVE;

    agenda_at(query->run->sim->agenda, &query->call->item, at < query->until ? at : query->until, TL_DEADLINE_WAKING);
}

static void enqueue(struct query *query, struct queue *queue, tl_time ends)
{
    sim_queue_remove(&query->queued);
    query->number = ++query->run->sim->last_query;
    query->offer_ends = ends;
    query->looked = false;
    query->queued.rank = sim_queue_rank(query->run->started->priority, true);
    sim_queue_add(queue, &query->queued);
    arm(query);
}

static int buffer(void *self, const void *argument)
{
    struct query *query = self;

    (void)argument;
    sim_uuid(query->run->sim, query->id);
    query->offer_ends = query->until;
    query->looked = true;
    arm(query);
    return 0;
}

/* A clean start: the sticky worker has its whole time however little the caller has (rpc.ResetContextTimeout). */
static int offer_sticky(void *self, const void *argument)
{
    struct query *query = self;
    struct run *run = query->run;

    (void)argument;
    enqueue(query, run->sticky, sim_later(sim_now(run->sim), run->sticky_timeout));
    return 0;
}

static int offer(void *self, const void *argument)
{
    struct query *query = self;

    (void)argument;
    enqueue(query, query->run->queue, query->until);
    return 0;
}

static int take(void *self, const void *argument)
{
    struct query *query = self;

    (void)argument;
    query->looked = true;
    arm(query);
    return 0;
}

static int leave(void *self, const void *argument)
{
    struct query *query = self;

    (void)argument;
    sim_queue_remove(&query->queued);
    return 0;
}

static void step(struct query *query, unsigned event)
{
    CHECK(machine_step(&sim_query_machine, &query->state, event, query, NULL, true) == MACHINE_OK);
}

/* ---- Offers ---- */

/* Its caller's wait ended: struct tl_call's `left`. */
static void end(struct tl_call *call)
{
    step(call->wait.query, EVENT_END);
}

static void leave_sticky(struct query *query)
{
    if (sim_run_is_open(query->run)) {
        sim_run_clear_sticky(query->run);
    }
    step(query, EVENT_OFFER);
}

static void offer_to_worker(struct query *query)
{
    const struct run *run = query->run;

    if (run->sticky == NULL) {
        step(query, EVENT_OFFER);
    } else if (sim_queue_is_served(run->sticky)) {
        step(query, EVENT_OFFER_STICKY);
    } else {
        leave_sticky(query);
    }
}

/* Struct queue_task's `on_unload`: as if the sticky worker had had its time. */
static void on_unload(struct queue_task *task)
{
    leave_sticky(CONTAINER_OF(task, struct query, queued));
}

static bool give(struct queue_task *task, struct tl_call *poll)
{
    struct query *query = CONTAINER_OF(task, struct query, queued);

    poll->subject = query->run->workflow_id;
    sim_queue_note(poll->wait.poll.queue, poll);
    step(query, EVENT_TAKE);
    sim_call_answer(poll, sim_query_task(query, poll));
    sim_call_deliver(poll);
    return true;
}

/* "order-1: query status" */
static void name_delivery(const struct agenda_item *item, char *text, size_t size)
{
    const struct query *query = CONST_CONTAINER_OF(item, struct query, queued.delivery);

    snprintf(text, size, "%s: query %s", query->run->workflow_id, query->asked->query_type);
}

/* "order-1: query status ends" */
static void name_end(const struct agenda_item *item, char *text, size_t size)
{
    const struct query *query = CONST_CONTAINER_OF(item, struct tl_call, item)->wait.query;

    snprintf(text, size, "%s: query %s ends", query->run->workflow_id, query->asked->query_type);
}

/* Struct tl_call's `give_up`: the caller's time is up, or the sticky worker's, or it is time to look for pollers. */
static void on_time(struct tl_call *call)
{
    struct query *query = call->wait.query;
    tl_time now = sim_now(call->sim);

    if (now >= query->until) {
        sim_call_refuse(call, TL_DEADLINE_EXCEEDED, "query timed out before a worker could process it");
    } else if (now >= query->offer_ends) {
        leave_sticky(query);
    } else if (query->queued.queue->poll_came_at < now - QUERY_POLLER_WINDOW) {
        sim_call_refuse(call, TL_FAILED_PRECONDITION, "no poller seen for task queue recently, worker may be down");
    } else {
        query->looked = true;
        arm(query);
    }
}

/* ---- Asking ---- */

static bool is_rejected(const struct query *query)
{
    const struct run *run = query->run;

    return !sim_run_is_open(run) && (query->reject_condition == QUERY_REJECT_CONDITION_NOT_OPEN ||
                                     (query->reject_condition == QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY &&
                                      run->status != WORKFLOW_EXECUTION_STATUS_COMPLETED));
}

/* Will its time be up before the first workflow task may even start? */
static bool comes_too_early(const struct query *query)
{
    const struct run *run = query->run;
    tl_duration backoff = pb_nanoseconds(run->started->first_workflow_task_backoff);

    return run->last_completed_started_id == 0 && !sim_workflow_task_is_pending(run) &&
           sim_later(run->started_at, backoff) > query->until + run->offset;
}

/* Why the run cannot be queried now, or NULL. */
static const char *not_ready(const struct query *query)
{
    const struct run *run = query->run;

    if (!sim_run_is_open(run) && run->last_completed_started_id == 0) {
        return "Workflow execution closed before WorkflowTaskStarted event";
    }
    if (comes_too_early(query)) {
        return "Workflow task is not scheduled yet.";
    }
    if (run->task.attempt >= QUERY_ATTEMPTS) {
        return "Unable to query workflow due to Workflow Task in failed state.";
    }
    return NULL;
}

static size_t count_buffered(const struct run *run)
{
    size_t count = 0;

    for (struct list_node *node = list_first(&run->queries); node != NULL; node = list_next(&run->queries, node)) {
        count += LIST_ITEM(node, struct tl_call, waiting)->wait.query->state == STATE_BUFFERED ? 1 : 0;
    }
    return count;
}

/* Directly only when no event came before the query that a worker has not seen. */
static bool may_go_directly(const struct run *run)
{
    return run->last_completed_started_id != 0 && (!sim_run_is_open(run) || !sim_workflow_task_is_pending(run));
}

static void ask(struct query *query)
{
    const char *why = not_ready(query);

    if (is_rejected(query)) {
        sim_query_reject(query);
    } else if (why != NULL) {
        sim_query_refuse_not_ready(query, why);
    } else if (may_go_directly(query->run)) {
        offer_to_worker(query);
    } else if (count_buffered(query->run) >= LIMIT_QUERIES) {
        sim_query_refuse_full(query);
    } else {
        step(query, EVENT_BUFFER);
    }
}

void sim_query_ask(struct tl_call *call, struct run *run, const Pb__QueryWorkflowRequest *request)
{
    struct arena *arena = sim_call_arena(call);
    struct query *query = ARENA_NEW(arena, struct query);
    tl_time longest = sim_now(call->sim) + LIMIT_QUERY;

    query->call = call;
    query->run = run;
    query->asked = message_clone(arena, request->query);
    query->reject_condition = (int)request->query_reject_condition;
    query->until = call->deadline != 0 && call->deadline < longest ? call->deadline : longest;
    query->queued.give = give;
    query->queued.name = name_delivery;
    query->queued.on_unload = on_unload;
    call->wait.query = query;
    call->left = end;
    sim_call_wait(call, &run->queries, NULL, LIMIT_QUERY, on_time);
    call->item.name = name_end;
    ask(query);
}

/* ---- Answers ---- */

struct query *sim_query_find(const struct run *run, uint64_t number)
{
    for (struct list_node *node = list_first(&run->queries); node != NULL; node = list_next(&run->queries, node)) {
        struct query *query = LIST_ITEM(node, struct tl_call, waiting)->wait.query;
        if (query->number == number) {
            return query;
        }
    }
    return NULL;
}

static const Pb__WorkflowQueryResult *
result_of(const struct query *query, const Pb__RespondWorkflowTaskCompletedRequest *request)
{
    for (size_t i = 0; i < request->n_query_results; i++) {
        if (strcmp(request->query_results[i]->key, query->id) == 0) {
            return request->query_results[i]->value;
        }
    }
    return NULL;
}

void sim_query_settle(struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request, bool has_next_task)
{
    LIST_EACH(&run->queries, node)
    {
        struct query *query = LIST_ITEM(node, struct tl_call, waiting)->wait.query;
        if (query->state != STATE_BUFFERED) {
            continue;
        }
        const Pb__WorkflowQueryResult *result = result_of(query, request);
        if (result != NULL && sim_query_take_result(query, result)) {
            continue;
        }
        if (!has_next_task) {
            offer_to_worker(query);
        }
    }
}

void sim_query_clear(struct run *run)
{
    LIST_EACH(&run->queries, node)
    {
        struct query *query = LIST_ITEM(node, struct tl_call, waiting)->wait.query;
        if (query->state == STATE_BUFFERED) {
            step(query, EVENT_CLEAR);
            ask(query);
        }
    }
}

void sim_query_add_to_task(const struct run *run, struct arena *arena, Pb__PollWorkflowTaskQueueResponse *response)
{
    size_t count = list_is_empty(&run->queries) ? 0 : count_buffered(run);

    if (count == 0) {
        return;
    }
    response->queries = ARENA_ARRAY(arena, Pb__PollWorkflowTaskQueueResponse__QueriesEntry *, count);
    for (struct list_node *node = list_first(&run->queries); node != NULL; node = list_next(&run->queries, node)) {
        const struct query *query = LIST_ITEM(node, struct tl_call, waiting)->wait.query;
        if (query->state == STATE_BUFFERED) {
            Pb__PollWorkflowTaskQueueResponse__QueriesEntry *entry = PB_NEW(
                arena,
                Pb__PollWorkflowTaskQueueResponse__QueriesEntry,
                pb__poll_workflow_task_queue_response__queries_entry);
            entry->key = arena_strdup(arena, query->id);
            entry->value = message_clone(arena, query->asked);
            response->queries[response->n_queries++] = entry;
        }
    }
}

const char *sim_query_check(const struct run *run)
{
    for (struct list_node *node = list_first(&run->queries); node != NULL; node = list_next(&run->queries, node)) {
        const struct query *query = LIST_ITEM(node, struct tl_call, waiting)->wait.query;
        bool offered = query->state == STATE_OFFERED || query->state == STATE_OFFERED_STICKY;
        if (offered != (query->queued.queue != NULL)) {
            return "a query is offered and in no queue, or the reverse";
        }
        if (query->state == STATE_ASKED || query->state == STATE_OVER) {
            return "a query waits for nothing";
        }
    }
    return count_buffered(run) > LIMIT_QUERIES ? "more queries wait for a workflow task than may" : NULL;
}
