/* SPDX-License-Identifier: MIT */
/* Calls on a peer, from the request to the end. */
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/transport/peer_private.h"

enum step {
    STEP_REQUESTED,
    STEP_READ,
    STEP_ANSWERED,
    STEP_CLOSED
};

struct peer_call;

struct tag {
    enum step step;
    struct peer_call *exchange;
};

/* One call. */
struct peer_call {
    struct peer *peer;
    struct tag requested;
    struct tag read;
    struct tag answered;
    struct tag closed;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *request;
    grpc_byte_buffer *response;
    grpc_metadata trailing;
    bool has_trailing;
    grpc_slice text;
    int cancelled;
    int waits;  /* for tags, and for the handler's reply */
    bool asked; /* the handler, who has not replied */
    bool over;
    void *data; /* the handler's */
};

/* ---- Calls ---- */

void exchange_request(struct peer *peer)
{
    struct peer_call *exchange = calloc(1, sizeof(*exchange));

    exchange->peer = peer;
    exchange->requested = (struct tag){STEP_REQUESTED, exchange};
    exchange->read = (struct tag){STEP_READ, exchange};
    exchange->answered = (struct tag){STEP_ANSWERED, exchange};
    exchange->closed = (struct tag){STEP_CLOSED, exchange};
    exchange->text = grpc_empty_slice();
    exchange->waits = 1;
    grpc_call_details_init(&exchange->details);
    grpc_metadata_array_init(&exchange->metadata);
    if (grpc_server_request_call(
            peer->server,
            &exchange->call,
            &exchange->details,
            &exchange->metadata,
            peer->events,
            peer->events,
            &exchange->requested) != GRPC_CALL_OK) {
        abort();
    }
}

static void settle(struct peer_call *exchange)
{
    if (--exchange->waits > 0) {
        return;
    }
    grpc_call_details_destroy(&exchange->details);
    grpc_metadata_array_destroy(&exchange->metadata);
    grpc_byte_buffer_destroy(exchange->request);
    grpc_byte_buffer_destroy(exchange->response);
    grpc_slice_unref(exchange->text);
    if (exchange->has_trailing) {
        grpc_slice_unref(exchange->trailing.value);
    }
    if (exchange->call != NULL) {
        grpc_call_unref(exchange->call);
    }
    free(exchange);
}

static void copy(char *to, size_t size, grpc_slice slice)
{
    (void)snprintf(to, size, "%.*s", (int)GRPC_SLICE_LENGTH(slice), (const char *)GRPC_SLICE_START_PTR(slice));
}

static void note_connection(struct peer *peer, grpc_call *call)
{
    char *from = grpc_call_get_peer(call);
    bool known = false;

    for (size_t i = 0; i < peer->connection_count; i++) {
        known = known || strcmp(peer->connections[i], from) == 0;
    }
    if (!known && peer->connection_count < CONNECTIONS_MAX) {
        (void)snprintf(peer->connections[peer->connection_count++], sizeof(peer->connections[0]), "%s", from);
    }
    gpr_free(from);
}

static void note_headers(struct peer_call *exchange)
{
    struct peer *peer = exchange->peer;

    peer->header_count = 0;
    for (size_t i = 0; i < exchange->metadata.count && i < HEADERS_MAX - 1; i++) {
        struct header *header = &peer->headers[peer->header_count++];

        copy(header->key, sizeof(header->key), exchange->metadata.metadata[i].key);
        copy(header->value, sizeof(header->value), exchange->metadata.metadata[i].value);
    }
    struct header *host = &peer->headers[peer->header_count++];
    (void)snprintf(host->key, sizeof(host->key), ":authority");
    copy(host->value, sizeof(host->value), exchange->details.host);
}

static void read_request(struct peer_call *exchange)
{
    grpc_op read = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &exchange->request};
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &exchange->cancelled};

    exchange->waits += 2;
    (void)grpc_call_start_batch(exchange->call, &read, 1, &exchange->read, NULL);
    (void)grpc_call_start_batch(exchange->call, &close, 1, &exchange->closed, NULL);
}

/* ---- Answers ---- */

static struct named_rule *rule_for(struct peer_call *exchange)
{
    struct peer *peer = exchange->peer;
    char path[256];

    copy(path, sizeof(path), exchange->details.method);
    const char *name = strrchr(path, '/');
    for (size_t i = 0; name != NULL && i < peer->rule_count; i++) {
        if (strcmp(peer->rules[i].method, name + 1) == 0) {
            return &peer->rules[i];
        }
    }
    return NULL;
}

static void answer(struct peer_call *exchange, int code, const char *text)
{
    grpc_op ops[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    size_t count = 2;

    exchange->text = grpc_slice_from_copied_string(text);
    ops[1].data.send_status_from_server.status = (grpc_status_code)code;
    ops[1].data.send_status_from_server.status_details = &exchange->text;
    ops[1].data.send_status_from_server.trailing_metadata = &exchange->trailing;
    ops[1].data.send_status_from_server.trailing_metadata_count = exchange->has_trailing ? 1 : 0;
    if (exchange->response != NULL) {
        ops[count].op = GRPC_OP_SEND_MESSAGE;
        ops[count++].data.send_message.send_message = exchange->response;
    }
    exchange->waits++;
    if (grpc_call_start_batch(exchange->call, ops, count, &exchange->answered, NULL) != GRPC_CALL_OK) {
        abort();
    }
}

static bool passes(const struct peer *peer, const struct named_rule *rule)
{
    for (size_t i = 0; i < peer->header_count; i++) {
        if (strcmp(peer->headers[i].key, "authorization") == 0) {
            return rule->authorization[0] == '\0' || strcmp(peer->headers[i].value, rule->authorization) == 0;
        }
    }
    return rule->authorization[0] == '\0';
}

/* Bytes of the request, for the call of a handler. */
static void ask_handler(struct peer_call *exchange)
{
    struct peer *peer = exchange->peer;
    grpc_byte_buffer_reader reader;
    char path[256];

    copy(path, sizeof(path), exchange->details.method);
    if (grpc_byte_buffer_reader_init(&reader, exchange->request) == 0) {
        abort();
    }
    grpc_slice request = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    exchange->asked = true;
    exchange->waits++;
    peer->owed++;
    peer->handler.on_call(
        peer->handler.user,
        exchange,
        path,
        (struct tl_bytes){GRPC_SLICE_START_PTR(request), GRPC_SLICE_LENGTH(request)});
    grpc_slice_unref(request);
}

static void add_details(struct peer_call *exchange, grpc_slice details)
{
    exchange->has_trailing = true;
    exchange->trailing.key = grpc_slice_from_static_string("grpc-status-details-bin");
    exchange->trailing.value = details;
}

static void apply(struct peer_call *exchange, struct named_rule *rule)
{
    struct named_rule unknown = {.rule.code = 12, .text = "unknown method"};

    if (rule == NULL && exchange->peer->handler.on_call != NULL) {
        if (exchange->request != NULL && !exchange->over) { /* else it was given up by now */
            ask_handler(exchange);
        }
        return;
    }
    rule = rule == NULL ? &unknown : rule;
    rule->calls++;
    if (!passes(exchange->peer, rule)) {
        answer(exchange, 16, "Request unauthorized.");
        return;
    }
    if (rule->rule.manner == PEER_HANGS) {
        return;
    }
    if (rule->rule.details.len > 0) {
        add_details(exchange, grpc_slice_ref(rule->details));
    }
    if (rule->rule.manner == PEER_ECHOES) {
        exchange->response = grpc_byte_buffer_copy(exchange->request);
    } else if (rule->rule.code == 0) {
        grpc_slice message = rule->message;
        exchange->response = grpc_raw_byte_buffer_create(&message, 1);
    }
    answer(exchange, rule->rule.code, rule->text);
}

static void on_requested(struct peer_call *exchange, bool done)
{
    struct peer *peer = exchange->peer;

    if (!done || peer->stopping) {
        return;
    }
    exchange_request(peer);
    note_headers(exchange);
    note_connection(peer, exchange->call);
    read_request(exchange);
}

static void on_closed(struct peer_call *exchange)
{
    struct peer *peer = exchange->peer;

    exchange->over = true;
    if (exchange->cancelled != 0) {
        peer->given_up++;
    }
    if (exchange->asked) {
        peer->handler.on_given_up(peer->handler.user, exchange);
    }
}

/* Once the peer stops, nothing more is begun: the queue that would tell of it may have been shut. */
static void on_tag(struct tag *tag, bool done)
{
    struct peer_call *exchange = tag->exchange;
    struct peer *peer = exchange->peer;

    (void)pthread_mutex_lock(&peer->lock);
    if (tag->step == STEP_REQUESTED) {
        on_requested(exchange, done);
    } else if (tag->step == STEP_READ) {
        peer->calls++;
        if (!peer->stopping) {
            apply(exchange, rule_for(exchange));
        }
    } else if (tag->step == STEP_CLOSED) {
        on_closed(exchange);
    }
    settle(exchange);
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
}

void *exchange_serve(void *user)
{
    struct peer *peer = user;
    grpc_event event;

    do {
        event = grpc_completion_queue_next(peer->events, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (event.type == GRPC_OP_COMPLETE && event.tag != peer) {
            on_tag(event.tag, event.success != 0);
        } else if (event.type == GRPC_OP_COMPLETE) {
            grpc_completion_queue_shutdown(peer->events);
        }
    } while (event.type != GRPC_QUEUE_SHUTDOWN);
    return NULL;
}

/* ---- For handlers ---- */

void peer_call_keep(struct peer_call *call, void *data)
{
    call->data = data;
}

void *peer_call_kept(const struct peer_call *call)
{
    return call->data;
}

bool peer_reply(struct peer_call *call, const struct peer_rule *reply)
{
    struct peer *peer = call->peer;

    (void)pthread_mutex_lock(&peer->lock);
    bool over = call->over;

    call->asked = false;
    if (!over) {
        if (reply->details.len > 0) {
            add_details(call, grpc_slice_from_copied_buffer((const char *)reply->details.data, reply->details.len));
        }
        if (reply->code == 0) {
            grpc_slice message = grpc_slice_from_copied_buffer((const char *)reply->message.data, reply->message.len);
            call->response = grpc_raw_byte_buffer_create(&message, 1);
            grpc_slice_unref(message);
        }
        answer(call, reply->code, reply->text == NULL ? "" : reply->text);
    }
    settle(call);
    peer->owed--;
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
    return !over;
}
