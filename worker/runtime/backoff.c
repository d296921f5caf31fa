/* SPDX-License-Identifier: MIT */
#include "worker/runtime/backoff.h"

#include "base/random.h"

static tl_duration scaled(tl_duration pause, double factor)
{
    return (tl_duration)((double)pause * factor);
}

tl_duration backoff_next(struct backoff *backoff, const struct backoff_policy *policy, struct random *random)
{
    if (backoff->policy != policy) {
        backoff->policy = policy;
        backoff->pause = policy->initial;
    }
    tl_duration pause = backoff->pause;
    tl_duration grown = scaled(pause, policy->factor);

    backoff->pause = grown < policy->maximum ? grown : policy->maximum;
    return scaled(pause, 1 - policy->jitter + 2 * policy->jitter * random_unit(random));
}
