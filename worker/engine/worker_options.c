/* SPDX-License-Identifier: MIT */
#include "worker/engine/worker_options.h"

#include "base/check.h"
#include "worker/registry/option.h"

static enum tl_status refuse(struct tl_error *error, const char *field, const char *words)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", words);
}

static enum tl_status check_names(const struct tl_worker_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_name("task_queue", options->task_queue, error);

    if (status == TL_OK) {
        status = option_check_name("name_space", options->name_space, error);
    }
    if (status == TL_OK && options->identity != NULL) {
        status = option_check_name("identity", options->identity, error);
    }
    return status;
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
        {"shards", options->shards, 1, 256},
    };

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const struct limited *number = &numbers[i];
        enum tl_status status =
            option_check_number(number->field, number->value, number->minimum, number->maximum, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return option_check_stack(options->coroutine_stack, error);
}

static enum tl_status check_durations(const struct tl_worker_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_duration("sticky_timeout", options->sticky_timeout, error);

    return status == TL_OK ? option_check_duration("stop_grace", options->stop_grace, error) : status;
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
    options->coroutine_stack = number_or(options->coroutine_stack, OPTION_STACK);
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
