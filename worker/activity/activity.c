/* SPDX-License-Identifier: MIT */
/* What activity code calls: timelapse/activity.h. */
#include <stdarg.h>
#include <timelapse/activity.h>

#include "model/failure.h"
#include "worker/activity/attempt.h"
#include "worker/registry/fail.h"
#include "worker/runtime/clock.h"
#include "worker/runtime/driver_private.h"

/*
 * The code of an activity has a thread of its own where the driver has threads. What it calls takes the driver's lock
 * for as long as it works; calls that wait give their thread's lock away with the coroutine.
 */

const struct tl_activity_info *tl_activity_info(struct tl_activity *activity)
{
    return &activity->info;
}

void *tl_activity_user(struct tl_activity *activity)
{
    return activity->definition->user;
}

const struct tl_payload *tl_activity_header(struct tl_activity *activity, const char *key)
{
    unsigned held = driver_lock(activity->owner.driver);
    const struct tl_payload *value = field_find(&activity->headers, &activity->arena, key);

    driver_unlock(activity->owner.driver, held);
    return value;
}

void *tl_activity_alloc(struct tl_activity *activity, size_t size)
{
    unsigned held = driver_lock(activity->owner.driver);
    void *value = arena_zalloc(&activity->arena, size);

    driver_unlock(activity->owner.driver, held);
    return value;
}

tl_time tl_activity_now(struct tl_activity *activity)
{
    unsigned held = driver_lock(activity->owner.driver);
    tl_time value = activity->attempts->agenda->now;

    driver_unlock(activity->owner.driver, held);
    return value;
}

int tl_activity_is_canceled(struct tl_activity *activity)
{
    unsigned held = driver_lock(activity->owner.driver);
    int value = activity->cancel != TL_ACTIVITY_NOT_CANCELED;

    driver_unlock(activity->owner.driver, held);
    return value;
}

enum tl_activity_cancel_reason tl_activity_cancel_reason(struct tl_activity *activity)
{
    unsigned held = driver_lock(activity->owner.driver);
    enum tl_activity_cancel_reason value = activity->cancel;

    driver_unlock(activity->owner.driver, held);
    return value;
}

const char *tl_activity_cancel_reason_name(enum tl_activity_cancel_reason reason)
{
    switch (reason) {
    case TL_ACTIVITY_NOT_CANCELED:
        return "not canceled";
    case TL_ACTIVITY_CANCEL_REQUESTED:
        return "cancel requested";
    case TL_ACTIVITY_RESET:
        return "reset";
    case TL_ACTIVITY_PAUSED:
        return "paused";
    case TL_ACTIVITY_NOT_FOUND:
        return "not found";
    case TL_ACTIVITY_TIMED_OUT:
        return "timed out";
    case TL_ACTIVITY_WORKER_SHUTDOWN:
        return "worker shutdown";
    }
    return "unknown reason";
}

static enum tl_status canceled_or_ok(const struct tl_activity *activity)
{
    return activity->cancel == TL_ACTIVITY_NOT_CANCELED ? TL_OK : TL_CANCELED;
}

/* Another coroutine, or none, that holds the handle may not wait or speak for the activity. */
static bool is_own_coroutine(struct tl_activity *activity, const char *text)
{
    if (coroutine_owner() == &activity->owner) {
        return true;
    }
    tl_driver_fail(activity->owner.driver, TL_VERDICT, NULL, 0, text);
    return false;
}

static enum tl_status sleep_for(struct tl_activity *activity, tl_duration duration)
{
    struct agenda *agenda = activity->attempts->agenda;
    tl_time until = clock_after(agenda->now, duration < 0 ? 0 : duration);

    if (!is_own_coroutine(activity, "tl_activity_sleep was called outside of its activity")) {
        return TL_FAILED_PRECONDITION;
    }
    activity->interruptible = true;
    while (agenda->now < until && canceled_or_ok(activity) == TL_OK) {
        if (until != TL_NEVER) {
            agenda_at(agenda, &activity->wake, until, TL_DEADLINE_WAKING);
        }
        attempt_park(activity, "sleep", until);
    }
    activity->interruptible = false;
    return canceled_or_ok(activity);
}

enum tl_status tl_activity_sleep(struct tl_activity *activity, tl_duration duration)
{
    unsigned held = driver_lock(activity->owner.driver);
    enum tl_status status = sleep_for(activity, duration);

    driver_unlock(activity->owner.driver, held);
    return status;
}

/* Details that are none fail the attempt, whatever it returns: see attempt_answer. */
static bool are_details(struct tl_activity *activity, const char *function, const struct tl_payloads *details)
{
    if (details == NULL || details->items != NULL || details->count == 0) {
        return true;
    }
    activity->spoiled = attempt_failure(
        activity,
        "InvalidDetails",
        arena_format(&activity->arena, "%s: details is NULL, but there are %zu of them", function, details->count));
    return false;
}

static enum tl_status record(struct tl_activity *activity, const struct tl_payloads *details)
{
    const struct attempts *attempts = activity->attempts;

    if (!is_own_coroutine(activity, "tl_heartbeat was called outside of its activity")) {
        return TL_FAILED_PRECONDITION;
    }
    if (!are_details(activity, "tl_heartbeat", details)) {
        return canceled_or_ok(activity);
    }
    if (attempts->watcher != NULL) {
        attempts->watcher->on_heartbeat(attempts->user, activity, details);
    }
    if (!activity->forgotten) {
        heartbeat_record(activity, details);
    }
    return canceled_or_ok(activity);
}

enum tl_status tl_heartbeat(struct tl_activity *activity, const struct tl_payloads *details)
{
    unsigned held = driver_lock(activity->owner.driver);
    enum tl_status status = record(activity, details);

    driver_unlock(activity->owner.driver, held);
    return status;
}

struct tl_payloads tl_heartbeat_details(struct tl_activity *activity)
{
    unsigned held = driver_lock(activity->owner.driver);
    struct tl_payloads value = pb_payloads_view(&activity->arena, activity->poll->heartbeat_details);

    driver_unlock(activity->owner.driver, held);
    return value;
}

/* What was meant is not lost: it is the cause of the failure that says what is wrong with it. */
static Pb__Failure *
odd_failure(struct tl_activity *activity, const char *function, const struct tl_error *error, const Pb__Failure *meant)
{
    struct arena *arena = &activity->arena;
    const struct tl_fail_options options = {.cause = failure_view(arena, meant)};
    const char *message = arena_format(arena, "%s: %s %s", function, error->field, error->message);

    return fail_application(arena, "InvalidFailOptions", message, &options);
}

enum tl_status tl_activity_fail_with(
    struct tl_activity *activity, const char *type, const char *message, const struct tl_fail_options *options)
{
    unsigned held = driver_lock(activity->owner.driver);
    struct tl_error error;
    bool is_valid = fail_check(options, &error) == TL_OK;

    activity->failure = fail_application(&activity->arena, type, message, is_valid ? options : NULL);
    if (!is_valid) {
        activity->failure = odd_failure(activity, __func__, &error, activity->failure);
    }
    driver_unlock(activity->owner.driver, held);
    return TL_FAILED;
}

enum tl_status tl_activity_fail(struct tl_activity *activity, const char *type, const char *format, ...)
{
    unsigned held = driver_lock(activity->owner.driver);
    va_list args;

    va_start(args, format);
    const char *message = arena_vformat(&activity->arena, format, args);
    va_end(args);
    driver_unlock(activity->owner.driver, held);
    return tl_activity_fail_with(activity, type, message, NULL);
}

enum tl_status tl_activity_fail_as(struct tl_activity *activity, const struct tl_failure *failure)
{
    unsigned held = driver_lock(activity->owner.driver);
    struct tl_error error;

    activity->failure = fail_check_chain("failure", failure, &error) == TL_OK
                            ? fail_attempt_chain(&activity->arena, failure)
                            : odd_failure(activity, __func__, &error, NULL);
    driver_unlock(activity->owner.driver, held);
    return TL_FAILED;
}

enum tl_status tl_activity_canceled(struct tl_activity *activity, const struct tl_payloads *details)
{
    unsigned held = driver_lock(activity->owner.driver);

    if (are_details(activity, __func__, details)) {
        activity->canceled_details = pb_payloads(&activity->arena, details);
    }
    driver_unlock(activity->owner.driver, held);
    return TL_CANCELED;
}

enum tl_status tl_activity_result_text(struct tl_activity *activity, struct tl_payload *result, const char *format, ...)
{
    unsigned held = driver_lock(activity->owner.driver);
    va_list args;

    va_start(args, format);
    const char *text = arena_vformat(&activity->arena, format, args);
    va_end(args);
    driver_unlock(activity->owner.driver, held);
    *result = tl_payload_json(text);
    return TL_OK;
}
