/* SPDX-License-Identifier: MIT */
/*
 * Activities without a poll: the worker that schedules one on its own queue, and has a slot for it,
 * gets it with the answer to its completion (sdk-core, worker/workflow/mod.rs,
 * reserve_activity_slots_for_outgoing_commands).
 */
#include <string.h>

#include "worker/engine/state.h"

#define MOST_EAGER 3 /* of one task */

static bool reserve(struct task *task, const Pb__ScheduleActivityTaskCommandAttributes *activity)
{
    const struct engine_settings *settings = &task->engine->settings;

    if (task->eager == MOST_EAGER || activity->task_queue == NULL ||
        strcmp(activity->task_queue->name, settings->task_queue) != 0 || !settings->eager->reserve(settings->user)) {
        return false;
    }
    task->eager++;
    return true;
}

void eager_ask(struct task *task, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    if (task->engine->settings.eager == NULL) {
        return;
    }
    for (size_t i = 0; i < request->n_commands; i++) {
        if (request->commands[i]->command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK) {
            Pb__ScheduleActivityTaskCommandAttributes *activity =
                request->commands[i]->schedule_activity_task_command_attributes;

            activity->request_eager_execution = reserve(task, activity);
        }
    }
}

/* More than was asked for has no slot: it times out and comes again by a poll. */
void eager_settle(struct task *task, struct tl_reply *reply)
{
    const struct engine_settings *settings = &task->engine->settings;
    const Pb__RespondWorkflowTaskCompletedResponse *response =
        reply == NULL || reply->status != TL_OK ? NULL : (const void *)reply->message;
    size_t count = response == NULL ? 0 : response->n_activity_tasks;

    for (size_t i = 0; task->eager > 0 && i < count; i++) {
        if (response->activity_tasks[i]->task_token.len > 0) {
            task->eager--;
            settings->eager->take(settings->user, tl_reply_ref(reply), response->activity_tasks[i]);
        }
    }
    for (; task->eager > 0; task->eager--) {
        settings->eager->release(settings->user);
    }
}
