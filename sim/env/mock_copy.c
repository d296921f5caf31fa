/* SPDX-License-Identifier: MIT */
/* What a test hands in may lie on its stack: what is kept is copied. */
#include <string.h>

#include "sim/env/mock.h"

#define MOST_CAUSES 20 /* links of a chain, as tl_fail_options.cause has it */

static int copy_bytes(struct env_memory *memory, struct tl_bytes from, struct tl_bytes *to)
{
    uint8_t *copy = from.len == 0 ? NULL : env_alloc(memory, from.len);

    if (copy != NULL) {
        memcpy(copy, from.data, from.len);
    }
    *to = (struct tl_bytes){copy, from.len};
    return copy != NULL || from.len == 0;
}

static int copy_metadata(struct env_memory *memory, const struct tl_metadata *from, struct tl_metadata *to)
{
    to->key = env_strdup(memory, from->key);
    return to->key != NULL && copy_bytes(memory, from->value, &to->value);
}

int mock_copy_payload(struct env_memory *memory, const struct tl_payload *from, struct tl_payload *to)
{
    struct tl_metadata *metadata = env_alloc(memory, from->metadata_count * sizeof *metadata);

    if (metadata == NULL || !copy_bytes(memory, from->data, &to->data)) {
        return 0;
    }
    for (size_t i = 0; i < from->metadata_count; i++) {
        if (!copy_metadata(memory, &from->metadata[i], &metadata[i])) {
            return 0;
        }
    }
    to->metadata = metadata;
    to->metadata_count = from->metadata_count;
    return 1;
}

int mock_copy_payloads(struct env_memory *memory, const struct tl_payloads *from, struct tl_payloads *to)
{
    struct tl_payload *items = env_alloc(memory, from->count * sizeof *items);

    if (items == NULL) {
        return 0;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (!mock_copy_payload(memory, &from->items[i], &items[i])) {
            return 0;
        }
    }
    *to = (struct tl_payloads){items, from->count};
    return 1;
}

/* ---- Failures ---- */

static int copy_text(struct env_memory *memory, const char *from, const char **to)
{
    *to = env_strdup(memory, from == NULL ? "" : from);
    return *to != NULL;
}

/* One link, without its cause; what it was read from is gone when the answer is given. */
static struct tl_failure *copy_link(struct env_memory *memory, const struct tl_failure *from)
{
    const struct tl_payloads details = {from->details, from->details_count};
    struct tl_failure *to = env_alloc(memory, sizeof *to);
    struct tl_payloads copies;

    if (to == NULL || !mock_copy_payloads(memory, &details, &copies)) {
        return NULL;
    }
    *to = *from;
    to->cause = NULL;
    to->origin = NULL;
    to->details = copies.items;
    if (!copy_text(memory, from->message, &to->message) || !copy_text(memory, from->source, &to->source) ||
        !copy_text(memory, from->stack_trace, &to->stack_trace) || !copy_text(memory, from->type, &to->type) ||
        !copy_text(memory, from->activity_id, &to->activity_id) || !copy_text(memory, from->identity, &to->identity)) {
        return NULL;
    }
    return to;
}

static int copy_chain(struct env_memory *memory, const struct tl_failure *from, const struct tl_failure **to)
{
    for (int depth = 0; from != NULL && depth < MOST_CAUSES; depth++) {
        struct tl_failure *link = copy_link(memory, from);

        if (link == NULL) {
            return 0;
        }
        *to = link;
        to = &link->cause;
        from = from->cause;
    }
    *to = NULL;
    return 1;
}

const struct tl_fail_options *mock_copy_failure(struct env_memory *memory, const struct tl_fail_options *from)
{
    const struct tl_payloads details = {from->details, from->details_count};
    struct tl_fail_options *to = env_alloc(memory, sizeof *to);
    struct tl_payloads copies;

    if (to == NULL || !mock_copy_payloads(memory, &details, &copies)) {
        return NULL;
    }
    *to = *from;
    to->details = copies.items;
    return copy_chain(memory, from->cause, &to->cause) ? to : NULL;
}
