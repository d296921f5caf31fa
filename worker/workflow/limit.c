/* SPDX-License-Identifier: MIT */
#include "worker/workflow/limit.h"

#include "worker/machines/timer.h"
#include "worker/registry/option.h"
#include "worker/runtime/clock.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

void limit_check(struct tl_workflow *wf, const char *function, tl_duration duration)
{
    struct tl_error error;

    if (duration != TL_NEVER) {
        workflow_check(wf, function, option_check_duration("limit", duration, &error), &error);
    }
}

void limit_begin(struct limit *limit, struct strand *strand, tl_duration duration, bool wakes)
{
    struct tl_workflow *wf = strand->wf;

    *limit = (struct limit){.strand = strand};
    strand->waits_until = TL_NEVER;
    if (duration == 0 || duration == TL_NEVER) {
        return;
    }
    limit->timer = timer_start(wf, duration);
    strand->waits_until = clock_after(wf->now, duration);
    if (wakes) {
        list_append(&limit->timer->waiters, &strand->waiters[1].node);
    }
}

bool limit_is_over(const struct limit *limit)
{
    return limit->timer != NULL && limit->timer->done;
}

enum tl_status limit_outcome(const struct limit *limit)
{
    return limit->timer->status == TL_OK ? strand_note(limit->strand, TL_TIMED_OUT, NULL)
                                         : future_outcome(limit->timer, limit->strand, NULL);
}

void limit_end(struct limit *limit)
{
    list_remove(&limit->strand->waiters[1].node);
    if (limit->timer != NULL) {
        tl_future_cancel(limit->timer);
    }
}
