/* SPDX-License-Identifier: MIT */
/* What peer.c (life, rules, what was seen) and peer_exchange.c (calls and their answers) share. */
#ifndef TIMELAPSE_TESTS_PEER_PRIVATE_H
#define TIMELAPSE_TESTS_PEER_PRIVATE_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdbool.h>

#include "tests/transport/peer.h"

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
    struct peer_handler handler; /* on_call NULL: none */
    size_t owed;                 /* replies of its */
    bool stopping;
};

/* Waits for the next call. */
void exchange_request(struct peer *peer);

/* The peer's thread. */
void *exchange_serve(void *user);

#endif
