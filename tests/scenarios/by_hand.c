/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/by_hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/pool.h"
#include "model/base64.h"
#include "model/json.h"
#include "model/message.h"
#include "sim/env/environment.h"
#include "tests/scenarios/judged.h"

#define WHILE TL_SECONDS(2)

/* A call under way, or the last one that is over. A test that is left in its middle leaves it so. */
static struct {
    struct tl_env *env;
    struct arena arena; /* in memory of its own: what fails in the variant "memory" is the library's */
    bool is_over;
    enum tl_status status;
    const void *message;                                 /* NULL: refused */
    char text[512];                                      /* why */
    const Pb__PollWorkflowTaskQueueResponse *eager_task; /* of the last start, or NULL */
} hand;

void hand_open(struct tl_env *env)
{
    if (hand.arena.pool == NULL) {
        struct pool *pool = pool_new(NULL);

        assert_non_null(pool);
        arena_init(&hand.arena, pool);
    }
    arena_reset(&hand.arena);
    hand.env = env;
}

/* ---- Calls ---- */

static void on_reply(void *user, struct tl_reply *reply)
{
    (void)user;
    hand.is_over = true;
    hand.status = reply->status;
    hand.message = reply->message == NULL ? NULL : message_clone(&hand.arena, reply->message);
    (void)snprintf(hand.text, sizeof hand.text, "%s", reply->text);
    tl_reply_unref(reply);
}

static int is_over(void *user)
{
    (void)user;
    return hand.is_over;
}

static void send(unsigned rpc, tl_duration timeout, const char *members)
{
    struct tl_request request = {.rpc = &rpc_table[rpc]};
    struct tl_error error;
    void *message;
    const char *json = arena_format(&hand.arena, "{\"namespace\": \"default\", %s}", members);

    if (json_read(&hand.arena, request.rpc->request, tl_bytes_of(json), NULL, &message, &error) != TL_OK) {
        fail_msg("%s: %s in %s", request.rpc->name, error.message, json);
    }
    request.message = message;
    request.deadline = timeout == 0 ? 0 : tl_env_now(hand.env) + timeout;
    hand.is_over = false;
    enum tl_status status = tl_service_call(hand.env->service, &request, on_reply, NULL, NULL);
    if (status != TL_OK) {
        fail_msg("%s: %s", request.rpc->name, tl_status_name(status));
    }
}

TL_PRINTF(2, 0) static void call(unsigned rpc, const char *format, va_list args)
{
    send(rpc, 0, arena_vformat(&hand.arena, format, args));
    tl_env_run_until(hand.env, is_over, NULL);
}

const void *hand_ask(unsigned rpc, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    call(rpc, format, args);
    va_end(args);
    if (hand.message == NULL) {
        fail_msg("%s: %s: %s", rpc_table[rpc].name, tl_status_name(hand.status), hand.text);
    }
    return hand.message;
}

void hand_ask_in_vain(enum tl_status status, unsigned rpc, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    call(rpc, format, args);
    va_end(args);
    if (hand.status != status) {
        fail_msg("%s: %s: %s", rpc_table[rpc].name, tl_status_name(hand.status), hand.text);
    }
}

/* ---- The workflow ---- */

struct tl_handle *hand_start(const char *members)
{
    const Pb__StartWorkflowExecutionResponse *started = hand_ask(
        RPC_StartWorkflowExecution,
        "%s \"workflowId\": \"w\", \"workflowType\": {\"name\": \"ByHand\"}, " HAND_QUEUE
        ", \"requestId\": \"by hand\", \"identity\": \"hand\"",
        members);
    struct tl_handle *run = tl_client_handle(tl_env_client(hand.env), "w", started->run_id);

    assert_non_null(run);
    hand.eager_task = started->eager_workflow_task;
    judged_run("w", started->run_id);
    return run;
}

static const char *token_of(ProtobufCBinaryData token)
{
    size_t size = BASE64_ENCODED_SIZE(token.len);
    char *text = arena_zalloc(&hand.arena, size + 1);

    assert_int_not_equal(token.len, 0); /* the poll's time was up */
    (void)base64_encode(token.data, token.len, text);
    return text;
}

const char *hand_workflow_task_of(const char *queue)
{
    const Pb__PollWorkflowTaskQueueResponse *task =
        hand_ask(RPC_PollWorkflowTaskQueue, "\"taskQueue\": %s, \"identity\": \"hand\"", queue);
    const char *token = token_of(task->task_token);

    judged_run(task->workflow_execution->workflow_id, task->workflow_execution->run_id);
    return token;
}

void hand_show_up(const char *queue)
{
    send(
        RPC_PollWorkflowTaskQueue,
        WHILE,
        arena_format(&hand.arena, "\"taskQueue\": %s, \"identity\": \"hand\"", queue));
    tl_env_advance(hand.env, WHILE);
    tl_env_run_until(hand.env, is_over, NULL);
}

const char *hand_workflow_task(void)
{
    return hand_workflow_task_of(HAND_QUEUE_NAMED);
}

const char *hand_eager_task(void)
{
    assert_non_null(hand.eager_task);
    return token_of(hand.eager_task->task_token);
}

const char *hand_activity_task(void)
{
    const Pb__PollActivityTaskQueueResponse *task =
        hand_ask(RPC_PollActivityTaskQueue, HAND_QUEUE ", \"identity\": \"hand\"");

    return token_of(task->task_token);
}

#define COMPLETION "\"taskToken\": \"%s\", \"commands\": [%s], \"identity\": \"hand\""

void hand_complete(const char *token, const char *commands)
{
    (void)hand_ask(RPC_RespondWorkflowTaskCompleted, COMPLETION, token, commands);
}

void hand_complete_in_vain(const char *token, const char *commands)
{
    hand_ask_in_vain(TL_INVALID_ARGUMENT, RPC_RespondWorkflowTaskCompleted, COMPLETION, token, commands);
}
