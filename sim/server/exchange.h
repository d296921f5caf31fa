/* SPDX-License-Identifier: MIT */
/*
 * One gRPC call on its way through the server: what came in, whom it is for, what goes out. A handler is given each
 * message as it is whole; it answers with messages and ends with a status, at once or later.
 *
 * Facts: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
#ifndef TIMELAPSE_SIM_SERVER_EXCHANGE_H
#define TIMELAPSE_SIM_SERVER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <timelapse/payload.h>
#include <timelapse/service.h>
#include <timelapse/status.h>

#include "base/arena.h"
#include "base/list.h"

struct asked;
struct exchange;
struct link;
struct time_wait;

/* What serves a method. */
struct handler {
    /* A whole message of the caller's; borrowed. */
    void (*on_message)(struct exchange *exchange, struct tl_bytes message);
    /* The caller has sent all it will. */
    void (*on_end)(struct exchange *exchange);
    /* The exchange goes, answered or given up by its caller: lets go of whatever refers to it. NULL: nothing does. */
    void (*on_close)(struct exchange *exchange);
};

/* A message on its way out: five bytes of prefix, then its own. In the exchange's arena. */
struct outgoing {
    struct list_node node;
    uint8_t prefix[5];
    struct tl_bytes bytes;
    size_t sent;
};

struct incoming {
    uint8_t prefix[5];
    size_t prefix_len;
    uint8_t *data; /* of the server's pool */
    size_t len;
    size_t wanted;
    size_t capacity;
};

struct exchange {
    struct list_node node; /* in link->exchanges */
    struct link *link;
    int32_t stream;
    /* Of the request's headers. */
    char *path; /* of the server's pool, as the next two; NULL: none */
    char *authorization;
    char *universe;
    tl_duration timeout; /* 0: none */
    bool is_grpc;
    bool is_post;
    bool is_gzip;
    bool other_encoding;
    bool bad_timeout;
    /* Its handler's. */
    const struct handler *handler; /* NULL: refused */
    const struct tl_rpc *rpc;      /* NULL: a method that is not Temporal's */
    unsigned messages;
    union {
        struct asked *asked;       /* workflow_service.c: under way, or NULL */
        struct time_wait *waiting; /* test_service.c: likewise */
    } use;
    /* What came in, what goes out. */
    struct incoming incoming;
    bool caller_ended;
    struct arena arena;
    struct list outgoing;
    bool has_begun; /* headers are sent */
    bool has_ended; /* the status is known */
    int code;
    const char *text;        /* in the arena, or static */
    struct tl_bytes details; /* likewise: a google.rpc.Status */
};

/* Hands a message over to the caller: `message` is packed. */
void exchange_send(struct exchange *exchange, const void *message);

/* Ends it. text: copied; details: a google.rpc.Status, or NULL. An exchange that has ended stays as it is. */
void exchange_end(struct exchange *exchange, int code, const char *text, const void *details);
void exchange_refuse(struct exchange *exchange, enum tl_status status, const char *format, ...) TL_PRINTF(3, 4);

/* The answer of a unary method: one message and the end. */
void exchange_answer(struct exchange *exchange, const void *message);

/* ---- For the link ---- */

struct exchange *exchange_new(struct link *link, int32_t stream);
void exchange_free(struct exchange *exchange);

/* A header of the request. */
void exchange_header(struct exchange *exchange, const char *name, const char *value, size_t len);

/* The headers are complete; bytes of the body; the caller's end. */
void exchange_begin(struct exchange *exchange);
void exchange_data(struct exchange *exchange, const uint8_t *data, size_t len);
void exchange_caller_ends(struct exchange *exchange);

#endif
