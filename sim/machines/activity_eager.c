/* SPDX-License-Identifier: MIT */
/* Facts: workflow_task_completed_handler.go (handleCommandScheduleActivity, handlePostCommandEagerExecuteActivity). */
#include "sim/machines/activity_eager.h"

#include "sim/machines/activity_poll.h"
#include "sim/service/call.h"

/* The activity that this command made, when it is to be executed eagerly and is still pending; or NULL. */
static struct activity *find_eager(const struct run *run, const Pb__Command *command)
{
    if (command->command_type != COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK ||
        !command->schedule_activity_task_command_attributes->request_eager_execution) {
        return NULL;
    }
    struct activity *activity =
        sim_activity_find_id(run, command->schedule_activity_task_command_attributes->activity_id);
    return activity != NULL && !sim_activity_is_started(activity) && activity->queued.queue == NULL ? activity : NULL;
}

/* What it asks for itself: nothing of its run's priority, unlike a task that was polled. */
static Pb__PollActivityTaskQueueResponse *start(struct tl_call *call, struct activity *activity, const char *identity)
{
    sim_activity_start(activity, identity, call->peer);
    Pb__PollActivityTaskQueueResponse *task = sim_activity_task(call, activity);
    task->priority = activity->scheduled->priority;
    return task;
}

void sim_activity_start_eager(
    struct tl_call *call, struct run *run, const Pb__RespondWorkflowTaskCompletedRequest *request,
    Pb__RespondWorkflowTaskCompletedResponse *response)
{
    for (size_t i = 0; i < request->n_commands; i++) {
        struct activity *activity = find_eager(run, request->commands[i]);
        if (activity == NULL) {
            continue;
        }
        if (response->activity_tasks == NULL) {
            response->activity_tasks =
                ARENA_ARRAY(sim_call_arena(call), Pb__PollActivityTaskQueueResponse *, request->n_commands - i);
        }
        response->activity_tasks[response->n_activity_tasks++] = start(call, activity, request->identity);
    }
}
