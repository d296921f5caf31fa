/* SPDX-License-Identifier: MIT */
#include "sim/service/priority.h"

#include <stdbool.h>
#include <string.h>

#define FAIRNESS_KEY_BYTES 64 /* fairnessKeyMaxLength */

/* A weight of zero is none. */
static bool is_weightless(const Pb__Priority *priority)
{
    return !(priority->fairness_weight < 0) && !(priority->fairness_weight > 0);
}

Pb__Priority *sim_priority_merge(struct arena *arena, Pb__Priority *inherited, Pb__Priority *own)
{
    if (inherited == NULL || own == NULL) {
        return own != NULL ? own : inherited;
    }
    Pb__Priority *merged = PB_NEW(arena, Pb__Priority, pb__priority);
    merged->priority_key = own->priority_key != 0 ? own->priority_key : inherited->priority_key;
    merged->fairness_key = pb_is_empty(own->fairness_key) ? inherited->fairness_key : own->fairness_key;
    merged->fairness_weight = is_weightless(own) ? inherited->fairness_weight : own->fairness_weight;
    return merged;
}

enum tl_status sim_check_priority(struct tl_error *error, const Pb__Priority *priority)
{
    if (priority == NULL) {
        return TL_OK;
    }
    if (priority->priority_key < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "priority", "priority: priority_key is negative");
    }
    if (priority->fairness_key != NULL && strlen(priority->fairness_key) > FAIRNESS_KEY_BYTES) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "priority", "priority: fairness_key exceeds %d bytes", FAIRNESS_KEY_BYTES);
    }
    if (priority->fairness_weight < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "priority", "priority: fairness_weight is negative");
    }
    return TL_OK;
}
