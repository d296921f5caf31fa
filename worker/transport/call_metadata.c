/* SPDX-License-Identifier: MIT */
/* What stands in a call's headers: sdk-core, crates/client/src/lib.rs (ServiceCallInterceptor) and grpc.rs. */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "model/pb.h"
#include "worker/transport/channel_private.h"

#define CLIENT_NAME "timelapse-c"

/* temporal-namespace, authorization */
#define OWN_ITEMS 2

static grpc_slice slice_of(struct tl_bytes bytes)
{
    return grpc_slice_from_copied_buffer((const char *)bytes.data, bytes.len);
}

static struct tl_bytes bytes_of(const char *text)
{
    return (struct tl_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- The connection's ---- */

static void add_to_connection(struct channel *channel, const char *key, struct tl_bytes value)
{
    grpc_slice name = grpc_slice_from_copied_string(key);

    for (size_t i = 0; i < channel->metadata_count; i++) {
        if (grpc_slice_eq(channel->metadata[i].key, name)) {
            grpc_slice_unref(name);
            return;
        }
    }
    channel->metadata[channel->metadata_count++] = (grpc_metadata){.key = name, .value = slice_of(value)};
}

enum tl_status call_metadata_of_connection(struct channel *channel, const struct tl_connection_options *options)
{
    channel->metadata_room = options->metadata_count + 2;
    channel->metadata = channel_take(channel, channel->metadata_room * sizeof(*channel->metadata));
    if (channel->metadata == NULL) {
        return TL_NO_MEMORY;
    }
    for (size_t i = 0; i < options->metadata_count; i++) {
        add_to_connection(channel, options->metadata[i].key, options->metadata[i].value);
    }
    add_to_connection(channel, "client-name", bytes_of(CLIENT_NAME));
    add_to_connection(channel, "client-version", bytes_of(TIMELAPSE_VERSION));
    return TL_OK;
}

/* ---- A call's ---- */

/* Takes both slices; drops them where the key is there already. */
static void add(struct call_metadata *metadata, grpc_slice key, grpc_slice value)
{
    for (size_t i = 0; i < metadata->count; i++) {
        if (grpc_slice_eq(metadata->items[i].key, key)) {
            grpc_slice_unref(key);
            grpc_slice_unref(value);
            return;
        }
    }
    CHECK(metadata->count < metadata->room);
    metadata->items[metadata->count++] = (grpc_metadata){.key = key, .value = value};
}

static bool is_legal(grpc_slice key, grpc_slice value)
{
    return grpc_header_key_is_legal(key) != 0 &&
           (grpc_is_binary_header(key) != 0 || grpc_header_nonbin_value_is_legal(value) != 0);
}

static enum tl_status
add_questions(struct call_metadata *metadata, const struct channel_question *question, struct tl_error *error)
{
    for (size_t i = 0; i < question->metadata_count; i++) {
        grpc_slice key = grpc_slice_from_copied_string(question->metadata[i].key);
        grpc_slice value = slice_of(question->metadata[i].value);
        bool legal = is_legal(key, value);

        add(metadata, key, value);
        if (!legal) {
            return tl_error_set(
                error,
                TL_INVALID_ARGUMENT,
                question->metadata[i].key,
                "a header cannot carry this key or its value (of the call's metadata)");
        }
    }
    return TL_OK;
}

/* The message's own field `namespace`; NULL when it has none. */
static const char *namespace_of(const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "namespace");

    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED) {
        return NULL;
    }
    return *(const char *const *)(const void *)((const char *)message + field->offset);
}

/* One that no header can carry stays in the message alone, as in sdk-core. */
static void add_namespace(struct call_metadata *metadata, const ProtobufCMessage *message)
{
    const char *name = namespace_of(message);

    if (pb_is_empty(name)) {
        return;
    }
    grpc_slice key = grpc_slice_from_static_string("temporal-namespace");
    grpc_slice value = grpc_slice_from_copied_string(name);
    if (is_legal(key, value)) {
        add(metadata, key, value);
    } else {
        grpc_slice_unref(value);
    }
}

static void add_connections(struct call_metadata *metadata, struct channel *channel)
{
    for (size_t i = 0; i < channel->metadata_count; i++) {
        add(metadata, grpc_slice_ref(channel->metadata[i].key), grpc_slice_ref(channel->metadata[i].value));
    }
    (void)pthread_mutex_lock(&channel->lock);
    if (channel->has_api_key) {
        add(metadata, grpc_slice_from_static_string("authorization"), grpc_slice_ref(channel->authorization));
    }
    (void)pthread_mutex_unlock(&channel->lock);
}

enum tl_status call_metadata_make(
    struct call_metadata *out, struct channel *channel, const struct channel_question *question, struct tl_error *error)
{
    out->count = 0;
    out->room = question->metadata_count + channel->metadata_count + OWN_ITEMS;
    out->items = channel_take(channel, out->room * sizeof(*out->items));
    if (out->items == NULL) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    enum tl_status status = add_questions(out, question, error);
    if (status != TL_OK) {
        call_metadata_done(out, channel);
        return status;
    }
    add_namespace(out, question->message);
    add_connections(out, channel);
    return TL_OK;
}

void call_metadata_done(struct call_metadata *metadata, struct channel *channel)
{
    for (size_t i = 0; i < metadata->count; i++) {
        grpc_slice_unref(metadata->items[i].key);
        grpc_slice_unref(metadata->items[i].value);
    }
    channel_give(channel, metadata->items, metadata->room * sizeof(*metadata->items));
}
