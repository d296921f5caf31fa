/* SPDX-License-Identifier: MIT */
#include "tests/server/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these before it */
#include <cmocka.h>

#include "base/pool.h"
#include "model/message.h"

#define START TL_DAYS(20000)

struct server_options station_options;

static struct pool_guard guard;

/* ---- The station ---- */

static tl_time wall_time(void)
{
    return START;
}

static void note(void *user, const char *line)
{
    struct station *station = user;
    size_t len = strlen(station->log);

    (void)snprintf(station->log + len, sizeof(station->log) - len, "%s\n", line);
}

int station_open(void **state)
{
    struct station *station = calloc(1, sizeof(*station));
    struct tl_error error;

    station->wall = TL_SECONDS(1000);
    station->pool = pool_new(NULL);
    arena_init(&station->arena, station->pool);
    station_options.wall_time = wall_time;
    station_options.seed = 1;
    station_options.log = note;
    station_options.user = station;
    station->server = server_new(&station_options, station->wall, &error);
    station_options = (struct server_options){.seed = 0};
    pool_guard_push(station->server->pool, &guard); /* a station has memory enough */
    *state = station;
    return 0;
}

int station_close(void **state)
{
    struct station *station = *state;

    pool_guard_pop(station->server->pool, &guard);
    server_free(station->server);
    pool_free_all(station->pool);
    free(station);
    return 0;
}

static void carry(struct caller *caller)
{
    const uint8_t *bytes;
    ssize_t len = nghttp2_session_mem_send(caller->session, &bytes);

    for (; len > 0; len = nghttp2_session_mem_send(caller->session, &bytes)) {
        if (!link_receive(caller->link, bytes, (size_t)len)) {
            caller->refused = true;
        }
    }
}

/* What links have to say reaches their callers. */
static bool carry_back(struct station *station)
{
    struct list_node *node = list_take_first(&station->server->dirty);
    bool some = false;

    for (; node != NULL; node = list_take_first(&station->server->dirty)) {
        struct link *link = LIST_ITEM(node, struct link, dirty);
        struct caller *caller = link->user;
        const uint8_t *bytes;
        size_t len = link_send(link, &bytes);
        for (; len > 0; len = link_send(link, &bytes)) {
            some = true;
            assert_int_equal(nghttp2_session_mem_recv(caller->session, bytes, len), len);
        }
        carry(caller);
    }
    return some;
}

static void settle(struct station *station)
{
    do {
        (void)server_run(station->server, station->wall);
    } while (carry_back(station));
}

void station_pass(struct station *station, tl_duration duration)
{
    station->wall += duration;
    settle(station);
}

struct universe *station_universe(struct station *station)
{
    return server_universe(station->server, SERVER_DEFAULT_UNIVERSE, NULL);
}

tl_duration station_elapsed(struct station *station)
{
    return universe_now(station_universe(station), station->wall) - START;
}

/* ---- Callers ---- */

static struct asked_call *call_of(nghttp2_session *session, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(session, stream);
}

static void keep(char *text, size_t size, const uint8_t *value, size_t len)
{
    (void)snprintf(text, size, "%.*s", (int)len, (const char *)value);
}

/* NOLINTNEXTLINE(readability-function-size): a callback of nghttp2 */
static int on_header(
    nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value,
    size_t len, uint8_t flags, void *user)
{
    struct asked_call *call = call_of(session, frame->hd.stream_id);

    (void)name_len;
    (void)flags;
    (void)user;
    if (strcmp((const char *)name, ":status") == 0) {
        keep(call->http, sizeof(call->http), value, len);
    } else if (strcmp((const char *)name, "grpc-status") == 0) {
        call->code = (int)strtol((const char *)value, NULL, 10);
    } else if (strcmp((const char *)name, "grpc-message") == 0) {
        keep(call->text, sizeof(call->text), value, len);
    } else if (strcmp((const char *)name, "grpc-status-details-bin") == 0) {
        keep(call->details, sizeof(call->details), value, len);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *user)
{
    struct asked_call *call = call_of(session, stream);

    (void)flags;
    (void)user;
    assert_true(call->answer_len + len <= sizeof(call->answer));
    memcpy(call->answer + call->answer_len, data, len);
    call->answer_len += len;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *user)
{
    struct asked_call *call = call_of(session, stream);

    (void)code;
    (void)user;
    if (call != NULL) {
        call->is_over = true;
    }
    return 0;
}

struct caller *caller_open(struct station *station)
{
    struct caller *caller = calloc(1, sizeof(*caller));
    nghttp2_session_callbacks *callbacks;

    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    assert_int_equal(nghttp2_session_client_new(&caller->session, callbacks, caller), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(caller->session, NGHTTP2_FLAG_NONE, NULL, 0), 0);
    caller->station = station;
    caller->link = link_new(station->server);
    caller->link->user = caller;
    carry(caller);
    settle(station);
    return caller;
}

void caller_lose(struct caller *caller)
{
    link_free(caller->link);
    caller->link = NULL;
    settle(caller->station);
}

void caller_close(struct caller *caller)
{
    if (caller->link != NULL) {
        caller_lose(caller);
    }
    nghttp2_session_del(caller->session);
    free(caller);
}

/* ---- Calls ---- */

char *station_text(struct station *station, const char *text)
{
    return arena_strdup(&station->arena, text);
}

struct tl_bytes station_frame(struct station *station, const void *message)
{
    struct tl_bytes packed = message_pack(&station->arena, message);
    uint8_t *frame = arena_alloc(&station->arena, packed.len + 5);

    frame[0] = 0;
    for (unsigned i = 0; i < 4; i++) {
        frame[1 + i] = (uint8_t)(packed.len >> (24U - 8U * i));
    }
    if (packed.len > 0) {
        memcpy(frame + 5, packed.data, packed.len);
    }
    return (struct tl_bytes){frame, packed.len + 5};
}

/* NOLINTNEXTLINE(readability-function-size): a callback of nghttp2 */
static ssize_t read_body(
    nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t room, uint32_t *flags,
    nghttp2_data_source *source, void *user)
{
    struct asked_call *call = source->ptr;
    size_t left = call->body.len - call->sent;
    size_t len = left < room ? left : room;

    (void)session;
    (void)stream;
    (void)user;
    if (len > 0) {
        memcpy(buffer, (const uint8_t *)call->body.data + call->sent, len);
    }
    call->sent += len;
    if (call->sent == call->body.len && call->stays_open) {
        return len > 0 ? (ssize_t)len : NGHTTP2_ERR_DEFERRED;
    }
    *flags |= call->sent == call->body.len ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)len;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){
        (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static size_t add_headers(nghttp2_nv headers[16], const char *path, const struct asked_header *more)
{
    size_t count = 0;

    headers[count++] = header(":method", "POST");
    headers[count++] = header(":scheme", "http");
    headers[count++] = header(":path", path);
    headers[count++] = header(":authority", "localhost");
    headers[count++] = header("content-type", "application/grpc");
    headers[count++] = header("te", "trailers");
    for (; more != NULL && more->name != NULL; more++) {
        size_t at = 0;
        while (at < count && strcmp((const char *)headers[at].name, more->name) != 0) {
            at++;
        }
        headers[at] = header(more->name, more->value);
        count += at == count ? 1 : 0;
    }
    return count;
}

struct asked_call *
caller_send(struct caller *caller, const char *path, struct tl_bytes body, const struct asked_header *headers)
{
    struct asked_call *call = ARENA_NEW(&caller->station->arena, struct asked_call);
    const nghttp2_data_provider provider = {.source.ptr = call, .read_callback = read_body};
    nghttp2_nv all[16];
    size_t count = add_headers(all, path, headers);

    call->caller = caller;
    call->body = body;
    call->code = -1;
    call->stream = nghttp2_submit_request(caller->session, NULL, all, count, &provider, call);
    assert_true(call->stream > 0);
    carry(caller);
    settle(caller->station);
    return call;
}

struct asked_call *caller_ask(struct caller *caller, const char *path, const void *message)
{
    return caller_send(caller, path, station_frame(caller->station, message), NULL);
}

struct asked_call *caller_call(struct caller *caller, const char *path, const void *message)
{
    struct asked_call *call = caller_ask(caller, path, message);

    assert_true(call->is_over);
    return call;
}

void caller_cancel(struct asked_call *call)
{
    struct caller *caller = call->caller;

    (void)nghttp2_submit_rst_stream(caller->session, NGHTTP2_FLAG_NONE, call->stream, NGHTTP2_CANCEL);
    carry(caller);
    settle(caller->station);
}

const void *asked_message(struct asked_call *call, const ProtobufCMessageDescriptor *descriptor)
{
    struct station *station = call->caller->station;
    struct tl_error error;
    void *message = NULL;

    assert_code(call, 0);
    assert_true(call->answer_len >= 5);
    const struct tl_bytes bytes = {call->answer + 5, call->answer_len - 5};
    assert_int_equal(message_unpack(&station->arena, descriptor, bytes, &message, &error), TL_OK);
    return message;
}

void assert_code(const struct asked_call *call, int code)
{
    assert_true(call->is_over);
    if (call->code != code) {
        fail_msg("grpc-status %d: %s", call->code, call->text);
    }
}
