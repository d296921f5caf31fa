/* SPDX-License-Identifier: MIT */
/* Facts: common/links/validator.go, service/history/api/link_util.go. */
#include "sim/service/links.h"

#include "model/message.h"
#include "sim/service/limits.h"
#include "sim/service/namespace.h"
#include "sim/service/run.h"

#define FIELD "links"

/* ---- Checks ---- */

static enum tl_status check_ids(struct tl_error *error, const char *kind, const char *const ids[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pb_is_empty(ids[i])) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": %s lacks one of its ids", kind);
        }
    }
    return TL_OK;
}

static enum tl_status check_workflow_event(struct tl_error *error, const Pb__Link__WorkflowEvent *event)
{
    const char *const ids[] = {event->namespace_, event->workflow_id, event->run_id};

    if (check_ids(error, "workflow_event", ids, COUNT_OF(ids)) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    if (event->reference_case == PB__LINK__WORKFLOW_EVENT__REFERENCE_EVENT_REF && event->event_ref != NULL &&
        event->event_ref->event_type == EVENT_TYPE_UNSPECIFIED && event->event_ref->event_id != 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, FIELD, FIELD ": workflow_event has an event_id without an event_type");
    }
    return TL_OK;
}

static enum tl_status check_variant(struct tl_error *error, const Pb__Link *link)
{
    switch ((int)link->variant_case) {
    case PB__LINK__VARIANT_WORKFLOW_EVENT:
        return check_workflow_event(error, link->workflow_event);
    case PB__LINK__VARIANT_BATCH_JOB:
        return check_ids(error, "batch_job", (const char *const[]){link->batch_job->job_id}, 1);
    case PB__LINK__VARIANT_ACTIVITY:
        return check_ids(
            error,
            "activity",
            (const char *const[]){link->activity->namespace_, link->activity->activity_id, link->activity->run_id},
            3);
    case PB__LINK__VARIANT_NEXUS_OPERATION:
        return check_ids(
            error,
            "nexus_operation",
            (const char *const[]){
                link->nexus_operation->namespace_, link->nexus_operation->operation_id, link->nexus_operation->run_id},
            3);
    case PB__LINK__VARIANT_WORKFLOW:
        return check_ids(
            error,
            "workflow",
            (const char *const[]){link->workflow->namespace_, link->workflow->workflow_id, link->workflow->run_id},
            3);
    default:
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": a link of no known kind");
    }
}

enum tl_status sim_check_links(struct tl_error *error, size_t count, Pb__Link *const *links)
{
    if (count > LIMIT_LINKS) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": %zu of them, more than %d", count, LIMIT_LINKS);
    }
    for (size_t i = 0; i < count; i++) {
        if (message_size(links[i]) > LIMIT_LINK_BYTES) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, FIELD, FIELD ": one exceeds %d bytes", LIMIT_LINK_BYTES);
        }
        if (check_variant(error, links[i]) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    return TL_OK;
}

/* ---- Answers ---- */

static Pb__Link *link_to(struct arena *arena, const struct run *run)
{
    Pb__Link *link = PB_NEW(arena, Pb__Link, pb__link);

    link->variant_case = PB__LINK__VARIANT_WORKFLOW_EVENT;
    link->workflow_event = PB_NEW(arena, Pb__Link__WorkflowEvent, pb__link__workflow_event);
    link->workflow_event->namespace_ = arena_strdup(arena, run->space->name);
    link->workflow_event->workflow_id = arena_strdup(arena, run->workflow_id);
    link->workflow_event->run_id = arena_strdup(arena, run->run_id);
    return link;
}

Pb__Link *sim_link_to_start(struct arena *arena, const struct run *run)
{
    Pb__Link *link = link_to(arena, run);
    Pb__Link__WorkflowEvent__EventReference *reference =
        PB_NEW(arena, Pb__Link__WorkflowEvent__EventReference, pb__link__workflow_event__event_reference);

    reference->event_id = 1;
    reference->event_type = EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
    link->workflow_event->reference_case = PB__LINK__WORKFLOW_EVENT__REFERENCE_EVENT_REF;
    link->workflow_event->event_ref = reference;
    return link;
}

Pb__Link *sim_link_to_request(struct arena *arena, const struct run *run, const char *request_id, int event_type)
{
    Pb__Link *link = link_to(arena, run);
    Pb__Link__WorkflowEvent__RequestIdReference *reference =
        PB_NEW(arena, Pb__Link__WorkflowEvent__RequestIdReference, pb__link__workflow_event__request_id_reference);

    reference->request_id = arena_strdup(arena, request_id);
    reference->event_type = (Pb__EventType)event_type;
    link->workflow_event->reference_case = PB__LINK__WORKFLOW_EVENT__REFERENCE_REQUEST_ID_REF;
    link->workflow_event->request_id_ref = reference;
    return link;
}
