/* SPDX-License-Identifier: MIT */
/* History events, seen generically. */
#ifndef TIMELAPSE_MODEL_EVENT_H
#define TIMELAPSE_MODEL_EVENT_H

#include <stdbool.h>

#include "base/text.h"
#include "model/pb.h"

/* The attributes message, whatever it is; NULL when none is set. */
ProtobufCMessage *event_attributes(const Pb__HistoryEvent *event);

/*
 * Whether the event's attributes are there and those of its type, so that they may be used without
 * further ado; for a type that is not known: whether it may be ignored. To be asked of every event that
 * comes from outside.
 */
bool event_is_whole(const Pb__HistoryEvent *event);

/* "TimerFired", "WorkflowExecutionStarted"; "EventType(99)" into `text` for what is not known. */
const char *event_type_name(int event_type, char *text, size_t size);
#define EVENT_TYPE_NAME_SIZE 64

/* Whether this version does not know the type: then nothing can be said of such an event. */
bool event_type_is_unknown(int event_type);

/* Writes what a whole event is about, as diagnostics say it: " of timer 1 (30d)"; nothing where there is nothing. */
void event_describe_subject(const Pb__HistoryEvent *event, struct text *text);

/* Encoded size; touches the header and the one active attribute. */
size_t event_size(const Pb__HistoryEvent *event);

/* Whether a command of a workflow task wrote it (the worker matches those against its commands). */
bool event_is_command_event(int event_type);

/* Whether it closes the run. */
bool event_is_closing(int event_type);

/* The command type that writes this event type, or COMMAND_TYPE_UNSPECIFIED; "ScheduleActivityTask" for people. */
int event_command_type(int event_type);
const char *command_type_name(int command_type);

/* The event that this one refers to as its origin (scheduled, started, initiated event id), or 0. Safe on any event. */
int64_t event_origin(const Pb__HistoryEvent *event);

/* The type that the origin of such an event has, or EVENT_TYPE_UNSPECIFIED when it has none. */
int event_origin_type(int event_type);

#endif
