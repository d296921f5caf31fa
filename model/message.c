/* SPDX-License-Identifier: MIT */
/* Payloads below a message, messages by name, Any. */
#include "model/message.h"

#include <string.h>

#include "model/schema.h"
#include "model/schema_index.h"

struct visit {
    message_payload_fn *function;
    void *user;
};

static enum tl_status visit_message(const struct visit *visit, const struct schema_message *type, void *message);

static enum tl_status visit_value(const struct visit *visit, const struct schema_field *field, void *value)
{
    const struct schema_message *type = schema_target(field);

    if (*(void **)value == NULL) {
        return TL_OK;
    }
    if ((type->flags & SCHEMA_IS_PAYLOAD) != 0) {
        return visit->function(visit->user, value);
    }
    return visit_message(visit, type, *(void **)value);
}

static enum tl_status visit_field(const struct visit *visit, const struct schema_field *field, void *message)
{
    if ((field->flags & SCHEMA_REPEATED) == 0) {
        return visit_value(visit, field, schema_slot(message, field));
    }
    size_t count = *schema_count(message, field);
    void **values = *(void ***)schema_slot(message, field);

    for (size_t i = 0; i < count; i++) {
        enum tl_status status = visit_value(visit, field, &values[i]);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

/* SearchAttributes.indexed_fields holds payloads that are the server's to read. */
static bool is_visited(const struct schema_field *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->target != SCHEMA_pb__search_attributes &&
           (schema_target(field)->flags & SCHEMA_HOLDS_PAYLOADS) != 0;
}

static enum tl_status visit_message(const struct visit *visit, const struct schema_message *type, void *message)
{
    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, message, step);
        enum tl_status status = TL_OK;

        if (field != NULL && is_visited(field)) {
            status = visit_field(visit, field, message);
        }
        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

enum tl_status message_visit_payloads(void *message, message_payload_fn *visit, void *user)
{
    const struct visit visitor = {visit, user};
    const struct schema_message *type = schema_of(((ProtobufCMessage *)message)->descriptor);

    return (type->flags & SCHEMA_HOLDS_PAYLOADS) == 0 ? TL_OK : visit_message(&visitor, type, message);
}

const ProtobufCMessageDescriptor *message_descriptor(const char *full_name, size_t len)
{
    const struct schema_message *type = schema_find(full_name, len);

    return type == NULL ? NULL : type->descriptor;
}

Pb__Any *message_to_any(struct arena *arena, const void *message)
{
    Pb__Any *any = PB_NEW(arena, Pb__Any, pb__any);
    struct tl_bytes packed = message_pack(arena, message);

    any->type_url =
        arena_format(arena, "type.googleapis.com/%s", ((const ProtobufCMessage *)message)->descriptor->name);
    any->value.len = packed.len;
    any->value.data = (uint8_t *)(uintptr_t)packed.data;
    return any;
}

/* What comes after the last slash is the full name. */
void *message_from_any(struct arena *arena, const Pb__Any *any)
{
    const char *slash = any->type_url == NULL ? NULL : strrchr(any->type_url, '/');
    const struct tl_bytes bytes = {any->value.data, any->value.len};
    void *message = NULL;

    if (slash == NULL) {
        return NULL;
    }
    const ProtobufCMessageDescriptor *descriptor = message_descriptor(slash + 1, strlen(slash + 1));

    if (descriptor == NULL || message_unpack(arena, descriptor, bytes, &message, NULL) != TL_OK) {
        return NULL;
    }
    return message;
}
