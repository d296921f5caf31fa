/* SPDX-License-Identifier: MIT */
#include "worker/polling/pace.h"

void pace_init(struct pace *pace, double per_second)
{
    *pace = (struct pace){0};
    if (per_second > 0) {
        double interval = (double)TL_SECONDS(1) / per_second;

        pace->interval = interval >= (double)TL_DAYS(1) ? TL_DAYS(1) : (tl_duration)interval;
    }
}
