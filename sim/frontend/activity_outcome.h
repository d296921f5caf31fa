/* SPDX-License-Identifier: MIT */
/*
 * What a worker's report does to the activity it is about, however the report names it. What is too
 * large to be kept ends the activity instead (service/frontend/workflow_handler.go).
 */
#ifndef TIMELAPSE_SIM_ACTIVITY_OUTCOME_H
#define TIMELAPSE_SIM_ACTIVITY_OUTCOME_H

#include "sim/machines/activity.h"
#include "sim/service/call.h"

/* What a failed attempt reports. */
struct activity_failed {
    const Pb__Failure *failure;                 /* or NULL */
    const Pb__Payloads *last_heartbeat_details; /* or NULL */
    struct activity_report by;
};

/* What the answer says was left out for its size. In the call's arena. */
struct failures {
    size_t count;
    Pb__Failure **failures;
};

/* Refuses a report whose failure says no acceptable time to try again; false after that. */
bool sim_outcome_check_failure(struct tl_call *call, const Pb__Failure *failure);

/* The attempt is started, where nothing else is said. The activity may be gone afterwards. */
void sim_outcome_complete(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *result, const struct activity_report *by);
struct failures sim_outcome_fail(struct tl_call *call, struct activity *activity, const struct activity_failed *failed);

/* False after refusing the call: nobody asked for the cancellation. */
bool sim_outcome_cancel(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *details, const struct activity_report *by);

/* Returns whether its cancellation was requested. */
bool sim_outcome_heartbeat(
    struct tl_call *call, struct activity *activity, const Pb__Payloads *details, const struct activity_report *by);

#endif
