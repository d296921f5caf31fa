/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "model/message.h"
#include "model/path.h"
#include "model/schema.h"

/* Strings, and messages that can hold some or recur, are all there is to look at. */
static bool is_checked(const struct schema_field *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING ||
           (field->type == PROTOBUF_C_TYPE_MESSAGE && (schema_target(field)->flags & SCHEMA_HOLDS_TEXT) != 0);
}

/* ---- Whether all is well: nearly always, so that nothing is noted on the way ---- */

static bool is_valid(const struct schema_message *type, const void *message, unsigned depth);

static bool is_valid_value(const struct schema_field *field, const void *value, unsigned depth)
{
    const void *held = *(void *const *)value;

    if (held == NULL) {
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        size_t len = strlen(held);

        return text_utf8_valid_prefix(held, len) == len;
    }
    return is_valid(schema_target(field), held, depth + 1);
}

static bool is_valid_field(const struct schema_field *field, const void *message, unsigned depth)
{
    if ((field->flags & SCHEMA_REPEATED) == 0) {
        return is_valid_value(field, schema_const_slot(message, field), depth);
    }
    void *const *values = *(void *const *const *)schema_const_slot(message, field);

    for (size_t i = 0; i < schema_count_of(message, field); i++) {
        if (!is_valid_value(field, &values[i], depth)) {
            return false;
        }
    }
    return true;
}

static bool is_valid(const struct schema_message *type, const void *message, unsigned depth)
{
    const struct schema_step *step = &schema_steps[type->first_step];
    const struct schema_step *end = step + type->step_count;

    if (depth > MESSAGE_MAX_DEPTH) {
        return false;
    }
    for (; step < end; step++) {
        const struct schema_field *field = schema_step_field(type, step, message);

        if (field != NULL && is_checked(field) && !is_valid_field(field, message, depth)) {
            return false;
        }
    }
    return true;
}

/* ---- What is wrong, and where ---- */

static enum tl_status
find_fault(const struct schema_message *type, const void *message, const struct path *up, struct tl_error *error);

static enum tl_status refuse(struct tl_error *error, enum tl_status status, const struct path *path, const char *what)
{
    char text[sizeof(error->field)];

    path_text(path, text, sizeof(text));
    return tl_error_set(error, status, text, "%s", what);
}

static enum tl_status check_string(const char *string, const struct path *path, struct tl_error *error)
{
    size_t len = string == NULL ? 0 : strlen(string);

    if (text_utf8_valid_prefix(string, len) != len) {
        return refuse(error, TL_INVALID_ARGUMENT, path, "the string is not valid UTF-8");
    }
    return TL_OK;
}

static enum tl_status
check_value(const struct schema_field *field, const void *value, const struct path *path, struct tl_error *error)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return check_string(*(char *const *)value, path, error);
    }
    const void *message = *(void *const *)value;

    return message == NULL ? TL_OK : find_fault(schema_target(field), message, path, error);
}

static enum tl_status
check_field(const struct schema_field *field, const void *message, const struct path *up, struct tl_error *error)
{
    struct path path = {up, field, PATH_NO_INDEX, NULL, 0};

    if ((field->flags & SCHEMA_REPEATED) == 0) {
        return check_value(field, schema_const_slot(message, field), &path, error);
    }
    size_t count = schema_count_of(message, field);
    const char *values = *(char *const *)schema_const_slot(message, field);

    for (size_t i = 0; i < count; i++) {
        path.index = i;
        enum tl_status status = check_value(field, values + i * sizeof(void *), &path, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status
find_fault(const struct schema_message *type, const void *message, const struct path *up, struct tl_error *error)
{
    size_t depth = 1;

    for (const struct path *frame = up; frame != NULL; frame = frame->up) {
        depth++;
    }
    if (depth > MESSAGE_MAX_DEPTH) {
        return refuse(error, TL_TOO_LARGE, up, "messages are nested too deep");
    }
    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, message, step);
        enum tl_status status = TL_OK;

        if (field != NULL && is_checked(field)) {
            status = check_field(field, message, up, error);
        }
        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

enum tl_status message_validate(const void *message, struct tl_error *error)
{
    const struct schema_message *type = schema_of(((const ProtobufCMessage *)message)->descriptor);

    return is_valid(type, message, 1) ? TL_OK : find_fault(type, message, NULL, error);
}
