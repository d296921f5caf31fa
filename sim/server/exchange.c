/* SPDX-License-Identifier: MIT */
#include "sim/server/exchange.h"

#include <string.h>

#include "base/pool.h"
#include "model/message.h"
#include "sim/server/gzip.h"
#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/server.h"

/* grpc-go's, which the real server leaves as it is. */
#define MESSAGE_MOST ((size_t)4 * 1024 * 1024)

static struct pool *pool_of(const struct exchange *exchange)
{
    return exchange->link->server->pool;
}

/* ---- Life ---- */

struct exchange *exchange_new(struct link *link, int32_t stream)
{
    struct exchange *exchange = pool_zalloc(link->server->pool, sizeof(*exchange));

    exchange->link = link;
    exchange->stream = stream;
    arena_init(&exchange->arena, link->server->pool);
    list_init(&exchange->outgoing);
    list_append(&link->exchanges, &exchange->node);
    return exchange;
}

static void free_text(struct pool *pool, char *text)
{
    if (text != NULL) {
        pool_free(pool, text, strlen(text) + 1);
    }
}

static void drop_incoming(struct exchange *exchange)
{
    pool_free(pool_of(exchange), exchange->incoming.data, exchange->incoming.capacity);
    exchange->incoming = (struct incoming){.len = 0};
}

void exchange_free(struct exchange *exchange)
{
    struct pool *pool = pool_of(exchange);

    if (exchange->handler != NULL && exchange->handler->on_close != NULL) {
        exchange->handler->on_close(exchange);
    }
    drop_incoming(exchange);
    free_text(pool, exchange->path);
    free_text(pool, exchange->authorization);
    free_text(pool, exchange->universe);
    arena_done(&exchange->arena);
    list_remove(&exchange->node);
    pool_free(pool, exchange, sizeof(*exchange));
}

/* ---- Headers ---- */

static char *copy_text(struct pool *pool, const char *value, size_t len)
{
    char *text = pool_alloc(pool, len + 1);

    memcpy(text, value, len);
    text[len] = '\0';
    return text;
}

/* "100m": at most eight digits and a unit. */
static tl_duration read_timeout(const char *value, size_t len)
{
    static const struct {
        char unit;
        tl_duration length;
    } units[] = {
        {'H', TL_HOURS(1)},
        {'M', TL_MINUTES(1)},
        {'S', TL_SECONDS(1)},
        {'m', TL_MILLISECONDS(1)},
        {'u', TL_MICROSECONDS(1)},
        {'n', TL_NANOSECONDS(1)},
    };
    tl_duration count = 0;

    if (len < 2 || len > 9) {
        return -1;
    }
    for (size_t i = 0; i + 1 < len; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return -1;
        }
        count = count * 10 + (value[i] - '0');
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i].unit == value[len - 1]) {
            return count > TL_NEVER / units[i].length ? TL_NEVER : count * units[i].length;
        }
    }
    return -1;
}

static bool is_text(const char *value, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(value, text, len) == 0;
}

static void keep(struct exchange *exchange, char **text, const char *value, size_t len)
{
    free_text(pool_of(exchange), *text);
    *text = copy_text(pool_of(exchange), value, strnlen(value, len));
}

static bool is_grpc(const char *value, size_t len)
{
    static const char type[] = "application/grpc";
    size_t size = sizeof(type) - 1;

    return len >= size && memcmp(value, type, size) == 0 && (len == size || value[size] == '+' || value[size] == ';');
}

void exchange_header(struct exchange *exchange, const char *name, const char *value, size_t len)
{
    if (strcmp(name, ":path") == 0) {
        keep(exchange, &exchange->path, value, len);
    } else if (strcmp(name, ":method") == 0) {
        exchange->is_post = is_text(value, len, "POST");
    } else if (strcmp(name, "content-type") == 0) {
        exchange->is_grpc = is_grpc(value, len);
    } else if (strcmp(name, "grpc-timeout") == 0) {
        exchange->timeout = read_timeout(value, len);
        exchange->bad_timeout = exchange->timeout < 0;
    } else if (strcmp(name, "grpc-encoding") == 0) {
        exchange->is_gzip = is_text(value, len, "gzip");
        exchange->other_encoding = !exchange->is_gzip && !is_text(value, len, "identity");
    } else if (strcmp(name, "authorization") == 0) {
        keep(exchange, &exchange->authorization, value, len);
    } else if (strcmp(name, SERVER_UNIVERSE_HEADER) == 0) {
        keep(exchange, &exchange->universe, value, len);
    }
}

void exchange_begin(struct exchange *exchange)
{
    if (!exchange->is_post || !exchange->is_grpc || exchange->path == NULL) {
        link_refuse_http(exchange, exchange->is_post ? "415" : "405");
    } else if (exchange->bad_timeout) {
        exchange_end(exchange, tl_status_to_grpc(TL_INTERNAL), "malformed grpc-timeout", NULL);
    } else if (exchange->other_encoding) {
        exchange_refuse(exchange, TL_UNSUPPORTED, "grpc-encoding is not supported: gzip and identity are");
    } else {
        method_begin(exchange);
    }
}

/* ---- What comes in ---- */

static void refuse_size(struct exchange *exchange, size_t size)
{
    exchange_refuse(
        exchange, TL_RESOURCE_EXHAUSTED, "grpc: received message larger than max (%zu vs. %zu)", size, MESSAGE_MOST);
}

/* A prefix is whole: its length is a claim, so that memory is taken as bytes come. */
static void read_prefix(struct exchange *exchange)
{
    struct incoming *incoming = &exchange->incoming;
    const uint8_t *prefix = incoming->prefix;

    incoming->wanted = (size_t)prefix[1] << 24U | (size_t)prefix[2] << 16U | (size_t)prefix[3] << 8U | prefix[4];
    incoming->len = 0;
    if (prefix[0] > 1 || (prefix[0] == 1 && !exchange->is_gzip)) {
        exchange_end(
            exchange,
            tl_status_to_grpc(TL_INTERNAL),
            "grpc: compressed flag set with identity or empty encoding",
            NULL);
    } else if (incoming->wanted > MESSAGE_MOST) {
        refuse_size(exchange, incoming->wanted);
    }
}

static void give_message(struct exchange *exchange)
{
    struct incoming *incoming = &exchange->incoming;
    struct tl_bytes message = {incoming->data, incoming->len};
    struct gzip_text text = {.data = NULL};

    incoming->prefix_len = 0;
    if (incoming->prefix[0] == 1) {
        if (!gzip_unpack(pool_of(exchange), message, MESSAGE_MOST, &text)) {
            if (text.too_large) {
                refuse_size(exchange, text.len);
            } else {
                exchange_end(exchange, tl_status_to_grpc(TL_INTERNAL), "grpc: failed to decompress the message", NULL);
            }
            return;
        }
        message = (struct tl_bytes){text.data, text.len};
    }
    exchange->messages++;
    exchange->handler->on_message(exchange, message);
    gzip_free(pool_of(exchange), &text);
}

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

static size_t take_prefix(struct exchange *exchange, const uint8_t *data, size_t len)
{
    struct incoming *incoming = &exchange->incoming;
    size_t taken = least(len, sizeof(incoming->prefix) - incoming->prefix_len);

    memcpy(incoming->prefix + incoming->prefix_len, data, taken);
    incoming->prefix_len += taken;
    if (incoming->prefix_len == sizeof(incoming->prefix)) {
        read_prefix(exchange);
    }
    return taken;
}

static void make_room(struct exchange *exchange, size_t len)
{
    struct incoming *incoming = &exchange->incoming;
    size_t size = incoming->capacity == 0 ? 256 : incoming->capacity;

    while (size < len) {
        size *= 2;
    }
    if (size == incoming->capacity) {
        return;
    }
    uint8_t *larger = pool_alloc(pool_of(exchange), size);
    if (incoming->len > 0) {
        memcpy(larger, incoming->data, incoming->len);
    }
    pool_free(pool_of(exchange), incoming->data, incoming->capacity);
    incoming->data = larger;
    incoming->capacity = size;
}

static size_t take_body(struct exchange *exchange, const uint8_t *data, size_t len)
{
    struct incoming *incoming = &exchange->incoming;
    size_t taken = least(len, incoming->wanted - incoming->len);

    make_room(exchange, incoming->len + taken);
    if (taken > 0) {
        memcpy(incoming->data + incoming->len, data, taken);
    }
    incoming->len += taken;
    return taken;
}

static bool is_refused(const struct exchange *exchange)
{
    return exchange->handler == NULL || exchange->has_ended;
}

void exchange_data(struct exchange *exchange, const uint8_t *data, size_t len)
{
    struct incoming *incoming = &exchange->incoming;

    while (len > 0 && !is_refused(exchange)) {
        bool in_prefix = incoming->prefix_len < sizeof(incoming->prefix);
        size_t taken = in_prefix ? take_prefix(exchange, data, len) : take_body(exchange, data, len);
        data += taken;
        len -= taken;
        if (!is_refused(exchange) && incoming->prefix_len == sizeof(incoming->prefix) &&
            incoming->len == incoming->wanted) {
            give_message(exchange);
        }
    }
    if (is_refused(exchange)) {
        drop_incoming(exchange);
    }
}

void exchange_caller_ends(struct exchange *exchange)
{
    bool in_message = exchange->incoming.prefix_len > 0;

    exchange->caller_ended = true;
    drop_incoming(exchange);
    if (is_refused(exchange)) {
        return;
    }
    if (in_message) {
        exchange_end(exchange, tl_status_to_grpc(TL_INTERNAL), "unexpected EOF", NULL);
    } else {
        exchange->handler->on_end(exchange);
    }
}

/* ---- What goes out ---- */

void exchange_send(struct exchange *exchange, const void *message)
{
    if (exchange->has_ended) {
        return;
    }
    struct outgoing *outgoing = ARENA_NEW(&exchange->arena, struct outgoing);
    outgoing->bytes = message_pack(&exchange->arena, message);
    for (unsigned i = 0; i < 4; i++) {
        outgoing->prefix[1 + i] = (uint8_t)(outgoing->bytes.len >> (24U - 8U * i));
    }
    list_append(&exchange->outgoing, &outgoing->node);
    link_answers(exchange);
}

void exchange_end(struct exchange *exchange, int code, const char *text, const void *details)
{
    if (exchange->has_ended) {
        return;
    }
    exchange->has_ended = true;
    exchange->code = code;
    exchange->text = arena_strdup(&exchange->arena, text);
    if (details != NULL) {
        exchange->details = message_pack(&exchange->arena, details);
    }
    link_answers(exchange);
}

void exchange_refuse(struct exchange *exchange, enum tl_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = arena_vformat(&exchange->arena, format, args);
    va_end(args);
    exchange_end(exchange, tl_status_to_grpc(status), text, NULL);
}

void exchange_answer(struct exchange *exchange, const void *message)
{
    exchange_send(exchange, message);
    exchange_end(exchange, 0, "", NULL);
}
