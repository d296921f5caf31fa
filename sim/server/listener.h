/* SPDX-License-Identifier: MIT */
/* The server's sockets, timers and signals: one libuv loop, one thread. */
#ifndef TIMELAPSE_SIM_SERVER_LISTENER_H
#define TIMELAPSE_SIM_SERVER_LISTENER_H

#include <timelapse/status.h>

#include "sim/server/server.h"

struct tls;

struct listener_options {
    const char *ip;        /* NULL: 127.0.0.1 */
    int port;              /* 0: a free one */
    const struct tls *tls; /* NULL: plain */
};

struct listener;

/* Listens, and returns owned; NULL with `error` filled. The server must outlive it. */
struct listener *listener_new(struct server *server, const struct listener_options *options, struct tl_error *error);

int listener_port(const struct listener *listener);

/* Serves until SIGTERM, SIGINT or listener_stop. Returns the signal, or 0. */
int listener_run(struct listener *listener);

/* Any thread. */
void listener_stop(struct listener *listener);

void listener_free(struct listener *listener);

/* The monotonic clock of listener_run. */
tl_time listener_wall(void);

#endif
