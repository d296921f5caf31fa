/* SPDX-License-Identifier: MIT */
/* Calls on a channel as a driver's service: what is sent, what comes back, and how they end. */
#include "base/arena.h"
#include "base/pool.h"
#include "model/message.h"
#include "tests/transport/pump.h"
#include "tests/transport/wire_test.h"
#include "worker/transport/channel.h"

static struct peer *peer;
static struct channel *channel;
static struct pump pump;
static struct pool *pool;
static struct arena arena;

/* Smaller than some answers of these tests. */
#define MOST_BYTES 4096

static int begin(void **state)
{
    static const struct tl_metadata metadata[] = {
        {.key = "team", .value = {(const uint8_t *)"orders", 6}},
        {.key = "mark-bin", .value = {(const uint8_t *)"\1\2", 2}},
    };

    (void)state;
    peer = peer_new(&(struct peer_options){0});
    peer_welcomes(peer);
    channel = channel_new(
        &(struct tl_connection_options){
            .address = peer_address(peer), .metadata = metadata, .metadata_count = 2, .most_message_bytes = MOST_BYTES},
        NULL);
    assert_non_null(channel);
    pump_init(&pump, channel, NULL);
    pool = pool_new(NULL);
    arena_init(&arena, pool);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pump_done(&pump);
    channel_free(channel);
    peer_free(peer);
    pool_free_all(pool);
    return 0;
}

static const Pb__GetSystemInfoRequest question = PB__GET_SYSTEM_INFO_REQUEST__INIT;

static struct tl_reply *ask(const struct tl_request *more)
{
    return pump_call(&pump, RPC_GetSystemInfo, &question, more);
}

static void assert_answers(enum tl_status status, int code, const char *words)
{
    struct tl_reply *reply = ask(NULL);

    assert_int_equal(reply->status, status);
    assert_int_equal(reply->grpc_code, code);
    if (strstr(reply->text, words) == NULL) {
        fail_msg("%s", reply->text);
    }
    assert_true((reply->message != NULL) == (status == TL_OK));
    tl_reply_unref(reply);
}

static void answer_bytes(const void *data, size_t len)
{
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.message = {data, len}});
}

static void answer_message(const void *message)
{
    struct tl_bytes bytes = message_pack(&arena, message);

    answer_bytes(bytes.data, bytes.len);
}

/* ---- What is sent ---- */

static void the_message_goes_there_and_back(void **state)
{
    Pb__DescribeNamespaceRequest request = PB__DESCRIBE_NAMESPACE_REQUEST__INIT;
    char name[] = "orders-\xc3\xa9";
    struct tl_bytes sent;

    (void)state;
    request.namespace_ = name;
    sent = message_pack(&arena, &request);
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.manner = PEER_ECHOES});
    struct tl_reply *reply = pump_call(&pump, RPC_DescribeNamespace, &request, NULL);
    /* Field 1 is a message in the reply: a name is none, which is told. */
    assert_int_equal(reply->status, TL_MALFORMED);
    assert_true(sent.len > 0);
    tl_reply_unref(reply);
    /* No header can carry the name; the message does. */
    assert_string_equal(peer_header(peer, "temporal-namespace"), "");
}

static void headers_are_those_of_the_other_sdks(void **state)
{
    Pb__DescribeNamespaceRequest request = PB__DESCRIBE_NAMESPACE_REQUEST__INIT;
    char name[] = "orders";

    (void)state;
    request.namespace_ = name;
    tl_reply_unref(pump_call(&pump, RPC_DescribeNamespace, &request, NULL));
    assert_string_equal(peer_header(peer, "client-name"), "timelapse-c");
    assert_string_equal(peer_header(peer, "client-version"), TIMELAPSE_VERSION);
    assert_string_equal(peer_header(peer, "temporal-namespace"), "orders");
    assert_string_equal(peer_header(peer, "team"), "orders");
    assert_string_equal(peer_header(peer, "mark-bin"), "\1\2");
    assert_string_equal(peer_header(peer, "authorization"), "");
    assert_ptr_equal(
        strstr(peer_header(peer, "user-agent"), "timelapse-c/" TIMELAPSE_VERSION), peer_header(peer, "user-agent"));
}

static void a_calls_own_metadata_goes_first(void **state)
{
    struct tl_metadata own[] = {
        {.key = "team", .value = {(const uint8_t *)"mine", 4}},
        {.key = "client-name", .value = {(const uint8_t *)"other", 5}},
    };

    (void)state;
    tl_reply_unref(ask(&(struct tl_request){.metadata = own, .metadata_count = 2}));
    assert_string_equal(peer_header(peer, "team"), "mine");
    assert_string_equal(peer_header(peer, "client-name"), "other");
    assert_string_equal(peer_header(peer, "mark-bin"), "\1\2");
}

static void metadata_that_no_header_can_hold_is_refused_here(void **state)
{
    struct tl_metadata own = {.key = "Key", .value = {(const uint8_t *)"x", 1}};
    struct tl_metadata control = {.key = "key", .value = {(const uint8_t *)"x\n", 2}};
    struct tl_reply *reply = ask(&(struct tl_request){.metadata = &own, .metadata_count = 1});

    (void)state;
    assert_int_equal(reply->status, TL_INVALID_ARGUMENT);
    assert_int_equal(reply->grpc_code, 3);
    tl_reply_unref(reply);
    reply = ask(&(struct tl_request){.metadata = &control, .metadata_count = 1});
    assert_int_equal(reply->status, TL_INVALID_ARGUMENT);
    tl_reply_unref(reply);
    assert_int_equal(peer_calls(peer), 0);
}

static void a_key_is_changed_without_another_connection(void **state)
{
    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.authorization = "Bearer new"});
    assert_int_equal(channel_set_api_key(channel, "old"), TL_OK);
    assert_answers(TL_UNAUTHENTICATED, 16, "Request unauthorized.");
    assert_int_equal(channel_set_api_key(channel, "new"), TL_OK);
    assert_answers(TL_OK, 0, "");
    assert_int_equal(channel_set_api_key(channel, NULL), TL_OK);
    assert_answers(TL_UNAUTHENTICATED, 16, "");
    assert_string_equal(peer_header(peer, "authorization"), "");
    assert_int_equal(peer_connections(peer), 1);
}

/* ---- What comes back ---- */

static void a_message_is_read(void **state)
{
    Pb__GetSystemInfoResponse response = PB__GET_SYSTEM_INFO_RESPONSE__INIT;
    char version[] = "1.30.1";

    (void)state;
    response.server_version = version;
    answer_message(&response);
    struct tl_reply *reply = ask(NULL);
    assert_int_equal(reply->status, TL_OK);
    assert_string_equal(((const Pb__GetSystemInfoResponse *)reply->message)->server_version, "1.30.1");
    assert_ptr_equal(tl_reply_ref(reply), reply);
    tl_reply_unref(reply);
    assert_string_equal(((const Pb__GetSystemInfoResponse *)reply->message)->server_version, "1.30.1");
    tl_reply_unref(reply);
}

static void every_code_is_told_as_its_status(void **state)
{
    (void)state;
    for (int code = 1; code <= 16; code++) {
        peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.code = code, .text = "so it is: \xc3\xa9 100%"});
        assert_answers(tl_status_from_grpc(code), code, "so it is: \xc3\xa9 100%");
    }
}

static void details_are_read(void **state)
{
    Pb__NamespaceNotFoundFailure failure = PB__NAMESPACE_NOT_FOUND_FAILURE__INIT;
    Pb__Rpc__Status status = PB__RPC__STATUS__INIT;
    char name[] = "lost";
    char text[] = "not found";
    Pb__Any *any;

    (void)state;
    failure.namespace_ = name;
    any = message_to_any(&arena, &failure);
    status.code = 5;
    status.message = text;
    status.n_details = 1;
    status.details = &any;
    peer_answers(
        peer,
        "GetSystemInfo",
        &(struct peer_rule){.code = 5, .text = "not found", .details = message_pack(&arena, &status)});
    struct tl_reply *reply = ask(NULL);
    assert_int_equal(reply->status, TL_NOT_FOUND);
    assert_non_null(reply->details);
    const Pb__Rpc__Status *told = (const Pb__Rpc__Status *)reply->details;
    assert_int_equal(told->n_details, 1);
    const Pb__NamespaceNotFoundFailure *detail = message_from_any(&arena, told->details[0]);
    assert_string_equal(detail->namespace_, "lost");
    tl_reply_unref(reply);
}

static void details_that_cannot_be_read_are_left_out(void **state)
{
    (void)state;
    peer_answers(
        peer,
        "GetSystemInfo",
        &(struct peer_rule){.code = 9, .text = "refused", .details = {(const uint8_t *)"\x0a\xff\xff", 3}});
    struct tl_reply *reply = ask(NULL);
    assert_int_equal(reply->status, TL_FAILED_PRECONDITION);
    assert_string_equal(reply->text, "refused");
    assert_null(reply->details);
    tl_reply_unref(reply);
}

static void what_a_newer_server_adds_is_kept(void **state)
{
    /* server_version "2", field 99 varint 1, field 1000 bytes "xy"; capabilities with an unknown member 77. */
    static const char newer[] = "\x0a\x01\x32\x98\x06\x01\xc2\x3e\x02xy\x12\x03\xe8\x04\x01";

    (void)state;
    answer_bytes(newer, sizeof(newer) - 1);
    struct tl_reply *reply = ask(NULL);
    assert_int_equal(reply->status, TL_OK);
    const Pb__GetSystemInfoResponse *response = (const Pb__GetSystemInfoResponse *)reply->message;
    assert_string_equal(response->server_version, "2");
    assert_int_equal(response->base.n_unknown_fields, 2);
    assert_non_null(response->capabilities);
    tl_reply_unref(reply);
}

static void an_event_of_a_type_that_nobody_knows(void **state)
{
    Pb__GetWorkflowExecutionHistoryRequest request = PB__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;
    Pb__GetWorkflowExecutionHistoryResponse response = PB__GET_WORKFLOW_EXECUTION_HISTORY_RESPONSE__INIT;
    Pb__History history = PB__HISTORY__INIT;
    Pb__HistoryEvent event = PB__HISTORY_EVENT__INIT;
    Pb__HistoryEvent *events = &event;

    (void)state;
    event.event_id = 1;
    event.event_type = (Pb__EventType)4711;
    history.n_events = 1;
    history.events = &events;
    response.history = &history;
    peer_answers(peer, "GetWorkflowExecutionHistory", &(struct peer_rule){.message = message_pack(&arena, &response)});
    struct tl_reply *reply = pump_call(&pump, RPC_GetWorkflowExecutionHistory, &request, NULL);
    assert_int_equal(reply->status, TL_OK);
    const Pb__GetWorkflowExecutionHistoryResponse *told = (const void *)reply->message;
    assert_int_equal(told->history->events[0]->event_type, 4711);
    tl_reply_unref(reply);
}

static void bytes_that_are_no_message(void **state)
{
    static const char *const texts[] = {
        "\x0a\x05x",        /* shorter than it says */
        "\xff\xff\xff\xff", /* no tag */
        "\x0a\x02\xff\xfe", /* a string that is no UTF-8 */
        "\x12\x01\x0a",     /* a message within that ends too early */
        "\x0b",             /* a group */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        answer_bytes(texts[i], strlen(texts[i]));
        assert_answers(TL_MALFORMED, 13, "the reply of GetSystemInfo cannot be read");
    }
    answer_bytes("", 0);
    assert_answers(TL_OK, 0, "");
}

static void an_answer_that_is_nested_too_deeply(void **state)
{
    Pb__GetWorkflowExecutionHistoryRequest request = PB__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;
    Pb__GetWorkflowExecutionHistoryResponse response = PB__GET_WORKFLOW_EXECUTION_HISTORY_RESPONSE__INIT;
    Pb__History history = PB__HISTORY__INIT;
    Pb__HistoryEvent event = PB__HISTORY_EVENT__INIT;
    Pb__HistoryEvent *events = &event;
    Pb__WorkflowExecutionFailedEventAttributes failed = PB__WORKFLOW_EXECUTION_FAILED_EVENT_ATTRIBUTES__INIT;
    static Pb__Failure failures[400];

    (void)state;
    for (size_t i = 0; i < 400; i++) {
        pb__failure__init(&failures[i]);
        failures[i].cause = i + 1 < 400 ? &failures[i + 1] : NULL;
    }
    failed.failure = failures;
    event.attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_FAILED_EVENT_ATTRIBUTES;
    event.workflow_execution_failed_event_attributes = &failed;
    history.n_events = 1;
    history.events = &events;
    response.history = &history;
    peer_answers(peer, "GetWorkflowExecutionHistory", &(struct peer_rule){.message = message_pack(&arena, &response)});
    struct tl_reply *reply = pump_call(&pump, RPC_GetWorkflowExecutionHistory, &request, NULL);
    assert_int_equal(reply->status, TL_TOO_LARGE);
    assert_int_equal(reply->grpc_code, 13);
    tl_reply_unref(reply);
}

static void an_answer_above_the_limit(void **state)
{
    Pb__GetSystemInfoResponse response = PB__GET_SYSTEM_INFO_RESPONSE__INIT;
    char version[MOST_BYTES + 1];

    (void)state;
    memset(version, 'v', sizeof(version) - 1);
    version[sizeof(version) - 1] = '\0';
    response.server_version = version;
    answer_message(&response);
    assert_answers(TL_TOO_LARGE, 8, "larger than max");
    version[MOST_BYTES - 8] = '\0';
    answer_message(&response);
    assert_answers(TL_OK, 0, "");
}

static void a_server_that_is_out_of_something_is_no_large_answer(void **state)
{
    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.code = 8, .text = "namespace rate limit exceeded"});
    assert_answers(TL_RESOURCE_EXHAUSTED, 8, "rate limit");
}

/* ---- How calls end ---- */

static void a_deadline_passes(void **state)
{
    time_t from = time(NULL);

    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.manner = PEER_HANGS});
    struct tl_reply *reply = ask(&(struct tl_request){.deadline = tl_driver_now(pump.driver) + TL_MILLISECONDS(50)});
    assert_in_range(time(NULL) - from, 0, 3); /* busy machines are slow */
    assert_int_equal(reply->status, TL_DEADLINE_EXCEEDED);
    assert_int_equal(reply->grpc_code, 4);
    tl_reply_unref(reply);
    peer_wait_given_up(peer, 1);
}

static void a_deadline_that_has_passed(void **state)
{
    (void)state;
    struct tl_reply *reply = ask(&(struct tl_request){.deadline = 1});
    assert_int_equal(reply->status, TL_DEADLINE_EXCEEDED);
    assert_int_equal(reply->grpc_code, 4);
    tl_reply_unref(reply);
    assert_int_equal(peer_calls(peer), 0);
}

static void a_call_is_given_up(void **state)
{
    struct outcome outcome;

    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.manner = PEER_HANGS});
    pump_ask(&pump, &outcome, RPC_GetSystemInfo, &question, NULL);
    peer_wait_calls(peer, 1);
    tl_service_cancel(pump.service, outcome.call);
    assert_null(outcome.reply);
    struct tl_reply *reply = pump_wait(&pump, &outcome);
    assert_int_equal(reply->status, TL_CANCELED);
    assert_int_equal(reply->grpc_code, 1);
    tl_reply_unref(reply);
    peer_wait_given_up(peer, 1);
}

static void many_calls_are_answered_each_once(void **state)
{
    static struct outcome outcomes[500];

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        pump_ask(&pump, &outcomes[i], RPC_GetSystemInfo, &question, NULL);
    }
    for (size_t i = 0; i < 500; i++) {
        assert_int_equal(pump_wait(&pump, &outcomes[i])->status, TL_OK);
        tl_reply_unref(outcomes[i].reply);
    }
    assert_int_equal(peer_connections(peer), 1);
}

static void a_service_is_freed_with_calls_under_way(void **state)
{
    struct outcome hanging[3];
    struct outcome answered;
    struct tl_metadata bad = {.key = "Key", .value = {(const uint8_t *)"x", 1}};
    struct outcome refused;

    (void)state;
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.manner = PEER_HANGS});
    for (size_t i = 0; i < 3; i++) {
        pump_ask(
            &pump,
            &hanging[i],
            RPC_DescribeNamespace,
            &(Pb__DescribeNamespaceRequest)PB__DESCRIBE_NAMESPACE_REQUEST__INIT,
            NULL);
    }
    pump_ask(&pump, &answered, RPC_GetSystemInfo, &question, NULL);
    pump_ask(
        &pump, &refused, RPC_GetSystemInfo, &question, &(struct tl_request){.metadata = &bad, .metadata_count = 1});
    peer_wait_calls(peer, 4);
    pump_done(&pump);
    pump_init(&pump, channel, NULL);
    peer_wait_given_up(peer, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_null(hanging[i].reply);
    }
    assert_null(answered.reply);
    assert_null(refused.reply);
    assert_answers(TL_OK, 0, "");
}

static void two_drivers_share_a_channel(void **state)
{
    struct pump other;
    struct outcome first;
    struct outcome second;

    (void)state;
    pump_init(&other, channel, NULL);
    pump_ask(&pump, &first, RPC_GetSystemInfo, &question, NULL);
    pump_ask(&other, &second, RPC_GetSystemInfo, &question, NULL);
    assert_int_equal(pump_wait(&other, &second)->status, TL_OK);
    assert_int_equal(pump_wait(&pump, &first)->status, TL_OK);
    tl_reply_unref(first.reply);
    tl_reply_unref(second.reply);
    pump_done(&other);
    assert_int_equal(peer_connections(peer), 1);
}

/* ---- Lost connections ---- */

static void a_server_that_went_away_and_came_back(void **state)
{
    struct outcome outcome;
    int port = peer_port(peer);

    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.manner = PEER_HANGS});
    pump_ask(&pump, &outcome, RPC_GetSystemInfo, &question, NULL);
    peer_wait_calls(peer, 1);
    peer_free(peer);
    struct tl_reply *reply = pump_wait(&pump, &outcome);
    assert_true(reply->status == TL_UNAVAILABLE || reply->status == TL_CANCELED);
    tl_reply_unref(reply);
    assert_answers(TL_UNAVAILABLE, 14, "");
    peer = peer_new(&(struct peer_options){.port = port});
    peer_welcomes(peer);
    enum tl_status status;
    do {
        reply = ask(NULL);
        status = reply->status;
        tl_reply_unref(reply);
    } while (status == TL_UNAVAILABLE);
    assert_int_equal(status, TL_OK);
    assert_int_equal(peer_connections(peer), 1);
}

/* A keepalive ping finds out what no packet tells. */
static void a_connection_on_which_everything_is_lost(void **state)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});
    struct tl_connection_options options = {
        .address = peer_address(peer),
        .proxy = proxy_address(proxy),
        .keepalive_time = TL_SECONDS(1),
        .keepalive_timeout = TL_MILLISECONDS(100)};
    struct channel *through = channel_new(&options, NULL);
    struct pump other;
    struct outcome outcome;

    (void)state;
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.manner = PEER_HANGS});
    pump_init(&other, through, NULL);
    pump_ask(&other, &outcome, RPC_GetSystemInfo, &question, NULL);
    peer_wait_calls(peer, 1);
    proxy_freeze(proxy);
    assert_int_equal(pump_wait(&other, &outcome)->status, TL_UNAVAILABLE);
    assert_non_null(strstr(outcome.reply->text, "keepalive"));
    tl_reply_unref(outcome.reply);
    pump_done(&other);
    channel_free(through);
    proxy_free(proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_message_goes_there_and_back, begin, end),
        cmocka_unit_test_setup_teardown(headers_are_those_of_the_other_sdks, begin, end),
        cmocka_unit_test_setup_teardown(a_calls_own_metadata_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(metadata_that_no_header_can_hold_is_refused_here, begin, end),
        cmocka_unit_test_setup_teardown(a_key_is_changed_without_another_connection, begin, end),
        cmocka_unit_test_setup_teardown(a_message_is_read, begin, end),
        cmocka_unit_test_setup_teardown(every_code_is_told_as_its_status, begin, end),
        cmocka_unit_test_setup_teardown(details_are_read, begin, end),
        cmocka_unit_test_setup_teardown(details_that_cannot_be_read_are_left_out, begin, end),
        cmocka_unit_test_setup_teardown(what_a_newer_server_adds_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(an_event_of_a_type_that_nobody_knows, begin, end),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_message, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_that_is_nested_too_deeply, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_above_the_limit, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_is_out_of_something_is_no_large_answer, begin, end),
        cmocka_unit_test_setup_teardown(a_deadline_passes, begin, end),
        cmocka_unit_test_setup_teardown(a_deadline_that_has_passed, begin, end),
        cmocka_unit_test_setup_teardown(a_call_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(many_calls_are_answered_each_once, begin, end),
        cmocka_unit_test_setup_teardown(a_service_is_freed_with_calls_under_way, begin, end),
        cmocka_unit_test_setup_teardown(two_drivers_share_a_channel, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_went_away_and_came_back, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_on_which_everything_is_lost, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
