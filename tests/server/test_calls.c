/* SPDX-License-Identifier: MIT */
/* gRPC over HTTP/2, as callers use and abuse it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "model/message.h"
#include "tests/server/flows.h"

#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>

enum {
    OK = 0,
    CANCELED = 1,
    INVALID_ARGUMENT = 3,
    NOT_FOUND = 5,
    RESOURCE_EXHAUSTED = 8,
    UNIMPLEMENTED = 12,
    INTERNAL = 13,
    UNAUTHENTICATED = 16
};

static const Pb__GetSystemInfoRequest system_info = PB__GET_SYSTEM_INFO_REQUEST__INIT;

#define SYSTEM_INFO WORKFLOW_SERVICE "GetSystemInfo"

static void a_call_is_answered(void **state)
{
    struct caller *caller = caller_open(*state);
    struct asked_call *call = caller_call(caller, SYSTEM_INFO, &system_info);
    const Pb__GetSystemInfoResponse *response = asked_message(call, &pb__get_system_info_response__descriptor);

    assert_string_equal(call->http, "200");
    assert_true(response->capabilities->signal_and_query_header);
    caller_close(caller);
}

static void a_refusal_bears_its_text_and_details(void **state)
{
    struct caller *caller = caller_open(*state);
    Pb__DescribeNamespaceRequest request = PB__DESCRIBE_NAMESPACE_REQUEST__INIT;

    request.namespace_ = station_text(*state, "nowhere%\xc3\xa9");
    struct asked_call *call = caller_call(caller, WORKFLOW_SERVICE "DescribeNamespace", &request);
    assert_code(call, NOT_FOUND);
    assert_non_null(strstr(call->text, "nowhere%25%C3%A9"));
    assert_true(strlen(call->details) > 0);
    assert_null(strchr(call->details, '='));
    caller_close(caller);
}

static void what_is_not_served_is_unimplemented(void **state)
{
    static const char unknown[] = WORKFLOW_SERVICE "NoSuchMethod";
    static const char *const paths[] = {
        unknown, "/no.such.Service/Method", "/", "//", "/grpc.health.v1.Health/Nothing"};
    struct caller *caller = caller_open(*state);

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_code(caller_call(caller, paths[i], &system_info), UNIMPLEMENTED);
    }
    struct asked_call *call = caller_call(caller, "/no.such.Service/Method", &system_info);
    assert_string_equal(call->text, "unknown method Method for service no.such.Service");
    caller_close(caller);
}

static void what_is_no_grpc_is_refused_by_http(void **state)
{
    static const struct asked_header get[] = {{":method", "GET"}, {NULL, NULL}};
    static const struct asked_header json[] = {{"content-type", "application/json"}, {NULL, NULL}};
    static const struct asked_header proto[] = {{"content-type", "application/grpc+proto"}, {NULL, NULL}};
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    struct tl_bytes frame = station_frame(station, &system_info);

    assert_string_equal(caller_send(caller, SYSTEM_INFO, frame, get)->http, "405");
    assert_string_equal(caller_send(caller, SYSTEM_INFO, frame, json)->http, "415");
    assert_code(caller_send(caller, SYSTEM_INFO, frame, proto), OK);
    caller_close(caller);
}

static void frames_that_are_wrong_are_told(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int code;
    } bodies[] = {
        {"", 0, INTERNAL},       /* no message */
        {"\0\0\0", 3, INTERNAL}, /* half a prefix */
        {"\0\0\0\0\x05"
         "abc",
         8,
         INTERNAL},                                    /* half a message */
        {"\1\0\0\0\0", 5, INTERNAL},                   /* packed, by no encoding */
        {"\7\0\0\0\0", 5, INTERNAL},                   /* a flag that there is not */
        {"\0\xff\xff\xff\xff", 5, RESOURCE_EXHAUSTED}, /* four gigabytes */
        {"\0\0\x40\0\1", 5, RESOURCE_EXHAUSTED},       /* a byte too much */
        {"\0\0\0\0\2\xff\xff", 7, INTERNAL},           /* no protobuf */
        {"\0\0\0\0\2\x08\x01", 7, OK},                 /* an unknown field */
        {"\0\0\0\0\0\0\0\0\0\0", 10, INTERNAL},        /* two messages */
    };
    struct caller *caller = caller_open(*state);

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const struct tl_bytes body = {(const uint8_t *)bodies[i].bytes, bodies[i].len};
        assert_code(caller_send(caller, SYSTEM_INFO, body, NULL), bodies[i].code);
    }
    assert_code(caller_call(caller, SYSTEM_INFO, &system_info), OK);
    caller_close(caller);
}

static struct tl_bytes gzip(struct station *station, const uint8_t *data, size_t len)
{
    uint8_t *frame = arena_alloc(&station->arena, len + 1024);
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = frame + 5;
    stream.avail_out = (uInt)(len + 1000);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed = stream.total_out;
    (void)deflateEnd(&stream);
    frame[0] = 1;
    for (unsigned i = 0; i < 4; i++) {
        frame[1 + i] = (uint8_t)(packed >> (24U - 8U * i));
    }
    return (struct tl_bytes){frame, packed + 5};
}

static void requests_may_be_packed(void **state)
{
    static const struct asked_header packed[] = {{"grpc-encoding", "gzip"}, {NULL, NULL}};
    static const struct asked_header other[] = {{"grpc-encoding", "brotli"}, {NULL, NULL}};
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    Pb__DescribeNamespaceRequest request = PB__DESCRIBE_NAMESPACE_REQUEST__INIT;

    request.namespace_ = station_text(station, "default");
    struct tl_bytes bytes = message_pack(&station->arena, &request);
    struct tl_bytes body = gzip(station, bytes.data, bytes.len);
    assert_code(caller_send(caller, WORKFLOW_SERVICE "DescribeNamespace", body, packed), OK);
    assert_code(caller_send(caller, WORKFLOW_SERVICE "DescribeNamespace", body, other), UNIMPLEMENTED);
    ((uint8_t *)(uintptr_t)body.data)[20] ^= 0x55;
    assert_code(caller_send(caller, WORKFLOW_SERVICE "DescribeNamespace", body, packed), INTERNAL);

    size_t bomb = (size_t)8 * 1024 * 1024;
    uint8_t *zeros = arena_zalloc(&station->arena, bomb);
    assert_code(caller_send(caller, SYSTEM_INFO, gzip(station, zeros, bomb), packed), RESOURCE_EXHAUSTED);
    caller_close(caller);
}

static void timeouts_are_read(void **state)
{
    static const char *const bad[] = {"", "1", "S", "123456789S", "-1S", "1x", "1.5S"};
    static const char *const good[] = {"1H", "99999999H", "5M", "30S", "100m", "1u", "1n"};
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    struct tl_bytes frame = station_frame(station, &system_info);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct asked_header headers[] = {{"grpc-timeout", bad[i]}, {NULL, NULL}};
        assert_code(caller_send(caller, SYSTEM_INFO, frame, headers), INTERNAL);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const struct asked_header headers[] = {{"grpc-timeout", good[i]}, {NULL, NULL}};
        assert_code(caller_send(caller, SYSTEM_INFO, frame, headers), OK);
    }
    caller_close(caller);
}

static void a_key_is_asked_for(void **state)
{
    static const struct asked_header none[] = {{NULL, NULL}};
    static const struct asked_header wrong[] = {{"authorization", "Bearer open"}, {NULL, NULL}};
    static const struct asked_header basic[] = {{"authorization", "Basic sesame"}, {NULL, NULL}};
    static const struct asked_header right[] = {{"authorization", "Bearer sesame"}, {NULL, NULL}};
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    struct tl_bytes frame = station_frame(station, &system_info);

    station->server->options.api_key = "sesame";
    assert_code(caller_send(caller, SYSTEM_INFO, frame, none), UNAUTHENTICATED);
    assert_code(caller_send(caller, SYSTEM_INFO, frame, wrong), UNAUTHENTICATED);
    assert_code(caller_send(caller, SYSTEM_INFO, frame, basic), UNAUTHENTICATED);
    assert_code(caller_send(caller, SYSTEM_INFO, frame, right), OK);
    caller_close(caller);
}

static int health_of(struct caller *caller, const char *service)
{
    Pb__Health__HealthCheckRequest request = PB__HEALTH__HEALTH_CHECK_REQUEST__INIT;

    request.service = (char *)(uintptr_t)service;
    struct asked_call *call = caller_call(caller, "/grpc.health.v1.Health/Check", &request);
    if (call->code != OK) {
        return -call->code;
    }
    const Pb__Health__HealthCheckResponse *response =
        asked_message(call, &pb__health__health_check_response__descriptor);
    return (int)response->status;
}

static void health_is_told_and_watched(void **state)
{
    Pb__Health__HealthCheckRequest request = PB__HEALTH__HEALTH_CHECK_REQUEST__INIT;
    struct caller *caller = caller_open(*state);

    assert_int_equal(health_of(caller, ""), 1);
    assert_int_equal(health_of(caller, "temporal.api.workflowservice.v1.WorkflowService"), 1);
    assert_int_equal(health_of(caller, "temporal.api.testservice.v1.TestService"), 1);
    assert_int_equal(health_of(caller, "nothing"), -NOT_FOUND);
    struct asked_call *watch = caller_ask(caller, "/grpc.health.v1.Health/Watch", &request);
    assert_false(watch->is_over);
    assert_int_equal(watch->answer_len, 7);
    caller_cancel(watch);
    caller_close(caller);
}

static void garbage_ends_its_connection_alone(void **state)
{
    static const uint8_t garbage[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct station *station = *state;
    struct caller *good = caller_open(station);
    struct link *link = link_new(station->server);

    assert_false(link_receive(link, garbage, sizeof(garbage) - 1));
    link_free(link);
    assert_code(caller_call(good, SYSTEM_INFO, &system_info), OK);
    caller_close(good);
}

static void a_poll_that_is_given_up_takes_no_task(void **state)
{
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    Pb__TaskQueue queue = PB__TASK_QUEUE__INIT;
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;

    queue.name = station_text(station, "q");
    poll.namespace_ = station_text(station, "default");
    poll.task_queue = &queue;
    struct asked_call *call = caller_ask(caller, WORKFLOW_SERVICE "PollWorkflowTaskQueue", &poll);
    assert_false(call->is_over);
    caller_cancel(call);
    flow_start(caller, "w");
    assert_string_equal(flow_take(caller)->workflow_execution->workflow_id, "w");
    caller_close(caller);
}

/* Each question of the stream has its answer, and the stream ends with the caller's side of it. */
static void reflection_answers_as_it_is_asked(void **state)
{
    struct station *station = *state;
    struct caller *caller = caller_open(station);
    Pb__Reflection__ServerReflectionRequest request = PB__REFLECTION__SERVER_REFLECTION_REQUEST__INIT;

    request.message_request_case = PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES;
    request.list_services = station_text(station, "*");
    struct asked_call *call =
        caller_call(caller, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &request);
    const Pb__Reflection__ServerReflectionResponse *response =
        asked_message(call, &pb__reflection__server_reflection_response__descriptor);
    assert_true(response->list_services_response->n_service >= 5);
    caller_close(caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATION_TEST(a_call_is_answered),
        STATION_TEST(a_refusal_bears_its_text_and_details),
        STATION_TEST(what_is_not_served_is_unimplemented),
        STATION_TEST(what_is_no_grpc_is_refused_by_http),
        STATION_TEST(frames_that_are_wrong_are_told),
        STATION_TEST(requests_may_be_packed),
        STATION_TEST(timeouts_are_read),
        STATION_TEST(a_key_is_asked_for),
        STATION_TEST(health_is_told_and_watched),
        STATION_TEST(garbage_ends_its_connection_alone),
        STATION_TEST(a_poll_that_is_given_up_takes_no_task),
        STATION_TEST(reflection_answers_as_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
