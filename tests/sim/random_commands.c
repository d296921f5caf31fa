/* SPDX-License-Identifier: MIT */
/* Commands for a completion: most fit the run as it is, some do not. */
#include <string.h>

#include "sim/machines/machines.h"
#include "sim/service/token.h"
#include "tests/sim/random_requests.h"

#define MAX_COMMANDS 6
#define IDS          24

struct maker {
    struct random_requests *requests;
    const struct run *run; /* NULL: unknown */
};

#define NEW(Type, lower) PB_NEW(&maker->requests->scratch, Type, lower)

/* The command and its attributes, of that type. */
#define NEW_COMMAND(Type, lower, UPPER)                                                                                \
    Pb__Command *command = NEW(Pb__Command, pb__command);                                                              \
    Pb__##Type##CommandAttributes *attributes = NEW(Pb__##Type##CommandAttributes, pb__##lower##_command_attributes);  \
    command->command_type = COMMAND_TYPE_##UPPER;                                                                      \
    command->attributes_case = PB__COMMAND__ATTRIBUTES_##UPPER##_COMMAND_ATTRIBUTES;                                   \
    command->lower##_command_attributes = attributes

static Pb__TaskQueue *make_queue(const struct maker *maker)
{
    Pb__TaskQueue *queue = NEW(Pb__TaskQueue, pb__task_queue);

    queue->name = random_name(maker->requests, "queue-", 2);
    return queue;
}

static Pb__RetryPolicy *make_retry_policy(const struct maker *maker)
{
    Pb__RetryPolicy *policy = NEW(Pb__RetryPolicy, pb__retry_policy);

    policy->initial_interval = random_duration(maker->requests, 4);
    policy->maximum_attempts = (int32_t)random_pick(maker->requests, 4);
    return policy;
}

/* An id of no pending timer or activity, if luck has one; one that is used, once in a while. */
static char *new_timer_id(const struct maker *maker)
{
    char *id = random_name(maker->requests, "timer-", IDS);

    for (int i = 0; i < 8 && maker->run != NULL && sim_timer_find(maker->run, id) != NULL; i++) {
        id = random_name(maker->requests, "timer-", IDS);
    }
    return id;
}

static char *new_activity_id(const struct maker *maker)
{
    char *id = random_name(maker->requests, "activity-", IDS);

    for (int i = 0; i < 8 && maker->run != NULL && sim_activity_find_id(maker->run, id) != NULL; i++) {
        id = random_name(maker->requests, "activity-", IDS);
    }
    return id;
}

/* ---- Commands ---- */

static Pb__Command *make_activity(const struct maker *maker)
{
    struct random_requests *requests = maker->requests;
    NEW_COMMAND(ScheduleActivityTask, schedule_activity_task, SCHEDULE_ACTIVITY_TASK);

    attributes->activity_id = new_activity_id(maker);
    attributes->activity_type = NEW(Pb__ActivityType, pb__activity_type);
    attributes->activity_type->name = random_name(requests, "Activity", 3);
    attributes->task_queue = make_queue(maker);
    attributes->input = random_payloads(requests);
    attributes->start_to_close_timeout = random_duration(requests, 20);
    if (!random_once_in(requests, 20)) { /* else it may have no timeout at all */
        attributes->start_to_close_timeout->seconds++;
    }
    if (random_once_in(requests, 2)) {
        attributes->heartbeat_timeout = random_duration(requests, 8);
        attributes->schedule_to_start_timeout = random_duration(requests, 30);
    }
    if (random_once_in(requests, 3)) {
        attributes->schedule_to_close_timeout = random_duration(requests, 60);
    }
    if (random_once_in(requests, 2)) {
        attributes->retry_policy = make_retry_policy(maker);
    }
    attributes->request_eager_execution = random_once_in(requests, 8);
    return command;
}

/* One of what is pending, or NULL. */
static const struct map_entry *any_of(const struct maker *maker, const struct map *pending)
{
    if (map_count(pending) == 0) {
        return NULL;
    }
    const struct map_entry *entry = map_next(pending, NULL);
    for (uint64_t place = random_pick(maker->requests, map_count(pending)); place > 0; place--) {
        entry = map_next(pending, entry);
    }
    return entry;
}

/* Whether something that is not there is meant. */
static bool is_wrong(const struct maker *maker)
{
    return maker->run == NULL || random_once_in(maker->requests, 30);
}

static Pb__Command *make_cancel_activity(const struct maker *maker)
{
    const struct map_entry *entry = maker->run == NULL ? NULL : any_of(maker, &maker->run->activities);
    bool wrong = is_wrong(maker);

    if (entry == NULL && !wrong) {
        return make_activity(maker);
    }
    NEW_COMMAND(RequestCancelActivityTask, request_cancel_activity_task, REQUEST_CANCEL_ACTIVITY_TASK);
    attributes->scheduled_event_id = wrong ? (int64_t)random_pick(maker->requests, 40) : (int64_t)entry->len;
    return command;
}

static Pb__Command *make_timer(const struct maker *maker)
{
    NEW_COMMAND(StartTimer, start_timer, START_TIMER);

    attributes->timer_id = new_timer_id(maker);
    attributes->start_to_fire_timeout = random_duration(maker->requests, 100);
    attributes->start_to_fire_timeout->nanos = 1;
    return command;
}

static Pb__Command *make_cancel_timer(const struct maker *maker)
{
    const struct map_entry *entry = maker->run == NULL ? NULL : any_of(maker, &maker->run->timers);
    bool wrong = is_wrong(maker);

    if (entry == NULL && !wrong) {
        return make_timer(maker);
    }
    NEW_COMMAND(CancelTimer, cancel_timer, CANCEL_TIMER);
    attributes->timer_id =
        wrong ? random_name(maker->requests, "timer-", IDS) : arena_strdup(&maker->requests->scratch, entry->key);
    return command;
}

static Pb__Command *make_marker(const struct maker *maker)
{
    NEW_COMMAND(RecordMarker, record_marker, RECORD_MARKER);

    attributes->marker_name = random_name(maker->requests, "Marker", 3);
    return command;
}

static Pb__Command *make_complete(const struct maker *maker)
{
    NEW_COMMAND(CompleteWorkflowExecution, complete_workflow_execution, COMPLETE_WORKFLOW_EXECUTION);

    attributes->result = random_payloads(maker->requests);
    return command;
}

static Pb__Command *make_fail(const struct maker *maker)
{
    NEW_COMMAND(FailWorkflowExecution, fail_workflow_execution, FAIL_WORKFLOW_EXECUTION);

    attributes->failure = NEW(Pb__Failure, pb__failure);
    attributes->failure->message = random_name(maker->requests, "failure ", 9);
    attributes->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    attributes->failure->application_failure_info = NEW(Pb__ApplicationFailureInfo, pb__application_failure_info);
    attributes->failure->application_failure_info->type = random_name(maker->requests, "Failure", 3);
    attributes->failure->application_failure_info->non_retryable = random_once_in(maker->requests, 4);
    return command;
}

static Pb__Command *make_cancel(const struct maker *maker)
{
    NEW_COMMAND(CancelWorkflowExecution, cancel_workflow_execution, CANCEL_WORKFLOW_EXECUTION);

    attributes->details = random_payloads(maker->requests);
    return command;
}

static Pb__Command *make_continue(const struct maker *maker)
{
    NEW_COMMAND(ContinueAsNewWorkflowExecution, continue_as_new_workflow_execution, CONTINUE_AS_NEW_WORKFLOW_EXECUTION);

    attributes->workflow_type = NEW(Pb__WorkflowType, pb__workflow_type);
    attributes->workflow_type->name = random_name(maker->requests, "Workflow", 3);
    attributes->task_queue = make_queue(maker);
    attributes->input = random_payloads(maker->requests);
    if (random_once_in(maker->requests, 3)) {
        attributes->backoff_start_interval = random_duration(maker->requests, 30);
    }
    if (random_once_in(maker->requests, 3)) {
        attributes->workflow_run_timeout = random_duration(maker->requests, 200);
    }
    return command;
}

static Pb__Command *make_upsert_memo(const struct maker *maker)
{
    NEW_COMMAND(ModifyWorkflowProperties, modify_workflow_properties, MODIFY_WORKFLOW_PROPERTIES);
    Pb__Memo__FieldsEntry *field = NEW(Pb__Memo__FieldsEntry, pb__memo__fields_entry);

    field->key = random_name(maker->requests, "key-", 3);
    field->value = random_payloads(maker->requests)->payloads[0];
    attributes->upserted_memo = NEW(Pb__Memo, pb__memo);
    attributes->upserted_memo->n_fields = 1;
    attributes->upserted_memo->fields = arena_copy(&maker->requests->scratch, &field, sizeof(Pb__Memo__FieldsEntry *));
    return command;
}

static Pb__Command *make_upsert_attributes(const struct maker *maker)
{
    NEW_COMMAND(UpsertWorkflowSearchAttributes, upsert_workflow_search_attributes, UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
    Pb__SearchAttributes__IndexedFieldsEntry *field =
        NEW(Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
    bool amount = random_once_in(maker->requests, 3);
    const struct tl_payload value = tl_payload_json(amount ? "40" : "\"blue\"");

    field->key = (char *)(uintptr_t)(amount ? "Amount" : "Colour");
    field->value = pb_payload(&maker->requests->scratch, &value);
    attributes->search_attributes = NEW(Pb__SearchAttributes, pb__search_attributes);
    attributes->search_attributes->n_indexed_fields = 1;
    attributes->search_attributes->indexed_fields =
        arena_copy(&maker->requests->scratch, &field, sizeof(Pb__SearchAttributes__IndexedFieldsEntry *));
    return command;
}

/* ---- A completion's ---- */

static Pb__Command *(*const makers[])(const struct maker *maker) = {
    make_activity,
    make_activity,
    make_activity,
    make_cancel_activity,
    make_timer,
    make_timer,
    make_cancel_timer,
    make_marker,
    make_upsert_memo,
    make_upsert_attributes,
};

static Pb__Command *(*const closers[])(const struct maker *maker) = {
    make_complete, make_fail, make_cancel, make_continue};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct run *run_of(const struct random_requests *requests, const struct random_token *task)
{
    const ProtobufCBinaryData bytes = random_bytes(task);
    struct token token;

    return sim_token_unpack(requests->sim, &bytes, TOKEN_WORKFLOW_TASK, &token) ? requests->sim->runs[token.run] : NULL;
}

void random_commands(
    struct random_requests *requests, const struct random_token *task, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    const struct maker maker = {.requests = requests, .run = run_of(requests, task)};
    size_t count = random_pick(requests, MAX_COMMANDS);

    request->commands = ARENA_ARRAY(&requests->scratch, Pb__Command *, MAX_COMMANDS + 1);
    for (size_t i = 0; i < count; i++) {
        request->commands[i] = makers[random_pick(requests, COUNT(makers))](&maker);
    }
    if (random_once_in(requests, 8)) {
        request->commands[count++] = closers[random_pick(requests, COUNT(closers))](&maker);
    }
    request->n_commands = count;
}
