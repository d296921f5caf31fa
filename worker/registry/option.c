/* SPDX-License-Identifier: MIT */
#include "worker/registry/option.h"

#include <string.h>

#include "base/text.h"

enum tl_status option_check_given(const char *field, const void *given, struct tl_error *error)
{
    return given != NULL ? TL_OK : tl_error_set(error, TL_INVALID_ARGUMENT, field, "is required");
}

enum tl_status option_check_text(const char *field, const char *text, struct tl_error *error)
{
    size_t len = text == NULL ? 0 : strlen(text);

    return text_utf8_valid_prefix(text, len) == len ? TL_OK
                                                    : tl_error_set(error, TL_INVALID_ARGUMENT, field, "is not UTF-8");
}

enum tl_status option_check_name(const char *field, const char *name, struct tl_error *error)
{
    size_t len = name == NULL ? 0 : strlen(name);

    if (len == 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, name == NULL ? "is required" : "is empty");
    }
    if (len > OPTION_NAME_MAX) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "is %zu bytes long, more than %d", len, OPTION_NAME_MAX);
    }
    return option_check_text(field, name, error);
}

enum tl_status option_check_duration(const char *field, tl_duration duration, struct tl_error *error)
{
    if (duration < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "is negative: %lld ns", (long long)duration);
    }
    if (duration > OPTION_DURATION_MAX) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            field,
            "is %lld days, more than the %d that a server keeps",
            (long long)(duration / TL_DAYS(1)),
            (int)(OPTION_DURATION_MAX / TL_DAYS(1)));
    }
    return TL_OK;
}

enum tl_status
option_check_number(const char *field, size_t number, size_t minimum, size_t maximum, struct tl_error *error)
{
    if (number < minimum) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "is %zu, less than %zu", number, minimum);
    }
    if (number > maximum) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "is %zu, more than %zu", number, maximum);
    }
    return TL_OK;
}

enum tl_status option_check_stack(size_t coroutine_stack, struct tl_error *error)
{
    return option_check_number("coroutine_stack", coroutine_stack, (size_t)32 << 10, (size_t)1 << 30, error);
}
