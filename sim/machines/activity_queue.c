/* SPDX-License-Identifier: MIT */
#include "sim/machines/activity_queue.h"

#include "sim/service/namespace.h"

/* A task that nobody takes stands in its queue until a timeout ends it: no history tells why. */
static bool is_withheld(const struct activity *activity)
{
    const struct run *run = activity->run;
    struct arena arena;

    if (run->sim->withhold == NULL) {
        return false;
    }
    arena_init(&arena, run->sim->pool);
    const struct tl_sim_activity task = {
        .type = activity->scheduled->activity_type->name,
        .workflow_id = run->workflow_id,
        .run_id = run->run_id,
        .activity_id = activity->scheduled->activity_id,
        .attempt = activity->attempt,
        .input = pb_payloads_view(&arena, activity->scheduled->input),
        .scheduled_at = activity->first_scheduled_at,
        .at = activity->scheduled_at,
        .schedule_to_start = activity->schedule_to_start_timeout,
        .schedule_to_close = pb_nanoseconds(activity->scheduled->schedule_to_close_timeout),
    };
    bool withheld = run->sim->withhold(run->sim->withhold_user, &task) != 0;
    arena_done(&arena);
    return withheld;
}

void sim_activity_enqueue(struct activity *activity, bool eagerly)
{
    enum queue_kind kind = is_withheld(activity) ? QUEUE_WITHHELD : QUEUE_ACTIVITY;
    const char *name = activity->scheduled->task_queue->name;

    if (!eagerly || kind == QUEUE_WITHHELD) {
        sim_queue_add(sim_namespace_queue(activity->run->space, kind, name), &activity->queued);
    }
}
