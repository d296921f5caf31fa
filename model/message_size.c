/* SPDX-License-Identifier: MIT */
/*
 * Encoded sizes, equal to protobuf_c_message_get_packed_size, which visits all members of a oneof:
 * 60 for a history event. Here the schema's steps lead to the active one.
 */
#include <stdbool.h>
#include <string.h>

#include "model/message.h"
#include "model/schema.h"
#include "model/wire.h"

static size_t scalar_size(ProtobufCType type, const void *value)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return wire_int32_size(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_SINT32:
        return wire_sint32_size(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
        return wire_varint_size(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return wire_varint_size(*(const uint64_t *)value);
    case PROTOBUF_C_TYPE_SINT64:
        return wire_sint64_size(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return 1;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return 0;
}

/* A value without its tag. */
static size_t value_size(const struct schema_field *field, const void *value)
{
    const char *string;
    const void *message;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        string = *(char *const *)value;
        return wire_prefixed_size(string == NULL ? 0 : strlen(string));
    case PROTOBUF_C_TYPE_BYTES:
        return wire_prefixed_size(((const ProtobufCBinaryData *)value)->len);
    case PROTOBUF_C_TYPE_MESSAGE:
        message = *(void *const *)value;
        return wire_prefixed_size(message == NULL ? 0 : message_size_of(schema_target(field), message));
    default:
        return scalar_size((ProtobufCType)field->type, value);
    }
}

static size_t repeated_size(const struct schema_field *field, const void *message)
{
    size_t count = schema_count_of(message, field);
    const char *values = *(char *const *)schema_const_slot(message, field);
    size_t step = schema_value_size(field);
    size_t size = 0;

    if (count == 0) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size += value_size(field, values + i * step);
    }
    if ((field->flags & SCHEMA_PACKED) != 0) {
        return wire_tag_size(field->number) + wire_prefixed_size(size);
    }
    return count * wire_tag_size(field->number) + size;
}

static size_t field_size(const struct schema_field *field, const void *message)
{
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        return repeated_size(field, message);
    }
    if (!schema_is_set(field, message)) {
        return 0;
    }
    return wire_tag_size(field->number) + value_size(field, schema_const_slot(message, field));
}

size_t message_size_of(const struct schema_message *type, const void *message)
{
    const ProtobufCMessage *base = message;
    size_t size = 0;

    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, message, step);

        if (field != NULL) {
            size += field_size(field, message);
        }
    }
    for (size_t i = 0; i < base->n_unknown_fields; i++) {
        /* An unknown field's data begin with its length where it has one. */
        size += wire_tag_size(base->unknown_fields[i].tag) + base->unknown_fields[i].len;
    }
    return size;
}

size_t message_size(const void *message)
{
    return message_size_of(schema_of(((const ProtobufCMessage *)message)->descriptor), message);
}
