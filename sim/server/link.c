/* SPDX-License-Identifier: MIT */
#include "sim/server/link.h"

#include <string.h>

#include "base/pool.h"
#include "sim/server/grpc_text.h"
#include "sim/server/server.h"

/* Room for requests: of one call, and of a connection. */
#define CALL_WINDOW       (1024 * 1024)
#define CONNECTION_WINDOW (8 * 1024 * 1024)

/* Calls at a time: long polls without a limit that a test would meet. */
#define CALLS_MOST 1000000

#define HEADERS_MOST (64 * 1024)

/* nghttp2 writes to none of what it is given, and says so of none. */
static uint8_t *bytes_of(const char *text)
{
    return (uint8_t *)(uintptr_t)text;
}

/* Both live as long as the exchange. */
static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){
        bytes_of(name),
        bytes_of(value),
        strlen(name),
        strlen(value),
        NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
    };
}

static struct exchange *exchange_of(nghttp2_session *session, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(session, stream);
}

/* ---- What comes in ---- */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        struct exchange *exchange = exchange_new(user, frame->hd.stream_id);
        (void)nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, exchange);
    }
    return 0;
}

/* NOLINTNEXTLINE(readability-function-size): a callback of nghttp2 */
static int on_header(
    nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value,
    size_t value_len, uint8_t flags, void *user)
{
    struct exchange *exchange = exchange_of(session, frame->hd.stream_id);

    (void)name_len;
    (void)flags;
    (void)user;
    if (exchange != NULL && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        exchange_header(exchange, (const char *)name, (const char *)value, value_len);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *user)
{
    struct exchange *exchange = exchange_of(session, stream);

    (void)flags;
    (void)user;
    if (exchange != NULL) {
        exchange_data(exchange, data, len);
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct exchange *exchange = exchange_of(session, frame->hd.stream_id);

    (void)user;
    if (exchange == NULL || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) {
        return 0;
    }
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        exchange_begin(exchange);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        exchange_caller_ends(exchange);
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t code, void *user)
{
    struct exchange *exchange = exchange_of(session, stream);

    (void)code;
    (void)user;
    if (exchange != NULL) {
        exchange_free(exchange);
    }
    return 0;
}

/* ---- What goes out ---- */

static size_t copy_part(struct outgoing *outgoing, uint8_t *buffer, size_t room)
{
    const size_t prefix = sizeof(outgoing->prefix);
    bool in_prefix = outgoing->sent < prefix;
    size_t at = in_prefix ? outgoing->sent : outgoing->sent - prefix;
    size_t left = (in_prefix ? prefix : outgoing->bytes.len) - at;
    size_t len = left < room ? left : room;

    if (len > 0) {
        memcpy(buffer, (in_prefix ? outgoing->prefix : (const uint8_t *)outgoing->bytes.data) + at, len);
    }
    outgoing->sent += len;
    return len;
}

static bool is_sent(const struct outgoing *outgoing)
{
    return outgoing->sent == sizeof(outgoing->prefix) + outgoing->bytes.len;
}

static size_t copy_messages(struct exchange *exchange, uint8_t *buffer, size_t room)
{
    size_t len = 0;

    for (struct list_node *node = list_first(&exchange->outgoing); node != NULL && len < room;
         node = list_first(&exchange->outgoing)) {
        struct outgoing *outgoing = LIST_ITEM(node, struct outgoing, node);
        len += copy_part(outgoing, buffer + len, room - len);
        if (is_sent(outgoing)) {
            list_remove(node);
        }
    }
    return len;
}

/* What tells how a call ended: up to three headers. */
struct ending {
    nghttp2_nv headers[3];
    size_t count;
};

static void add(struct ending *ending, nghttp2_nv header)
{
    ending->headers[ending->count++] = header;
}

static void describe_ending(struct exchange *exchange, struct ending *ending)
{
    char *code = arena_format(&exchange->arena, "%d", exchange->code);

    ending->count = 0;
    add(ending, header("grpc-status", code));
    if (exchange->text[0] != '\0') {
        char *text = grpc_text_escape(&exchange->arena, exchange->text);
        add(ending, header("grpc-message", text));
    }
    if (exchange->details.len > 0) {
        char *details = grpc_text_base64(&exchange->arena, exchange->details);
        add(ending, header("grpc-status-details-bin", details));
    }
}

/* NOLINTNEXTLINE(readability-function-size): a callback of nghttp2 */
static ssize_t read_answer(
    nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t room, uint32_t *flags,
    nghttp2_data_source *source, void *user)
{
    struct exchange *exchange = source->ptr;
    struct ending ending;
    size_t len = copy_messages(exchange, buffer, room);

    (void)user;
    if (list_is_empty(&exchange->outgoing) && exchange->has_ended) {
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        describe_ending(exchange, &ending);
        (void)nghttp2_submit_trailer(session, stream, ending.headers, ending.count);
    } else if (len == 0) {
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)len;
}

static void mark_dirty(struct link *link)
{
    if (!list_is_linked(&link->dirty)) {
        list_append(&link->server->dirty, &link->dirty);
    }
}

/* A status without a message goes in one frame. */
static void begin_answer(struct exchange *exchange)
{
    nghttp2_nv headers[5] = {header(":status", "200"), header("content-type", "application/grpc")};
    nghttp2_session *session = exchange->link->session;
    struct ending ending = {.count = 0};

    exchange->has_begun = true;
    if (list_is_empty(&exchange->outgoing)) {
        describe_ending(exchange, &ending);
        memcpy(headers + 2, ending.headers, ending.count * sizeof(headers[0]));
        (void)nghttp2_submit_response(session, exchange->stream, headers, 2 + ending.count, NULL);
    } else {
        const nghttp2_data_provider provider = {.source.ptr = exchange, .read_callback = read_answer};
        (void)nghttp2_submit_response(session, exchange->stream, headers, 2, &provider);
    }
}

void link_answers(struct exchange *exchange)
{
    if (!exchange->has_begun) {
        begin_answer(exchange);
    } else {
        (void)nghttp2_session_resume_data(exchange->link->session, exchange->stream);
    }
    mark_dirty(exchange->link);
}

void link_refuse_http(struct exchange *exchange, const char *status)
{
    const nghttp2_nv headers[] = {header(":status", status)};

    exchange->has_begun = exchange->has_ended = true;
    (void)nghttp2_submit_response(exchange->link->session, exchange->stream, headers, 1, NULL);
    mark_dirty(exchange->link);
}

/* ---- Life ---- */

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return NULL;
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    return callbacks;
}

static bool greet(nghttp2_session *session)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, CALLS_MOST},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, CALL_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_MOST},
    };

    return nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings)) == 0 &&
           nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0;
}

/* Nothing is kept of streams that are closed: what still comes for one is passed over, as grpc-go does, and no error.
 */
static nghttp2_option *make_options(void)
{
    nghttp2_option *options;

    if (nghttp2_option_new(&options) != 0) {
        return NULL;
    }
    nghttp2_option_set_no_closed_streams(options, 1);
    return options;
}

static nghttp2_session *open_session(struct link *link)
{
    nghttp2_session_callbacks *callbacks = make_callbacks();
    nghttp2_option *options = make_options();
    nghttp2_session *session = NULL;

    if (callbacks == NULL || options == NULL || nghttp2_session_server_new2(&session, callbacks, link, options) != 0) {
        session = NULL;
    }
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    if (session != NULL && !greet(session)) {
        nghttp2_session_del(session);
        return NULL;
    }
    return session;
}

struct link *link_new(struct server *server)
{
    struct link *link = pool_zalloc(server->pool, sizeof(*link));

    link->server = server;
    link->peer = ++server->last_peer;
    list_init(&link->exchanges);
    link->session = open_session(link);
    if (link->session == NULL) {
        pool_free(server->pool, link, sizeof(*link));
        return NULL;
    }
    list_append(&server->links, &link->node);
    mark_dirty(link);
    return link;
}

void link_free(struct link *link)
{
    struct server *server = link->server;

    for (struct list_node *node = list_first(&link->exchanges); node != NULL; node = list_first(&link->exchanges)) {
        exchange_free(LIST_ITEM(node, struct exchange, node));
    }
    nghttp2_session_del(link->session);
    list_remove(&link->dirty);
    list_remove(&link->node);
    server_loses(server, link->peer);
    pool_free(server->pool, link, sizeof(*link));
}

bool link_receive(struct link *link, const uint8_t *data, size_t len)
{
    ssize_t taken = nghttp2_session_mem_recv(link->session, data, len);

    mark_dirty(link); /* settings, pings and windows are answered */
    return taken >= 0 && (size_t)taken == len;
}

size_t link_send(struct link *link, const uint8_t **out_data)
{
    ssize_t len = nghttp2_session_mem_send(link->session, out_data);

    return len > 0 ? (size_t)len : 0;
}

bool link_is_done(const struct link *link)
{
    return !nghttp2_session_want_read(link->session) && !nghttp2_session_want_write(link->session);
}
