/* SPDX-License-Identifier: MIT */
/*
 * Encoded sizes, equal to protobuf_c_message_get_packed_size, which visits all members of a oneof:
 * 60 for a history event. Here the schema's steps lead to the active one.
 */
#include <string.h>

#include "model/message.h"
#include "model/schema.h"
#include "model/wire.h"

static size_t string_size(const char *string)
{
    return wire_prefixed_size(string == NULL ? 0 : strlen(string));
}

/* What a time and a duration have in common. */
static size_t seconds_size(int64_t seconds, int32_t nanos)
{
    size_t whole = seconds == 0 ? 0 : 1 + wire_varint_size((uint64_t)seconds);

    return 1 + whole + (nanos == 0 ? 0 : 1 + wire_int32_size(nanos));
}

/* Times are in every event, durations in most that begin something: they are measured without a walk. */
static size_t nested_size(const struct schema_field *field, const void *message)
{
    const struct schema_message *type = schema_target(field);
    const ProtobufCMessage *base = message;

    if (message == NULL) {
        return 1;
    }
    if (type->shape == SCHEMA_TIMESTAMP && base->n_unknown_fields == 0) {
        return seconds_size(((const Pb__Timestamp *)message)->seconds, ((const Pb__Timestamp *)message)->nanos);
    }
    if (type->shape == SCHEMA_DURATION && base->n_unknown_fields == 0) {
        return seconds_size(((const Pb__Duration *)message)->seconds, ((const Pb__Duration *)message)->nanos);
    }
    return wire_prefixed_size(message_size_of(type, message));
}

/* A value without its tag. */
static size_t value_size(const struct schema_field *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return string_size(*(char *const *)value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return nested_size(field, *(void *const *)value);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return wire_varint_size(*(const uint64_t *)value);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return wire_int32_size(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return 1;
    case PROTOBUF_C_TYPE_BYTES:
        return wire_prefixed_size(((const ProtobufCBinaryData *)value)->len);
    case PROTOBUF_C_TYPE_UINT32:
        return wire_varint_size(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_SINT32:
        return wire_sint32_size(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_SINT64:
        return wire_sint64_size(*(const int64_t *)value);
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    default: /* the wide ones of fixed width */
        return 8;
    }
}

static size_t repeated_size(const struct schema_field *field, const void *message)
{
    size_t count = schema_count_of(message, field);
    const char *values = *(char *const *)schema_const_slot(message, field);
    size_t step = schema_value_size(field);
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size += value_size(field, values + i * step);
    }
    if ((field->flags & SCHEMA_PACKED) != 0) {
        return field->tag_size + wire_prefixed_size(size);
    }
    return count * field->tag_size + size;
}

/* Of a field that a step came to: set, but for what schema_is_set knows better. */
static size_t field_size(const struct schema_field *field, const void *message)
{
    const unsigned plain = SCHEMA_REPEATED | SCHEMA_ONEOF | SCHEMA_MAY_BE_EMPTY;

    if ((field->flags & plain) != 0) {
        if ((field->flags & SCHEMA_REPEATED) != 0) {
            return repeated_size(field, message);
        }
        if (!schema_is_set(field, message)) {
            return 0;
        }
    }
    return field->tag_size + value_size(field, schema_const_slot(message, field));
}

size_t message_size_of(const struct schema_message *type, const void *message)
{
    const ProtobufCMessage *base = message;
    const struct schema_step *step = &schema_steps[type->first_step];
    const struct schema_step *end = step + type->step_count;
    size_t size = 0;

    for (; step < end; step++) {
        const struct schema_field *field = schema_step_field(type, step, message);

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
