/* SPDX-License-Identifier: MIT */
/* Texts made from histories, and work on histories that needs memory for a while. */
#include <string.h>

#include "base/pool.h"
#include "model/history.h"
#include "model/json.h"

/* ---- Memory for a while ---- */

static enum tl_status no_memory(struct tl_error *error)
{
    return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
}

enum tl_status
history_with_arena(const struct tl_allocator *allocator, history_work_fn *work, void *user, struct tl_error *error)
{
    struct pool *pool = pool_new(allocator);
    struct pool_guard guard;
    struct arena arena;

    if (pool == NULL) {
        return no_memory(error);
    }
    if (POOL_GUARD(pool, &guard)) {
        pool_free_all(pool);
        return no_memory(error);
    }
    arena_init(&arena, pool);
    enum tl_status status = work(&arena, user, error);

    pool_guard_pop(pool, &guard);
    pool_free_all(pool);
    return status;
}

/* ---- Texts ---- */

/* Stands before the characters that are handed out: the pool that holds all of it. */
struct text_head {
    struct pool *pool;
    size_t unused;
};

static enum tl_status make_in(
    struct pool *pool, const struct tl_history *history, history_text_fn *make, struct text *text,
    struct tl_error *error)
{
    const struct text_head head = {pool, 0};
    struct arena *arena = pool_alloc(pool, sizeof(*arena));

    arena_init(arena, pool);
    text_init(text, arena);
    text_add_bytes(text, &head, sizeof(head));
    return make(history, text, error);
}

enum tl_status history_make_text(
    const struct tl_history *history, history_text_fn *make, char **out_text, size_t *out_len, struct tl_error *error)
{
    struct pool *pool = pool_new(history->allocator);
    struct pool_guard guard;
    struct text text;

    if (pool == NULL) {
        return no_memory(error);
    }
    if (POOL_GUARD(pool, &guard)) {
        pool_free_all(pool);
        return no_memory(error);
    }
    enum tl_status status = make_in(pool, history, make, &text, error);

    pool_guard_pop(pool, &guard);
    if (status != TL_OK) {
        pool_free_all(pool);
        return status;
    }
    *out_text = text.data + sizeof(struct text_head);
    if (out_len != NULL) {
        *out_len = text.len - sizeof(struct text_head);
    }
    return TL_OK;
}

void tl_text_free(char *text)
{
    struct text_head head;

    if (text != NULL) {
        memcpy(&head, text - sizeof(head), sizeof(head));
        pool_free_all(head.pool);
    }
}

/* ---- JSON ---- */

static enum tl_status write_json(const struct tl_history *history, struct text *text, struct tl_error *error)
{
    Pb__History message = PB__HISTORY__INIT;

    message.n_events = history->count;
    message.events = (Pb__HistoryEvent **)(uintptr_t)history->events;
    enum tl_status status = json_write(text, &message, 2, error);

    if (status == TL_OK) {
        text_add_char(text, '\n');
    }
    return status;
}

enum tl_status
tl_history_to_json(const struct tl_history *history, char **out_text, size_t *out_len, struct tl_error *error)
{
    return history_make_text(history, write_json, out_text, out_len, error);
}
