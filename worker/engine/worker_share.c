/* SPDX-License-Identifier: MIT */
#include "worker/engine/worker_share.h"

#include <stdint.h>

#include "base/check.h"
#include "worker/registry/option.h"

/* A number that is divided. */
struct whole {
    const char *field;
    size_t given;     /* 0: not */
    size_t otherwise; /* the default */
    size_t least;     /* of each thread */
};

/* One poller each of the normal and of the sticky queue, and a slot for each of the two. */
static size_t workflow_least(const struct tl_worker_options *options)
{
    return options->evict_every_task ? 1 : 2;
}

static struct whole cached_workflows(const struct tl_worker_options *options)
{
    return (struct whole){"cached_workflows", options->cached_workflows, 10000, 1};
}

static struct whole workflow_task_slots(const struct tl_worker_options *options)
{
    return (struct whole){"workflow_task_slots", options->workflow_task_slots, 100, workflow_least(options)};
}

static struct whole activity_slots(const struct tl_worker_options *options)
{
    return (struct whole){"activity_slots", options->activity_slots, 100, 1};
}

static struct whole workflow_task_pollers(const struct tl_worker_options *options)
{
    return (struct whole){"workflow_task_pollers", options->workflow_task_pollers, 5, workflow_least(options)};
}

static struct whole activity_pollers(const struct tl_worker_options *options)
{
    return (struct whole){"activity_pollers", options->activity_pollers, 5, 1};
}

/* ---- Checks ---- */

static enum tl_status check_whole(struct whole whole, size_t threads, struct tl_error *error)
{
    return whole.given == 0 ? TL_OK
                            : option_check_number(whole.field, whole.given, whole.least * threads, SIZE_MAX, error);
}

static enum tl_status check_wholes(const struct whole *wholes, size_t count, size_t threads, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = check_whole(wholes[i], threads, error);
    }
    return status;
}

/* Names of a scaling's members. */
struct scaling_names {
    const char *minimum;
    const char *maximum;
    const char *initial;
};

static enum tl_status check_scaling(
    const struct tl_poller_scaling *scaling, struct scaling_names names, size_t threads, struct tl_error *error)
{
    if (scaling == NULL) {
        return TL_OK;
    }
    const struct whole wholes[] = {
        {names.maximum, scaling->maximum, 100, 1},
        {names.minimum, scaling->minimum, 1, 1},
        {names.initial, scaling->initial, 5, 1},
    };
    return check_wholes(wholes, COUNT_OF(wholes), threads, error);
}

static enum tl_status check_scalings(const struct tl_worker_options *options, size_t threads, struct tl_error *error)
{
    static const struct scaling_names workflow_tasks = {
        "workflow_task_scaling.minimum", "workflow_task_scaling.maximum", "workflow_task_scaling.initial"};
    static const struct scaling_names activities = {
        "activity_scaling.minimum", "activity_scaling.maximum", "activity_scaling.initial"};
    enum tl_status status = check_scaling(options->workflow_task_scaling, workflow_tasks, threads, error);

    return status == TL_OK ? check_scaling(options->activity_scaling, activities, threads, error) : status;
}

enum tl_status worker_share_check(const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_worker_options completed;
    enum tl_status status = worker_options_complete(options, &completed, error);

    if (status != TL_OK) {
        return status;
    }
    const struct whole wholes[] = {
        cached_workflows(options),
        workflow_task_slots(options),
        activity_slots(options),
        workflow_task_pollers(options),
        activity_pollers(options),
    };
    size_t threads = completed.engine_threads;

    status = check_wholes(wholes, COUNT_OF(wholes), threads, error);
    return status == TL_OK ? check_scalings(options, threads, error) : status;
}

/* ---- Shares ---- */

/* The first ones have one more where it does not divide. */
static size_t share(struct whole whole, size_t threads, size_t index)
{
    size_t least = whole.least * threads;
    size_t total = whole.given != 0 ? whole.given : whole.otherwise > least ? whole.otherwise : least;

    return total / threads + (index < total % threads ? 1 : 0);
}

/* The last has what the others leave: that is at most as much as they have, so that the difference is exact. */
static double share_rate(double rate, size_t threads, size_t index)
{
    double each = rate / (double)threads;
    double others = 0;

    for (size_t i = 0; i + 1 < threads; i++) {
        others += each;
    }
    return index + 1 == threads ? rate - others : each;
}

static struct tl_poller_scaling share_scaling(const struct tl_poller_scaling *scaling, size_t threads, size_t index)
{
    const struct poller_range range = worker_options_pollers(scaling, 0);
    size_t initial = scaling->initial != 0 ? scaling->initial : range.initial;
    struct tl_poller_scaling part = {
        .minimum = share((struct whole){"", scaling->minimum, 1, 1}, threads, index),
        .maximum = share((struct whole){"", scaling->maximum, 100, 1}, threads, index),
        .initial = share((struct whole){"", 0, initial, 1}, threads, index),
    };

    return part;
}

static struct poller_range share_range(const struct poller_range *range, size_t threads, size_t index)
{
    if (range->maximum == 0) {
        return *range;
    }
    const struct tl_poller_scaling whole = {range->minimum, range->maximum, range->initial};
    const struct tl_poller_scaling part = share_scaling(&whole, threads, index);
    return worker_options_pollers(&part, 0);
}

/* As scaling that was asked for. */
static struct worker_enrolment share_enrolment(const struct tl_worker_options *options, size_t index)
{
    const struct worker_enrolment whole = worker_options_enrolment(options);

    return (struct worker_enrolment){
        .workflow_tasks = share_range(&whole.workflow_tasks, options->engine_threads, index),
        .activities = share_range(&whole.activities, options->engine_threads, index),
    };
}

void worker_share_make(const struct tl_worker_options *options, size_t index, struct worker_share *out_share)
{
    size_t threads = options->engine_threads;
    struct tl_worker_options *part = &out_share->options;

    CHECK(threads > 0);
    *part = *options;
    part->engine_threads = 1;
    out_share->enrolment = share_enrolment(options, index);
    part->cached_workflows = share(cached_workflows(options), threads, index);
    part->activities_per_second = share_rate(options->activities_per_second, threads, index);
    if (options->slot_supplier == NULL) {
        part->workflow_task_slots = share(workflow_task_slots(options), threads, index);
        part->activity_slots = share(activity_slots(options), threads, index);
    }
    if (options->workflow_task_scaling == NULL) {
        part->workflow_task_pollers = share(workflow_task_pollers(options), threads, index);
    } else {
        out_share->workflow_task_scaling = share_scaling(options->workflow_task_scaling, threads, index);
        part->workflow_task_scaling = &out_share->workflow_task_scaling;
    }
    if (options->activity_scaling == NULL) {
        part->activity_pollers = share(activity_pollers(options), threads, index);
    } else {
        out_share->activity_scaling = share_scaling(options->activity_scaling, threads, index);
        part->activity_scaling = &out_share->activity_scaling;
    }
}
