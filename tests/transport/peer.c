/* SPDX-License-Identifier: MIT */
#include "tests/transport/peer.h"

#include <grpc/grpc_security.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/transport/certificates.h"
#include "tests/transport/peer_private.h"

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
    exchange_request(peer);
    assert_int_equal(pthread_create(&peer->thread, NULL, exchange_serve, peer), 0);
    return peer;
}

/* Handlers know by now that nobody waits for them. */
static void wait_for_replies(struct peer *peer)
{
    (void)pthread_mutex_lock(&peer->lock);
    while (peer->owed > 0) {
        (void)pthread_cond_wait(&peer->changed, &peer->lock);
    }
    (void)pthread_mutex_unlock(&peer->lock);
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
    wait_for_replies(peer);
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

void peer_asks(struct peer *peer, const struct peer_handler *handler)
{
    (void)pthread_mutex_lock(&peer->lock);
    peer->handler = *handler;
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
