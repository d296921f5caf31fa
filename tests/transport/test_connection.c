/* SPDX-License-Identifier: MIT */
/* A client on a connection, as a program has it. */
#include <pthread.h>
#include <stdlib.h>
#include <timelapse/client.h>

#include "base/arena.h"
#include "base/pool.h"
#include "model/message.h"
#include "tests/lib/failing_allocator.h"
#include "tests/transport/wire_test.h"

static struct peer *peer;
static struct tl_connection *connection;
static struct tl_client *client;

static void answer_start(const char *authorization)
{
    struct pool *pool = pool_new(NULL);
    struct arena arena;
    Pb__StartWorkflowExecutionResponse response = PB__START_WORKFLOW_EXECUTION_RESPONSE__INIT;
    char run_id[] = "run-1";

    arena_init(&arena, pool);
    response.run_id = run_id;
    response.started = 1;
    peer_answers(
        peer,
        "StartWorkflowExecution",
        &(struct peer_rule){.message = message_pack(&arena, &response), .authorization = authorization});
    pool_free_all(pool);
}

static int begin(void **state)
{
    (void)state;
    peer = peer_new(&(struct peer_options){0});
    peer_welcomes(peer);
    answer_start(NULL);
    return 0;
}

static void connect_to(const struct tl_connection_options *options)
{
    struct tl_error error = {.message = ""};

    connection = tl_connect(options, &error);
    if (connection == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    client = tl_client_new(
        tl_connection_driver(connection),
        tl_connection_service(connection),
        &(struct tl_client_options){.name_space = tl_connection_namespace(connection)},
        NULL);
    assert_non_null(client);
}

static void disconnect(void)
{
    tl_client_free(client);
    tl_connection_free(connection);
}

static int end(void **state)
{
    (void)state;
    disconnect();
    peer_free(peer);
    return 0;
}

static enum tl_status start(struct tl_error *error)
{
    struct tl_handle *handle = NULL;
    enum tl_status status = tl_client_start(
        client, "Order", "order-1", NULL, &(struct tl_start_options){.task_queue = "orders"}, &handle, error);

    if (status == TL_OK) {
        assert_string_equal(tl_handle_run_id(handle), "run-1");
    }
    tl_handle_free(handle);
    return status;
}

static void a_workflow_is_started(void **state)
{
    (void)state;
    connect_to(&(struct tl_connection_options){.address = peer_address(peer), .name_space = "shop"});
    assert_int_equal(start(NULL), TL_OK);
    assert_string_equal(peer_header(peer, "temporal-namespace"), "shop");
}

static void the_environment_says_where(void **state)
{
    (void)state;
    assert_int_equal(setenv("TEMPORAL_CONFIG_FILE", "/dev/null", 1), 0);
    assert_int_equal(setenv("TEMPORAL_ADDRESS", peer_address(peer), 1), 0);
    assert_int_equal(setenv("TEMPORAL_NAMESPACE", "from-environment", 1), 0);
    connect_to(NULL);
    assert_int_equal(unsetenv("TEMPORAL_ADDRESS"), 0);
    assert_int_equal(unsetenv("TEMPORAL_NAMESPACE"), 0);
    assert_int_equal(unsetenv("TEMPORAL_CONFIG_FILE"), 0);
    assert_int_equal(start(NULL), TL_OK);
    assert_string_equal(peer_header(peer, "temporal-namespace"), "from-environment");
}

static void a_refusal_is_told_with_code_and_text(void **state)
{
    struct tl_error error = {.message = ""};

    (void)state;
    connect_to(&(struct tl_connection_options){.address = peer_address(peer)});
    peer_answers(peer, "StartWorkflowExecution", &(struct peer_rule){.code = 7, .text = "not for you"});
    assert_int_equal(start(&error), TL_PERMISSION_DENIED);
    assert_int_equal(error.grpc_code, 7);
    assert_non_null(strstr(error.message, "not for you"));
}

static void a_key_is_set_while_connected(void **state)
{
    struct tl_error error = {.message = ""};

    (void)state;
    connect_to(&(struct tl_connection_options){.address = peer_address(peer), .api_key = "first", .tls = TL_TLS_OFF});
    answer_start("Bearer second");
    assert_int_equal(start(&error), TL_UNAUTHENTICATED);
    assert_null(strstr(error.message, "first"));
    assert_int_equal(tl_connection_set_api_key(connection, "second", NULL), TL_OK);
    assert_int_equal(start(NULL), TL_OK);
    assert_int_equal(tl_connection_set_api_key(connection, "third\n", &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "api_key");
    assert_null(strstr(error.message, "third"));
    assert_int_equal(start(NULL), TL_OK);
    assert_int_equal(peer_connections(peer), 1);
}

static void a_key_is_not_sent_where_nothing_is_encrypted(void **state)
{
    struct tl_error error = {.message = ""};

    (void)state;
    connect_to(&(struct tl_connection_options){.address = peer_address(peer)});
    assert_int_equal(tl_connection_set_api_key(connection, "late", &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "api_key");
    assert_int_equal(tl_connection_set_api_key(connection, NULL, NULL), TL_OK);
    assert_int_equal(start(NULL), TL_OK);
    assert_string_equal(peer_header(peer, "authorization"), "");
}

static void nothing_is_told_of_no_connection(void **state)
{
    struct tl_error error;

    (void)state;
    assert_null(tl_connection_driver(NULL));
    assert_null(tl_connection_service(NULL));
    assert_null(tl_connection_namespace(NULL));
    assert_null(tl_connection_identity(NULL));
    assert_int_equal(tl_connection_set_api_key(NULL, "key", &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "connection");
    tl_connection_free(NULL);
}

static void a_cut_connection_is_made_again(void **state)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});

    (void)state;
    connect_to(&(struct tl_connection_options){.address = peer_address(peer), .proxy = proxy_address(proxy)});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(start(NULL), TL_OK);
        proxy_cut(proxy);
    }
    assert_int_equal(start(NULL), TL_OK);
    disconnect();
    connection = NULL;
    client = NULL;
    assert_true(proxy_connections(proxy) >= 4);
    proxy_free(proxy);
}

/* ---- Memory ---- */

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static struct failing_allocator memory;

static void *take(void *user, size_t size)
{
    (void)user;
    (void)pthread_mutex_lock(&memory_lock);
    void *taken = memory.allocator.alloc(memory.allocator.user, size);
    (void)pthread_mutex_unlock(&memory_lock);
    return taken;
}

static void give(void *user, void *given, size_t size)
{
    (void)user;
    (void)pthread_mutex_lock(&memory_lock);
    memory.allocator.free(memory.allocator.user, given, size);
    (void)pthread_mutex_unlock(&memory_lock);
}

/* A connection and a call on it; TL_OK, or how it failed. */
static enum tl_status once(const struct tl_allocator *allocator)
{
    struct tl_error error = {.status = TL_OK};
    enum tl_status status;

    connection =
        tl_connect(&(struct tl_connection_options){.address = peer_address(peer), .allocator = allocator}, &error);
    if (connection == NULL) {
        return error.status;
    }
    client = tl_client_new(tl_connection_driver(connection), tl_connection_service(connection), NULL, &error);
    status = client == NULL ? error.status : start(&error);
    disconnect();
    connection = NULL;
    client = NULL;
    return status;
}

static void every_allocation_may_fail(void **state)
{
    struct tl_allocator allocator = {.alloc = take, .free = give};
    size_t nth = 0;
    enum tl_status status;

    (void)state;
    failing_allocator_init(&memory);
    do {
        failing_allocator_fail(&memory, ++nth, FAIL_FROM_NOW);
        status = once(&allocator);
        assert_true(status == TL_OK || status == TL_NO_MEMORY);
        const char *complaint = failing_allocator_complaint(&memory);
        if (complaint != NULL) {
            fail_msg("allocation %zu, %s: %s", nth, tl_status_name(status), complaint);
        }
        failing_allocator_init(&memory);
    } while (status != TL_OK);
    assert_true(nth > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_workflow_is_started, begin, end),
        cmocka_unit_test_setup_teardown(the_environment_says_where, begin, end),
        cmocka_unit_test_setup_teardown(a_refusal_is_told_with_code_and_text, begin, end),
        cmocka_unit_test_setup_teardown(a_key_is_set_while_connected, begin, end),
        cmocka_unit_test_setup_teardown(a_key_is_not_sent_where_nothing_is_encrypted, begin, end),
        cmocka_unit_test(nothing_is_told_of_no_connection),
        cmocka_unit_test_setup_teardown(a_cut_connection_is_made_again, begin, end),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
