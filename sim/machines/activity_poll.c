/* SPDX-License-Identifier: MIT */
#include "sim/machines/activity_poll.h"

#include "model/message.h"
#include "sim/machines/machines.h"
#include "sim/service/call.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/priority.h"
#include "sim/service/token.h"

static void
set_activity_times(Pb__PollActivityTaskQueueResponse *response, struct arena *arena, const struct activity *activity)
{
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;

    response->scheduled_time = pb_timestamp(arena, activity->first_scheduled_at);
    response->current_attempt_scheduled_time = pb_timestamp(arena, activity->scheduled_at);
    response->started_time = pb_timestamp(arena, activity->started_at);
    response->schedule_to_close_timeout = scheduled->schedule_to_close_timeout;
    response->start_to_close_timeout = scheduled->start_to_close_timeout;
    response->heartbeat_timeout = scheduled->heartbeat_timeout;
}

Pb__PollActivityTaskQueueResponse *sim_activity_task(struct tl_call *call, const struct activity *activity)
{
    struct arena *arena = sim_call_arena(call);
    struct run *run = activity->run;
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = activity->scheduled;
    Pb__PollActivityTaskQueueResponse *response =
        PB_NEW(arena, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);
    const struct token token = {
        .kind = TOKEN_ACTIVITY_TASK,
        .run = run->number,
        .first = activity->scheduled_event_id,
        .attempt = activity->attempt,
    };

    response->task_token = sim_token_pack(run->sim, arena, &token);
    response->workflow_namespace = arena_strdup(arena, run->space->name);
    response->workflow_type = run->started->workflow_type;
    response->workflow_execution = sim_execution(arena, run->workflow_id, run->run_id);
    response->activity_type = scheduled->activity_type;
    response->activity_id = scheduled->activity_id;
    response->header = scheduled->header;
    response->input = scheduled->input;
    response->heartbeat_details = message_clone(arena, activity->heartbeat_details);
    response->attempt = activity->attempt;
    response->retry_policy = scheduled->retry_policy;
    response->priority = sim_priority_merge(arena, run->started->priority, scheduled->priority);
    set_activity_times(response, arena, activity);
    sim_call_share(call, run->history);
    return response;
}

bool sim_activity_give(struct queue_task *task, struct tl_call *poll)
{
    struct activity *activity = CONTAINER_OF(task, struct activity, queued);
    const struct run *run = activity->run;

    poll->subject = activity->run->workflow_id;
    sim_queue_note(poll->wait.poll.queue, poll);
    sim_activity_start(activity, poll->wait.poll.identity, poll->peer);
    sim_run_commit(activity->run);
    if (!sim_run_is_open(run)) {
        return false; /* it was too large to go on */
    }
    sim_call_answer(poll, sim_activity_task(poll, activity));
    sim_call_deliver(poll);
    return true;
}
