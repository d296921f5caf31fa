/* SPDX-License-Identifier: MIT */
#include "model/schema.h"

#include <string.h>

#include "base/check.h"
#include "model/schema_hash.h"

const struct schema_message *schema_of(const ProtobufCMessageDescriptor *descriptor)
{
    uint32_t slot = schema_hash(descriptor->name, strlen(descriptor->name));

    for (;; slot++) {
        uint16_t index = schema_message_slots[slot & schema_message_slot_mask];

        CHECK(index != 0);
        if (schema_messages[index - 1].descriptor == descriptor) {
            return &schema_messages[index - 1];
        }
    }
}

const struct schema_message *schema_find(const char *full_name, size_t len)
{
    uint32_t slot = schema_hash(full_name, len);
    uint16_t index;

    while ((index = schema_message_slots[slot & schema_message_slot_mask]) != 0) {
        const char *name = schema_messages[index - 1].descriptor->name;

        if (strncmp(name, full_name, len) == 0 && name[len] == '\0') {
            return &schema_messages[index - 1];
        }
        slot++;
    }
    return NULL;
}

static bool is_named(const struct schema_field *field, const char *name, size_t len)
{
    /* Past the opening quote. */
    if (field->json_len == len && memcmp(schema_text(field->json_name) + 1, name, len) == 0) {
        return true;
    }
    return field->name_len == len && memcmp(schema_text(field->name), name, len) == 0;
}

const struct schema_field *schema_field_by_name(const struct schema_message *type, const char *name, size_t len)
{
    const uint8_t *slots = &schema_slots[type->first_slot];
    uint32_t slot = schema_hash(name, len);
    uint8_t index;

    while ((index = slots[slot & type->slot_mask]) != 0) {
        const struct schema_field *field = schema_field_at(type, index - 1U);

        if (is_named(field, name, len)) {
            return field;
        }
        slot++;
    }
    return NULL;
}

const struct schema_field *schema_field_beyond(const struct schema_message *type, uint32_t number)
{
    for (size_t i = type->field_count; i > 0; i--) {
        const struct schema_field *field = schema_field_at(type, i - 1);

        if (field->number <= number) {
            return field->number == number ? field : NULL;
        }
    }
    return NULL;
}

static bool is_spelled(const struct schema_value *value, const char *name, size_t len)
{
    if (value->name_len == len && memcmp(schema_text(value->name) + 1, name, len) == 0) {
        return true;
    }
    return len > 0 && value->short_len == len && memcmp(schema_text(value->short_name), name, len) == 0;
}

const struct schema_value *schema_value_by_name(unsigned enum_index, const char *name, size_t len)
{
    const struct schema_enum *type = &schema_enums[enum_index];
    const uint8_t *slots = &schema_slots[type->first_slot];
    uint32_t slot = schema_hash(name, len);
    uint8_t index;

    while ((index = slots[slot & type->slot_mask]) != 0) {
        const struct schema_value *value = &schema_values[type->first_value + index - 1U];

        if (is_spelled(value, name, len)) {
            return value;
        }
        slot++;
    }
    return NULL;
}

const struct schema_value *schema_value_by_number(unsigned enum_index, int32_t number)
{
    const struct schema_enum *type = &schema_enums[enum_index];
    const struct schema_value *values = &schema_values[type->first_value];
    size_t low = 0;
    size_t high = type->value_count;

    /* Most enums count from 0 without a gap. */
    if (number >= 0 && number < type->value_count && values[number].number == number) {
        return &values[number];
    }
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (values[middle].number == number) {
            return &values[middle];
        }
        if (values[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool schema_is_set(const struct schema_field *field, const void *message)
{
    const void *value = schema_const_slot(message, field);

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        if ((field->flags & SCHEMA_ONEOF) != 0) {
            return *(char *const *)value != NULL && *(char *const *)value != protobuf_c_empty_string;
        }
        return *(char *const *)value != NULL && **(char *const *)value != '\0';
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)value != NULL;
    case PROTOBUF_C_TYPE_BYTES:
        return (field->flags & SCHEMA_ONEOF) != 0 || ((const ProtobufCBinaryData *)value)->len != 0;
    case PROTOBUF_C_TYPE_FLOAT:
        return (field->flags & SCHEMA_ONEOF) != 0 || *(const float *)value != 0;
    case PROTOBUF_C_TYPE_DOUBLE:
        return (field->flags & SCHEMA_ONEOF) != 0 || *(const double *)value != 0;
    default:
        break;
    }
    if ((field->flags & SCHEMA_ONEOF) != 0) {
        return true;
    }
    return schema_value_size(field) == 4 ? *(const uint32_t *)value != 0 : *(const uint64_t *)value != 0;
}
