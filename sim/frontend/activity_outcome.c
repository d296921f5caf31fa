/* SPDX-License-Identifier: MIT */
/* Facts: service/history/api/respondactivitytask{completed,failed,canceled}, recordactivitytaskheartbeat. */
#include "sim/frontend/activity_outcome.h"

#include "sim/machines/machines.h"
#include "sim/service/failure.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"

/* The workflow hears of it. */
static void notify(struct run *run)
{
    sim_workflow_task_ensure(run);
    sim_run_commit(run);
}

/* What is too large to be recorded fails the activity for good instead. */
static void fail_too_large(struct tl_call *call, struct activity *activity, const char *text, const char *identity)
{
    struct run *run = activity->run;
    const struct activity_report by = {.identity = identity};

    if (sim_activity_fail(activity, sim_server_failure(sim_call_arena(call), text, true), &by)) {
        sim_run_commit(run);
    } else {
        notify(run);
    }
}

void sim_outcome_complete(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *result, const struct activity_report *by)
{
    struct run *run = activity->run;

    if (sim_payloads_too_large(result)) {
        fail_too_large(call, activity, "Complete result exceeds size limit.", by->identity);
        return;
    }
    sim_activity_complete(activity, result, by);
    notify(run);
}

bool sim_outcome_cancel(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *details, const struct activity_report *by)
{
    struct run *run = activity->run;

    if (sim_payloads_too_large(details)) {
        fail_too_large(call, activity, "Cancel details exceed size limit.", by->identity);
        return true;
    }
    if (!sim_activity_cancel(activity, details, by)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "the activity's cancellation was not requested");
        return false;
    }
    notify(run);
    return true;
}

bool sim_outcome_heartbeat(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *details, const struct activity_report *by)
{
    bool cancel_requested = sim_activity_is_cancel_requested(activity);

    if (sim_payloads_too_large(details)) {
        fail_too_large(call, activity, "Heartbeat details exceed size limit.", by->identity);
        return true;
    }
    sim_activity_heartbeat(activity, details, by);
    sim_run_commit(activity->run);
    return cancel_requested;
}

/* ---- Failed ---- */

#define DELAY_SECONDS_MAX INT64_C(315576000000) /* ten thousand years: google/protobuf/duration.proto */
#define NANOSECONDS_MAX   999999999

static bool is_valid(const Pb__Duration *delay)
{
    bool mixed = (delay->seconds > 0 && delay->nanos < 0) || (delay->seconds < 0 && delay->nanos > 0);

    return !mixed && delay->seconds >= -DELAY_SECONDS_MAX && delay->seconds <= DELAY_SECONDS_MAX &&
           delay->nanos >= -NANOSECONDS_MAX && delay->nanos <= NANOSECONDS_MAX;
}

/* A negative one is a duration: the next attempt is due at once. */
bool sim_outcome_check_failure(struct tl_call *call, const Pb__Failure *failure)
{
    for (; failure != NULL; failure = failure->cause) {
        const Pb__Duration *delay = NULL;
        if (failure->failure_info_case == PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO) {
            delay = failure->application_failure_info->next_retry_delay;
        }
        if (delay != NULL && !is_valid(delay)) {
            sim_call_refuse(
                call, TL_INVALID_ARGUMENT, "failure.application_failure_info.next_retry_delay is no valid duration");
            return false;
        }
    }
    return true;
}

static void add_failure(struct arena *arena, struct failures *failures, Pb__Failure *failure)
{
    if (failures->failures == NULL) {
        failures->failures = ARENA_ARRAY(arena, Pb__Failure *, 2);
    }
    failures->failures[failures->count++] = failure;
}

struct failures sim_outcome_fail(struct tl_call *call, struct activity *activity, const struct activity_failed *failed)
{
    struct arena *arena = sim_call_arena(call);
    struct run *run = activity->run;
    struct failures failures = {0};
    const Pb__Failure *failure = failed->failure;

    if (sim_payloads_too_large(failed->last_heartbeat_details)) {
        add_failure(arena, &failures, sim_server_failure(arena, "Heartbeat details exceed size limit.", true));
    } else if (failed->last_heartbeat_details != NULL) {
        sim_activity_heartbeat(activity, failed->last_heartbeat_details, &failed->by);
    }
    if (sim_message_too_large(failure)) {
        Pb__Failure *instead = sim_failure_replace(arena, failure, LIMIT_BLOB_WARNING, true);
        add_failure(arena, &failures, instead);
        failure = instead;
    }
    if (!sim_activity_fail(activity, failure, &failed->by)) {
        sim_workflow_task_ensure(run);
    }
    sim_run_commit(run);
    return failures;
}
