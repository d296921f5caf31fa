/* SPDX-License-Identifier: MIT */
#include "worker/transport/channel.h"

#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "base/sanitizer.h"
#include "worker/transport/address.h"
#include "worker/transport/channel_private.h"
#include "worker/transport/options.h"

/* Not in gRPC's headers: arguments of its HTTP CONNECT handshaker (src/core/lib/transport/http_connect_handshaker.h).
 */
#define ARG_CONNECT_SERVER  "grpc.http_connect_server"
#define ARG_CONNECT_HEADERS "grpc.http_connect_headers"

#define ARGS_MAX 24

/* ---- Memory ---- */

void *channel_take(struct channel *channel, size_t size)
{
    (void)pthread_mutex_lock(&channel->lock);
    void *memory = pool_alloc(channel->pool, size);
    (void)pthread_mutex_unlock(&channel->lock);
    return memory;
}

void channel_give(struct channel *channel, void *memory, size_t size)
{
    (void)pthread_mutex_lock(&channel->lock);
    pool_free(channel->pool, memory, size);
    (void)pthread_mutex_unlock(&channel->lock);
}

static void *take(void *channel, size_t size)
{
    return channel_take(channel, size);
}

/* What lies on it may have closed parts of it to a sanitizer. */
static void give(void *channel, void *memory, size_t size)
{
    SANITIZER_OPEN(memory, size);
    channel_give(channel, memory, size);
}

const struct tl_allocator *channel_allocator(const struct channel *channel)
{
    return &channel->allocator;
}

/* ---- Arguments ---- */

struct args {
    grpc_arg items[ARGS_MAX];
    size_t count;
};

static void add_number(struct args *args, const char *key, int value)
{
    CHECK(args->count < ARGS_MAX);
    args->items[args->count++] =
        (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)(uintptr_t)key, .value.integer = value};
}

/* The text lives until the channel was made. */
static void add_text(struct args *args, const char *key, const char *value)
{
    CHECK(args->count < ARGS_MAX);
    args->items[args->count++] =
        (grpc_arg){.type = GRPC_ARG_STRING, .key = (char *)(uintptr_t)key, .value.string = (char *)(uintptr_t)value};
}

static int milliseconds(tl_duration duration)
{
    return duration == TL_NEVER ? INT32_MAX : (int)(duration / TL_MILLISECONDS(1));
}

/* sdk-core, options_structs.rs: every 30 s, also while no call is under way, 15 s to answer. */
static void add_keepalive(struct args *args, const struct tl_connection_options *options)
{
    add_number(args, GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options_keepalive_time(options)));
    add_number(args, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(options_keepalive_timeout(options)));
    add_number(args, GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    add_number(args, GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

static void add_limits(struct args *args, const struct tl_connection_options *options)
{
    add_number(args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)options_most_message_bytes(options));
    add_number(args, GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
    add_number(args, GRPC_ARG_ENABLE_RETRIES, 0);
    add_number(args, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    /* Workers try again by rules of their own; what they wait for here is how soon a server that is back is found. */
    add_number(args, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    /* The time an attempt to connect has. It ends before the call that waits for it, and says what it waited for. */
    add_number(args, GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, milliseconds(options_connect_timeout(options) / 10 * 9));
    add_number(args, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
}

/* Where the channel connects to, and what it says there. */
struct route {
    struct address service;
    char service_text[ADDRESS_TEXT_SIZE];
    char first_text[ADDRESS_TEXT_SIZE]; /* of the proxy, or of the service */
    char *proxy_header;
    size_t proxy_header_size;
};

/*
 * gRPC's own "grpc.http_proxy" connects directly when its text does not parse, and for hosts that the environment's
 * no_proxy names: the proxy is given as what to connect to, and the service as what to ask it for.
 */
static enum tl_status
make_route(struct route *route, struct channel *channel, const struct tl_connection_options *options)
{
    struct address proxy;

    memset(route, 0, sizeof(*route));
    CHECK(address_read(&route->service, options_address(options), "address", NULL) == TL_OK);
    address_write(&route->service, route->service_text);
    address_write(&route->service, route->first_text);
    if (options->proxy != NULL) {
        CHECK(address_read(&proxy, options->proxy, "proxy", NULL) == TL_OK);
        address_write(&proxy, route->first_text);
    }
    if (options->proxy_user != NULL) {
        route->proxy_header_size = options_proxy_header_size(options);
        route->proxy_header = pool_alloc(channel->pool, route->proxy_header_size);
        if (route->proxy_header == NULL) {
            return TL_NO_MEMORY;
        }
        options_proxy_header(options, route->proxy_header);
    }
    return TL_OK;
}

static void add_route(struct args *args, const struct route *route, const struct tl_connection_options *options)
{
    const char *authority = options->authority;

    if (authority == NULL) {
        authority = options->tls_server_name != NULL ? options->tls_server_name : route->service_text;
    }
    add_text(args, GRPC_ARG_DEFAULT_AUTHORITY, authority);
    add_number(args, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    if (options->proxy != NULL) {
        add_text(args, ARG_CONNECT_SERVER, route->service_text);
    }
    if (route->proxy_header != NULL) {
        add_text(args, ARG_CONNECT_HEADERS, route->proxy_header);
    }
    if (options_tls(options)) {
        add_text(
            args,
            GRPC_SSL_TARGET_NAME_OVERRIDE_ARG,
            options->tls_server_name != NULL ? options->tls_server_name : route->service.host);
    }
}

static enum tl_status open_channel(struct channel *channel, const struct tl_connection_options *options)
{
    struct args args = {.count = 0};
    struct route route;
    char target[sizeof("dns:///") + ADDRESS_TEXT_SIZE];
    grpc_channel_credentials *credentials;
    enum tl_status status = make_route(&route, channel, options);

    if (status != TL_OK) {
        return status;
    }
    add_keepalive(&args, options);
    add_limits(&args, options);
    add_route(&args, &route, options);
    add_text(&args, GRPC_ARG_PRIMARY_USER_AGENT_STRING, "timelapse-c/" TIMELAPSE_VERSION);
    (void)snprintf(target, sizeof(target), "dns:///%s", route.first_text);
    credentials = credentials_new(options);
    channel->grpc =
        grpc_channel_create(target, credentials, &(grpc_channel_args){.num_args = args.count, .args = args.items});
    grpc_channel_credentials_release(credentials);
    if (route.proxy_header != NULL) {
        memset(route.proxy_header, 0, route.proxy_header_size);
        pool_free(channel->pool, route.proxy_header, route.proxy_header_size);
    }
    return TL_OK;
}

/* ---- The thread ---- */

static void *receive(void *user)
{
    struct channel *channel = user;
    grpc_event event;

    do {
        event = grpc_completion_queue_next(channel->answers, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);
        if (event.type == GRPC_OP_COMPLETE) {
            exchange_finish(channel, event.tag);
        }
    } while (event.type != GRPC_QUEUE_SHUTDOWN);
    return NULL;
}

/* Signals are for the program's own threads: this one, and those that gRPC makes, take none. */
static enum tl_status start(struct channel *channel, const struct tl_connection_options *options)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    grpc_init();
    if (options->proxy_user != NULL && gpr_should_log(GPR_LOG_SEVERITY_INFO) != 0) {
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR); /* below, gRPC tells a channel's arguments: the password, too */
    }
    enum tl_status status = open_channel(channel, options);
    if (status == TL_OK) {
        channel->answers = grpc_completion_queue_create_for_next(NULL);
        channel->has_thread = pthread_create(&channel->thread, NULL, receive, channel) == 0;
        status = channel->has_thread ? TL_OK : TL_NO_MEMORY;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* ---- Life ---- */

/* Takes the pool, also when it fails. */
static struct channel *new_in_pool(struct pool *pool, const struct tl_connection_options *options)
{
    struct channel *channel = pool_alloc(pool, sizeof(*channel));

    if (channel == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    memset(channel, 0, sizeof(*channel));
    channel->pool = pool;
    channel->allocator = (struct tl_allocator){.alloc = take, .free = give, .user = channel};
    (void)pthread_mutex_init(&channel->lock, NULL);
    if (start(channel, options) != TL_OK || call_metadata_of_connection(channel, options) != TL_OK ||
        channel_set_api_key(channel, options->api_key) != TL_OK) {
        channel_free(channel);
        return NULL;
    }
    return channel;
}

struct channel *channel_new(const struct tl_connection_options *options, struct tl_error *error)
{
    struct pool *pool = pool_new(options->allocator);
    struct channel *channel = pool == NULL ? NULL : new_in_pool(pool, options);

    if (channel == NULL) {
        TL_IGNORE(tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory, or of threads"));
    }
    return channel;
}

static void drop_api_key(struct channel *channel)
{
    if (channel->has_api_key) {
        grpc_slice_unref(channel->authorization);
        channel->has_api_key = false;
    }
}

void channel_free(struct channel *channel)
{
    if (channel == NULL) {
        return;
    }
    CHECK(channel->calls == 0);
    if (channel->answers != NULL) {
        grpc_completion_queue_shutdown(channel->answers);
        if (channel->has_thread) {
            (void)pthread_join(channel->thread, NULL);
        }
        grpc_completion_queue_destroy(channel->answers);
    }
    if (channel->grpc != NULL) {
        grpc_channel_destroy(channel->grpc);
    }
    for (size_t i = 0; i < channel->metadata_count; i++) {
        grpc_slice_unref(channel->metadata[i].key);
        grpc_slice_unref(channel->metadata[i].value);
    }
    drop_api_key(channel);
    grpc_shutdown_blocking();
    (void)pthread_mutex_destroy(&channel->lock);
    pool_free_all(channel->pool);
}

enum tl_status channel_set_api_key(struct channel *channel, const char *api_key)
{
    static const char scheme[] = "Bearer ";
    grpc_slice value = grpc_empty_slice();

    if (api_key != NULL) {
        size_t len = strlen(api_key);

        value = grpc_slice_malloc(sizeof(scheme) - 1 + len + 1);
        memcpy(GRPC_SLICE_START_PTR(value), scheme, sizeof(scheme) - 1);
        memcpy(GRPC_SLICE_START_PTR(value) + sizeof(scheme) - 1, api_key, len + 1);
        GRPC_SLICE_SET_LENGTH(value, sizeof(scheme) - 1 + len); /* without the NUL */
    }
    (void)pthread_mutex_lock(&channel->lock);
    drop_api_key(channel);
    channel->has_api_key = api_key != NULL;
    channel->authorization = value;
    (void)pthread_mutex_unlock(&channel->lock);
    return TL_OK;
}
