/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/message.h"
#include "model/schema.h"

static void *clone_of(struct arena *arena, const struct schema_message *type, const void *message);

static void clone_bytes(struct arena *arena, ProtobufCBinaryData *bytes)
{
    bytes->data = bytes->len == 0 ? NULL : arena_copy(arena, bytes->data, bytes->len);
}

/* protobuf-c's shared empty string tells "never set" in a oneof: it stays itself. */
static void clone_string(struct arena *arena, char **string)
{
    if (*string != NULL && *string != protobuf_c_empty_string) {
        *string = arena_copy(arena, *string, strlen(*string) + 1);
    }
}

/* The value was copied with what holds it; what it points to is copied here. */
static void clone_value(struct arena *arena, const struct schema_field *field, void *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        clone_string(arena, value);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        clone_bytes(arena, value);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && *(void **)value != NULL) {
        *(void **)value = clone_of(arena, schema_target(field), *(void **)value);
    }
}

static void clone_repeated(struct arena *arena, const struct schema_field *field, void *message)
{
    size_t count = *schema_count(message, field);
    char **values = schema_slot(message, field);
    size_t step = schema_value_size(field);

    *values = arena_copy(arena, *values, count * step);
    for (size_t i = 0; i < count; i++) {
        clone_value(arena, field, *values + i * step);
    }
}

static void clone_unknown_fields(struct arena *arena, ProtobufCMessage *base)
{
    size_t count = base->n_unknown_fields;

    if (count == 0) {
        base->unknown_fields = NULL;
        return;
    }
    base->unknown_fields = arena_copy(arena, base->unknown_fields, count * sizeof(*base->unknown_fields));
    for (size_t i = 0; i < count; i++) {
        base->unknown_fields[i].data = arena_copy(arena, base->unknown_fields[i].data, base->unknown_fields[i].len);
    }
}

static void *clone_of(struct arena *arena, const struct schema_message *type, const void *message)
{
    ProtobufCMessage *copy = arena_copy(arena, message, type->descriptor->sizeof_message);

    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, copy, step);

        if (field == NULL) {
            continue;
        }
        if ((field->flags & SCHEMA_REPEATED) != 0) {
            clone_repeated(arena, field, copy);
        } else {
            clone_value(arena, field, schema_slot(copy, field));
        }
    }
    clone_unknown_fields(arena, copy);
    return copy;
}

void *message_clone(struct arena *arena, const void *message)
{
    if (message == NULL) {
        return NULL;
    }
    return clone_of(arena, schema_of(((const ProtobufCMessage *)message)->descriptor), message);
}
