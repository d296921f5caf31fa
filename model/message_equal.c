/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/message.h"
#include "model/message_difference.h"
#include "model/path.h"
#include "model/schema.h"

static bool equal_messages(
    struct message_difference *found, const struct schema_message *type, const void *left, const void *right,
    const struct path *path);

static bool differs(struct message_difference *found, const struct path *path, const void *left, const void *right)
{
    path_text(path, found->path, sizeof(found->path));
    found->field = path == NULL ? NULL : path->field;
    found->left = left;
    found->right = right;
    found->is_whole = false;
    return false;
}

static bool equal_strings(const char *left, const char *right)
{
    return strcmp(left == NULL ? "" : left, right == NULL ? "" : right) == 0;
}

static bool equal_bytes(const ProtobufCBinaryData *left, const ProtobufCBinaryData *right)
{
    return left->len == right->len && (left->len == 0 || memcmp(left->data, right->data, left->len) == 0);
}

/* NaN equals NaN; zeros of either sign are one value, as the wire does not carry the sign of a plain field. */
static bool equal_doubles(double left, double right)
{
    return left == right || (left != left && right != right);
}

static bool equal_scalars(const struct schema_field *field, const void *left, const void *right)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return equal_strings(*(char *const *)left, *(char *const *)right);
    case PROTOBUF_C_TYPE_BYTES:
        return equal_bytes(left, right);
    case PROTOBUF_C_TYPE_FLOAT:
        return equal_doubles((double)*(const float *)left, (double)*(const float *)right);
    case PROTOBUF_C_TYPE_DOUBLE:
        return equal_doubles(*(const double *)left, *(const double *)right);
    default:
        return memcmp(left, right, schema_value_size(field)) == 0;
    }
}

static bool equal_values(
    struct message_difference *found, const struct schema_field *field, const void *left, const void *right,
    const struct path *path)
{
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return equal_scalars(field, left, right) || differs(found, path, left, right);
    }
    const void *left_message = *(void *const *)left;
    const void *right_message = *(void *const *)right;

    if (left_message == NULL || right_message == NULL) {
        return left_message == right_message ||
               differs(found, path, left_message == NULL ? NULL : left, right_message == NULL ? NULL : right);
    }
    return equal_messages(found, schema_target(field), left_message, right_message, path);
}

/* ---- Maps ---- */

/* A map's entry is a message whose first field is the key. */
static const struct schema_field *key_of(const struct schema_field *map)
{
    return schema_field_at(schema_target(map), 0);
}

static const struct schema_field *value_of(const struct schema_field *map)
{
    return schema_field_at(schema_target(map), 1);
}

static bool same_key(const struct schema_field *map, const void *left, const void *right)
{
    const struct schema_field *key = key_of(map);

    return equal_scalars(key, schema_const_slot(left, key), schema_const_slot(right, key));
}

/*
 * Of two entries with one key the last counts. Linear, so that two maps of n entries in different
 * orders cost n squared; equal orders, which is what one program writes, never come here.
 */
static const void *find_entry(const struct schema_field *map, void *const *entries, size_t count, const void *wanted)
{
    for (size_t i = count; i > 0; i--) {
        if (same_key(map, entries[i - 1], wanted)) {
            return entries[i - 1];
        }
    }
    return NULL;
}

static void set_key(const struct schema_field *map, const void *entry, struct path *path)
{
    const struct schema_field *key = key_of(map);

    path->key = "?";
    if (key->type == PROTOBUF_C_TYPE_STRING && *(char *const *)schema_const_slot(entry, key) != NULL) {
        path->key = *(char *const *)schema_const_slot(entry, key);
    }
    path->key_len = strlen(path->key);
}

static bool equal_entries(
    struct message_difference *found, const struct schema_field *map, const void *left, const void *right,
    const struct path *up)
{
    const struct schema_field *value = value_of(map);
    struct path path = {up->up, map, PATH_NO_INDEX, NULL, 0};

    set_key(map, left != NULL ? left : right, &path);
    if (left == NULL || right == NULL) {
        return differs(found, &path, left, right);
    }
    return equal_values(found, value, schema_const_slot(left, value), schema_const_slot(right, value), &path);
}

static bool equal_maps(
    struct message_difference *found, const struct schema_field *map, const void *left, const void *right,
    const struct path *path)
{
    void *const *left_entries = *(void *const *const *)schema_const_slot(left, map);
    void *const *right_entries = *(void *const *const *)schema_const_slot(right, map);
    size_t left_count = schema_count_of(left, map);
    size_t right_count = schema_count_of(right, map);

    for (size_t i = 0; i < left_count; i++) {
        bool in_place = i < right_count && same_key(map, left_entries[i], right_entries[i]);
        const void *other = in_place ? right_entries[i] : find_entry(map, right_entries, right_count, left_entries[i]);

        if (!equal_entries(found, map, left_entries[i], other, path)) {
            return false;
        }
    }
    for (size_t i = 0; i < right_count; i++) {
        bool in_place = i < left_count && same_key(map, left_entries[i], right_entries[i]);

        if (!in_place && find_entry(map, left_entries, left_count, right_entries[i]) == NULL) {
            return equal_entries(found, map, NULL, right_entries[i], path);
        }
    }
    return true;
}

/* ---- Fields ---- */

static bool equal_repeated(
    struct message_difference *found, const struct schema_field *field, const void *left, const void *right,
    const struct path *up)
{
    size_t left_count = schema_count_of(left, field);
    size_t right_count = schema_count_of(right, field);
    const char *left_values = *(char *const *)schema_const_slot(left, field);
    const char *right_values = *(char *const *)schema_const_slot(right, field);
    size_t step = schema_value_size(field);
    size_t count = left_count < right_count ? left_count : right_count;

    for (size_t i = 0; i < count; i++) {
        struct path path = {up->up, field, i, NULL, 0};

        if (!equal_values(found, field, left_values + i * step, right_values + i * step, &path)) {
            return false;
        }
    }
    if (left_count == right_count) {
        return true;
    }
    differs(found, up, left, right);
    found->is_whole = true;
    return false;
}

static bool equal_field(
    struct message_difference *found, const struct schema_field *field, const void *left, const void *right,
    const struct path *path)
{
    if ((field->flags & SCHEMA_MAP) != 0) {
        return equal_maps(found, field, left, right, path);
    }
    if ((field->flags & SCHEMA_REPEATED) != 0) {
        return equal_repeated(found, field, left, right, path);
    }
    return equal_values(found, field, schema_const_slot(left, field), schema_const_slot(right, field), path);
}

static bool
may_differ(const struct message_difference *found, const struct schema_message *type, const struct schema_field *field)
{
    return found->allowed != NULL && found->allowed(found, type, field);
}

/* A member that may differ may also be absent. */
static bool equal_members(
    struct message_difference *found, const struct schema_message *type, const struct schema_field *left_member,
    const struct schema_field *right_member)
{
    return (left_member == NULL || may_differ(found, type, left_member)) &&
           (right_member == NULL || may_differ(found, type, right_member));
}

/* Of a oneof each side may have another member active, or none. */
static bool equal_oneof(
    struct message_difference *found, const struct schema_message *type, const struct schema_step *step,
    const void *left, const void *right, const struct path *up)
{
    const struct schema_field *field = schema_step_field(type, step, left);
    const struct schema_field *other = schema_step_field(type, step, right);
    struct path path = {up, field != NULL ? field : other, PATH_NO_INDEX, NULL, 0};

    if (field == other) {
        return field == NULL || equal_field(found, field, left, right, &path) || may_differ(found, type, field);
    }
    if (field == NULL) {
        differs(found, &path, NULL, schema_const_slot(right, other));
    } else {
        differs(found, &path, schema_const_slot(left, field), NULL);
    }
    return equal_members(found, type, field, other);
}

static bool equal_step(
    struct message_difference *found, const struct schema_message *type, const struct schema_step *step,
    const void *left, const void *right, const struct path *up)
{
    if (step->is_oneof) {
        return equal_oneof(found, type, step, left, right, up);
    }
    if (!schema_step_is_set(step, left) && !schema_step_is_set(step, right)) {
        return true;
    }
    const struct schema_field *field = schema_field_at(type, step->field);
    const struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    return equal_field(found, field, left, right, &path) || may_differ(found, type, field);
}

/* What neither side's schema knows is compared byte for byte, in order. */
static bool equal_unknown(const ProtobufCMessage *left, const ProtobufCMessage *right)
{
    if (left->n_unknown_fields != right->n_unknown_fields) {
        return false;
    }
    for (size_t i = 0; i < left->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *a = &left->unknown_fields[i];
        const ProtobufCMessageUnknownField *b = &right->unknown_fields[i];

        if (a->tag != b->tag || a->len != b->len || memcmp(a->data, b->data, a->len) != 0) {
            return false;
        }
    }
    return true;
}

static bool equal_messages(
    struct message_difference *found, const struct schema_message *type, const void *left, const void *right,
    const struct path *path)
{
    for (size_t step = 0; step < type->step_count; step++) {
        if (!equal_step(found, type, &schema_steps[type->first_step + step], left, right, path)) {
            return false;
        }
    }
    return equal_unknown(left, right) || differs(found, path, NULL, NULL);
}

bool message_find_difference(const void *left, const void *right, struct message_difference *difference)
{
    const ProtobufCMessageDescriptor *descriptor = ((const ProtobufCMessage *)left)->descriptor;

    if (descriptor != ((const ProtobufCMessage *)right)->descriptor) {
        return differs(difference, NULL, left, right);
    }
    return equal_messages(difference, schema_of(descriptor), left, right, NULL);
}

bool message_equal(const void *left, const void *right, char *path, size_t size)
{
    struct message_difference difference = {0};

    if (left == right || (left != NULL && right != NULL && message_find_difference(left, right, &difference))) {
        return true;
    }
    if (path != NULL && size > 0) {
        size_t len = strnlen(difference.path, size - 1);

        memcpy(path, difference.path, len);
        path[len] = '\0';
    }
    return false;
}

bool message_says_nothing(const void *message)
{
    return message == NULL || message_size(message) == 0;
}

bool message_says_same(const void *left, const void *right, char *path, size_t size)
{
    return (message_says_nothing(left) && message_says_nothing(right)) || message_equal(left, right, path, size);
}
