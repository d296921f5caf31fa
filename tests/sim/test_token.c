/* SPDX-License-Identifier: MIT */
/* Task tokens: those that were given out are taken once and in time, others never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

/* A workflow task and an activity task that are both started. */
struct tasks {
    workflow_task workflow;
    activity_task activity;
};

static struct tasks start_both(struct service_client *client)
{
    struct tasks tasks;

    client_begin(client, WORKFLOW, COMMANDS(command_activity(client, "1", "ChargeCard")));
    client_signal(client, WORKFLOW, "hello");
    tasks.workflow = client_poll(client, NULL);
    tasks.activity = client_poll_activity(client);
    return tasks;
}

/* Every request that has a token, with this one. */
struct attempt {
    unsigned rpc;
    void *request;
};

#define ATTEMPT(Type, lower)                                                                                           \
    do {                                                                                                               \
        Pb__##Type##Request *request = PB_NEW(&client->arena, Pb__##Type##Request, pb__##lower##_request);             \
        request->namespace_ = client_text(client, "%s", name_space);                                                   \
        request->task_token = token;                                                                                   \
        attempts[count++] = (struct attempt){RPC_##Type, request};                                                     \
    } while (0)

/* Those of workflow tasks, of activities and of queries, in this order: where each ends. */
#define WORKFLOW_ATTEMPTS 2
#define ACTIVITY_ATTEMPTS 6
#define ATTEMPTS          7

static void all_attempts(
    struct service_client *client, const char *name_space, ProtobufCBinaryData token,
    struct attempt attempts[static ATTEMPTS])
{
    size_t count = 0;

    ATTEMPT(RespondWorkflowTaskCompleted, respond_workflow_task_completed);
    ATTEMPT(RespondWorkflowTaskFailed, respond_workflow_task_failed);
    ATTEMPT(RespondActivityTaskCompleted, respond_activity_task_completed);
    ATTEMPT(RespondActivityTaskFailed, respond_activity_task_failed);
    ATTEMPT(RespondActivityTaskCanceled, respond_activity_task_canceled);
    ATTEMPT(RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    ATTEMPT(RespondQueryTaskCompleted, respond_query_task_completed);
    assert_int_equal(count, ATTEMPTS);
}

static void expect_refused(
    struct service_client *client, ProtobufCBinaryData token, size_t first, size_t end, const char *name_space,
    const char *part)
{
    struct attempt attempts[ATTEMPTS];
    struct tl_history *before = client_history(client, WORKFLOW);

    all_attempts(client, name_space, token, attempts);
    for (size_t i = first; i < end; i++) {
        assert_refused(client_ask(client, attempts[i].rpc, attempts[i].request), TL_INVALID_ARGUMENT, part);
    }
    assert_history_from(client, WORKFLOW, (int64_t)before->count + 1, "");
    tl_history_unref(before);
}

static void a_token_must_be_there(void **state)
{
    struct service_client *client = *state;

    (void)start_both(client);
    expect_refused(client, (ProtobufCBinaryData){0}, 0, ATTEMPTS, "default", "task_token is none");
}

static ProtobufCBinaryData copy(struct service_client *client, ProtobufCBinaryData token, size_t size)
{
    ProtobufCBinaryData made = {.len = size};

    made.data = arena_alloc(&client->arena, size);
    memset(made.data, 0, size);
    memcpy(made.data, token.data, size < token.len ? size : token.len);
    return made;
}

static void forged_tokens_are_refused(void **state)
{
    struct service_client *client = *state;
    struct tasks tasks = start_both(client);
    ProtobufCBinaryData token = tasks.workflow->task_token;

    for (size_t size = 0; size < token.len; size++) {
        expect_refused(client, copy(client, token, size), 0, 1, "default", "task_token is none");
    }
    expect_refused(client, copy(client, token, token.len + 1), 0, ATTEMPTS, "default", "task_token is none");
    for (size_t bit = 0; bit < 8 * token.len; bit++) {
        ProtobufCBinaryData changed = copy(client, token, token.len);
        changed.data[bit / 8] = (uint8_t)(changed.data[bit / 8] ^ (1U << bit % 8));
        expect_refused(client, changed, 0, 1, "default", "task_token is none");
    }
    (void)client_complete(client, tasks.workflow, NO_COMMANDS);
}

static void a_token_is_for_its_own_kind_of_task(void **state)
{
    struct service_client *client = *state;
    struct tasks tasks = start_both(client);

    expect_refused(client, tasks.activity->task_token, 0, WORKFLOW_ATTEMPTS, "default", "task_token is none");
    expect_refused(client, tasks.activity->task_token, ACTIVITY_ATTEMPTS, ATTEMPTS, "default", "task_token is none");
    expect_refused(client, tasks.workflow->task_token, WORKFLOW_ATTEMPTS, ATTEMPTS, "default", "task_token is none");
    (void)client_complete(client, tasks.workflow, NO_COMMANDS);
    (void)client_message(client_complete_activity(client, tasks.activity));

    (void)query_send(client, WORKFLOW);
    (void)client_complete(client, client_poll(client, NULL), NO_COMMANDS);
    workflow_task query = client_poll(client, NULL);
    expect_refused(client, query->task_token, 0, ACTIVITY_ATTEMPTS, "default", "task_token is none");
    query_answer(client, query, "1");
}

static void a_token_is_for_its_own_namespace(void **state)
{
    struct service_client *client = *state;
    struct tasks tasks = start_both(client);

    expect_refused(client, tasks.workflow->task_token, 0, WORKFLOW_ATTEMPTS, "payments", "another namespace");
    expect_refused(
        client, tasks.activity->task_token, WORKFLOW_ATTEMPTS, ACTIVITY_ATTEMPTS, "payments", "another namespace");
}

static void a_token_of_another_universe_is_forged(void **state)
{
    struct service_client *client = *state;
    struct service_client other;
    const struct tl_driver_options options = {.seed = 2};
    (void)start_both(client);

    service_client_open(&other, &options, false);
    struct tasks theirs = start_both(&other);
    expect_refused(client, theirs.workflow->task_token, 0, ATTEMPTS, "default", "task_token is none");
    service_client_close(&other);
}

static void a_workflow_task_is_answered_once(void **state)
{
    struct service_client *client = *state;
    struct tasks tasks = start_both(client);
    (void)client_complete(client, tasks.workflow, NO_COMMANDS);

    assert_refused(client_refused(client, tasks.workflow, NO_COMMANDS), TL_NOT_FOUND, "");
    assert_refused(client_fail_task(client, tasks.workflow, 0), TL_NOT_FOUND, "");
    client_signal(client, WORKFLOW, "again");
    assert_non_null(client_poll(client, NULL));
    assert_refused(client_refused(client, tasks.workflow, NO_COMMANDS), TL_NOT_FOUND, "");
    (void)client_details(
        client, client_refused(client, tasks.workflow, NO_COMMANDS), &pb__not_found_failure__descriptor);
}

static void an_answer_must_be_in_time(void **state)
{
    struct service_client *client = *state;
    struct tasks tasks = start_both(client);
    client_pass(client, TL_SECONDS(10));

    assert_refused(client_refused(client, tasks.workflow, NO_COMMANDS), TL_NOT_FOUND, "");
    workflow_task second = client_poll(client, NULL);
    assert_refused(client_refused(client, tasks.workflow, NO_COMMANDS), TL_NOT_FOUND, "");
    (void)client_complete(client, second, NO_COMMANDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_token_must_be_there),
        SERVICE_TEST(forged_tokens_are_refused),
        SERVICE_TEST(a_token_is_for_its_own_kind_of_task),
        SERVICE_TEST(a_token_is_for_its_own_namespace),
        SERVICE_TEST(a_token_of_another_universe_is_forged),
        SERVICE_TEST(a_workflow_task_is_answered_once),
        SERVICE_TEST(an_answer_must_be_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
