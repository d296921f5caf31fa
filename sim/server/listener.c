/* SPDX-License-Identifier: MIT */
#include "sim/server/listener.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/pool.h"
#include "sim/server/link.h"
#include "sim/server/tls.h"

#define BACKLOG     1024
#define READ_SIZE   ((size_t)64 * 1024)
#define WRITE_SIZE  ((size_t)64 * 1024)
#define TIMER_LIMIT TL_HOURS(1)

/* A connection's socket. */
struct socket {
    uv_tcp_t tcp;
    struct listener *listener;
    struct list_node node; /* in listener->sockets */
    struct link *link;
    struct tls_stream *tls; /* NULL: plain */
    uv_write_t write;
    uint8_t *pending; /* what the write that is under way still has, or NULL */
    bool is_writing;
    bool is_closing;
    bool ends; /* when all is written */
};

struct listener {
    uv_loop_t loop;
    uv_tcp_t tcp;
    uv_check_t check;
    uv_timer_t timer;
    uv_async_t stop;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    struct server *server;
    const struct tls *tls;
    struct list sockets;
    int port;
    int signal;
    uint8_t read_buffer[READ_SIZE];
    uint8_t write_buffer[WRITE_SIZE];
};

tl_time listener_wall(void)
{
    return (tl_time)uv_hrtime();
}

/* ---- Closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct socket *socket = handle->data;

    free(socket->pending);
    free(socket);
}

/* The link goes at once, so that nothing is given to a peer that is not there. */
static void close_socket(struct socket *socket)
{
    if (socket->is_closing) {
        return;
    }
    socket->is_closing = true;
    list_remove(&socket->node);
    link_free(socket->link);
    tls_stream_free(socket->tls);
    uv_close((uv_handle_t *)&socket->tcp, on_closed);
}

/* ---- Writing ---- */

static void flush(struct socket *socket);

static void on_written(uv_write_t *write, int status)
{
    struct socket *socket = write->data;

    free(socket->pending);
    socket->pending = NULL;
    socket->is_writing = false;
    if (status < 0) {
        close_socket(socket);
    } else {
        flush(socket);
    }
}

/* What the kernel does not take at once is kept until it does; meanwhile nothing more is asked of the link. */
static bool write_later(struct socket *socket, const uint8_t *data, size_t len)
{
    socket->pending = malloc(len);
    if (socket->pending == NULL) {
        return false;
    }
    memcpy(socket->pending, data, len);
    uv_buf_t buffer = uv_buf_init((char *)socket->pending, (unsigned)len);
    socket->write.data = socket;
    socket->is_writing = true;
    return uv_write(&socket->write, (uv_stream_t *)&socket->tcp, &buffer, 1, on_written) == 0;
}

static bool write_now(struct socket *socket, uint8_t *data, size_t len)
{
    uv_buf_t buffer = uv_buf_init((char *)data, (unsigned)len);
    int written = uv_try_write((uv_stream_t *)&socket->tcp, &buffer, 1);

    if (written < 0 && written != UV_EAGAIN) {
        return false;
    }
    size_t done = written < 0 ? 0 : (size_t)written;
    return done == len || write_later(socket, data + done, len - done);
}

/* The link's next bytes, many pieces in one; 0: none. */
static size_t gather(struct socket *socket)
{
    struct listener *listener = socket->listener;
    const uint8_t *piece;
    size_t len = 0;

    /* a frame is at most 16 KiB and its header */
    while (len + 17000 < WRITE_SIZE) {
        size_t more = link_send(socket->link, &piece);
        if (more == 0) {
            break;
        }
        memcpy(listener->write_buffer + len, piece, more);
        len += more;
    }
    return len;
}

static bool send_bytes(struct socket *socket, size_t len)
{
    uint8_t *data = socket->listener->write_buffer;

    if (socket->tls != NULL && !tls_stream_seal(socket->tls, &data, &len)) {
        return false;
    }
    return len == 0 || write_now(socket, data, len);
}

static void flush(struct socket *socket)
{
    while (!socket->is_closing && !socket->is_writing) {
        bool is_open = socket->tls == NULL || tls_stream_is_open(socket->tls);
        size_t len = is_open ? gather(socket) : 0;

        if (!send_bytes(socket, len)) {
            close_socket(socket);
        } else if (len == 0 && !socket->is_writing) {
            if (socket->ends || link_is_done(socket->link)) {
                close_socket(socket);
            }
            return;
        }
    }
}

static void flush_dirty(struct server *server)
{
    for (struct list_node *node = list_take_first(&server->dirty); node != NULL;
         node = list_take_first(&server->dirty)) {
        flush(LIST_ITEM(node, struct link, dirty)->user);
    }
}

/* ---- Turns ---- */

static void on_timer(uv_timer_t *timer);

/* Whatever came in is done, and what came of it is sent. */
static void turn(struct listener *listener)
{
    struct server *server = listener->server;
    tl_time wall = listener_wall();
    tl_time next = server_run(server, wall);

    flush_dirty(server);
    if (next == TL_NEVER) {
        (void)uv_timer_stop(&listener->timer);
        return;
    }
    tl_duration left = next - wall < TIMER_LIMIT ? next - wall : TIMER_LIMIT;
    uint64_t milliseconds = left <= 0 ? 0 : (uint64_t)((left + TL_MILLISECONDS(1) - 1) / TL_MILLISECONDS(1));
    (void)uv_timer_start(&listener->timer, on_timer, milliseconds, 0);
}

static void on_timer(uv_timer_t *timer)
{
    (void)uv_update_time(timer->loop);
    turn(timer->data);
}

/* After each look at the sockets. */
static void on_check(uv_check_t *check)
{
    turn(check->data);
}

/* ---- Reading ---- */

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct socket *socket = handle->data;

    (void)wanted;
    *buffer = uv_buf_init((char *)socket->listener->read_buffer, (unsigned)READ_SIZE);
}

static bool receive(struct socket *socket, const uint8_t *data, size_t len)
{
    if (socket->tls == NULL) {
        return link_receive(socket->link, data, len);
    }
    bool good = tls_stream_feed(socket->tls, data, len);
    for (len = tls_stream_read(socket->tls, &data); good && len > 0; len = tls_stream_read(socket->tls, &data)) {
        good = link_receive(socket->link, data, len);
    }
    if (!list_is_linked(&socket->link->dirty)) {
        list_append(&socket->listener->server->dirty, &socket->link->dirty); /* its handshake goes on */
    }
    return good;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
    struct socket *socket = stream->data;

    if (len < 0) {
        close_socket(socket);
    } else if (len > 0 && !receive(socket, (const uint8_t *)buffer->base, (size_t)len)) {
        socket->ends = true;
        (void)uv_read_stop(stream);
    }
}

/* ---- Accepting ---- */

static bool open_streams(struct listener *listener, struct socket *socket)
{
    if (listener->tls != NULL) {
        socket->tls = tls_stream_new(listener->tls);
        if (socket->tls == NULL) {
            return false;
        }
    }
    socket->link = link_new(listener->server);
    if (socket->link == NULL) {
        tls_stream_free(socket->tls);
        return false;
    }
    socket->link->user = socket;
    return true;
}

static void on_refused(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    struct socket *socket = status == 0 ? calloc(1, sizeof(*socket)) : NULL;

    if (socket == NULL) {
        return;
    }
    socket->listener = listener;
    (void)uv_tcp_init(&listener->loop, &socket->tcp);
    socket->tcp.data = socket;
    if (uv_accept(stream, (uv_stream_t *)&socket->tcp) != 0 || !open_streams(listener, socket)) {
        uv_close((uv_handle_t *)&socket->tcp, on_refused);
        return;
    }
    list_append(&listener->sockets, &socket->node);
    (void)uv_tcp_nodelay(&socket->tcp, 1);
    (void)uv_read_start((uv_stream_t *)&socket->tcp, on_room, on_read);
}

/* ---- Life ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct listener *listener = handle->data;

    listener->signal = number;
    uv_stop(&listener->loop);
}

static void on_stop(uv_async_t *async)
{
    uv_stop(async->loop);
}

static int bind_to(struct listener *listener, const char *ip, int port)
{
    struct sockaddr_storage address;
    struct sockaddr *any = (struct sockaddr *)&address;
    int len = (int)sizeof(address);
    int result = strchr(ip, ':') == NULL ? uv_ip4_addr(ip, port, (struct sockaddr_in *)(void *)&address)
                                         : uv_ip6_addr(ip, port, (struct sockaddr_in6 *)(void *)&address);

    if (result == 0) {
        result = uv_tcp_bind(&listener->tcp, any, 0);
    }
    if (result == 0) {
        result = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    }
    if (result == 0) {
        result = uv_tcp_getsockname(&listener->tcp, any, &len);
    }
    listener->port = ntohs(
        any->sa_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)any)->sin6_port
                                   : ((struct sockaddr_in *)(void *)any)->sin_port);
    return result;
}

static void open_handles(struct listener *listener)
{
    uv_loop_t *loop = &listener->loop;

    (void)uv_tcp_init(loop, &listener->tcp);
    (void)uv_check_init(loop, &listener->check);
    (void)uv_timer_init(loop, &listener->timer);
    (void)uv_async_init(loop, &listener->stop, on_stop);
    (void)uv_signal_init(loop, &listener->terminate);
    (void)uv_signal_init(loop, &listener->interrupt);
    listener->tcp.data = listener->check.data = listener->timer.data = listener;
    listener->terminate.data = listener->interrupt.data = listener;
    (void)uv_check_start(&listener->check, on_check);
}

struct listener *listener_new(struct server *server, const struct listener_options *options, struct tl_error *error)
{
    const char *ip = options->ip == NULL ? "127.0.0.1" : options->ip;
    struct listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL || uv_loop_init(&listener->loop) != 0) {
        free(listener);
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    listener->server = server;
    listener->tls = options->tls;
    list_init(&listener->sockets);
    open_handles(listener);
    int result = bind_to(listener, ip, options->port);
    if (result != 0) {
        (void)tl_error_set(
            error, TL_UNAVAILABLE, "port", "%s:%d cannot be listened on: %s", ip, options->port, uv_strerror(result));
        listener_free(listener);
        return NULL;
    }
    return listener;
}

int listener_port(const struct listener *listener)
{
    return listener->port;
}

int listener_run(struct listener *listener)
{
    struct pool *pool = listener->server->pool;
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return -1; /* what was under way may be half-done */
    }
    (void)uv_signal_start(&listener->terminate, on_signal, SIGTERM);
    (void)uv_signal_start(&listener->interrupt, on_signal, SIGINT);
    turn(listener);
    (void)uv_run(&listener->loop, UV_RUN_DEFAULT);
    pool_guard_pop(pool, &guard);
    return listener->signal;
}

void listener_stop(struct listener *listener)
{
    (void)uv_async_send(&listener->stop);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void listener_free(struct listener *listener)
{
    if (listener == NULL) {
        return;
    }
    LIST_EACH(&listener->sockets, node)
    {
        close_socket(LIST_ITEM(node, struct socket, node));
    }
    uv_walk(&listener->loop, close_handle, NULL);
    (void)uv_run(&listener->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&listener->loop);
    free(listener);
}
