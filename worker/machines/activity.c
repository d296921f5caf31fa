/* SPDX-License-Identifier: MIT */
#include "worker/machines/activity.h"

#include <string.h>

#include "model/failure.h"
#include "model/message.h"
#include "worker/machines/entity.h"
#include "worker/machines/machines.h"
#include "worker/registry/field.h"
#include "worker/registry/metadata.h"
#include "worker/registry/priority.h"
#include "worker/registry/retry.h"
#include "worker/workflow/context.h"
#include "worker/workflow/failures.h"
#include "worker/workflow/future.h"

struct activity {
    struct entity entity; /* first */
    struct tl_future future;
    struct command schedule;
    struct command cancel;
    enum tl_cancellation_type cancellation;
    int64_t scheduled_event_id;
    int64_t started_event_id;
    const char *type;
    const char *id;
    char number[ENTITY_NUMBER_SIZE];
    /* The command's content; NULL when it will only be matched by identity. */
    Pb__ScheduleActivityTaskCommandAttributes *attributes;
    Pb__UserMetadata *metadata; /* its summary, or NULL */
};

#define MACHINE      activity
#define MACHINE_FILE "worker/machines/activity.def"
#include "base/machine_define.h"

static int queue_schedule(void *self, const void *argument)
{
    struct activity *activity = self;

    (void)argument;
    command_add(&activity->schedule, &activity->entity, COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK);
    return 0;
}

static int withdraw(void *self, const void *argument)
{
    struct activity *activity = self;

    (void)argument;
    command_withdraw(&activity->schedule);
    future_fail(&activity->future, TL_CANCELED, failure_canceled(activity->entity.wf));
    return 0;
}

static int record_schedule(void *self, const void *argument)
{
    struct activity *activity = self;
    const Pb__HistoryEvent *event = argument;

    activity->scheduled_event_id = event->event_id;
    activity->attributes = NULL; /* the event tells it from now on */
    map_put_number(&activity->entity.wf->entities, (uint64_t)event->event_id, &activity->entity);
    return 0;
}

static int record_start(void *self, const void *argument)
{
    struct activity *activity = self;
    const Pb__HistoryEvent *event = argument;

    activity->started_event_id = event->event_id;
    return 0;
}

/* The activity is over: nothing in history refers to it any more. */
static struct tl_workflow *forget(struct activity *activity)
{
    map_remove_number(&activity->entity.wf->entities, (uint64_t)activity->scheduled_event_id);
    return activity->entity.wf;
}

/* Official SDKs wrap what an activity ended with in a link that tells which activity it was. */
static void end_with_failure(
    struct activity *activity, enum tl_status status, const Pb__Failure *cause, int retry_state, const char *identity)
{
    struct tl_workflow *wf = forget(activity);

    if (activity->future.done) {
        return;
    }
    Pb__Failure *failure = PB_NEW(wf->arena, Pb__Failure, pb__failure);
    Pb__ActivityFailureInfo *info = PB_NEW(wf->arena, Pb__ActivityFailureInfo, pb__activity_failure_info);
    Pb__ActivityType *type = PB_NEW(wf->arena, Pb__ActivityType, pb__activity_type);
    type->name = arena_strdup(wf->arena, activity->type);
    info->activity_type = type;
    info->activity_id = arena_strdup(wf->arena, activity->id);
    info->scheduled_event_id = activity->scheduled_event_id;
    info->started_event_id = activity->started_event_id;
    info->identity = arena_strdup(wf->arena, identity);
    info->retry_state = retry_state;
    failure->message = arena_format(
        wf->arena,
        "activity %s (id %s) %s",
        activity->type,
        activity->id,
        status == TL_CANCELED ? "was canceled" : "failed");
    failure->cause = (Pb__Failure *)(uintptr_t)cause;
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO;
    failure->activity_failure_info = info;
    future_fail(&activity->future, status, failure);
}

static int complete(void *self, const void *argument)
{
    struct activity *activity = self;
    const Pb__HistoryEvent *event = argument;
    struct tl_workflow *wf = forget(activity);

    if (!activity->future.done) {
        struct tl_payloads result = workflow_keep_payloads(wf, event->activity_task_completed_event_attributes->result);
        future_succeed(&activity->future, result.count == 0 ? (struct tl_payload){0} : result.items[0]);
    }
    return 0;
}

static int fail(void *self, const void *argument)
{
    struct activity *activity = self;
    const Pb__ActivityTaskFailedEventAttributes *failed =
        ((const Pb__HistoryEvent *)argument)->activity_task_failed_event_attributes;

    end_with_failure(
        activity,
        TL_FAILED,
        workflow_keep_failure(activity->entity.wf, failed->failure),
        failed->retry_state,
        failed->identity);
    return 0;
}

static int time_out(void *self, const void *argument)
{
    struct activity *activity = self;
    const Pb__ActivityTaskTimedOutEventAttributes *timed_out =
        ((const Pb__HistoryEvent *)argument)->activity_task_timed_out_event_attributes;

    end_with_failure(
        activity,
        TL_FAILED,
        workflow_keep_failure(activity->entity.wf, timed_out->failure),
        timed_out->retry_state,
        "");
    return 0;
}

static int cancel(void *self, const void *argument)
{
    struct activity *activity = self;
    struct tl_workflow *wf = activity->entity.wf;
    const Pb__ActivityTaskCanceledEventAttributes *canceled =
        ((const Pb__HistoryEvent *)argument)->activity_task_canceled_event_attributes;

    end_with_failure(
        activity,
        TL_CANCELED,
        failure_canceled_details(wf, canceled->details),
        RETRY_STATE_CANCEL_REQUESTED,
        canceled->identity);
    return 0;
}

static int queue_cancel(void *self, const void *argument)
{
    struct activity *activity = self;

    (void)argument;
    command_add(&activity->cancel, &activity->entity, COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK);
    if (activity->cancellation != TL_WAIT_CANCELLATION_COMPLETED) {
        future_fail(&activity->future, TL_CANCELED, failure_canceled(activity->entity.wf));
    }
    return 0;
}

static int abandon(void *self, const void *argument)
{
    struct activity *activity = self;

    (void)argument;
    future_fail(&activity->future, TL_CANCELED, failure_canceled(activity->entity.wf));
    return 0;
}

static int machine_event(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        return EVENT_TASK_SCHEDULED;
    case EVENT_TYPE_ACTIVITY_TASK_STARTED:
        return EVENT_TASK_STARTED;
    case EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        return EVENT_TASK_COMPLETED;
    case EVENT_TYPE_ACTIVITY_TASK_FAILED:
        return EVENT_TASK_FAILED;
    case EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
        return EVENT_TASK_TIMED_OUT;
    case EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
        return EVENT_TASK_CANCEL_REQUESTED;
    case EVENT_TYPE_ACTIVITY_TASK_CANCELED:
        return EVENT_TASK_CANCELED;
    default:
        return -1;
    }
}

static bool matches(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct activity *activity = (const struct activity *)entity;

    if (event->event_type == EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED) {
        int64_t recorded = event->activity_task_cancel_requested_event_attributes->scheduled_event_id;
        if (recorded == activity->scheduled_event_id) {
            return true;
        }
        text_format(
            difference,
            "scheduled_event_id is %lld in history and %lld in the code",
            (long long)recorded,
            (long long)activity->scheduled_event_id);
        return false;
    }
    const Pb__ActivityTaskScheduledEventAttributes *scheduled = event->activity_task_scheduled_event_attributes;
    const char *type = scheduled->activity_type == NULL ? "" : scheduled->activity_type->name;
    if (strcmp(type, activity->type) != 0) {
        text_format(difference, "activity_type is \"%s\" in history and \"%s\" in the code", type, activity->type);
        return false;
    }
    if (strcmp(scheduled->activity_id, activity->id) != 0) {
        text_format(
            difference,
            "activity_id is \"%s\" in history and \"%s\" in the code",
            scheduled->activity_id,
            activity->id);
        return false;
    }
    return true;
}

static void build(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out)
{
    struct activity *activity = (struct activity *)entity;

    if (command_type == COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK) {
        out->schedule_activity_task_command_attributes = activity->attributes;
        out->user_metadata = activity->metadata;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    } else {
        Pb__RequestCancelActivityTaskCommandAttributes *request = PB_NEW(
            arena, Pb__RequestCancelActivityTaskCommandAttributes, pb__request_cancel_activity_task_command_attributes);
        request->scheduled_event_id = activity->scheduled_event_id;
        out->request_cancel_activity_task_command_attributes = request;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_REQUEST_CANCEL_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    }
}

/*
 * A timeout as the server keeps it: as asked, or less where another one bounds it. Only one that
 * is longer than asked, or shorter although nothing bounds it, is a difference.
 */
static bool same_timeout(
    struct text *difference, const char *name, const Pb__Duration *asked, const Pb__Duration *kept,
    const Pb__Duration *bound)
{
    tl_duration wanted = pb_nanoseconds(asked);
    tl_duration found = pb_nanoseconds(kept);
    tl_duration limit = pb_nanoseconds(bound);

    if (wanted == 0 || found == wanted || (limit > 0 && found < wanted && found == limit)) {
        return true;
    }
    text_format(difference, "%s is ", name);
    text_add_duration(difference, found);
    text_add(difference, " in history and ");
    text_add_duration(difference, wanted);
    text_add(difference, " in the code");
    return false;
}

static bool same_message(struct text *difference, const char *name, const void *in_history, const void *in_code)
{
    char path[128] = "";

    if (message_says_same(in_history, in_code, path, sizeof path)) {
        return true;
    }
    if (message_says_nothing(in_history) || message_says_nothing(in_code)) {
        text_format(difference, "%s is %s in history", name, message_says_nothing(in_history) ? "absent" : "present");
    } else {
        text_format(difference, "%s%s%s differs between history and code", name, path[0] == '\0' ? "" : ".", path);
    }
    return false;
}

static bool matches_all(
    const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    (void)entity;
    if (command->command_type != COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK) {
        return true;
    }
    const Pb__ScheduleActivityTaskCommandAttributes *code = command->schedule_activity_task_command_attributes;
    const Pb__ActivityTaskScheduledEventAttributes *kept = event->activity_task_scheduled_event_attributes;
    const Pb__Duration *close = kept->schedule_to_close_timeout;

    if (code->task_queue != NULL && kept->task_queue != NULL &&
        strcmp(code->task_queue->name, kept->task_queue->name) != 0) {
        text_format(
            difference,
            "task_queue is \"%s\" in history and \"%s\" in the code",
            kept->task_queue->name,
            code->task_queue->name);
        return false;
    }
    return same_message(difference, "input", kept->input, code->input) &&
           same_message(difference, "header", kept->header, code->header) &&
           same_message(difference, "priority", kept->priority, code->priority) &&
           same_timeout(difference, "schedule_to_close_timeout", code->schedule_to_close_timeout, close, close) &&
           same_timeout(
               difference,
               "schedule_to_start_timeout",
               code->schedule_to_start_timeout,
               kept->schedule_to_start_timeout,
               close) &&
           same_timeout(
               difference,
               "start_to_close_timeout",
               code->start_to_close_timeout,
               kept->start_to_close_timeout,
               close) &&
           same_timeout(
               difference,
               "heartbeat_timeout",
               code->heartbeat_timeout,
               kept->heartbeat_timeout,
               kept->start_to_close_timeout);
}

static void describe(const struct entity *entity, struct text *text)
{
    const struct activity *activity = (const struct activity *)entity;

    text_format(text, "activity %s (id %s)", activity->type, activity->id);
}

static const struct entity_kind activity_kind = {
    .table = &activity_machine,
    .machine_event = machine_event,
    .matches = matches,
    .build = build,
    .matches_all = matches_all,
    .describe = describe,
};

static void cancel_future(struct tl_future *future)
{
    struct activity *activity = CONTAINER_OF(future, struct activity, future);

    if (activity->entity.state == STATE_CANCEL_QUEUED || activity->entity.state == STATE_CANCEL_REQUESTED) {
        return; /* asked for already; TL_WAIT_CANCELLATION_COMPLETED waits for its end */
    }
    entity_do(&activity->entity, activity->cancellation == TL_ABANDON ? EVENT_ABANDON : EVENT_CANCEL, NULL);
}

static void describe_future(const struct tl_future *future, struct text *text)
{
    describe(&CONST_CONTAINER_OF(future, struct activity, future)->entity, text);
}

static const struct future_kind activity_future = {
    .scoped = true, .cancel = cancel_future, .describe = describe_future};

static Pb__ScheduleActivityTaskCommandAttributes *
attributes(struct activity *activity, const struct tl_payloads *input, const struct tl_activity_options *options)
{
    struct tl_workflow *wf = activity->entity.wf;
    struct arena *arena = wf->arena;
    Pb__ScheduleActivityTaskCommandAttributes *out =
        PB_NEW(arena, Pb__ScheduleActivityTaskCommandAttributes, pb__schedule_activity_task_command_attributes);

    out->activity_id = (char *)(uintptr_t)activity->id;
    out->activity_type = PB_NEW(arena, Pb__ActivityType, pb__activity_type);
    out->activity_type->name = (char *)(uintptr_t)activity->type;
    out->task_queue = PB_NEW(arena, Pb__TaskQueue, pb__task_queue);
    out->task_queue->name =
        arena_strdup(arena, options->task_queue == NULL ? wf->info.task_queue : options->task_queue);
    out->task_queue->kind = TASK_QUEUE_KIND_NORMAL;
    out->input = pb_payloads(arena, input);
    out->header = field_header(arena, options->headers, options->header_count);
    out->schedule_to_close_timeout = pb_duration(arena, options->schedule_to_close);
    out->schedule_to_start_timeout = pb_duration(arena, options->schedule_to_start);
    out->start_to_close_timeout = pb_duration(arena, options->start_to_close);
    out->heartbeat_timeout = pb_duration(arena, options->heartbeat);
    out->retry_policy = retry_message(arena, options->retry);
    out->priority = priority_message(arena, &options->priority);
    return out;
}

struct tl_future *activity_start(
    struct tl_workflow *wf, const char *type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    struct activity *activity = ARENA_NEW(wf->arena, struct activity);

    activity->entity.kind = &activity_kind;
    activity->entity.wf = wf;
    activity->entity.counted = wf->counted;
    activity->cancellation = options->cancellation;
    activity->type = arena_strdup(wf->arena, type);
    if (options->activity_id == NULL) {
        entity_number(activity->number, ++wf->next_activity);
        activity->id = activity->number;
    } else {
        activity->id = arena_strdup(wf->arena, options->activity_id);
    }
    if (!future_init(&activity->future, wf, &activity_future)) {
        return &activity->future;
    }
    if (wf->sends) {
        activity->attributes = attributes(activity, input, options);
        activity->metadata = metadata_message(wf->arena, options->summary, NULL);
    }
    entity_do(&activity->entity, EVENT_SCHEDULE, NULL);
    return &activity->future;
}
