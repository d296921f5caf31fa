/* SPDX-License-Identifier: MIT */
/* Facts: temporal, common/priorities/priority_util.go (Validate). */
#include "worker/registry/priority.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "worker/registry/option.h"

#define MOST_KEY_BYTES 64

enum tl_status priority_check(const struct tl_priority *priority, struct tl_error *error)
{
    size_t len = priority->fairness_key == NULL ? 0 : strlen(priority->fairness_key);

    if (priority->key < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "priority.key", "is negative: %d", (int)priority->key);
    }
    if (len > MOST_KEY_BYTES) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "priority.fairness_key",
            "is %zu bytes long, more than %d",
            len,
            MOST_KEY_BYTES);
    }
    if (!isfinite(priority->fairness_weight) || priority->fairness_weight < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "priority.fairness_weight", "is %g", priority->fairness_weight);
    }
    return option_check_text("priority.fairness_key", priority->fairness_key, error);
}

struct tl_priority priority_view(const Pb__Priority *priority)
{
    if (priority == NULL) {
        return (struct tl_priority){.fairness_key = ""};
    }
    return (struct tl_priority){
        .key = priority->priority_key,
        .fairness_key = priority->fairness_key == NULL ? "" : priority->fairness_key,
        .fairness_weight = (double)priority->fairness_weight,
    };
}

Pb__Priority *priority_message(struct arena *arena, const struct tl_priority *priority)
{
    bool has_weight = priority->fairness_weight > 0;

    if (priority->key == 0 && !has_weight && pb_is_empty(priority->fairness_key)) {
        return NULL;
    }
    Pb__Priority *message = PB_NEW(arena, Pb__Priority, pb__priority);

    message->priority_key = priority->key;
    message->fairness_key = arena_strdup(arena, priority->fairness_key);
    message->fairness_weight = (float)priority->fairness_weight;
    return message;
}
