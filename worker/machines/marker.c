/* SPDX-License-Identifier: MIT */
/* Facts: sdk-core, patch_state_machine.rs; sdk-go, internal/internal_event_handlers.go (GetVersion, SideEffect). */
#include "worker/machines/marker.h"

#include <string.h>

#include "worker/machines/entity.h"
#include "worker/machines/machines.h"
#include "worker/workflow/context.h"

struct recorded_marker {
    struct entity entity; /* first */
    struct command command;
    struct marker marker;
};

#define MACHINE      marker
#define MACHINE_FILE "worker/machines/marker.def"
#include "base/machine_define.h"

static int queue(void *self, const void *argument)
{
    struct recorded_marker *recorded = self;

    (void)argument;
    command_add(&recorded->command, &recorded->entity, COMMAND_TYPE_RECORD_MARKER);
    return 0;
}

static int machine_event(int event_type)
{
    return event_type == EVENT_TYPE_MARKER_RECORDED ? (int)EVENT_MARKER_RECORDED : -1;
}

/*
 * The same change, or the same effect. Values need no look: in a replay they are the marker's own. Whether a patch is
 * deprecated may change from one release to the next.
 */
static bool matches(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct marker *own = &((const struct recorded_marker *)entity)->marker;
    struct marker found;
    struct tl_error error;

    if (marker_read(entity->wf->arena, event->marker_recorded_event_attributes, &found, &error) != TL_OK) {
        text_format(difference, "%s %s", error.field, error.message);
        return false;
    }
    if (found.kind == own->kind && found.number == own->number && strcmp(found.id, own->id) == 0) {
        return true;
    }
    text_add(difference, "they are not the same");
    return false;
}

static bool matches_all(
    const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    (void)entity;
    (void)command;
    (void)event;
    (void)difference;
    return true;
}

static void build(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out)
{
    (void)command_type;
    out->record_marker_command_attributes = marker_write(arena, &((struct recorded_marker *)entity)->marker);
    out->attributes_case = PB__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES;
}

static void describe(const struct entity *entity, struct text *text)
{
    marker_describe(&((const struct recorded_marker *)entity)->marker, text);
}

static const struct entity_kind recorded_kind = {
    .table = &marker_machine,
    .machine_event = machine_event,
    .matches = matches,
    .build = build,
    .matches_all = matches_all,
    .describe = describe,
};

void marker_record(struct tl_workflow *wf, const struct marker *marker)
{
    struct recorded_marker *recorded = ARENA_NEW(wf->arena, struct recorded_marker);

    recorded->entity.kind = &recorded_kind;
    recorded->entity.wf = wf;
    recorded->entity.counted = wf->counted;
    recorded->marker = *marker;
    entity_do(&recorded->entity, EVENT_RECORD, NULL);
}
