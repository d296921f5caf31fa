/* SPDX-License-Identifier: MIT */
/* Encoding and decoding, by protobuf-c, in arenas. */
#include "base/check.h"
#include "model/message.h"
#include "model/message_scan.h"
#include "model/schema.h"

struct tl_bytes message_pack(struct arena *arena, const void *message)
{
    size_t size = message_size(message);
    uint8_t *buffer = arena_alloc(arena, size);

    CHECK(protobuf_c_message_pack(message, buffer) == size);
    return (struct tl_bytes){buffer, size};
}

static void *take_from_arena(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

/* The arena drops all of it at once. */
static void leave_to_arena(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

enum tl_status message_unpack(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes bytes, void **out_message,
    struct tl_error *error)
{
    ProtobufCAllocator allocator = {take_from_arena, leave_to_arena, arena};
    enum tl_status status = message_scan(schema_of(descriptor), bytes, error);

    if (status != TL_OK) {
        return status;
    }
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, bytes.len, bytes.data);

    if (message == NULL) {
        return tl_error_set(
            error, TL_MALFORMED, NULL, "the bytes are no %s: a field has another wire type", descriptor->short_name);
    }
    *out_message = message;
    return TL_OK;
}
