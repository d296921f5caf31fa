/* SPDX-License-Identifier: MIT */
/* What user code registered, as the worker looks it up. */
#ifndef TIMELAPSE_WORKER_REGISTRY_H
#define TIMELAPSE_WORKER_REGISTRY_H

#include <stdbool.h>
#include <timelapse/converter.h>
#include <timelapse/interceptor.h>
#include <timelapse/registry.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/pb.h"

/* The definition of a type, or NULL. */
const struct tl_workflow_definition *registry_workflow(const struct tl_registry *registry, const char *type);
const struct tl_activity_definition *registry_activity(const struct tl_registry *registry, const char *type);

/* What runs for types that are not registered, or NULL. */
const struct tl_activity_definition *registry_fallback_activity(const struct tl_registry *registry);

/* "did you mean ChargeCard? registered: ChargeCard, RefundPayment" for messages about unknown types. */
void registry_describe_workflows(const struct tl_registry *registry, const char *wanted, struct text *text);
void registry_describe_activities(const struct tl_registry *registry, const char *wanted, struct text *text);

/* Whether payloads pass through unchanged: callers may then skip visiting them. */
bool registry_has_codecs(const struct tl_registry *registry);

/*
 * Passes every payload of a message through the codec chain, outwards or inwards; what codecs
 * make lives in `arena`. TL_FAILED or the codec's own status, naming the codec.
 */
TL_MUST_CHECK enum tl_status
registry_encode(const struct tl_registry *registry, struct arena *arena, void *message, struct tl_error *error);
TL_MUST_CHECK enum tl_status
registry_decode(const struct tl_registry *registry, struct arena *arena, void *message, struct tl_error *error);

/* Copies of the events in the arena, through the codecs; without codecs none are made, and *out_events stays. */
TL_MUST_CHECK enum tl_status registry_decode_events(
    const struct tl_registry *registry, struct arena *arena, Pb__HistoryEvent *const *events, size_t count,
    Pb__HistoryEvent ***out_events, struct tl_error *error);

/* Runs a function through the interceptor chain. */
enum tl_status registry_run_workflow(
    const struct tl_registry *registry, const struct tl_workflow_definition *definition, struct tl_workflow *wf,
    const struct tl_payloads *input, struct tl_payload *result);
enum tl_status registry_run_activity(
    const struct tl_registry *registry, const struct tl_activity_definition *definition, struct tl_activity *activity,
    const struct tl_payloads *input, struct tl_payload *result);
enum tl_status registry_answer_query(
    const struct tl_registry *registry, tl_query_fn *handler, void *user, struct tl_workflow *wf,
    const struct tl_payloads *input, struct tl_payload *result);

#endif
