/* SPDX-License-Identifier: MIT */
/*
 * The generated messages of temporal.api (Pb__HistoryEvent...), and the few helpers without which
 * no code that uses them is readable. Never included by an installed header.
 */
#ifndef TIMELAPSE_MODEL_PB_H
#define TIMELAPSE_MODEL_PB_H

#undef linux /* a field of the API bears the name that gnu modes predefine */
#undef unix

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <temporal/api/command/v1/message.pb-c.h>
#include <temporal/api/common/v1/message.pb-c.h>
#include <temporal/api/errordetails/v1/message.pb-c.h>
#include <temporal/api/failure/v1/message.pb-c.h>
#include <temporal/api/history/v1/message.pb-c.h>
#include <temporal/api/protocol/v1/message.pb-c.h>
#include <temporal/api/query/v1/message.pb-c.h>
#include <temporal/api/taskqueue/v1/message.pb-c.h>
#include <temporal/api/update/v1/message.pb-c.h>
#include <temporal/api/workflow/v1/message.pb-c.h>
#include <temporal/api/workflowservice/v1/request_response.pb-c.h>
#include <timelapse/payload.h>
#include <timelapse/time.h>

#include "base/arena.h"
#include "model/enums.h" /* generated: EVENT_TYPE_TIMER_FIRED for PB__EVENT_TYPE__EVENT_TYPE_TIMER_FIRED */

/* A message in an arena, initialised: PB_NEW(arena, Pb__Payload, pb__payload). */
#define PB_NEW(arena, Type, lower) ((Type *)pb_new((arena), &lower##__descriptor))
void *pb_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor);

/* Strings: protobuf-c's shared empty string is not to be freed or written; arenas never do. */
static inline int pb_is_empty(const char *string)
{
    return string == NULL || string[0] == '\0';
}

/* Time and duration both ways; NULL gives 0, 0 gives NULL; out of range saturates. */
tl_time pb_time(const Pb__Timestamp *timestamp);
Pb__Timestamp *pb_timestamp(struct arena *arena, tl_time time);
tl_duration pb_nanoseconds(const Pb__Duration *duration);
Pb__Duration *pb_duration(struct arena *arena, tl_duration duration);

/* Payloads both ways. View: shares bytes with the message, metadata sorted by key. Copy: deep. */
struct tl_payload pb_payload_view(struct arena *arena, const Pb__Payload *payload);
struct tl_payloads pb_payloads_view(struct arena *arena, const Pb__Payloads *payloads);
Pb__Payload *pb_payload(struct arena *arena, const struct tl_payload *payload);
/* NULL for no payloads at all: the field stays absent. */
Pb__Payloads *pb_payloads(struct arena *arena, const struct tl_payloads *payloads);

#endif
