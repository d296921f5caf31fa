/* SPDX-License-Identifier: MIT */
/*
 * The simulator as a gRPC server, without a socket or a clock: connections are links, which are given bytes; time is
 * handed in. listener.h has the sockets.
 *
 * Reading path: listener.c (sockets) -> link.c (HTTP/2) -> exchange.c (a gRPC call) -> method.c (who serves it) ->
 * workflow_service.c (the simulator), test_service.c (time) -> universe.c, stillness.c (when time moves).
 *
 * One thread. What is taken of the server's pool unwinds when there is no memory (base/pool.h): who calls guards.
 */
#ifndef TIMELAPSE_SIM_SERVER_H
#define TIMELAPSE_SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <timelapse/sim.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#include "base/arena.h"
#include "base/list.h"

struct pool;
struct universe;

/* Metadata that names the universe of a call. */
#define SERVER_UNIVERSE_HEADER "timelapse-universe"

/* The universe of calls that name none. */
#define SERVER_DEFAULT_UNIVERSE "default"

struct server_options {
    bool real_time;              /* no TestService: time goes as the wall's, as a dev server's does */
    bool starts_unlocked;        /* --enable-time-skipping */
    bool universe_per_namespace; /* each namespace has a clock of its own */
    tl_time initial_time;        /* 0: what time it is */
    uint64_t seed;
    const char *api_key; /* NULL: none is asked for; outlives the server, as the next */
    struct tl_sim_options sim;
    tl_time (*wall_time)(void); /* what time it is */
    /* Lines for the log; NULL: none. */
    void (*log)(void *user, const char *line);
    void *user;
};

struct server {
    struct pool *pool;
    struct server_options options;
    struct arena scratch; /* of the request that is looked at */
    struct list links;
    struct list dirty; /* struct link: have something to send */
    struct list universes;
    uint64_t last_peer;
    tl_time wall; /* monotonic, when the server was last run */
};

/* NULL with `error` filled: out of memory, or an option that cannot be. */
struct server *server_new(const struct server_options *options, tl_time wall, struct tl_error *error);
void server_free(struct server *server);

/*
 * Does what links brought and what is due, at `wall`. When it wants to be run again, by the wall; TL_NEVER: not before
 * a link brings something.
 */
tl_time server_run(struct server *server, tl_time wall);

/* The universe of that name, made when there is none; NULL with `error` filled. */
struct universe *server_universe(struct server *server, const char *name, struct tl_error *error);

/* ---- For links ---- */

/* A connection is closed. */
void server_loses(struct server *server, uint64_t peer);

#endif
