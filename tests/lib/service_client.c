/* SPDX-License-Identifier: MIT */
#include "tests/lib/service_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "model/history.h"
#include "model/message.h"
#include "tests/lib/show_event.h"

/* ---- Life ---- */

void service_client_open(struct service_client *client, const struct tl_driver_options *driver, bool wire)
{
    const struct tl_driver_options defaults = {.seed = 1};
    const struct tl_sim_options options = {.wire = wire};

    memset(client, 0, sizeof(*client));
    client->driver = tl_driver_new(driver != NULL ? driver : &defaults, NULL);
    if (client->driver == NULL) {
        return;
    }
    client->checked = true;
    client->wire = wire;
    list_init(&client->calls);
    client->sim = tl_sim_new(client->driver, &options, NULL);
    if (client->sim == NULL) {
        tl_driver_free(client->driver);
        client->driver = NULL;
        return;
    }
    client->service = tl_sim_service(client->sim);
    arena_init(&client->arena, tl_driver_pool(client->driver));
}

void service_client_renew(struct service_client *client, const struct tl_sim_options *options)
{
    struct tl_sim_options renewed = *options;

    renewed.wire = client->wire;
    tl_sim_free(client->sim);
    client->sim = tl_sim_new(client->driver, &renewed, NULL);
    assert_non_null(client->sim);
    client->service = tl_sim_service(client->sim);
}

void service_client_close(struct service_client *client)
{
    if (client->driver == NULL) {
        return;
    }
    LIST_EACH(&client->calls, node)
    {
        tl_reply_unref(LIST_ITEM(node, struct pending, node)->reply);
    }
    tl_sim_free(client->sim);
    tl_driver_free(client->driver);
}

/* ---- Calls ---- */

static void on_reply(void *user, struct tl_reply *reply)
{
    struct pending *pending = user;

    assert_null(pending->reply);
    pending->reply = reply;
    pending->call = NULL;
}

/* A copy in memory of its own, which is gone after the call: a sanitizer sees who still reads it. */
static ProtobufCMessage *lend(const ProtobufCMessage *request)
{
    size_t size = protobuf_c_message_get_packed_size(request);
    uint8_t *bytes = malloc(size + 1);

    assert_non_null(bytes);
    ProtobufCMessage *copy =
        protobuf_c_message_unpack(request->descriptor, NULL, protobuf_c_message_pack(request, bytes), bytes);
    assert_non_null(copy);
    free(bytes);
    return copy;
}

struct pending *client_send_until(struct service_client *client, unsigned rpc, const void *request, tl_time deadline)
{
    struct pending *pending = ARENA_NEW(&client->arena, struct pending);
    ProtobufCMessage *lent = lend(request);
    const struct tl_request asked = {.rpc = &rpc_table[rpc], .message = lent, .deadline = deadline};

    pending->client = client;
    list_append(&client->calls, &pending->node);
    assert_int_equal(tl_service_call(client->service, &asked, on_reply, pending, &pending->call), TL_OK);
    protobuf_c_message_free_unpacked(lent, NULL);
    assert_null(pending->reply); /* never inside the call */
    return pending;
}

struct pending *client_send(struct service_client *client, unsigned rpc, const void *request)
{
    return client_send_until(client, rpc, request, 0);
}

static void check(const struct service_client *client)
{
    struct tl_error error;

    if (client->checked && tl_sim_check(client->sim, &error) != TL_OK) {
        fail_msg("the oracle fires: %s", error.message);
    }
}

const struct tl_reply *client_ask(struct service_client *client, unsigned rpc, const void *request)
{
    struct pending *pending = client_send(client, rpc, request);

    check(client);
    while (pending->reply == NULL) {
        if (tl_driver_step(client->driver) != TL_STEP_RAN) {
            fail_msg("%s is not answered", rpc_table[rpc].name);
        }
        check(client);
    }
    return pending->reply;
}

const void *client_message(const struct tl_reply *reply)
{
    if (reply->status != TL_OK) {
        fail_msg("refused: %s", reply->text);
    }
    return reply->message;
}

const void *client_must(struct service_client *client, unsigned rpc, const void *request)
{
    return client_message(client_ask(client, rpc, request));
}

void client_run(struct service_client *client)
{
    while (tl_driver_step(client->driver) == TL_STEP_RAN) {
        check(client);
    }
}

#define ALL_DEADLINES (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)

void client_pass(struct service_client *client, tl_duration duration)
{
    tl_time end = tl_driver_now(client->driver) + duration;

    client_run(client);
    while (tl_driver_next_deadline(client->driver, ALL_DEADLINES) <= end) {
        tl_driver_advance_to(client->driver, tl_driver_next_deadline(client->driver, ALL_DEADLINES));
        client_run(client);
    }
    tl_driver_advance_to(client->driver, end);
    client_run(client);
}

bool client_skip(struct service_client *client)
{
    client_run(client);
    tl_time next = tl_driver_next_deadline(client->driver, TL_DEADLINE_WAKING);

    if (next == TL_NEVER) {
        return false;
    }
    client_pass(client, next - tl_driver_now(client->driver));
    return true;
}

/* ---- Small pieces ---- */

static char *copy(struct service_client *client, const char *text)
{
    return arena_strdup(&client->arena, text);
}

Pb__Duration *client_duration(struct service_client *client, tl_duration duration)
{
    Pb__Duration *message = PB_NEW(&client->arena, Pb__Duration, pb__duration);

    message->seconds = duration / TL_SECONDS(1);
    message->nanos = (int32_t)(duration % TL_SECONDS(1));
    return message;
}

Pb__Payloads *client_json(struct service_client *client, const char *json)
{
    const struct tl_payload payload = tl_payload_json(json);

    return pb_payloads(&client->arena, &(const struct tl_payloads){&payload, 1});
}

char *client_text(struct service_client *client, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = arena_vformat(&client->arena, format, args);
    va_end(args);
    return text;
}

char *client_long_text(struct service_client *client, size_t length)
{
    char *text = arena_alloc(&client->arena, length + 1);

    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static Pb__TaskQueue *task_queue(struct service_client *client, const char *name)
{
    Pb__TaskQueue *queue = PB_NEW(&client->arena, Pb__TaskQueue, pb__task_queue);

    queue->name = copy(client, name);
    queue->kind = TASK_QUEUE_KIND_NORMAL;
    return queue;
}

static Pb__TaskQueue *sticky_queue(struct service_client *client, const char *name)
{
    Pb__TaskQueue *queue = task_queue(client, name);

    queue->kind = TASK_QUEUE_KIND_STICKY;
    queue->normal_name = copy(client, QUEUE);
    return queue;
}

Pb__WorkflowExecution *client_execution(struct service_client *client, const char *workflow_id, const char *run_id)
{
    Pb__WorkflowExecution *execution = PB_NEW(&client->arena, Pb__WorkflowExecution, pb__workflow_execution);

    execution->workflow_id = copy(client, workflow_id);
    execution->run_id = copy(client, run_id);
    return execution;
}

/* ---- Requests ---- */

#define NEW_REQUEST(Type, lower)                                                                                       \
    Pb__##Type##Request *request = PB_NEW(&client->arena, Pb__##Type##Request, pb__##lower##_request);                 \
    request->namespace_ = copy(client, "default")

Pb__StartWorkflowExecutionRequest *client_start_request(struct service_client *client, const char *workflow_id)
{
    NEW_REQUEST(StartWorkflowExecution, start_workflow_execution);

    request->workflow_id = copy(client, workflow_id);
    request->workflow_type = PB_NEW(&client->arena, Pb__WorkflowType, pb__workflow_type);
    request->workflow_type->name = copy(client, "OrderSaga");
    request->task_queue = task_queue(client, QUEUE);
    request->identity = copy(client, "client-1");
    return request;
}

Pb__PollWorkflowTaskQueueRequest *client_poll_request(struct service_client *client, const char *sticky)
{
    NEW_REQUEST(PollWorkflowTaskQueue, poll_workflow_task_queue);

    request->task_queue = sticky != NULL ? sticky_queue(client, sticky) : task_queue(client, QUEUE);
    request->identity = copy(client, "worker-1");
    return request;
}

Pb__PollActivityTaskQueueRequest *client_activity_poll_request(struct service_client *client)
{
    NEW_REQUEST(PollActivityTaskQueue, poll_activity_task_queue);

    request->task_queue = task_queue(client, QUEUE);
    request->identity = copy(client, "worker-1");
    return request;
}

Pb__SignalWorkflowExecutionRequest *
client_signal_request(struct service_client *client, const char *workflow_id, const char *signal)
{
    NEW_REQUEST(SignalWorkflowExecution, signal_workflow_execution);

    request->workflow_execution = client_execution(client, workflow_id, "");
    request->signal_name = copy(client, signal);
    request->identity = copy(client, "client-1");
    return request;
}

Pb__RequestCancelWorkflowExecutionRequest *client_cancel_request(struct service_client *client, const char *workflow_id)
{
    NEW_REQUEST(RequestCancelWorkflowExecution, request_cancel_workflow_execution);

    request->workflow_execution = client_execution(client, workflow_id, "");
    request->identity = copy(client, "client-1");
    request->reason = copy(client, "no longer wanted");
    return request;
}

Pb__TerminateWorkflowExecutionRequest *client_terminate_request(struct service_client *client, const char *workflow_id)
{
    NEW_REQUEST(TerminateWorkflowExecution, terminate_workflow_execution);

    request->workflow_execution = client_execution(client, workflow_id, "");
    request->reason = copy(client, "out of patience");
    request->identity = copy(client, "client-1");
    return request;
}

Pb__GetWorkflowExecutionHistoryRequest *client_history_request(struct service_client *client, const char *workflow_id)
{
    NEW_REQUEST(GetWorkflowExecutionHistory, get_workflow_execution_history);

    request->execution = client_execution(client, workflow_id, "");
    return request;
}

Pb__RespondWorkflowTaskCompletedRequest *
client_completion(struct service_client *client, const Pb__PollWorkflowTaskQueueResponse *task)
{
    NEW_REQUEST(RespondWorkflowTaskCompleted, respond_workflow_task_completed);

    request->task_token = task->task_token;
    request->identity = copy(client, "worker-1");
    return request;
}

/* ---- The usual ---- */

const char *client_start(struct service_client *client, const char *workflow_id)
{
    const Pb__StartWorkflowExecutionResponse *response =
        client_must(client, RPC_StartWorkflowExecution, client_start_request(client, workflow_id));

    assert_true(response->started);
    return response->run_id;
}

/* A poll that finds nothing waits: it is given up. */
static const void *poll_once(struct service_client *client, unsigned rpc, const void *request)
{
    struct pending *pending = client_send(client, rpc, request);

    client_run(client);
    if (pending->reply == NULL) {
        tl_service_cancel(client->service, pending->call);
        client_run(client);
        assert_int_equal(pending->reply->status, TL_CANCELED);
        return NULL;
    }
    return client_message(pending->reply);
}

workflow_task client_poll(struct service_client *client, const char *sticky)
{
    return poll_once(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, sticky));
}

activity_task client_poll_activity(struct service_client *client)
{
    return poll_once(client, RPC_PollActivityTaskQueue, client_activity_poll_request(client));
}

static Pb__RespondWorkflowTaskCompletedRequest *
completion_of(struct service_client *client, workflow_task task, size_t count, Pb__Command *const *commands)
{
    assert_non_null(task);
    Pb__RespondWorkflowTaskCompletedRequest *request = client_completion(client, task);

    request->n_commands = count;
    request->commands = count == 0 ? NULL : arena_copy(&client->arena, commands, count * sizeof(Pb__Command *));
    return request;
}

const Pb__RespondWorkflowTaskCompletedResponse *
client_complete(struct service_client *client, workflow_task task, size_t count, Pb__Command *const *commands)
{
    return client_must(client, RPC_RespondWorkflowTaskCompleted, completion_of(client, task, count, commands));
}

const Pb__RespondWorkflowTaskCompletedResponse *client_complete_sticky(
    struct service_client *client, workflow_task task, const char *sticky, size_t count, Pb__Command *const *commands)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = completion_of(client, task, count, commands);

    request->sticky_attributes = PB_NEW(&client->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
    request->sticky_attributes->worker_task_queue = sticky_queue(client, sticky);
    request->sticky_attributes->schedule_to_start_timeout = client_duration(client, TL_SECONDS(5));
    return client_must(client, RPC_RespondWorkflowTaskCompleted, request);
}

const struct tl_reply *
client_refused(struct service_client *client, workflow_task task, size_t count, Pb__Command *const *commands)
{
    return client_ask(client, RPC_RespondWorkflowTaskCompleted, completion_of(client, task, count, commands));
}

void client_begin(struct service_client *client, const char *workflow_id, size_t count, Pb__Command *const *commands)
{
    (void)client_start(client, workflow_id);
    (void)client_complete(client, client_poll(client, NULL), count, commands);
}

const struct tl_reply *client_fail_task(struct service_client *client, workflow_task task, int cause)
{
    NEW_REQUEST(RespondWorkflowTaskFailed, respond_workflow_task_failed);

    request->task_token = task->task_token;
    request->cause = (Pb__WorkflowTaskFailedCause)cause;
    request->identity = copy(client, "worker-1");
    return client_ask(client, RPC_RespondWorkflowTaskFailed, request);
}

void client_signal(struct service_client *client, const char *workflow_id, const char *signal)
{
    (void)client_must(client, RPC_SignalWorkflowExecution, client_signal_request(client, workflow_id, signal));
}

void client_cancel(struct service_client *client, const char *workflow_id)
{
    (void)client_must(client, RPC_RequestCancelWorkflowExecution, client_cancel_request(client, workflow_id));
}

void client_terminate(struct service_client *client, const char *workflow_id)
{
    (void)client_must(client, RPC_TerminateWorkflowExecution, client_terminate_request(client, workflow_id));
}

const struct tl_reply *client_complete_activity(struct service_client *client, activity_task task)
{
    NEW_REQUEST(RespondActivityTaskCompleted, respond_activity_task_completed);

    request->task_token = task->task_token;
    request->result = client_json(client, "\"receipt-1\"");
    request->identity = copy(client, "worker-1");
    return client_ask(client, RPC_RespondActivityTaskCompleted, request);
}

static Pb__Failure *
application_failure(struct service_client *client, const char *type, const char *message, bool non_retryable)
{
    Pb__Failure *failure = PB_NEW(&client->arena, Pb__Failure, pb__failure);

    failure->message = copy(client, message);
    failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure->application_failure_info =
        PB_NEW(&client->arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    failure->application_failure_info->type = copy(client, type);
    failure->application_failure_info->non_retryable = non_retryable;
    return failure;
}

const struct tl_reply *
client_fail_activity(struct service_client *client, activity_task task, const char *type, bool non_retryable)
{
    NEW_REQUEST(RespondActivityTaskFailed, respond_activity_task_failed);

    request->task_token = task->task_token;
    request->failure = application_failure(client, type, "it broke", non_retryable);
    request->identity = copy(client, "worker-1");
    return client_ask(client, RPC_RespondActivityTaskFailed, request);
}

const struct tl_reply *client_cancel_activity(struct service_client *client, activity_task task)
{
    NEW_REQUEST(RespondActivityTaskCanceled, respond_activity_task_canceled);

    request->task_token = task->task_token;
    request->identity = copy(client, "worker-1");
    return client_ask(client, RPC_RespondActivityTaskCanceled, request);
}

bool client_heartbeat(struct service_client *client, activity_task task, const char *details)
{
    NEW_REQUEST(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);

    request->task_token = task->task_token;
    request->identity = copy(client, "worker-1");
    request->details = details == NULL ? NULL : client_json(client, details);
    const Pb__RecordActivityTaskHeartbeatResponse *response =
        client_must(client, RPC_RecordActivityTaskHeartbeat, request);
    return response->cancel_requested;
}

/* ---- Commands ---- */

#define NEW_COMMAND(Type, lower, UPPER)                                                                                \
    Pb__Command *command = PB_NEW(&client->arena, Pb__Command, pb__command);                                           \
    Pb__##Type##CommandAttributes *attributes =                                                                        \
        PB_NEW(&client->arena, Pb__##Type##CommandAttributes, pb__##lower##_command_attributes);                       \
    command->command_type = COMMAND_TYPE_##UPPER;                                                                      \
    command->attributes_case = PB__COMMAND__ATTRIBUTES_##UPPER##_COMMAND_ATTRIBUTES;                                   \
    command->lower##_command_attributes = attributes

Pb__Command *command_activity(struct service_client *client, const char *id, const char *type)
{
    NEW_COMMAND(ScheduleActivityTask, schedule_activity_task, SCHEDULE_ACTIVITY_TASK);

    attributes->activity_id = copy(client, id);
    attributes->activity_type = PB_NEW(&client->arena, Pb__ActivityType, pb__activity_type);
    attributes->activity_type->name = copy(client, type);
    attributes->task_queue = task_queue(client, QUEUE);
    attributes->input = client_json(client, "{\"amount\": 40}");
    attributes->start_to_close_timeout = client_duration(client, TL_SECONDS(10));
    return command;
}

Pb__Command *command_cancel_activity(struct service_client *client, int64_t scheduled_event_id)
{
    NEW_COMMAND(RequestCancelActivityTask, request_cancel_activity_task, REQUEST_CANCEL_ACTIVITY_TASK);

    attributes->scheduled_event_id = scheduled_event_id;
    return command;
}

Pb__Command *command_timer(struct service_client *client, const char *id, tl_duration duration)
{
    NEW_COMMAND(StartTimer, start_timer, START_TIMER);

    attributes->timer_id = copy(client, id);
    attributes->start_to_fire_timeout = client_duration(client, duration);
    return command;
}

Pb__Command *command_cancel_timer(struct service_client *client, const char *id)
{
    NEW_COMMAND(CancelTimer, cancel_timer, CANCEL_TIMER);

    attributes->timer_id = copy(client, id);
    return command;
}

Pb__Command *command_marker(struct service_client *client, const char *name)
{
    NEW_COMMAND(RecordMarker, record_marker, RECORD_MARKER);

    attributes->marker_name = copy(client, name);
    return command;
}

Pb__Command *command_complete(struct service_client *client)
{
    NEW_COMMAND(CompleteWorkflowExecution, complete_workflow_execution, COMPLETE_WORKFLOW_EXECUTION);

    attributes->result = client_json(client, "\"done\"");
    return command;
}

Pb__Command *command_fail(struct service_client *client, const char *type)
{
    NEW_COMMAND(FailWorkflowExecution, fail_workflow_execution, FAIL_WORKFLOW_EXECUTION);

    attributes->failure = application_failure(client, type, "it broke", false);
    return command;
}

Pb__Command *command_cancel(struct service_client *client)
{
    NEW_COMMAND(CancelWorkflowExecution, cancel_workflow_execution, CANCEL_WORKFLOW_EXECUTION);

    attributes->details = client_json(client, "\"enough\"");
    return command;
}

/* ---- Histories ---- */

struct tl_history *client_history(struct service_client *client, const char *workflow_id)
{
    struct tl_history *history = NULL;

    assert_int_equal(tl_sim_history(client->sim, "default", workflow_id, NULL, 0, &history), TL_OK);
    return history;
}

const Pb__HistoryEvent *client_event(struct service_client *client, const char *workflow_id, int64_t id)
{
    struct tl_history *history = client_history(client, workflow_id);

    assert_in_range(id, 1, history->count);
    const Pb__HistoryEvent *event = history->events[id - 1];
    tl_history_unref(history); /* the run keeps it */
    return event;
}

const char *client_show(struct service_client *client, size_t count, Pb__HistoryEvent *const *events)
{
    struct text text;

    text_init(&text, &client->arena);
    for (size_t i = 0; i < count; i++) {
        show_event(&text, events[i]);
    }
    return text.len == 0 ? "" : text.data;
}

void client_assert_history(
    struct service_client *client, const char *workflow_id, int64_t first, const char *expected, const char *file,
    int line)
{
    struct tl_history *history = client_history(client, workflow_id);
    size_t skipped = (size_t)(first - 1);
    struct tl_error error;

    if (tl_history_check(history, &error) != TL_OK) {
        print_error("the history is not one: %s\n", error.message);
        _fail(file, line);
    }
    const char *found =
        skipped > history->count ? "" : client_show(client, history->count - skipped, history->events + skipped);

    tl_history_unref(history);
    if (strcmp(found, expected) != 0) {
        print_error("expected:\n%sfound:\n%s", expected, found);
        _fail(file, line);
    }
}

void client_assert_refused(
    const struct tl_reply *reply, enum tl_status expected, const char *part, const char *file, int line)
{
    if (reply->status != expected || strstr(reply->text, part) == NULL) {
        print_error(
            "expected %s with \"%s\", found %s: %s\n",
            tl_status_name(expected),
            part,
            tl_status_name(reply->status),
            reply->text);
        _fail(file, line);
    }
    assert_null(reply->message);
    assert_int_equal(reply->grpc_code, tl_status_to_grpc(expected));
}

const void *
client_details(struct service_client *client, const struct tl_reply *reply, const ProtobufCMessageDescriptor *type)
{
    const Pb__Rpc__Status *status = (const void *)reply->details;

    assert_non_null(status);
    assert_ptr_equal(status->base.descriptor, &pb__rpc__status__descriptor);
    assert_int_equal(status->code, reply->grpc_code);
    assert_string_equal(status->message, reply->text);
    assert_int_equal(status->n_details, 1);
    const ProtobufCMessage *details = message_from_any(&client->arena, status->details[0]);
    assert_non_null(details);
    assert_ptr_equal(details->descriptor, type);
    return details;
}

void client_assert_same(const void *left, const void *right, const char *file, int line)
{
    char path[256];

    if (!message_equal(left, right, path, sizeof(path))) {
        print_error("the messages differ at %s\n", path);
        _fail(file, line);
    }
}

/* ---- The fixture ---- */

static int set_up(void **state, bool wire)
{
    struct service_client *client = malloc(sizeof(*client));

    assert_non_null(client);
    service_client_open(client, NULL, wire);
    assert_non_null(client->driver);
    *state = client;
    return 0;
}

int service_client_setup(void **state)
{
    return set_up(state, false);
}

int service_client_setup_wire(void **state)
{
    return set_up(state, true);
}

int service_client_teardown(void **state)
{
    struct service_client *client = *state;

    service_client_close(client);
    free(client);
    return 0;
}
