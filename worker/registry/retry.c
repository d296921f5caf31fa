/* SPDX-License-Identifier: MIT */
#include "worker/registry/retry.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "worker/registry/option.h"

static enum tl_status check_types(const struct tl_retry_policy *retry, struct tl_error *error)
{
    for (size_t i = 0; i < retry->non_retryable_count; i++) {
        const char *type = retry->non_retryable_types == NULL ? NULL : retry->non_retryable_types[i];

        if (type == NULL || text_utf8_valid_prefix(type, strlen(type)) != strlen(type)) {
            return tl_error_set(
                error, TL_INVALID_ARGUMENT, "retry.non_retryable_types", "number %zu is missing or not UTF-8", i);
        }
    }
    return TL_OK;
}

/* As the server checks it: common/retrypolicy/retry_policy.go, Validate; its defaults are 0 here. */
enum tl_status retry_check(const struct tl_retry_policy *retry, struct tl_error *error)
{
    if (retry == NULL) {
        return TL_OK;
    }
    enum tl_status status = option_check_duration("retry.initial_interval", retry->initial_interval, error);
    if (status == TL_OK) {
        status = option_check_duration("retry.maximum_interval", retry->maximum_interval, error);
    }
    if (status != TL_OK) {
        return status;
    }
    if (retry->maximum_interval > 0 && retry->maximum_interval < retry->initial_interval) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "retry.maximum_interval", "is less than the initial interval");
    }
    if (retry->backoff_coefficient != 0 && !(isfinite(retry->backoff_coefficient) && retry->backoff_coefficient >= 1)) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "retry.backoff_coefficient",
            "is %g; 1 is the least possible",
            retry->backoff_coefficient);
    }
    if (retry->maximum_attempts < 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "retry.maximum_attempts", "is negative: %d", retry->maximum_attempts);
    }
    return check_types(retry, error);
}

const struct tl_retry_policy *retry_view(struct arena *arena, const Pb__RetryPolicy *policy)
{
    if (policy == NULL) {
        return NULL;
    }
    struct tl_retry_policy *retry = ARENA_NEW(arena, struct tl_retry_policy);

    retry->initial_interval = pb_nanoseconds(policy->initial_interval);
    retry->backoff_coefficient = policy->backoff_coefficient;
    retry->maximum_interval = pb_nanoseconds(policy->maximum_interval);
    retry->maximum_attempts = policy->maximum_attempts;
    retry->non_retryable_types = (const char *const *)policy->non_retryable_error_types;
    retry->non_retryable_count = policy->n_non_retryable_error_types;
    return retry;
}

Pb__RetryPolicy *retry_message(struct arena *arena, const struct tl_retry_policy *retry)
{
    if (retry == NULL) {
        return NULL;
    }
    Pb__RetryPolicy *policy = PB_NEW(arena, Pb__RetryPolicy, pb__retry_policy);

    policy->initial_interval = pb_duration(arena, retry->initial_interval);
    policy->backoff_coefficient = retry->backoff_coefficient;
    policy->maximum_interval = pb_duration(arena, retry->maximum_interval);
    policy->maximum_attempts = retry->maximum_attempts;
    policy->n_non_retryable_error_types = retry->non_retryable_count;
    policy->non_retryable_error_types = ARENA_ARRAY(arena, char *, retry->non_retryable_count);
    for (size_t i = 0; i < retry->non_retryable_count; i++) {
        policy->non_retryable_error_types[i] = arena_strdup(arena, retry->non_retryable_types[i]);
    }
    return policy;
}
