/* SPDX-License-Identifier: MIT */
#include "sim/server/method.h"

#include <openssl/crypto.h>
#include <string.h>

#include "model/message.h"
#include "model/rpc.h"
#include "sim/server/health.h"
#include "sim/server/link.h"
#include "sim/server/reflection.h"
#include "sim/server/reflection_service.h"
#include "sim/server/server.h"
#include "sim/server/test_service.h"
#include "sim/server/universe.h"
#include "sim/server/universe_service.h"
#include "sim/server/workflow_service.h"

/* ---- Routes ---- */

static bool is_of(const char *path, const char *service)
{
    size_t len = strlen(service);

    return path[0] == '/' && strncmp(path + 1, service, len) == 0 && path[1 + len] == '/';
}

/* By the service in the path: what is not served is refused by the handler, or here. */
static const struct handler *find_handler(struct exchange *exchange)
{
    const struct server_options *options = &exchange->link->server->options;
    const char *path = exchange->path;

    exchange->rpc = tl_rpc_find(path);
    if (is_of(path, "grpc.health.v1.Health")) {
        return health_handler(exchange);
    }
    if (strcmp(path, REFLECTION_PATH) == 0 || strcmp(path, REFLECTION_ALPHA_PATH) == 0) {
        return &reflection_service_handler;
    }
    if (strcmp(path, EXPLAIN_TIME_PATH) == 0) {
        return &universe_service_handler;
    }
    if (exchange->rpc == NULL) {
        return NULL;
    }
    if (is_of(path, "temporal.api.testservice.v1.TestService")) {
        return options->real_time ? NULL : &test_service_handler;
    }
    return &workflow_service_handler;
}

static const char *service_of(const char *path, size_t *out_len)
{
    const char *start = path[0] == '/' ? path + 1 : path;
    const char *end = strrchr(start, '/');

    *out_len = end == NULL ? strlen(start) : (size_t)(end - start);
    return start;
}

/* As grpc-go words it. */
static void refuse_unknown(struct exchange *exchange)
{
    size_t len;
    const char *service = service_of(exchange->path, &len);
    const char *method = strrchr(exchange->path, '/');

    exchange_refuse(
        exchange,
        TL_UNSUPPORTED,
        "unknown method %s for service %.*s",
        method == NULL ? "" : method + 1,
        (int)len,
        service);
}

/* In constant time, for what is compared is a secret. */
static bool has_key(const struct exchange *exchange, const char *key)
{
    static const char scheme[] = "Bearer ";
    const char *given = exchange->authorization == NULL ? "" : exchange->authorization;
    size_t len = strlen(key);

    if (strncmp(given, scheme, sizeof(scheme) - 1) != 0) {
        return false;
    }
    given += sizeof(scheme) - 1;
    return strlen(given) == len && CRYPTO_memcmp(given, key, len) == 0;
}

/* Health is anybody's to ask for: it is what starts things. */
static bool is_allowed(const struct exchange *exchange)
{
    const char *key = exchange->link->server->options.api_key;

    return key == NULL || is_of(exchange->path, "grpc.health.v1.Health") || has_key(exchange, key);
}

void method_begin(struct exchange *exchange)
{
    if (!is_allowed(exchange)) {
        exchange_refuse(exchange, TL_UNAUTHENTICATED, "Request unauthorized.");
        return;
    }
    exchange->handler = find_handler(exchange);
    if (exchange->handler == NULL) {
        refuse_unknown(exchange);
    }
}

/* ---- For handlers ---- */

void method_unary_end(struct exchange *exchange)
{
    if (exchange->messages == 0) {
        exchange_refuse(exchange, TL_INTERNAL, "the request has no message");
    }
}

bool method_unary_message(struct exchange *exchange)
{
    if (exchange->messages > 1) {
        exchange_refuse(exchange, TL_INTERNAL, "the request has more than one message");
    }
    return exchange->messages == 1;
}

const void *
method_read(struct exchange *exchange, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes message)
{
    struct arena *scratch = &exchange->link->server->scratch;
    struct tl_error error;
    void *read = NULL;

    arena_reset(scratch);
    if (message_unpack(scratch, descriptor, message, &read, &error) != TL_OK) {
        exchange_refuse(
            exchange,
            TL_INTERNAL,
            "grpc: error unmarshalling request: %s%s%s",
            error.field,
            error.field[0] == '\0' ? "" : ": ",
            error.message);
        return NULL;
    }
    return read;
}

struct universe *method_universe(struct exchange *exchange, const char *name)
{
    struct server *server = exchange->link->server;
    struct tl_error error;

    if (exchange->universe != NULL && exchange->universe[0] != '\0') {
        name = exchange->universe;
    }
    struct universe *universe = server_universe(server, name, &error);
    if (universe == NULL) {
        exchange_refuse(exchange, error.status, "%s", error.message);
        return NULL;
    }
    exchange->link->last_universe = universe;
    universe_hears(universe, exchange->link->peer);
    (void)universe_now(universe, server->wall);
    return universe;
}

struct universe *method_last_universe(struct exchange *exchange)
{
    const struct universe *last = exchange->link->last_universe;

    return method_universe(exchange, last == NULL ? SERVER_DEFAULT_UNIVERSE : last->name);
}
