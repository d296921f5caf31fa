/* SPDX-License-Identifier: MIT */
/*
 * Requests into the simulator's service. The input is a program: its first byte picks a variant,
 * every further pair of bytes is one step - what is done, and with what - so that lives of
 * workflows are near and nonsense is nearer. After every step the oracles hold.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/random.h"
#include "model/history.h"
#include "model/message.h"
#include "tests/lib/random_message.h"
#include "tests/lib/service_client.h"

#define MAX_STEPS    400
#define WORKFLOWS    3
#define MAX_COMMANDS 6
#define MAX_PENDING  64

struct program {
    struct service_client client;
    const uint8_t *data;
    size_t size;
    struct pending *sent[MAX_PENDING]; /* the latest, for what their replies can be used for */
    size_t sent_count;
    int commands;  /* so that ids are new */
    bool mutilate; /* requests are damaged before they are sent */
    bool plain;    /* nothing was damaged so far: histories are such as a server could have written */
    struct random random;
};

static uint8_t next_byte(struct program *program)
{
    if (program->size == 0) {
        return 0;
    }
    program->size--;
    return *program->data++;
}

static const char *workflow_id(uint8_t value)
{
    static const char *const ids[WORKFLOWS + 1] = {"order-1", "order-2", "order-3", ""};

    return ids[value % (value < 250 ? WORKFLOWS : WORKFLOWS + 1)];
}

/* ---- Sending ---- */

/* Some bytes of the packed request change; NULL when what is left is no message. */
static void *damaged(struct program *program, unsigned rpc, const void *request)
{
    struct arena *arena = &program->client.arena;
    struct tl_bytes packed = message_pack(arena, request);
    void *message = NULL;

    if (packed.len == 0) {
        return NULL;
    }
    uint8_t *bytes = arena_copy(arena, packed.data, packed.len);
    for (int i = next_byte(program) % 4; i >= 0; i--) {
        size_t at = (size_t)(next_byte(program) | next_byte(program) << 8) % packed.len;
        bytes[at] = next_byte(program);
    }
    const struct tl_bytes changed = {bytes, packed.len};
    return message_unpack(arena, rpc_table[rpc].request, changed, &message, NULL) == TL_OK ? message : NULL;
}

static void send_it(struct program *program, unsigned rpc, const void *request)
{
    if (program->mutilate) {
        program->mutilate = false;
        program->plain = false;
        request = damaged(program, rpc, request);
        if (request == NULL) {
            return;
        }
    }
    program->sent[program->sent_count++ % MAX_PENDING] = client_send(&program->client, rpc, request);
}

/* The newest reply of that type, or the `back`th before it. */
static const void *find_reply(const struct program *program, const ProtobufCMessageDescriptor *type, unsigned back)
{
    size_t kept = program->sent_count < MAX_PENDING ? program->sent_count : MAX_PENDING;

    for (size_t i = 1; i <= kept; i++) {
        const struct pending *pending = program->sent[(program->sent_count - i) % MAX_PENDING];
        const struct tl_reply *reply = pending->reply;
        if (reply != NULL && reply->message != NULL && reply->message->descriptor == type && back-- == 0) {
            return reply->message;
        }
    }
    return NULL;
}

static ProtobufCBinaryData workflow_token(const struct program *program, uint8_t value)
{
    workflow_task task = find_reply(program, &pb__poll_workflow_task_queue_response__descriptor, value % 4U);

    return task == NULL ? (ProtobufCBinaryData){0} : task->task_token;
}

static ProtobufCBinaryData activity_token(const struct program *program, uint8_t value)
{
    activity_task task = find_reply(program, &pb__poll_activity_task_queue_response__descriptor, value % 4U);

    return task == NULL ? (ProtobufCBinaryData){0} : task->task_token;
}

#define NEW(Type, lower) PB_NEW(&program->client.arena, Pb__##Type##Request, pb__##lower##_request)

#define NEW_REQUEST(Type, lower)                                                                                       \
    Pb__##Type##Request *request = NEW(Type, lower);                                                                   \
    request->namespace_ = client_text(&program->client, "default")

/* ---- Workflows ---- */

static void do_start(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, workflow_id(value));

    (void)kind;
    request->workflow_id_reuse_policy = (Pb__WorkflowIdReusePolicy)(value / 4 % 5);
    request->workflow_id_conflict_policy = (Pb__WorkflowIdConflictPolicy)(value / 16 % 4);
    if (value >= 128) {
        request->request_id = client_text(client, "request-%d", value % 8);
        request->workflow_run_timeout = client_duration(client, TL_SECONDS(value - 100));
    }
    if (value >= 192) {
        request->workflow_execution_timeout = client_duration(client, TL_SECONDS(value - 150));
    }
    send_it(program, RPC_StartWorkflowExecution, request);
}

static void do_to_workflow(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;
    Pb__SignalWorkflowExecutionRequest *signal;

    switch (kind) {
    case 0:
        signal = client_signal_request(client, workflow_id(value), "hello");
        signal->request_id = client_text(client, "%s", value < 128 ? "" : "request-1");
        send_it(program, RPC_SignalWorkflowExecution, signal);
        return;
    case 1:
        send_it(program, RPC_RequestCancelWorkflowExecution, client_cancel_request(client, workflow_id(value)));
        return;
    default:
        if (value >= 128) { /* ends are rare */
            send_it(program, RPC_TerminateWorkflowExecution, client_terminate_request(client, workflow_id(value)));
        }
        return;
    }
}

static void do_look(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;

    if (kind == 0) {
        Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, workflow_id(value));
        const Pb__GetWorkflowExecutionHistoryResponse *last =
            find_reply(program, &pb__get_workflow_execution_history_response__descriptor, 0);
        request->wait_new_event = value % 2 == 0;
        request->maximum_page_size = value / 8;
        request->history_event_filter_type = (Pb__HistoryEventFilterType)(value / 2 % 3);
        if (value >= 128 && last != NULL) {
            request->next_page_token = last->next_page_token;
        }
        send_it(program, RPC_GetWorkflowExecutionHistory, request);
    } else if (kind == 1) {
        NEW_REQUEST(DescribeWorkflowExecution, describe_workflow_execution);
        request->execution = client_execution(client, workflow_id(value), "");
        send_it(program, RPC_DescribeWorkflowExecution, request);
    } else {
        NEW_REQUEST(ResetStickyTaskQueue, reset_sticky_task_queue);
        request->execution = client_execution(client, workflow_id(value), "");
        send_it(program, RPC_ResetStickyTaskQueue, request);
    }
}

/* ---- Workers ---- */

static const char *sticky(uint8_t value)
{
    static const char *const names[] = {NULL, "worker-1", "worker-2"};

    return names[value % 3];
}

static void do_poll(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;

    if (kind == 0) {
        Pb__PollWorkflowTaskQueueRequest *request = client_poll_request(client, sticky(value));
        request->worker_instance_key = client_text(client, "key-%d", value / 4 % 2);
        send_it(program, RPC_PollWorkflowTaskQueue, request);
    } else if (kind == 1) {
        send_it(program, RPC_PollActivityTaskQueue, client_activity_poll_request(client));
    } else {
        NEW_REQUEST(ShutdownWorker, shutdown_worker);
        request->task_queue = client_text(client, QUEUE);
        request->sticky_task_queue = client_text(client, "%s", sticky(value) == NULL ? "" : sticky(value));
        request->worker_instance_key = client_text(client, "key-%d", value / 4 % 2);
        send_it(program, RPC_ShutdownWorker, request);
    }
}

static Pb__Command *make_activity(struct program *program, uint8_t value)
{
    struct service_client *client = &program->client;
    const char *id = client_text(client, "%d", program->commands++);
    Pb__Command *command = command_activity(client, id, "ChargeCard");
    Pb__ScheduleActivityTaskCommandAttributes *attributes = command->schedule_activity_task_command_attributes;

    if (value % 2 == 1) {
        attributes->heartbeat_timeout = client_duration(client, TL_SECONDS(value % 16));
        attributes->schedule_to_start_timeout = client_duration(client, TL_SECONDS(value % 8));
    }
    if (value % 4 == 3) {
        attributes->schedule_to_close_timeout = client_duration(client, TL_SECONDS(value / 4));
        attributes->retry_policy = PB_NEW(&client->arena, Pb__RetryPolicy, pb__retry_policy);
        attributes->retry_policy->maximum_attempts = value / 64;
    }
    return command;
}

static Pb__Command *make_command(struct program *program)
{
    struct service_client *client = &program->client;
    uint8_t kind = next_byte(program);
    uint8_t value = next_byte(program);

    switch (kind % 16) {
    case 0:
    case 1:
    case 2:
        return make_activity(program, value);
    case 3:
        return command_cancel_activity(client, value % 32);
    case 4:
    case 5:
        return command_timer(client, client_text(client, "%d", program->commands++), TL_SECONDS(value));
    case 6: /* an id that may be another's, which may have fired unseen: then histories have two of it */
        program->plain = false;
        return command_timer(client, client_text(client, "%d", value % 16), TL_SECONDS(value));
    case 7:
        return command_cancel_timer(client, client_text(client, "%d", value % 16));
    case 8:
        return command_marker(client, "Version");
    case 9:
        return command_complete(client);
    case 10:
        return command_fail(client, "NotDelivered");
    case 11:
        return command_cancel(client);
    default:
        return make_activity(program, value);
    }
}

static void do_complete(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;
    Pb__Command *commands[MAX_COMMANDS];
    NEW_REQUEST(RespondWorkflowTaskCompleted, respond_workflow_task_completed);

    (void)kind;
    request->task_token = workflow_token(program, value);
    request->n_commands = value / 4 % MAX_COMMANDS;
    request->commands = commands;
    for (size_t i = 0; i < request->n_commands; i++) {
        commands[i] = make_command(program);
    }
    request->return_new_workflow_task = value % 3 == 0;
    request->force_create_new_workflow_task = value >= 192;
    if (value % 5 < 2) {
        request->sticky_attributes =
            PB_NEW(&client->arena, Pb__StickyExecutionAttributes, pb__sticky_execution_attributes);
        request->sticky_attributes->worker_task_queue =
            client_poll_request(client, value % 5 == 0 ? "worker-1" : "worker-2")->task_queue;
        request->sticky_attributes->schedule_to_start_timeout = client_duration(client, TL_SECONDS(value % 8));
    }
    send_it(program, RPC_RespondWorkflowTaskCompleted, request);
}

static void do_fail_task(struct program *program, uint8_t kind, uint8_t value)
{
    NEW_REQUEST(RespondWorkflowTaskFailed, respond_workflow_task_failed);

    (void)kind;
    request->task_token = workflow_token(program, value);
    request->cause = (Pb__WorkflowTaskFailedCause)(value / 4);
    send_it(program, RPC_RespondWorkflowTaskFailed, request);
}

static void do_fail_activity(struct program *program, uint8_t value)
{
    struct service_client *client = &program->client;
    NEW_REQUEST(RespondActivityTaskFailed, respond_activity_task_failed);

    request->task_token = activity_token(program, value);
    if (value >= 32) {
        request->failure = command_fail(client, "Declined")->fail_workflow_execution_command_attributes->failure;
        request->failure->application_failure_info->non_retryable = value % 8 == 7;
    }
    if (value >= 128) {
        request->last_heartbeat_details = client_json(client, "50");
        request->failure->application_failure_info->next_retry_delay = client_duration(client, TL_SECONDS(value - 140));
    }
    send_it(program, RPC_RespondActivityTaskFailed, request);
}

static void do_activity(struct program *program, uint8_t kind, uint8_t value)
{
    if (kind == 0) {
        NEW_REQUEST(RespondActivityTaskCompleted, respond_activity_task_completed);
        request->task_token = activity_token(program, value);
        send_it(program, RPC_RespondActivityTaskCompleted, request);
    } else if (kind == 1) {
        do_fail_activity(program, value);
    } else if (kind == 2) {
        NEW_REQUEST(RespondActivityTaskCanceled, respond_activity_task_canceled);
        request->task_token = activity_token(program, value);
        send_it(program, RPC_RespondActivityTaskCanceled, request);
    } else {
        NEW_REQUEST(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
        request->task_token = activity_token(program, value);
        request->details = value % 8 == 0 ? NULL : client_json(&program->client, "[1]");
        send_it(program, RPC_RecordActivityTaskHeartbeat, request);
    }
}

/* ---- The world ---- */

/* Some of what makes a request likely to be taken. */
static void make_likely(struct program *program, unsigned rpc, void *request, uint8_t value)
{
    const ProtobufCMessageDescriptor *type = rpc_table[rpc].request;

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        void *member = (char *)request + field->offset;
        if (strcmp(field->name, "namespace") == 0) {
            *(char **)member = client_text(&program->client, "default");
        } else if (strcmp(field->name, "task_token") == 0) {
            bool of_workflow = strstr(rpc_table[rpc].name, "Workflow") != NULL;
            *(ProtobufCBinaryData *)member =
                of_workflow ? workflow_token(program, value) : activity_token(program, value);
        } else if (strcmp(field->name, "workflow_id") == 0) {
            *(char **)member = client_text(&program->client, "%s", workflow_id(value));
        } else if (strcmp(field->name, "execution") == 0 || strcmp(field->name, "workflow_execution") == 0) {
            *(void **)member = client_execution(&program->client, workflow_id(value), "");
        }
    }
}

static void do_random(struct program *program, uint8_t kind, uint8_t value)
{
    const struct random_message maker = {
        .arena = &program->client.arena,
        .random = &program->random,
        .max_depth = 6,
    };
    unsigned rpc = (unsigned)(value | next_byte(program) << 8) % RPC_COUNT;
    void *request = random_message(&maker, rpc_table[rpc].request);

    (void)kind;
    program->plain = false;
    if (value % 4 != 0) {
        make_likely(program, rpc, request, value);
    }
    send_it(program, rpc, request);
}

static void do_cancel(struct program *program, uint8_t kind, uint8_t value)
{
    size_t kept = program->sent_count < MAX_PENDING ? program->sent_count : MAX_PENDING;

    (void)kind;
    if (kept == 0) {
        return;
    }
    struct pending *pending = program->sent[(program->sent_count - 1 - value % kept) % MAX_PENDING];
    if (pending->reply == NULL) {
        tl_service_cancel(program->client.service, pending->call);
    }
}

static void do_clock(struct program *program, uint8_t kind, uint8_t value)
{
    struct service_client *client = &program->client;

    switch (kind) {
    case 0:
        (void)client_skip(client);
        return;
    case 1:
        client_pass(client, TL_MILLISECONDS(100) * value);
        return;
    case 2:
        tl_driver_advance_to(client->driver, tl_driver_now(client->driver) + TL_SECONDS(value));
        return;
    case 3:
        (void)tl_driver_step(client->driver);
        return;
    default:
        client_run(client);
        return;
    }
}

static void do_mutilate(struct program *program, uint8_t kind, uint8_t value)
{
    (void)kind;
    program->mutilate = value < 128;
}

static void check_histories(struct program *program)
{
    struct tl_history *history = NULL;
    struct tl_error error;

    for (uint8_t i = 0; i < WORKFLOWS; i++) {
        if (tl_sim_history(program->client.sim, "default", workflow_id(i), NULL, 0, &history) != TL_OK) {
            continue;
        }
        if (program->plain && tl_history_check(history, &error) != TL_OK) {
            fprintf(stderr, "%s\n", error.message);
            __builtin_trap();
        }
        tl_history_unref(history);
    }
}

static void do_poll_and_run(struct program *program, uint8_t kind, uint8_t value)
{
    do_poll(program, kind, value);
    client_run(&program->client);
}

/* By the step's first byte, modulo 32. */
static const struct {
    void (*run)(struct program *program, uint8_t kind, uint8_t value);
    uint8_t kind;
} steps[32] = {
    {do_start, 0},        {do_start, 0},        {do_to_workflow, 0}, {do_to_workflow, 1}, {do_to_workflow, 2},
    {do_look, 0},         {do_look, 1},         {do_look, 2},        {do_poll, 0},        {do_poll, 1},
    {do_poll, 2},         {do_complete, 0},     {do_complete, 0},    {do_complete, 0},    {do_fail_task, 0},
    {do_activity, 0},     {do_activity, 1},     {do_activity, 2},    {do_activity, 3},    {do_poll_and_run, 0},
    {do_poll_and_run, 0}, {do_poll_and_run, 1}, {do_random, 0},      {do_cancel, 0},      {do_clock, 0},
    {do_clock, 1},        {do_clock, 2},        {do_clock, 3},       {do_clock, 4},       {do_mutilate, 0},
    {do_random, 0},       {do_to_workflow, 0},
};

static void step(struct program *program)
{
    uint8_t number = next_byte(program) % 32;
    uint8_t value = next_byte(program);
    struct tl_error error;

    steps[number].run(program, steps[number].kind, value);
    if (tl_sim_check(program->client.sim, &error) != TL_OK) {
        fprintf(stderr, "%s\n", error.message);
        __builtin_trap();
    }
}

/* The input decides what runs next too. */
static size_t choose(void *user, const struct tl_choice *choice)
{
    struct program *program = user;
    size_t chosen = next_byte(program) % choice->options;
    char name[64];

    choice->name(choice->subject, chosen, name, sizeof(name));
    CHECK(strlen(name) < sizeof(name));
    return chosen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program program = {.data = data, .size = size, .plain = true};
    uint8_t variant = next_byte(&program);
    const struct tl_chooser chooser = {.choose = choose, .user = &program};
    const struct tl_driver_options options = {.seed = 1, .chooser = variant % 4 >= 2 ? &chooser : NULL};

    random_seed(&program.random, variant);
    service_client_open(&program.client, &options, variant % 2 == 1);
    for (int i = 0; i < MAX_STEPS && program.size > 0; i++) {
        step(&program);
    }
    client_run(&program.client);
    check_histories(&program);
    service_client_close(&program.client);
    return 0;
}
