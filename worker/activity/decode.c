/* SPDX-License-Identifier: MIT */
/* Structs of JSON in activity code: what cannot be read fails the attempt, and every other one with it. */
#include <stdio.h>
#include <timelapse/activity.h>
#include <timelapse/json_table.h>

static void *allocate(void *user, size_t size)
{
    return tl_activity_alloc(user, size);
}

static enum tl_status fail(struct tl_activity *activity, const char *type, const struct tl_error *error)
{
    static const struct tl_fail_options options = {.non_retryable = 1};
    char message[sizeof error->field + sizeof error->message + 2];

    (void)snprintf(
        message, sizeof message, "%s%s%s", error->field, error->field[0] == '\0' ? "" : ": ", error->message);
    return tl_activity_fail_with(activity, type, message, &options);
}

enum tl_status tl_activity_decode(
    struct tl_activity *activity, const struct tl_json_table *table, const struct tl_payload *payload, void *out_struct)
{
    struct tl_error error;
    enum tl_status status = tl_json_read(table, payload, out_struct, allocate, activity, &error);

    return status == TL_OK ? TL_OK : fail(activity, "DecodingError", &error);
}

enum tl_status tl_activity_encode(
    struct tl_activity *activity, const struct tl_json_table *table, const void *value, struct tl_payload *result)
{
    struct tl_error error;
    enum tl_status status = tl_json_write(table, value, allocate, activity, result, &error);

    return status == TL_OK ? TL_OK : fail(activity, "EncodingError", &error);
}
