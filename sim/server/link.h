/* SPDX-License-Identifier: MIT */
/*
 * A client's connection, as HTTP/2 (nghttp2) and without a socket: bytes come in, bytes go out. To the universes it is
 * a peer, whose number is never given again.
 */
#ifndef TIMELAPSE_SIM_SERVER_LINK_H
#define TIMELAPSE_SIM_SERVER_LINK_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "sim/server/exchange.h"

struct server;
struct universe;

struct link {
    struct list_node node;  /* in server->links */
    struct list_node dirty; /* in server->dirty while it has something to send */
    struct server *server;
    uint64_t peer;
    nghttp2_session *session;
    struct list exchanges;
    struct universe *last_universe;      /* that it spoke to, or NULL */
    void (*on_dirty)(struct link *link); /* told once, when it comes to have something to send */
    void *user;
};

/* NULL: out of memory. */
struct link *link_new(struct server *server);

/* The connection is closed: what it asked is given up, what it unlocked is locked again. */
void link_free(struct link *link);

/* Bytes from the client. False: the connection is to be closed, after what link_send still gives. */
bool link_receive(struct link *link, const uint8_t *data, size_t len);

/* The next bytes for the client, valid until the next call; 0: there are none now. */
size_t link_send(struct link *link, const uint8_t **out_data);

/* Whether both sides have said all: the connection may be closed. */
bool link_is_done(const struct link *link);

/* ---- For exchanges ---- */

/* The exchange has something to say. */
void link_answers(struct exchange *exchange);

/* Answers with an HTTP status alone: what came is no gRPC. */
void link_refuse_http(struct exchange *exchange, const char *status);

#endif
