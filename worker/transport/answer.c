/* SPDX-License-Identifier: MIT */
#include "worker/transport/answer.h"

#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "model/message.h"

struct answer {
    struct tl_reply reply; /* first: what callers hold */
    struct pool *pool;     /* in which it lies itself */
    struct arena arena;
};

static void free_answer(struct tl_reply *reply)
{
    pool_free_all(((struct answer *)(void *)reply)->pool);
}

static struct answer *new_answer(struct pool *pool)
{
    struct answer *answer = pool_zalloc(pool, sizeof(*answer));

    answer->pool = pool;
    answer->reply.references = 1;
    answer->reply.text = "";
    answer->reply.free = free_answer;
    arena_init(&answer->arena, pool);
    return answer;
}

/* Up to what is no UTF-8, or a NUL. */
static const char *read_text(struct arena *arena, struct tl_bytes text)
{
    size_t len = text_utf8_valid_prefix(text.data, text.len);

    return arena_strndup(arena, (const char *)text.data, strnlen((const char *)text.data, len));
}

static void read_details(struct answer *answer, struct tl_bytes bytes)
{
    void *details = NULL;

    if (bytes.len > 0 && message_unpack(&answer->arena, &pb__rpc__status__descriptor, bytes, &details, NULL) == TL_OK) {
        answer->reply.details = details;
    }
}

static void read_message(struct answer *answer, const struct tl_rpc *rpc, struct tl_bytes bytes)
{
    struct tl_error error = {.status = TL_OK};
    void *message = NULL;
    enum tl_status status = message_unpack(&answer->arena, rpc->response, bytes, &message, &error);

    if (status == TL_OK) {
        answer->reply.message = message;
        return;
    }
    answer->reply.status = status;
    answer->reply.grpc_code = tl_status_to_grpc(TL_INTERNAL);
    answer->reply.text = arena_format(
        &answer->arena,
        "the reply of %s cannot be read: %s%s%s",
        rpc->name,
        error.field,
        error.field[0] == '\0' ? "" : ": ",
        error.message);
}

static struct answer *read_answer(struct pool *pool, const struct tl_rpc *rpc, const struct channel_answer *received)
{
    struct answer *answer = new_answer(pool);

    answer->reply.status = received->status;
    answer->reply.grpc_code = received->code;
    if (received->status == TL_OK) {
        read_message(answer, rpc, received->message);
    } else {
        answer->reply.text = read_text(&answer->arena, received->text);
        read_details(answer, received->details);
    }
    return answer;
}

/* NULL: out of memory, and nothing is left in the pool that matters. */
static struct answer *guarded(struct pool *pool, const struct tl_rpc *rpc, const struct channel_answer *received)
{
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return NULL;
    }
    struct answer *answer = read_answer(pool, rpc, received);
    pool_guard_pop(pool, &guard);
    return answer;
}

struct tl_reply *
answer_new(const struct tl_allocator *allocator, const struct tl_rpc *rpc, const struct channel_answer *received)
{
    struct pool *pool = pool_new(allocator);
    struct answer *answer = pool == NULL ? NULL : guarded(pool, rpc, received);

    if (answer == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    return &answer->reply;
}

struct tl_reply *
answer_refusal(const struct tl_allocator *allocator, const struct tl_rpc *rpc, enum tl_status status, const char *text)
{
    struct channel_answer refusal = {
        .status = status,
        .code = tl_status_to_grpc(status),
        .text = {(const uint8_t *)text, strlen(text)},
    };

    return answer_new(allocator, rpc, &refusal);
}
