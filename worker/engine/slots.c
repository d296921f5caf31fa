/* SPDX-License-Identifier: MIT */
#include "worker/engine/slots.h"

#include "base/check.h"

void slots_init(struct slots *slots, size_t total)
{
    slots->total = total;
    slots->used = 0;
}

void slots_reserve(struct slots *slots)
{
    CHECK(slots->used < slots->total);
    slots->used++;
}

void slots_release(struct slots *slots)
{
    CHECK(slots->used > 0);
    slots->used--;
}
