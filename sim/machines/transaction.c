/* SPDX-License-Identifier: MIT */
/* Facts: service/history/workflow/context.go, mutable_state_impl.go (closeTransaction). */
#include "sim/machines/transaction.h"

#include "model/message.h"
#include "sim/machines/clock.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"

/* ---- Too large a run ---- */

/* In the state that the server keeps of a run what can be large (GetApproximatePersistedSize). */
static int64_t state_bytes(const struct run *run)
{
    int64_t bytes = run->kept_bytes + (sim_workflow_task_is_started(run) ? run->buffered_bytes : 0);

    if (bytes + (int64_t)(LIMIT_MEMO_BYTES + LIMIT_SEARCH_BYTES) <= run->sim->limits.state_bytes) {
        return bytes; /* the rest cannot make it too large */
    }
    if (run->memo != NULL) {
        bytes += (int64_t)message_size(run->memo);
    }
    return run->search_attributes == NULL ? bytes : bytes + (int64_t)message_size(run->search_attributes);
}

/*
 * Why the transaction may not be written, in the server's words; NULL: it may. The bytes are those of
 * the transactions before, the events are counted with this one's, but for those that are still buffered
 * (service/history/workflow/context.go, maxHistorySizeExceeded and its like).
 */
static const char *broken(const struct run *run)
{
    const struct tl_sim_limits *limits = &run->sim->limits;

    if (run->committed_size > limits->history_bytes) {
        return "Workflow history size exceeds limit.";
    }
    if ((int64_t)run->history->count > limits->history_events) {
        return "Workflow history count exceeds limit.";
    }
    if (state_bytes(run) > limits->state_bytes) {
        return "Workflow mutable state size exceeds limit.";
    }
    return NULL;
}

/* What else it did goes when the run closes. */
static void take_back(struct run *run)
{
    const struct run_mark *mark = &run->mark;

    sim_history_truncate(run->history, mark->event_count, run->committed_size);
    run->buffered_count = mark->buffered_count; /* those that were flushed still stand there */
    run->signal_count = mark->signal_count;
    run->last_completed_started_id = mark->last_completed_started_id;
    run->memo = mark->memo;
    run->search_attributes = mark->search_attributes;
    run->task.state = mark->task_state;
    run->task.attempt = mark->task_attempt;
    run->task.scheduled_event_id = mark->task_scheduled_event_id;
    run->task.started_event_id = mark->task_started_event_id;
}

/*
 * A transaction that makes the run too large is taken back, and the run is terminated; the call that brought it
 * is refused. A buffer too large fails the started workflow task.
 */
static void enforce_limits(struct run *run)
{
    const char *reason = sim_run_is_open(run) && run->transitions > 0 ? broken(run) : NULL;

    if (reason != NULL) {
        const struct termination why = {.reason = reason, .identity = "history-service"};
        take_back(run);
        sim_run_terminate(run, &why);
        run->sim->overrun = reason;
    } else if (
        sim_run_is_open(run) && (run->buffered_count > LIMIT_BUFFERED || run->buffered_bytes > LIMIT_BUFFER_BYTES)) {
        sim_workflow_task_shed(run);
    }
}

/* Where the run stands now that a transaction has ended. */
static void mark(struct run *run)
{
    run->mark = (struct run_mark){
        .event_count = run->history->count,
        .buffered_count = run->buffered_count,
        .signal_count = run->signal_count,
        .last_completed_started_id = run->last_completed_started_id,
        .memo = run->memo,
        .search_attributes = run->search_attributes,
        .task_state = run->task.state,
        .task_attempt = run->task.attempt,
        .task_scheduled_event_id = run->task.scheduled_event_id,
        .task_started_event_id = run->task.started_event_id,
    };
}

/* ---- The end ---- */

void sim_run_commit(struct run *run)
{
    enforce_limits(run);
    if (!sim_run_is_open(run)) {
        run->buffered_count = 0; /* nothing follows the closing event */
        run->buffered_bytes = 0;
    } else if (!sim_workflow_task_is_started(run)) {
        sim_run_flush(run);
        sim_clock_settle(run);
    }
    run->committed_size = run->history->size;
    sim_history_end_batch(run->history);
    mark(run);
    if (!list_is_linked(&run->changed)) {
        list_append(&run->sim->changed, &run->changed);
    }
    run->transitions++;
    LIST_EACH(&run->waiters, node)
    {
        struct tl_call *call = LIST_ITEM(node, struct tl_call, waiting);
        call->wake(call);
    }
}
