/* SPDX-License-Identifier: MIT */
#include "sim/service/limits.h"

#include "base/list.h"

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
