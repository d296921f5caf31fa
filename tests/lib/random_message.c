/* SPDX-License-Identifier: MIT */
#include "tests/lib/random_message.h"

#include <google/protobuf/struct.pb-c.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"

static void *message_at(const struct random_message *maker, const struct schema_message *type, unsigned depth);

static size_t below(const struct random_message *maker, size_t bound)
{
    return (size_t)random_below(maker->random, bound);
}

/* ---- Values ---- */

static char *some_string(const struct random_message *maker)
{
    static const char *const texts[] = {
        "a",
        "order-1",
        "\"quoted\" back\\slash / slash",
        "line\nbreak\ttab\r\b\f",
        "\x01\x1f\x7f control",
        "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
        "\xe2\x80\xa8 and \xe2\x80\xa9 \xef\xbf\xbf \xf4\x8f\xbf\xbf",
        "exactly8",
        "a longer text of more than thirty-two bytes, so that words are scanned",
        "eleven b\xc3\xa9",
    };

    return arena_strdup(maker->arena, texts[below(maker, COUNT_OF(texts))]);
}

static ProtobufCBinaryData some_bytes(const struct random_message *maker)
{
    ProtobufCBinaryData bytes = {1 + below(maker, 40), NULL};

    bytes.data = arena_alloc(maker->arena, bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] = (uint8_t)random_next(maker->random);
    }
    return bytes;
}

static uint64_t some_number(const struct random_message *maker)
{
    static const uint64_t edges[] = {
        0,
        1,
        127,
        128,
        16383,
        16384,
        INT32_MAX,
        UINT32_MAX,
        INT64_MAX,
        (uint64_t)INT64_MIN,
        UINT64_MAX,
    };
    size_t pick = below(maker, COUNT_OF(edges) + 3);

    return pick < COUNT_OF(edges) ? edges[pick] : random_next(maker->random) >> below(maker, 64);
}

static double some_double(const struct random_message *maker)
{
    static const double edges[] = {0, 1, -1, 0.1, 1e300, 5e-324, 123456789.125, 1e21, (double)INFINITY, (double)NAN};

    return edges[below(maker, COUNT_OF(edges))];
}

static float some_float(const struct random_message *maker)
{
    static const float edges[] = {0, 1, -1, 0.1F, 3e38F, 1e-45F, 16777216.0F, -(float)INFINITY, (float)NAN};

    return edges[below(maker, COUNT_OF(edges))];
}

static int32_t some_enum(const struct random_message *maker, const struct schema_field *field)
{
    const struct schema_enum *type = &schema_enums[field->target];
    bool unknown = !(maker->for_json && field->target == SCHEMA_ENUM_EventType) && below(maker, 8) == 0;

    if ((field->flags & SCHEMA_NULL_VALUE) != 0) {
        return 0;
    }
    return unknown ? (int32_t)some_number(maker)
                   : schema_values[type->first_value + below(maker, type->value_count)].number;
}

static void
fill_value(const struct random_message *maker, const struct schema_field *field, void *value, unsigned depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)value = some_string(maker);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)value = some_bytes(maker);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(void **)value = message_at(maker, schema_target(field), depth + 1);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        *(float *)value = some_float(maker);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)value = some_double(maker);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)value = (protobuf_c_boolean)below(maker, 2);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int32_t *)value = some_enum(maker, field);
        break;
    default:
        if (schema_value_size(field) == 4) {
            *(uint32_t *)value = (uint32_t)some_number(maker);
        } else {
            *(uint64_t *)value = some_number(maker);
        }
        break;
    }
}

/* ---- Well-known types, within what JSON can say ---- */

static bool fill_time(const struct random_message *maker, const struct schema_message *type, void *message)
{
    if (type->shape == SCHEMA_TIMESTAMP) {
        Pb__Timestamp *timestamp = message;

        timestamp->seconds = (int64_t)below(maker, 253402300800 + 62135596800) - 62135596800;
        timestamp->nanos = below(maker, 2) == 0 ? 0 : (int32_t)below(maker, 1000000000);
        return true;
    }
    if (type->shape == SCHEMA_DURATION) {
        Pb__Duration *duration = message;
        int sign = below(maker, 2) == 0 ? 1 : -1;

        duration->seconds = sign * (int64_t)below(maker, below(maker, 2) == 0 ? 2 : 315576000000);
        duration->nanos = sign * (int32_t)(below(maker, 3) == 0 ? 500000000 : below(maker, 1000000000));
        return true;
    }
    return false;
}

static void fill_mask(const struct random_message *maker, Pb__FieldMask *mask)
{
    static const char *const paths[] = {"task_queue", "retry_policy.maximum_attempts", "a"};

    mask->n_paths = below(maker, 4);
    mask->paths = arena_alloc(maker->arena, sizeof(char *) * 4);
    for (size_t i = 0; i < mask->n_paths; i++) {
        mask->paths[i] = arena_strdup(maker->arena, paths[below(maker, COUNT_OF(paths))]);
    }
}

static void fill_value_message(const struct random_message *maker, Pb__Value *value)
{
    value->kind_case = PB__VALUE__KIND_NUMBER_VALUE;
    value->number_value = (double)(int64_t)below(maker, 1000) / 8;
    if (below(maker, 2) == 0) {
        value->kind_case = PB__VALUE__KIND_STRING_VALUE;
        value->string_value = some_string(maker);
    }
}

static void fill_any(const struct random_message *maker, Pb__Any *any, unsigned depth)
{
    static const uint16_t types[] = {
        SCHEMA_pb__payload,
        SCHEMA_pb__duration,
        SCHEMA_pb__empty,
        SCHEMA_pb__update__request,
        SCHEMA_pb__history_event};

    if (depth + 1 < maker->max_depth) {
        const struct schema_message *type = &schema_messages[types[below(maker, COUNT_OF(types))]];

        *any = *message_to_any(maker->arena, message_at(maker, type, depth + 2));
    } else {
        *any = *message_to_any(maker->arena, PB_NEW(maker->arena, Pb__Empty, pb__empty));
    }
}

/* Whether the type is one that random members would spoil. */
static bool
fill_shape(const struct random_message *maker, const struct schema_message *type, void *message, unsigned depth)
{
    if (!maker->for_json) {
        return false;
    }
    switch (type->shape) {
    case SCHEMA_FIELD_MASK:
        fill_mask(maker, message);
        return true;
    case SCHEMA_VALUE:
        if (depth < maker->max_depth && below(maker, 3) == 0) {
            return false;
        }
        fill_value_message(maker, message);
        return true;
    case SCHEMA_ANY:
        fill_any(maker, message, depth);
        return true;
    default:
        return fill_time(maker, type, message);
    }
}

/* ---- Messages ---- */

static bool too_deep(const struct random_message *maker, const struct schema_field *field, unsigned depth)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && depth >= maker->max_depth;
}

/* A key that no other entry of the same field has. */
static void number_key(const struct random_message *maker, const struct schema_field *map, void *entry, size_t index)
{
    const struct schema_field *key = schema_field_at(schema_target(map), 0);
    void *slot = schema_slot(entry, key);

    if (key->type == PROTOBUF_C_TYPE_STRING) {
        *(char **)slot = arena_format(maker->arena, "%s %zu", some_string(maker), index);
    } else if (key->type == PROTOBUF_C_TYPE_BOOL) {
        *(protobuf_c_boolean *)slot = (protobuf_c_boolean)(index & 1U);
    } else if (schema_value_size(key) == 4) {
        *(uint32_t *)slot = (uint32_t)index;
    } else {
        *(uint64_t *)slot = index;
    }
}

static void
fill_repeated(const struct random_message *maker, const struct schema_field *field, void *message, unsigned depth)
{
    bool is_map = (field->flags & SCHEMA_MAP) != 0;
    size_t count = below(maker, is_map ? 3 : 4);
    size_t step = schema_value_size(field);
    char *values = arena_zalloc(maker->arena, (count + 1) * step);

    *schema_count(message, field) = count;
    *(void **)schema_slot(message, field) = count == 0 ? NULL : values;
    for (size_t i = 0; i < count; i++) {
        fill_value(maker, field, values + i * step, depth);
        if (is_map && maker->for_json) {
            number_key(maker, field, *(void **)(void *)(values + i * step), i);
        }
    }
}

static size_t members_of(const struct schema_message *type, size_t first)
{
    size_t count = 0;

    for (size_t i = first; i < type->field_count; i++) {
        const struct schema_field *field = schema_field_at(type, i);

        count += (field->flags & SCHEMA_ONEOF) != 0 && field->quantifier == schema_field_at(type, first)->quantifier;
    }
    return count;
}

static const struct schema_field *member_at(const struct schema_message *type, size_t first, size_t ordinal)
{
    for (size_t i = first; i < type->field_count; i++) {
        const struct schema_field *field = schema_field_at(type, i);

        if ((field->flags & SCHEMA_ONEOF) != 0 && field->quantifier == schema_field_at(type, first)->quantifier &&
            ordinal-- == 0) {
            return field;
        }
    }
    return NULL;
}

static void fill_step(
    const struct random_message *maker, const struct schema_message *type, void *message, size_t step, unsigned depth)
{
    size_t first = schema_steps[type->first_step + step].field;
    const struct schema_field *field = schema_field_at(type, first);

    if ((field->flags & SCHEMA_ONEOF) != 0) {
        field = member_at(type, first, below(maker, members_of(type, first)));
        if (too_deep(maker, field, depth)) {
            return;
        }
        *schema_case(message, field) = field->number;
    }
    if (too_deep(maker, field, depth)) {
        return;
    }
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        fill_repeated(maker, field, message, depth);
    } else {
        fill_value(maker, field, schema_slot(message, field), depth);
    }
}

static void add_unknown_field(const struct random_message *maker, ProtobufCMessage *base)
{
    static const uint8_t varint[] = {0x96, 0x01};

    base->n_unknown_fields = 1;
    base->unknown_fields = ARENA_ARRAY(maker->arena, ProtobufCMessageUnknownField, 1);
    base->unknown_fields[0].tag = 50000;
    base->unknown_fields[0].wire_type = PROTOBUF_C_WIRE_TYPE_VARINT;
    base->unknown_fields[0].len = sizeof(varint);
    base->unknown_fields[0].data = arena_copy(maker->arena, varint, sizeof(varint));
}

/* An entry of a map always holds both of its fields: JSON cannot leave one out. */
static bool is_entry(const struct schema_message *type)
{
    return strstr(type->descriptor->short_name, "Entry") != NULL && type->field_count == 2;
}

/* JSON's numbers are finite: a Value cannot hold what a double field writes as "NaN". */
static void make_finite(const struct schema_message *type, void *message)
{
    Pb__Value *value = message;

    if (type->shape == SCHEMA_VALUE && value->kind_case == PB__VALUE__KIND_NUMBER_VALUE &&
        !isfinite(value->number_value)) {
        value->number_value = 0.5;
    }
}

static void *message_at(const struct random_message *maker, const struct schema_message *type, unsigned depth)
{
    void *message = pb_new(maker->arena, type->descriptor);

    if (fill_shape(maker, type, message, depth)) {
        return message;
    }
    for (size_t step = 0; step < type->step_count; step++) {
        bool must = maker->for_json && (is_entry(type) || type->shape == SCHEMA_VALUE);

        if (must || below(maker, 3) != 0) {
            fill_step(maker, type, message, step, must && depth >= maker->max_depth ? depth - 1 : depth);
        }
    }
    if (maker->for_json) {
        make_finite(type, message);
    } else if (below(maker, 6) == 0) {
        add_unknown_field(maker, message);
    }
    return message;
}

void *random_message(const struct random_message *maker, const ProtobufCMessageDescriptor *descriptor)
{
    return message_at(maker, schema_of(descriptor), 1);
}
