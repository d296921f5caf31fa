/* SPDX-License-Identifier: MIT */
#include "sim/service/limits.h"

#include "sim/service/run.h"

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
        .suggest_events = filled(from->suggest_events, LIMIT_SUGGEST_COUNT),
        .suggest_bytes = filled(from->suggest_bytes, LIMIT_SUGGEST_BYTES),
        .pending_activities = filled(from->pending_activities, LIMIT_PENDING),
        .signals = filled(from->signals, LIMIT_SIGNALS),
    };
}

/*
 * The bytes are those of the transactions before, the events are counted with this one's
 * (service/history/workflow/context.go, maxHistorySizeExceeded and maxHistoryCountExceeded).
 */
const char *sim_limits_broken(const struct run *run)
{
    const struct tl_sim_limits *limits = &run->sim->limits;

    if (run->committed_size > limits->history_bytes) {
        return "Workflow history size exceeds limit.";
    }
    if ((int64_t)run->history->count > limits->history_events) {
        return "Workflow history count exceeds limit.";
    }
    return NULL;
}
