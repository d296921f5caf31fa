/* SPDX-License-Identifier: MIT */
#include "worker/polling/slots.h"

#include <stdint.h>

#include "base/check.h"

void slots_init(struct slots *slots, enum tl_slot_kind kind, size_t total)
{
    *slots = (struct slots){.kind = kind, .total = total};
}

void slots_supply(struct slots *slots, const struct tl_slot_supplier *supplier, const char *task_queue)
{
    slots->total = SIZE_MAX;
    slots->supplier = *supplier;
    slots->task_queue = task_queue;
}

static bool supplier_gives(const struct slots *slots, enum slot_use use)
{
    const struct tl_slot_request request = {
        .kind = slots->kind,
        .task_queue = slots->task_queue,
        .sticky = use == SLOT_STICKY_POLL,
        .eager = use == SLOT_EAGER,
        .used = slots->used,
    };

    return slots->supplier.reserve(slots->supplier.user, &request) != 0;
}

bool slots_reserve(struct slots *slots, enum slot_use use)
{
    if (slots_free(slots) == 0 || (slots->supplier.reserve != NULL && !supplier_gives(slots, use))) {
        return false;
    }
    slots->used++;
    return true;
}

void slots_release(struct slots *slots)
{
    CHECK(slots->used > 0);
    slots->used--;
    if (slots->supplier.release != NULL) {
        slots->supplier.release(slots->supplier.user, slots->kind);
    }
}
