/* SPDX-License-Identifier: MIT */
/*
 * Bytes of any kind: decoded as messages. What could be decoded is valid, is measured as protobuf-c measures it, and
 * comes back equal when it is encoded again; its clone is equal, too.
 */
#include <stdint.h>
#include <timelapse/history.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {
    SCHEMA_pb__history,
    SCHEMA_pb__failure,
    SCHEMA_pb__struct,
    SCHEMA_pb__respond_workflow_task_completed_request,
};

static enum tl_status keep(void *user, Pb__Payload **payload)
{
    (void)user;
    CHECK(*payload != NULL);
    return TL_OK;
}

static void use(struct arena *arena, ProtobufCMessage *message)
{
    struct tl_bytes packed = message_pack(arena, message);
    void *again = NULL;

    CHECK(message_validate(message, NULL) == TL_OK);
    CHECK(packed.len == protobuf_c_message_get_packed_size(message));
    CHECK(message_unpack(arena, message->descriptor, packed, &again, NULL) == TL_OK);
    CHECK(message_equal(message, again, NULL, 0));
    CHECK(message_equal(message, message_clone(arena, message), NULL, 0));
    CHECK(message_visit_payloads(message, keep, NULL) == TL_OK);
}

static void decode_as(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes bytes)
{
    struct tl_error error = {0};
    void *message = NULL;
    enum tl_status status = message_unpack(arena, descriptor, bytes, &message, &error);

    if (status == TL_OK) {
        use(arena, message);
    } else {
        CHECK(status == TL_MALFORMED || status == TL_TOO_LARGE);
    }
}

static void use_history(struct tl_bytes bytes)
{
    struct tl_history *history = NULL;
    char *shown = NULL;

    if (tl_history_from_protobuf(bytes, NULL, &history, NULL) != TL_OK) {
        return;
    }
    (void)!tl_history_check(history, NULL);
    CHECK(tl_history_show(history, &shown, NULL) == TL_OK);
    tl_text_free(shown);
    tl_history_unref(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tl_bytes bytes = {data, size};
    struct pool *pool = pool_new(NULL);
    struct arena arena;

    arena_init(&arena, pool);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        decode_as(&arena, schema_messages[types[i]].descriptor, bytes);
    }
    pool_free_all(pool);
    use_history(bytes);
    return 0;
}
