/* SPDX-License-Identifier: MIT */
/* A gRPC server on the loopback interface that answers by rules: what a channel is tested against. */
#ifndef TIMELAPSE_TESTS_PEER_H
#define TIMELAPSE_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/payload.h>

struct certificate;
struct peer;

struct peer_options {
    int port;                              /* 0: a free one */
    const struct certificate *certificate; /* its own; NULL: no TLS */
    const char *client_ca;                 /* clients show a certificate by this authority; NULL: none is asked for */
};

enum peer_manner {
    PEER_ANSWERS = 0,
    PEER_HANGS, /* until peer_stop, or the call is given up */
    PEER_ECHOES /* the request's bytes */
};

/* How a method is answered. Bytes are copied. */
struct peer_rule {
    enum peer_manner manner;
    int code;                  /* 0 to 16 */
    const char *text;          /* the status message; NULL: "" */
    struct tl_bytes message;   /* with code 0 */
    struct tl_bytes details;   /* grpc-status-details-bin; nothing: left out */
    const char *authorization; /* others are refused as UNAUTHENTICATED; NULL: all pass */
};

struct peer *peer_new(const struct peer_options *options);

/* Ends all connections and calls; the port is free afterwards. NULL is fine. */
void peer_free(struct peer *peer);

int peer_port(const struct peer *peer);
const char *peer_address(const struct peer *peer); /* "127.0.0.1:port" */

/* From now on. method: "GetSystemInfo"; what has no rule is UNIMPLEMENTED. */
void peer_answers(struct peer *peer, const char *method, const struct peer_rule *rule);

/* A call that a handler was asked to answer. */
struct peer_call;

/* Answers what has no rule. Called on the peer's thread; may not call the peer. */
struct peer_handler {
    /* path: of the method, as gRPC has it; borrowed, as is the request. Owes one peer_reply, soon once it is given up.
     */
    void (*on_call)(void *user, struct peer_call *call, const char *path, struct tl_bytes request);
    void (*on_given_up)(void *user, struct peer_call *call); /* once at most, before peer_reply */
    void *user;
};

/* From now on; copied. */
void peer_asks(struct peer *peer, const struct peer_handler *handler);

/* Something of the handler's, NULL at first. */
void peer_call_keep(struct peer_call *call, void *data);
void *peer_call_kept(const struct peer_call *call);

/*
 * Ends the call with code, text, details and message of `reply`, which are copied. False when it was given up before,
 * and on_given_up was called: then nothing is sent. Any thread.
 */
bool peer_reply(struct peer_call *call, const struct peer_rule *reply);

/* GetSystemInfo and DescribeNamespace are answered with empty messages. */
void peer_welcomes(struct peer *peer);

/* What was seen of the last call of any method: a header's value ("" when it was not there), in a buffer of the peer's.
 */
const char *peer_header(struct peer *peer, const char *key);

/* Calls that came in; calls that were given up while they hung; connections, told apart by their address. */
size_t peer_calls(struct peer *peer);
size_t peer_given_up(struct peer *peer);
size_t peer_connections(struct peer *peer);

/* Waits until so many calls came in, or were given up. */
void peer_wait_calls(struct peer *peer, size_t calls);
void peer_wait_given_up(struct peer *peer, size_t calls);
/* The same for one method, which has a rule. */
void peer_wait_method(struct peer *peer, const char *method, size_t calls);

#endif
