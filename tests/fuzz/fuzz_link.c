/* SPDX-License-Identifier: MIT */
/*
 * What a server's peer may send. An even first byte: bytes of a connection, as they are, in pieces of its size. An odd
 * one: the body of a call of the method that the second byte names. Whatever it is, it is answered or refused, the
 * server's universe goes on, and another connection is served afterwards.
 */
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/rpc.h"
#include "sim/server/exchange.h"
#include "sim/server/link.h"
#include "sim/server/server.h"
#include "sim/server/universe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tl_time wall_time(void)
{
    return TL_DAYS(20000);
}

static void drain(struct server *server, struct link *link)
{
    const uint8_t *bytes;

    (void)server_run(server, server->wall + TL_MILLISECONDS(1));
    while (link_send(link, &bytes) > 0) {
    }
}

static void feed_link(struct server *server, struct link *link, const uint8_t *data, size_t size)
{
    size_t piece = (size_t)data[0] + 1;

    for (size_t at = 1; at < size; at += piece) {
        if (!link_receive(link, data + at, size - at < piece ? size - at : piece)) {
            break;
        }
        drain(server, link);
    }
    drain(server, link);
}

static void header(struct exchange *exchange, const char *name, const char *value)
{
    exchange_header(exchange, name, value, strlen(value));
}

static void feed_call(struct server *server, struct link *link, const uint8_t *data, size_t size)
{
    struct exchange *exchange = exchange_new(link, 1);
    size_t half = size / 2;

    header(exchange, ":method", "POST");
    header(exchange, "content-type", "application/grpc");
    header(exchange, ":path", rpc_table[data[1] % RPC_COUNT].path);
    header(exchange, "grpc-encoding", (data[0] & 2U) != 0 ? "gzip" : "identity");
    exchange_begin(exchange);
    exchange_data(exchange, data + 2, half > 2 ? half - 2 : 0);
    exchange_data(exchange, data + (half > 2 ? half : 2), size - (half > 2 ? half : 2));
    exchange_caller_ends(exchange);
    drain(server, link);
    exchange_free(exchange);
    drain(server, link);
}

static void feed(struct server *server, const uint8_t *data, size_t size)
{
    struct link *link = link_new(server);

    CHECK(link != NULL);
    if ((data[0] & 1U) == 0) {
        feed_link(server, link, data, size);
    } else {
        feed_call(server, link, data, size);
    }
    link_free(link);
    link = link_new(server);
    drain(server, link);
    CHECK(!link_is_done(link));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct server_options options = {.wall_time = wall_time, .seed = 1, .starts_unlocked = true};
    struct pool_guard guard;

    if (size < 2) {
        return 0;
    }
    struct server *server = server_new(&options, TL_SECONDS(1), NULL);
    CHECK(server != NULL);
    pool_guard_push(server->pool, &guard);
    feed(server, data, size);
    struct universe *universe = server_universe(server, SERVER_DEFAULT_UNIVERSE, NULL);
    CHECK(tl_sim_check(universe->sim, NULL) == TL_OK);
    pool_guard_pop(server->pool, &guard);
    server_free(server);
    return 0;
}
