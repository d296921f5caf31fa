/* SPDX-License-Identifier: MIT */
#include "tests/server/flows.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these before it */
#include <cmocka.h>

#include <temporal/api/testservice/v1/request_response.pb-c.h>

#define NEW(station, Type, lower) PB_NEW(&(station)->arena, Type, lower)

static Pb__TaskQueue *queue(struct station *station)
{
    Pb__TaskQueue *queue = NEW(station, Pb__TaskQueue, pb__task_queue);

    queue->name = station_text(station, "q");
    return queue;
}

/* ---- Runs ---- */

void flow_start(struct caller *caller, const char *id)
{
    struct station *station = caller->station;
    Pb__StartWorkflowExecutionRequest request = PB__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    Pb__WorkflowType type = PB__WORKFLOW_TYPE__INIT;

    type.name = station_text(station, "Flow");
    request.namespace_ = station_text(station, "default");
    request.task_queue = queue(station);
    request.workflow_id = station_text(station, id);
    request.workflow_type = &type;
    assert_code(caller_call(caller, WORKFLOW_SERVICE "StartWorkflowExecution", &request), 0);
}

const Pb__PollWorkflowTaskQueueResponse *flow_take(struct caller *worker)
{
    struct station *station = worker->station;
    Pb__PollWorkflowTaskQueueRequest request = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;

    request.namespace_ = station_text(station, "default");
    request.identity = station_text(station, "worker");
    request.task_queue = queue(station);
    struct asked_call *call = caller_call(worker, WORKFLOW_SERVICE "PollWorkflowTaskQueue", &request);
    return asked_message(call, &pb__poll_workflow_task_queue_response__descriptor);
}

void flow_complete(
    struct caller *worker, const Pb__PollWorkflowTaskQueueResponse *task, Pb__Command *const *commands, size_t count)
{
    Pb__RespondWorkflowTaskCompletedRequest request = PB__RESPOND_WORKFLOW_TASK_COMPLETED_REQUEST__INIT;

    request.namespace_ = station_text(worker->station, "default");
    request.task_token = task->task_token;
    request.n_commands = count;
    request.commands = (Pb__Command **)(uintptr_t)commands;
    assert_code(caller_call(worker, WORKFLOW_SERVICE "RespondWorkflowTaskCompleted", &request), 0);
}

Pb__Command *flow_timer(struct station *station, const char *id, tl_duration duration)
{
    Pb__Command *command = NEW(station, Pb__Command, pb__command);
    Pb__StartTimerCommandAttributes *attributes =
        NEW(station, Pb__StartTimerCommandAttributes, pb__start_timer_command_attributes);

    command->command_type = COMMAND_TYPE_START_TIMER;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_START_TIMER_COMMAND_ATTRIBUTES;
    command->start_timer_command_attributes = attributes;
    attributes->timer_id = station_text(station, id);
    attributes->start_to_fire_timeout = pb_duration(&station->arena, duration);
    return command;
}

Pb__Command *flow_activity(struct station *station, const char *id, tl_duration start_to_close)
{
    Pb__Command *command = NEW(station, Pb__Command, pb__command);
    Pb__ScheduleActivityTaskCommandAttributes *attributes =
        NEW(station, Pb__ScheduleActivityTaskCommandAttributes, pb__schedule_activity_task_command_attributes);

    command->command_type = COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    command->schedule_activity_task_command_attributes = attributes;
    attributes->activity_id = station_text(station, id);
    attributes->activity_type = NEW(station, Pb__ActivityType, pb__activity_type);
    attributes->activity_type->name = station_text(station, "Work");
    attributes->task_queue = queue(station);
    attributes->start_to_close_timeout = pb_duration(&station->arena, start_to_close);
    return command;
}

Pb__Command *flow_result(struct station *station)
{
    Pb__Command *command = NEW(station, Pb__Command, pb__command);

    command->command_type = COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    command->complete_workflow_execution_command_attributes = NEW(
        station, Pb__CompleteWorkflowExecutionCommandAttributes, pb__complete_workflow_execution_command_attributes);
    return command;
}

const Pb__PollActivityTaskQueueResponse *flow_take_activity(struct caller *worker)
{
    struct station *station = worker->station;
    Pb__PollActivityTaskQueueRequest request = PB__POLL_ACTIVITY_TASK_QUEUE_REQUEST__INIT;

    request.namespace_ = station_text(station, "default");
    request.identity = station_text(station, "worker");
    request.task_queue = queue(station);
    struct asked_call *call = caller_call(worker, WORKFLOW_SERVICE "PollActivityTaskQueue", &request);
    return asked_message(call, &pb__poll_activity_task_queue_response__descriptor);
}

int flow_complete_activity(struct caller *worker, const Pb__PollActivityTaskQueueResponse *task)
{
    Pb__RespondActivityTaskCompletedRequest request = PB__RESPOND_ACTIVITY_TASK_COMPLETED_REQUEST__INIT;

    request.namespace_ = station_text(worker->station, "default");
    request.task_token = task->task_token;
    return caller_call(worker, WORKFLOW_SERVICE "RespondActivityTaskCompleted", &request)->code;
}

struct asked_call *flow_await(struct caller *caller, const char *id)
{
    struct station *station = caller->station;
    Pb__GetWorkflowExecutionHistoryRequest request = PB__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;
    Pb__WorkflowExecution execution = PB__WORKFLOW_EXECUTION__INIT;

    execution.workflow_id = station_text(station, id);
    request.namespace_ = station_text(station, "default");
    request.execution = &execution;
    request.wait_new_event = 1;
    request.history_event_filter_type = HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
    return caller_ask(caller, WORKFLOW_SERVICE "GetWorkflowExecutionHistory", &request);
}

/* ---- Time ---- */

struct asked_call *time_ask(struct caller *caller, const char *method)
{
    static const Pb__LockTimeSkippingRequest empty = PB__LOCK_TIME_SKIPPING_REQUEST__INIT;

    return caller_ask(caller, arena_format(&caller->station->arena, "%s%s", TEST_SERVICE, method), &empty);
}

int time_lock(struct caller *caller)
{
    return time_ask(caller, "LockTimeSkipping")->code;
}

int time_unlock(struct caller *caller)
{
    return time_ask(caller, "UnlockTimeSkipping")->code;
}

static struct asked_call *sleep_by(struct caller *caller, const char *path, tl_duration duration)
{
    Pb__SleepRequest request = PB__SLEEP_REQUEST__INIT;

    request.duration = pb_duration(&caller->station->arena, duration);
    return caller_ask(caller, path, &request);
}

struct asked_call *time_sleep(struct caller *caller, tl_duration duration)
{
    return sleep_by(caller, TEST_SERVICE "Sleep", duration);
}

struct asked_call *time_unlock_with_sleep(struct caller *caller, tl_duration duration)
{
    return sleep_by(caller, TEST_SERVICE "UnlockTimeSkippingWithSleep", duration);
}
