/* SPDX-License-Identifier: MIT */
#include "worker/engine/worker_options.h"

#include <stdint.h>

#include "base/check.h"
#include "worker/registry/option.h"

#define MOST_POLLERS 1000

static enum tl_status refuse(struct tl_error *error, const char *field, const char *words)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", words);
}

static size_t number_or(size_t number, size_t otherwise)
{
    return number == 0 ? otherwise : number;
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

static enum tl_status check_limits(const struct limited *numbers, size_t count, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < count && status == TL_OK; i++) {
        const struct limited *number = &numbers[i];

        status = option_check_number(number->field, number->value, number->minimum, number->maximum, error);
    }
    return status;
}

static enum tl_status check_numbers(const struct tl_worker_options *options, struct tl_error *error)
{
    /* One slot and one poller each for the normal and the sticky queue. */
    size_t least = options->evict_every_task ? 1 : 2;
    const struct limited numbers[] = {
        {"tasks", (size_t)options->tasks, TL_WORKER_ALL, TL_WORKER_ACTIVITIES},
        {"eager_activities", (size_t)options->eager_activities, TL_EAGER_ACTIVITIES_DEFAULT, TL_EAGER_ACTIVITIES_OFF},
        {"workflow_task_slots", options->workflow_task_slots, least, SIZE_MAX},
        {"workflow_task_pollers", options->workflow_task_pollers, least, MOST_POLLERS},
        {"activity_pollers", options->activity_pollers, 1, MOST_POLLERS},
        {"shards", options->shards, 1, 256},
        {"engine_threads", options->engine_threads, 1, TL_ENGINE_THREADS_MOST},
    };
    enum tl_status status = check_limits(numbers, COUNT_OF(numbers), error);

    return status == TL_OK ? option_check_stack(options->coroutine_stack, error) : status;
}

/* ---- Numbers that others decide ---- */

struct poller_range worker_options_pollers(const struct tl_poller_scaling *scaling, size_t pollers)
{
    if (scaling == NULL) {
        return (struct poller_range){.maximum = pollers};
    }
    struct poller_range range = {
        .minimum = number_or(scaling->minimum, 1),
        .maximum = number_or(scaling->maximum, 100),
        .initial = scaling->initial,
    };
    if (range.initial == 0) {
        range.initial = range.minimum > 5 ? range.minimum : 5;
        range.initial = range.maximum < range.initial ? range.maximum : range.initial;
    }
    return range;
}

static struct poller_range enrolled(const struct tl_poller_scaling *scaling, size_t pollers)
{
    static const struct tl_poller_scaling defaults;

    return scaling != NULL || pollers != 0 ? (struct poller_range){0} : worker_options_pollers(&defaults, 0);
}

/* sdk-go, internal_worker.go (autoEnrollEligibility): whoever says how many pollers there are to be has them so. */
struct worker_enrolment worker_options_enrolment(const struct tl_worker_options *options)
{
    return (struct worker_enrolment){
        .workflow_tasks = enrolled(options->workflow_task_scaling, options->workflow_task_pollers),
        .activities = enrolled(options->activity_scaling, options->activity_pollers),
    };
}

/* Names of a scaling's members, and of the number that it stands in for. */
struct scaling_names {
    const char *number;
    const char *minimum;
    const char *maximum;
    const char *initial;
};

#define SCALING_NAMES(noun)                                                                                            \
    {                                                                                                                  \
        noun "_pollers", noun "_scaling.minimum", noun "_scaling.maximum", noun "_scaling.initial"                     \
    }

static enum tl_status check_scaling(
    const struct tl_poller_scaling *scaling, size_t pollers, const struct scaling_names *names, struct tl_error *error)
{
    if (scaling == NULL) {
        return TL_OK;
    }
    if (pollers != 0) {
        return refuse(error, names->number, "and a scaling exclude each other");
    }
    const struct poller_range range = worker_options_pollers(scaling, 0);
    const struct limited numbers[] = {
        {names->maximum, range.maximum, 1, MOST_POLLERS},
        {names->minimum, range.minimum, 1, range.maximum},
        {names->initial, range.initial, range.minimum, range.maximum},
    };
    return check_limits(numbers, COUNT_OF(numbers), error);
}

static enum tl_status check_scalings(const struct tl_worker_options *options, struct tl_error *error)
{
    static const struct scaling_names workflow_tasks = SCALING_NAMES("workflow_task");
    static const struct scaling_names activities = SCALING_NAMES("activity");
    enum tl_status status =
        check_scaling(options->workflow_task_scaling, options->workflow_task_pollers, &workflow_tasks, error);

    return status == TL_OK ? check_scaling(options->activity_scaling, options->activity_pollers, &activities, error)
                           : status;
}

static enum tl_status check_supplier(const struct tl_worker_options *options, struct tl_error *error)
{
    const struct tl_slot_supplier *supplier = options->slot_supplier;

    if (supplier == NULL) {
        return TL_OK;
    }
    if (supplier->reserve == NULL || supplier->release == NULL) {
        return refuse(error, "slot_supplier", "needs both reserve and release");
    }
    if (options->workflow_task_slots != 0 || options->activity_slots != 0) {
        const char *number = options->workflow_task_slots != 0 ? "workflow_task_slots" : "activity_slots";

        return refuse(error, number, "and a slot supplier exclude each other");
    }
    return TL_OK;
}

/* 0 is none, and more than one a nanosecond is none either. */
static enum tl_status check_rate(const char *field, double rate, struct tl_error *error)
{
    return rate >= 0 && rate <= 1e9 ? TL_OK : refuse(error, field, "is not between 0 and 1,000,000,000");
}

static enum tl_status check_rates(const struct tl_worker_options *options, struct tl_error *error)
{
    enum tl_status status = check_rate("activities_per_second", options->activities_per_second, error);

    return status == TL_OK ? check_rate("queue_activities_per_second", options->queue_activities_per_second, error)
                           : status;
}

static enum tl_status check_durations(const struct tl_worker_options *options, struct tl_error *error)
{
    enum tl_status status = option_check_duration("sticky_timeout", options->sticky_timeout, error);

    if (status == TL_OK) {
        status = option_check_duration("stop_grace", options->stop_grace, error);
    }
    return status == TL_OK && options->deadlock_limit < 0 ? refuse(error, "deadlock_limit", "is negative") : status;
}

static void complete(struct tl_worker_options *options)
{
    options->name_space = options->name_space == NULL ? "default" : options->name_space;
    options->cached_workflows = number_or(options->cached_workflows, 10000);
    options->workflow_task_slots = number_or(options->workflow_task_slots, 100);
    options->activity_slots = number_or(options->activity_slots, 100);
    options->deadlock_limit = options->deadlock_limit == 0 ? TL_SECONDS(1) : options->deadlock_limit;
    options->workflow_task_pollers = number_or(options->workflow_task_pollers, 5);
    options->activity_pollers = number_or(options->activity_pollers, 5);
    options->coroutine_stack = number_or(options->coroutine_stack, OPTION_STACK);
    options->shards = number_or(options->shards, 1);
    options->engine_threads = number_or(options->engine_threads, 1);
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

/* What is checked as it was given, before defaults are in place. */
static enum tl_status check_given(const struct tl_worker_options *options, struct tl_error *error)
{
    enum tl_status status = check_supplier(options, error);

    if (status == TL_OK) {
        status = check_scalings(options, error);
    }
    return status == TL_OK ? check_rates(options, error) : status;
}

static enum tl_status check_registry(const struct tl_worker_options *options, struct tl_error *error)
{
    return options->registry == NULL ? refuse(error, "registry", "is required")
                                     : tl_registry_check(options->registry, error);
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
    if (status == TL_OK) {
        status = check_registry(&completed, error);
    }
    if (status == TL_OK) {
        status = check_given(options, error);
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
