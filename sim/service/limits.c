/* SPDX-License-Identifier: MIT */
#include "sim/service/limits.h"

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/service/run.h"

enum tl_status sim_limits_check(const struct tl_sim_limits *limits, struct tl_error *error)
{
    const struct {
        const char *field;
        int64_t value;
    } rows[] = {
        {"limits.history_events", limits->history_events},
        {"limits.history_bytes", limits->history_bytes},
        {"limits.state_bytes", limits->state_bytes},
        {"limits.suggest_events", limits->suggest_events},
        {"limits.suggest_bytes", limits->suggest_bytes},
        {"limits.pending_activities", limits->pending_activities},
        {"limits.signals", limits->signals},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].value < 0) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, rows[i].field, "%s is negative", rows[i].field);
        }
    }
    return TL_OK;
}

static int64_t filled(int64_t wanted, int64_t usual)
{
    return wanted > 0 ? wanted : usual;
}

void sim_limits_fill(struct tl_sim_limits *out, const struct tl_sim_limits *wanted)
{
    static const struct tl_sim_limits none = {0};
    const struct tl_sim_limits *from = wanted == NULL ? &none : wanted;

    *out = (struct tl_sim_limits){
        .history_events = filled(from->history_events, LIMIT_HISTORY_COUNT),
        .history_bytes = filled(from->history_bytes, LIMIT_HISTORY_BYTES),
        .state_bytes = filled(from->state_bytes, LIMIT_STATE_BYTES),
        .suggest_events = filled(from->suggest_events, LIMIT_SUGGEST_COUNT),
        .suggest_bytes = filled(from->suggest_bytes, LIMIT_SUGGEST_BYTES),
        .pending_activities = filled(from->pending_activities, LIMIT_PENDING),
        .signals = filled(from->signals, LIMIT_SIGNALS),
    };
}

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

void sim_limits_enforce(struct run *run)
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

void sim_limits_mark(struct run *run)
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
