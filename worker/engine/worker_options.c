/* SPDX-License-Identifier: MIT */
#include "worker/engine/worker_options.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define MAX_NAME_LENGTH 1000 /* the server's limit of ids and names, in bytes */

static enum tl_status refuse(struct tl_error *error, const char *field, const char *words)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", words);
}

static enum tl_status check_name(const char *name, const char *field, struct tl_error *error)
{
    size_t len = strlen(name);

    if (len == 0 || len > MAX_NAME_LENGTH) {
        return refuse(error, field, "must have 1 to 1000 bytes");
    }
    return text_utf8_valid_prefix(name, len) == len ? TL_OK : refuse(error, field, "is not UTF-8");
}

static enum tl_status check_names(const struct tl_worker_options *options, struct tl_error *error)
{
    if (options->task_queue == NULL) {
        return refuse(error, "task_queue", "is required");
    }
    enum tl_status status = check_name(options->task_queue, "task_queue", error);
    if (status == TL_OK) {
        status = check_name(options->name_space, "name_space", error);
    }
    return status == TL_OK && options->identity != NULL ? check_name(options->identity, "identity", error) : status;
}

/* A number that may not be out of [minimum, maximum]. */
struct limited {
    const char *field;
    size_t value;
    size_t minimum;
    size_t maximum;
};

static enum tl_status check_numbers(const struct tl_worker_options *options, struct tl_error *error)
{
    /* One slot and one poller each for the normal and the sticky queue. */
    size_t least = options->evict_every_task ? 1 : 2;
    const struct limited numbers[] = {
        {"workflow_task_slots", options->workflow_task_slots, least, SIZE_MAX},
        {"workflow_task_pollers", options->workflow_task_pollers, least, 1000},
        {"activity_pollers", options->activity_pollers, 1, 1000},
        {"coroutine_stack", options->coroutine_stack, (size_t)32 << 10, (size_t)1 << 30},
        {"shards", options->shards, 1, 256},
    };

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const struct limited *number = &numbers[i];

        if (number->value < number->minimum) {
            return tl_error_set(
                error, TL_INVALID_ARGUMENT, number->field, "is %zu, less than %zu", number->value, number->minimum);
        }
        if (number->value > number->maximum) {
            return tl_error_set(
                error, TL_INVALID_ARGUMENT, number->field, "is %zu, more than %zu", number->value, number->maximum);
        }
    }
    return TL_OK;
}

static enum tl_status check_durations(const struct tl_worker_options *options, struct tl_error *error)
{
    if (options->sticky_timeout < 0) {
        return refuse(error, "sticky_timeout", "must not be negative");
    }
    return options->stop_grace < 0 ? refuse(error, "stop_grace", "must not be negative") : TL_OK;
}

static size_t number_or(size_t number, size_t otherwise)
{
    return number == 0 ? otherwise : number;
}

static void complete(struct tl_worker_options *options)
{
    options->name_space = options->name_space == NULL ? "default" : options->name_space;
    options->cached_workflows = number_or(options->cached_workflows, 10000);
    options->workflow_task_slots = number_or(options->workflow_task_slots, 100);
    options->activity_slots = number_or(options->activity_slots, 100);
    options->workflow_task_pollers = number_or(options->workflow_task_pollers, 5);
    options->activity_pollers = number_or(options->activity_pollers, 5);
    options->coroutine_stack = number_or(options->coroutine_stack, (size_t)256 << 10);
    options->shards = number_or(options->shards, 1);
    options->sticky_timeout = options->sticky_timeout == 0 ? TL_SECONDS(10) : options->sticky_timeout;
}

/* More tasks at a time than runs fit into the cache would evict each other (sdk-core caps them alike). */
static void cap_slots(struct tl_worker_options *options)
{
    size_t most = options->cached_workflows < 2 ? 2 : options->cached_workflows;

    if (!options->evict_every_task && options->workflow_task_slots > most) {
        options->workflow_task_slots = most;
    }
}

enum tl_status worker_options_complete(
    const struct tl_worker_options *options, struct tl_worker_options *out_options, struct tl_error *error)
{
    struct tl_worker_options completed;

    if (options == NULL) {
        return refuse(error, "options", "are required");
    }
    completed = *options;
    complete(&completed);
    enum tl_status status = check_names(&completed, error);
    if (status == TL_OK && completed.registry == NULL) {
        status = refuse(error, "registry", "is required");
    }
    if (status == TL_OK) {
        status = tl_registry_check(completed.registry, error);
    }
    if (status == TL_OK) {
        status = check_numbers(&completed, error);
    }
    if (status == TL_OK) {
        status = check_durations(&completed, error);
    }
    if (status == TL_OK) {
        cap_slots(&completed);
        *out_options = completed;
    }
    return status;
}
