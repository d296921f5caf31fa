/* SPDX-License-Identifier: MIT */
#include "model/event.h"

#include <stdio.h>

#include "base/check.h"
#include "model/marker.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"
#include "model/wire.h"

enum role {
    RUNS,
    OPENS,
    CLOSES
};

struct event_type {
    uint8_t command;
    uint8_t role;
    uint8_t attributes; /* the case of its attributes; 0: the type is not known */
};

static const struct event_type event_types[] = {
#define EVENT(type, command_type, role_in_run)                                                                         \
    [EVENT_TYPE_##type] = {                                                                                            \
        .command = COMMAND_TYPE_##command_type,                                                                        \
        .role = role_in_run,                                                                                           \
        .attributes = PB__HISTORY_EVENT__ATTRIBUTES_##type##_EVENT_ATTRIBUTES},
#include "model/events.def"
#undef EVENT
};

struct event_origin {
    uint16_t
        offset; /* in the attributes, of the field that names the origin; they begin with their base, so 0 is none */
    uint8_t type;
};

static const struct event_origin origins[COUNT_OF(event_types)] = {
#define LINK(type, attributes, field, origin_type, must_be, becomes)                                                   \
    [EVENT_TYPE_##type] = {offsetof(Pb__##attributes##EventAttributes, field), EVENT_TYPE_##origin_type},
#include "model/event_links.def"
};

static const struct event_type *type_of(int event_type)
{
    static const struct event_type unknown = {0};

    return event_type < 0 || (size_t)event_type >= COUNT_OF(event_types) ? &unknown : &event_types[event_type];
}

/* The members of the oneof are pointers in a union: one stands for all. */
ProtobufCMessage *event_attributes(const Pb__HistoryEvent *event)
{
    if (event->attributes_case == PB__HISTORY_EVENT__ATTRIBUTES__NOT_SET) {
        return NULL;
    }
    return (ProtobufCMessage *)event->workflow_execution_started_event_attributes;
}

bool event_is_whole(const Pb__HistoryEvent *event)
{
    uint8_t attributes = type_of((int)event->event_type)->attributes;

    if (attributes == 0) {
        return event->worker_may_ignore != 0;
    }
    return attributes == (unsigned)event->attributes_case && event_attributes(event) != NULL;
}

const char *event_type_name(int event_type, char *text, size_t size)
{
    const struct schema_value *value = schema_value_by_number(SCHEMA_ENUM_EventType, event_type);

    if (value != NULL) {
        return schema_text(value->short_name);
    }
    snprintf(text, size, "EventType(%d)", event_type);
    return text;
}

bool event_type_is_unknown(int event_type)
{
    return type_of(event_type)->attributes == 0;
}

/* ---- Sizes ---- */

/* An event like most: an id, a time, a type and attributes, and nothing of what follows them. */
static bool is_common(const Pb__HistoryEvent *event)
{
    return event->user_metadata == NULL && event->n_links == 0 && event->n_event_group_markers == 0 &&
           event->principal == NULL && event->worker_may_ignore == 0 && event->base.n_unknown_fields == 0 &&
           event->event_time != NULL && event->event_time->base.n_unknown_fields == 0 &&
           event_attributes(event) != NULL;
}

/* Of a field whose tag takes one byte: its number is below 16. */
static size_t number_size(uint64_t number)
{
    return number == 0 ? 0 : 1 + wire_varint_size(number);
}

/* The same as the walk below, which goes by the schema, for what every event has. */
static size_t common_size(const struct schema_message *type, const Pb__HistoryEvent *event)
{
    const struct schema_field *field = schema_field_by_number(type, (uint32_t)event->attributes_case);
    const Pb__Timestamp *time = event->event_time;
    size_t moment = number_size((uint64_t)time->seconds) + number_size((uint64_t)time->nanos);
    size_t size = number_size((uint64_t)event->event_id) + number_size((uint64_t)(int32_t)event->event_type) +
                  number_size((uint64_t)event->version) + number_size((uint64_t)event->task_id);

    size += 1 + wire_prefixed_size(moment);
    size += field->tag_size;
    return size + wire_prefixed_size(message_size_of(schema_target(field), event_attributes(event)));
}

size_t event_size(const Pb__HistoryEvent *event)
{
    const struct schema_message *type = &schema_messages[SCHEMA_pb__history_event];

    return is_common(event) ? common_size(type, event) : message_size_of(type, event);
}

bool event_is_command_event(int event_type)
{
    return type_of(event_type)->command != COMMAND_TYPE_UNSPECIFIED;
}

bool event_is_closing(int event_type)
{
    return type_of(event_type)->role == CLOSES;
}

int event_command_type(int event_type)
{
    return type_of(event_type)->command;
}

const char *command_type_name(int command_type)
{
    const struct schema_value *value = schema_value_by_number(SCHEMA_ENUM_CommandType, command_type);

    return value == NULL ? "an unknown command" : schema_text(value->short_name);
}

int event_origin_type(int event_type)
{
    return event_type_is_unknown(event_type) ? EVENT_TYPE_UNSPECIFIED : origins[event_type].type;
}

int64_t event_origin(const Pb__HistoryEvent *event)
{
    int type = (int)event->event_type;

    if (type_of(type)->attributes == 0 || !event_is_whole(event) || origins[type].offset == 0) {
        return 0;
    }
    return *(const int64_t *)(const void *)((const char *)event_attributes(event) + origins[type].offset);
}

static void describe_attributes(const Pb__SearchAttributes *attributes, struct text *text)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        text_format(text, "%s %.100s", i == 0 ? " of" : ",", attributes->indexed_fields[i]->key);
    }
}

static void describe_memo(const Pb__Memo *memo, struct text *text)
{
    for (size_t i = 0; memo != NULL && i < memo->n_fields; i++) {
        text_format(text, "%s %.100s", i == 0 ? " of" : ",", memo->fields[i]->key);
    }
}

/* What cannot be read has its name alone. */
static void describe_marker(const Pb__MarkerRecordedEventAttributes *attributes, struct text *text)
{
    struct marker marker;

    if (marker_read(text->arena, attributes, &marker, NULL) != TL_OK || marker.kind == MARKER_OTHER) {
        text_format(text, " of marker %.100s", attributes->marker_name);
        return;
    }
    text_add(text, " of ");
    marker_describe(&marker, text);
}

void event_describe_subject(const Pb__HistoryEvent *event, struct text *text)
{
    switch (event->event_type) {
    case EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: {
        const Pb__ActivityTaskScheduledEventAttributes *scheduled = event->activity_task_scheduled_event_attributes;

        text_format(
            text,
            " of activity %s (id %s)",
            scheduled->activity_type == NULL ? "" : scheduled->activity_type->name,
            scheduled->activity_id);
        return;
    }
    case EVENT_TYPE_TIMER_STARTED:
        text_format(text, " of timer %s (", event->timer_started_event_attributes->timer_id);
        text_add_duration(text, pb_nanoseconds(event->timer_started_event_attributes->start_to_fire_timeout));
        text_add(text, ")");
        return;
    case EVENT_TYPE_TIMER_CANCELED:
        text_format(text, " of timer %s", event->timer_canceled_event_attributes->timer_id);
        return;
    case EVENT_TYPE_TIMER_FIRED:
        text_format(text, " of timer %s", event->timer_fired_event_attributes->timer_id);
        return;
    case EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
        text_format(text, " of signal %s", event->workflow_execution_signaled_event_attributes->signal_name);
        return;
    case EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
        describe_attributes(event->upsert_workflow_search_attributes_event_attributes->search_attributes, text);
        return;
    case EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
        describe_memo(event->workflow_properties_modified_event_attributes->upserted_memo, text);
        return;
    case EVENT_TYPE_MARKER_RECORDED:
        describe_marker(event->marker_recorded_event_attributes, text);
        return;
    default:
        return;
    }
}
