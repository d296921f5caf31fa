/* SPDX-License-Identifier: MIT */
#include <timelapse/connection.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <timelapse/connection_config.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/pool.h"
#include "model/pb.h"
#include "model/rpc.h"
#include "worker/registry/option.h"
#include "worker/runtime/driver_private.h"
#include "worker/threads/threads.h"
#include "worker/transport/answer.h"
#include "worker/transport/channel.h"
#include "worker/transport/connection_private.h"
#include "worker/transport/options.h"
#include "worker/transport/reason.h"
#include "worker/transport/service.h"

struct tl_connection {
    struct pool *pool;
    struct arena arena;
    const char *name_space;
    const char *identity;
    bool may_have_api_key; /* it is encrypted, or was given one without */
    struct channel *channel;
    struct tl_driver *driver;
    struct channel_service *service;
};

/* ---- Asking, and waiting for the answer ---- */

struct wait {
    const struct tl_allocator *allocator;
    const struct tl_rpc *rpc;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool over;
    struct tl_reply *reply; /* NULL: out of memory */
};

static void on_answer(void *user, const struct channel_answer *answer)
{
    struct wait *wait = user;
    struct tl_reply *reply = answer_new(wait->allocator, wait->rpc, answer);

    (void)pthread_mutex_lock(&wait->lock);
    wait->reply = reply;
    wait->over = true;
    (void)pthread_cond_signal(&wait->answered);
    (void)pthread_mutex_unlock(&wait->lock);
}

enum tl_status connection_ask(
    struct channel *channel, const struct channel_question *question, struct tl_reply **out_reply,
    struct tl_error *error)
{
    struct wait wait = {.allocator = channel_allocator(channel), .rpc = question->rpc};
    struct channel_call *call;
    enum tl_status status = channel_ask(channel, question, on_answer, &wait, &call, error);

    if (status != TL_OK) {
        return status;
    }
    (void)pthread_mutex_init(&wait.lock, NULL);
    (void)pthread_cond_init(&wait.answered, NULL);
    channel_send(call);
    (void)pthread_mutex_lock(&wait.lock);
    while (!wait.over) {
        (void)pthread_cond_wait(&wait.answered, &wait.lock);
    }
    (void)pthread_mutex_unlock(&wait.lock);
    channel_release(call);
    (void)pthread_cond_destroy(&wait.answered);
    (void)pthread_mutex_destroy(&wait.lock);
    if (wait.reply == NULL) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    *out_reply = wait.reply;
    return TL_OK;
}

/* ---- What is asked at connect ---- */

static tl_time monotonic(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return TL_SECONDS(now.tv_sec) + now.tv_nsec;
}

/* A server that does not know the method is told from one that refuses. */
static enum tl_status check_method(
    struct channel *channel, const struct tl_connection_options *options, struct channel_question *question,
    tl_time until, struct tl_error *error)
{
    struct tl_reply *reply;
    tl_duration left = until - monotonic();

    question->timeout = left > 0 ? left : 1;
    enum tl_status status = connection_ask(channel, question, &reply, error);
    if (status != TL_OK) {
        return status;
    }
    if (reply->status != TL_OK && reply->status != TL_UNSUPPORTED) {
        status = reason_tell(error, options, question->rpc->name, reply, until - monotonic());
    }
    tl_reply_unref(reply);
    return status;
}

/* sdk-core, crates/client/src/lib.rs asks GetSystemInfo; the namespace is asked for so that its absence is told here.
 */
enum tl_status
connection_check(struct channel *channel, const struct tl_connection_options *options, struct tl_error *error)
{
    Pb__GetSystemInfoRequest system = PB__GET_SYSTEM_INFO_REQUEST__INIT;
    Pb__DescribeNamespaceRequest name_space = PB__DESCRIBE_NAMESPACE_REQUEST__INIT;
    struct channel_question question = {.rpc = &rpc_table[RPC_GetSystemInfo], .message = &system.base};
    tl_time until = monotonic() + options_connect_timeout(options);
    enum tl_status status = check_method(channel, options, &question, until, error);

    if (status == TL_OK) {
        name_space.namespace_ = (char *)(uintptr_t)options_name_space(options);
        question.rpc = &rpc_table[RPC_DescribeNamespace];
        question.message = &name_space.base;
        status = check_method(channel, options, &question, until, error);
    }
    return status;
}

/* ---- Life ---- */

/* "<pid>@<host>", as the other SDKs have it. */
static const char *own_identity(struct arena *arena)
{
    char host[256];

    if (gethostname(host, sizeof(host)) != 0) {
        host[0] = '\0';
    }
    host[sizeof(host) - 1] = '\0';
    return arena_format(arena, "%ld@%s", (long)getpid(), host);
}

static struct tl_connection *new_connection(struct pool *pool, const struct tl_connection_options *options)
{
    struct tl_connection *connection = pool_zalloc(pool, sizeof(*connection));

    connection->pool = pool;
    arena_init(&connection->arena, pool);
    connection->name_space = arena_strdup(&connection->arena, options_name_space(options));
    connection->identity = options->identity != NULL ? arena_strdup(&connection->arena, options->identity)
                                                     : own_identity(&connection->arena);
    connection->may_have_api_key = options_tls(options) || options->api_key != NULL || options->tls == TL_TLS_OFF;
    return connection;
}

static struct tl_connection *guarded(struct pool *pool, const struct tl_connection_options *options)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return NULL;
    }
    struct tl_connection *connection = new_connection(pool, options);
    pool_guard_pop(pool, &guard);
    return connection;
}

static enum tl_status make_service(struct tl_connection *connection)
{
    unsigned held = threads_lock(connection->driver);

    connection->driver->identity = connection->identity;
    connection->service = channel_service_new(connection->channel, connection->driver);
    threads_unlock(connection->driver, held);
    return connection->service != NULL ? TL_OK : TL_NO_MEMORY;
}

static enum tl_status
furnish(struct tl_connection *connection, const struct tl_connection_options *options, struct tl_error *error)
{
    connection->channel = channel_new(options, error);
    if (connection->channel == NULL) {
        return TL_NO_MEMORY;
    }
    enum tl_status status = connection_check(connection->channel, options, error);
    if (status != TL_OK) {
        return status;
    }
    connection->driver = threads_driver_new(options->allocator, error);
    if (connection->driver == NULL) {
        return TL_NO_MEMORY;
    }
    status = make_service(connection);
    return status == TL_OK ? TL_OK : tl_error_set(error, status, NULL, "out of memory");
}

static struct tl_connection *connect_with(const struct tl_connection_options *options, struct tl_error *error)
{
    if (options_check(options, error) != TL_OK) {
        return NULL;
    }
    struct pool *pool = pool_new(options->allocator);
    struct tl_connection *connection = pool == NULL ? NULL : guarded(pool, options);
    if (connection == NULL) {
        pool_free_all(pool);
        TL_IGNORE(tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory"));
        return NULL;
    }
    if (furnish(connection, options, error) != TL_OK) {
        tl_connection_free(connection);
        return NULL;
    }
    return connection;
}

struct tl_connection *tl_connect(const struct tl_connection_options *options, struct tl_error *error)
{
    if (options != NULL) {
        return connect_with(options, error);
    }
    struct tl_connection_config *config = tl_connection_config_load(NULL, error);
    if (config == NULL) {
        return NULL;
    }
    struct tl_connection *connection = connect_with(&config->connection, error);
    tl_connection_config_free(config);
    return connection;
}

void tl_connection_free(struct tl_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    if (connection->service != NULL) {
        unsigned held = threads_lock(connection->driver);

        channel_service_free(connection->service);
        threads_unlock(connection->driver, held);
    }
    tl_driver_free(connection->driver);
    channel_free(connection->channel);
    pool_free_all(connection->pool);
}

/* ---- Looking, and the key ---- */

struct tl_driver *tl_connection_driver(struct tl_connection *connection)
{
    return connection == NULL ? NULL : connection->driver;
}

struct tl_service *tl_connection_service(struct tl_connection *connection)
{
    return connection == NULL ? NULL : channel_service_interface(connection->service);
}

struct channel *connection_channel(struct tl_connection *connection)
{
    return connection->channel;
}

const char *tl_connection_namespace(const struct tl_connection *connection)
{
    return connection == NULL ? NULL : connection->name_space;
}

const char *tl_connection_identity(const struct tl_connection *connection)
{
    return connection == NULL ? NULL : connection->identity;
}

enum tl_status tl_connection_set_api_key(struct tl_connection *connection, const char *api_key, struct tl_error *error)
{
    enum tl_status status = option_check_given("connection", connection, error);

    if (status == TL_OK) {
        status = options_check_api_key(api_key, error);
    }
    if (status != TL_OK) {
        return status;
    }
    if (api_key != NULL && !connection->may_have_api_key) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "api_key",
            "the connection is not encrypted, and was made without a key: make it with TL_TLS_ON");
    }
    status = channel_set_api_key(connection->channel, api_key);
    return status == TL_OK ? TL_OK : tl_error_set(error, status, NULL, "out of memory");
}
