/* SPDX-License-Identifier: MIT */
#include "sim/service/priority.h"

#include <stdbool.h>

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
