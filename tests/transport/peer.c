/* SPDX-License-Identifier: MIT */
#include "tests/transport/peer.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/transport/certificates.h"

#define RULES_MAX       16
#define HEADERS_MAX     48
#define CONNECTIONS_MAX 64

struct named_rule {
    char method[64];
    struct peer_rule rule;
    char text[256];
    grpc_slice message;
    grpc_slice details;
    char authorization[128];
    size_t calls; /* of the method */
};

struct header {
    char key[128];
    char value[512];
};

struct peer {
    grpc_server *server;
    grpc_completion_queue *events;
    pthread_t thread;
    int port;
    char address[32];
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct named_rule rules[RULES_MAX];
    size_t rule_count;
    struct header headers[HEADERS_MAX];
    size_t header_count;
    char found[512];
    char connections[CONNECTIONS_MAX][64];
    size_t connection_count;
    size_t calls;
    size_t given_up;
    bool stopping;
};

enum step {
    STEP_REQUESTED,
    STEP_READ,
    STEP_ANSWERED,
    STEP_CLOSED
};

struct exchange;

struct tag {
    enum step step;
    struct exchange *exchange;
};

struct exchange {
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
    int waits; /* for tags */
};

/* ---- Calls ---- */

static void request_call(struct peer *peer)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));

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

static void settle(struct exchange *exchange)
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

static void note_headers(struct exchange *exchange)
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

static void read_request(struct exchange *exchange)
{
    grpc_op read = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &exchange->request};
    grpc_op close = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER, .data.recv_close_on_server.cancelled = &exchange->cancelled};

    exchange->waits += 2;
    (void)grpc_call_start_batch(exchange->call, &read, 1, &exchange->read, NULL);
    (void)grpc_call_start_batch(exchange->call, &close, 1, &exchange->closed, NULL);
}

/* ---- Answers ---- */

static struct named_rule *rule_for(struct exchange *exchange)
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

static void answer(struct exchange *exchange, int code, const char *text)
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

static void apply(struct exchange *exchange, struct named_rule *rule)
{
    struct named_rule unknown = {.rule.code = 12, .text = "unknown method"};

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
        exchange->has_trailing = true;
        exchange->trailing.key = grpc_slice_from_static_string("grpc-status-details-bin");
        exchange->trailing.value = grpc_slice_ref(rule->details);
    }
    if (rule->rule.manner == PEER_ECHOES) {
        exchange->response = grpc_byte_buffer_copy(exchange->request);
    } else if (rule->rule.code == 0) {
        grpc_slice message = rule->message;
        exchange->response = grpc_raw_byte_buffer_create(&message, 1);
    }
    answer(exchange, rule->rule.code, rule->text);
}

static void on_requested(struct exchange *exchange, bool done)
{
    struct peer *peer = exchange->peer;

    if (!done) {
        return;
    }
    if (!peer->stopping) {
        request_call(peer);
    }
    note_headers(exchange);
    note_connection(peer, exchange->call);
    read_request(exchange);
}

static void on_tag(struct tag *tag, bool done)
{
    struct exchange *exchange = tag->exchange;
    struct peer *peer = exchange->peer;

    (void)pthread_mutex_lock(&peer->lock);
    if (tag->step == STEP_REQUESTED) {
        on_requested(exchange, done);
    } else if (tag->step == STEP_READ) {
        apply(exchange, rule_for(exchange));
        peer->calls++;
    } else if (tag->step == STEP_CLOSED && exchange->cancelled != 0) {
        peer->given_up++;
    }
    settle(exchange);
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
}

static void *serve(void *user)
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

/* ---- Life ---- */

static grpc_server_credentials *credentials(const struct peer_options *options)
{
    if (options->certificate == NULL) {
        return grpc_insecure_server_credentials_create();
    }
    grpc_ssl_pem_key_cert_pair pair = {options->certificate->key, options->certificate->pem};
    return grpc_ssl_server_credentials_create_ex(
        options->client_ca,
        &pair,
        1,
        options->client_ca == NULL ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                   : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
        NULL);
}

struct peer *peer_new(const struct peer_options *options)
{
    static char limit[] = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
    struct peer *peer = calloc(1, sizeof(*peer));
    grpc_arg no_limit = {.type = GRPC_ARG_INTEGER, .key = limit, .value.integer = -1};
    grpc_channel_args args = {1, &no_limit};
    char address[32];

    grpc_init();
    (void)pthread_mutex_init(&peer->lock, NULL);
    (void)pthread_cond_init(&peer->changed, NULL);
    peer->events = grpc_completion_queue_create_for_next(NULL);
    peer->server = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(peer->server, peer->events, NULL);
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", options->port);
    grpc_server_credentials *own = credentials(options);
    peer->port = grpc_server_add_http2_port(peer->server, address, own);
    grpc_server_credentials_release(own);
    assert_true(peer->port > 0);
    (void)snprintf(peer->address, sizeof(peer->address), "127.0.0.1:%d", peer->port);
    grpc_server_start(peer->server);
    request_call(peer);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
    return peer;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&peer->lock);
    peer->stopping = true;
    (void)pthread_mutex_unlock(&peer->lock);
    grpc_server_shutdown_and_notify(peer->server, peer->events, peer);
    grpc_server_cancel_all_calls(peer->server);
    (void)pthread_join(peer->thread, NULL);
    grpc_server_destroy(peer->server);
    grpc_completion_queue_destroy(peer->events);
    for (size_t i = 0; i < peer->rule_count; i++) {
        grpc_slice_unref(peer->rules[i].message);
        grpc_slice_unref(peer->rules[i].details);
    }
    grpc_shutdown_blocking();
    (void)pthread_cond_destroy(&peer->changed);
    (void)pthread_mutex_destroy(&peer->lock);
    free(peer);
}

int peer_port(const struct peer *peer)
{
    return peer->port;
}

const char *peer_address(const struct peer *peer)
{
    return peer->address;
}

/* ---- Rules, and what was seen ---- */

static struct named_rule *place_for(struct peer *peer, const char *method)
{
    for (size_t i = 0; i < peer->rule_count; i++) {
        if (strcmp(peer->rules[i].method, method) == 0) {
            grpc_slice_unref(peer->rules[i].message);
            grpc_slice_unref(peer->rules[i].details);
            return &peer->rules[i];
        }
    }
    assert_true(peer->rule_count < RULES_MAX);
    return &peer->rules[peer->rule_count++];
}

void peer_answers(struct peer *peer, const char *method, const struct peer_rule *rule)
{
    (void)pthread_mutex_lock(&peer->lock);
    struct named_rule *named = place_for(peer, method);
    (void)snprintf(named->method, sizeof(named->method), "%s", method);
    (void)snprintf(named->text, sizeof(named->text), "%s", rule->text == NULL ? "" : rule->text);
    (void)snprintf(
        named->authorization,
        sizeof(named->authorization),
        "%s",
        rule->authorization == NULL ? "" : rule->authorization);
    named->rule = *rule;
    named->message = grpc_slice_from_copied_buffer((const char *)rule->message.data, rule->message.len);
    named->details = grpc_slice_from_copied_buffer((const char *)rule->details.data, rule->details.len);
    (void)pthread_mutex_unlock(&peer->lock);
}

void peer_welcomes(struct peer *peer)
{
    peer_answers(peer, "GetSystemInfo", &(struct peer_rule){.code = 0});
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.code = 0});
}

const char *peer_header(struct peer *peer, const char *key)
{
    (void)pthread_mutex_lock(&peer->lock);
    peer->found[0] = '\0';
    for (size_t i = 0; i < peer->header_count; i++) {
        if (strcmp(peer->headers[i].key, key) == 0) {
            memcpy(peer->found, peer->headers[i].value, sizeof(peer->found));
        }
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return peer->found;
}

static size_t read_number(struct peer *peer, const size_t *number)
{
    (void)pthread_mutex_lock(&peer->lock);
    size_t value = *number;
    (void)pthread_mutex_unlock(&peer->lock);
    return value;
}

size_t peer_calls(struct peer *peer)
{
    return read_number(peer, &peer->calls);
}

size_t peer_given_up(struct peer *peer)
{
    return read_number(peer, &peer->given_up);
}

size_t peer_connections(struct peer *peer)
{
    return read_number(peer, &peer->connection_count);
}

static void wait_number(struct peer *peer, const size_t *number, size_t wanted)
{
    (void)pthread_mutex_lock(&peer->lock);
    while (*number < wanted) {
        (void)pthread_cond_wait(&peer->changed, &peer->lock);
    }
    (void)pthread_mutex_unlock(&peer->lock);
}

void peer_wait_calls(struct peer *peer, size_t calls)
{
    wait_number(peer, &peer->calls, calls);
}

void peer_wait_method(struct peer *peer, const char *method, size_t calls)
{
    const size_t *number = NULL;

    (void)pthread_mutex_lock(&peer->lock);
    for (size_t i = 0; i < peer->rule_count; i++) {
        number = strcmp(peer->rules[i].method, method) == 0 ? &peer->rules[i].calls : number;
    }
    (void)pthread_mutex_unlock(&peer->lock);
    assert_non_null(number);
    wait_number(peer, number, calls);
}

void peer_wait_given_up(struct peer *peer, size_t calls)
{
    wait_number(peer, &peer->given_up, calls);
}
