/* SPDX-License-Identifier: MIT */
/*
 * Facts: sdk-core, upsert_search_attributes_state_machine.rs and modify_workflow_properties_state_machine.rs; what
 * takes a value away: temporal, common/payload/payload.go (MergeMapOfPayload).
 */
#include "worker/machines/upsert.h"

#include <string.h>

#include "model/message.h"
#include "model/search_attribute.h"
#include "worker/machines/entity.h"
#include "worker/machines/machines.h"
#include "worker/registry/field.h"
#include "worker/registry/search.h"
#include "worker/workflow/context.h"

struct upsert {
    struct entity entity; /* first */
    struct command command;
    Pb__SearchAttributes *attributes; /* one of both */
    Pb__Memo *memo;
};

#define MACHINE      upsert
#define MACHINE_FILE "worker/machines/upsert.def"
#include "base/machine_define.h"

static int queue_attributes(void *self, const void *argument)
{
    struct upsert *upsert = self;

    (void)argument;
    command_add(&upsert->command, &upsert->entity, COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
    return 0;
}

static int queue_memo(void *self, const void *argument)
{
    struct upsert *upsert = self;

    (void)argument;
    command_add(&upsert->command, &upsert->entity, COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES);
    return 0;
}

static int machine_event(int event_type)
{
    switch (event_type) {
    case EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
        return EVENT_ATTRIBUTES_UPSERTED;
    case EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
        return EVENT_PROPERTIES_MODIFIED;
    default:
        return -1;
    }
}

/* ---- Against history: an upsert is known by its names ---- */

static const Pb__SearchAttributes *recorded_attributes(const Pb__HistoryEvent *event)
{
    return event->upsert_workflow_search_attributes_event_attributes->search_attributes;
}

static const Pb__Memo *recorded_memo(const Pb__HistoryEvent *event)
{
    return event->workflow_properties_modified_event_attributes->upserted_memo;
}

static size_t count_recorded(const struct upsert *upsert, const Pb__HistoryEvent *event)
{
    if (upsert->memo != NULL) {
        return recorded_memo(event) == NULL ? 0 : recorded_memo(event)->n_fields;
    }
    return recorded_attributes(event) == NULL ? 0 : recorded_attributes(event)->n_indexed_fields;
}

static const char *recorded_name(const struct upsert *upsert, const Pb__HistoryEvent *event, size_t index)
{
    return upsert->memo != NULL ? recorded_memo(event)->fields[index]->key
                                : recorded_attributes(event)->indexed_fields[index]->key;
}

static size_t count_names(const struct upsert *upsert)
{
    return upsert->memo != NULL ? upsert->memo->n_fields : upsert->attributes->n_indexed_fields;
}

static const char *name_at(const struct upsert *upsert, size_t index)
{
    return upsert->memo != NULL ? upsert->memo->fields[index]->key : upsert->attributes->indexed_fields[index]->key;
}

static bool has_name(const struct upsert *upsert, const char *name)
{
    for (size_t i = 0; i < count_names(upsert); i++) {
        if (strcmp(name_at(upsert, i), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool matches(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct upsert *upsert = (const struct upsert *)entity;
    size_t count = count_recorded(upsert, event);

    for (size_t i = 0; i < count; i++) {
        if (!has_name(upsert, recorded_name(upsert, event, i))) {
            text_format(difference, "%s is in history and not in the code", recorded_name(upsert, event, i));
            return false;
        }
    }
    if (count != count_names(upsert)) {
        text_format(difference, "%zu are in history and %zu in the code", count, count_names(upsert));
        return false;
    }
    return true;
}

static bool matches_all(
    const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct upsert *upsert = (const struct upsert *)entity;
    char path[128];
    const char *differs = path;

    (void)command;
    if (upsert->memo == NULL && has_name(upsert, SEARCH_CHANGE_VERSION)) {
        return true; /* what else is listed changes when the code of a deprecated patch goes */
    }
    if (upsert->memo == NULL) {
        differs = search_attributes_differ(recorded_attributes(event), upsert->attributes);
    } else if (message_equal(recorded_memo(event), upsert->memo, path, sizeof path)) {
        differs = NULL;
    }
    if (differs != NULL) {
        text_format(difference, "%s is not as in history", differs);
    }
    return differs == NULL;
}

/* ---- The command ---- */

static void build(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out)
{
    struct upsert *upsert = (struct upsert *)entity;

    if (command_type == COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES) {
        Pb__UpsertWorkflowSearchAttributesCommandAttributes *attributes = PB_NEW(
            arena,
            Pb__UpsertWorkflowSearchAttributesCommandAttributes,
            pb__upsert_workflow_search_attributes_command_attributes);
        attributes->search_attributes = upsert->attributes;
        out->upsert_workflow_search_attributes_command_attributes = attributes;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
    } else {
        Pb__ModifyWorkflowPropertiesCommandAttributes *properties = PB_NEW(
            arena, Pb__ModifyWorkflowPropertiesCommandAttributes, pb__modify_workflow_properties_command_attributes);
        properties->upserted_memo = upsert->memo;
        out->modify_workflow_properties_command_attributes = properties;
        out->attributes_case = PB__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
    }
}

static void describe(const struct entity *entity, struct text *text)
{
    const struct upsert *upsert = (const struct upsert *)entity;

    text_add(text, upsert->memo != NULL ? "memo" : "search attributes");
    for (size_t i = 0; i < count_names(upsert); i++) {
        text_format(text, "%s %.100s", i == 0 ? "" : ",", name_at(upsert, i));
    }
}

static const struct entity_kind upsert_kind = {
    .table = &upsert_machine,
    .machine_event = machine_event,
    .matches = matches,
    .build = build,
    .matches_all = matches_all,
    .describe = describe,
};

static struct upsert *upsert_new(struct tl_workflow *wf)
{
    struct upsert *upsert = ARENA_NEW(wf->arena, struct upsert);

    upsert->entity.kind = &upsert_kind;
    upsert->entity.wf = wf;
    upsert->entity.counted = wf->counted;
    return upsert;
}

void upsert_attributes(struct tl_workflow *wf, const struct tl_search_attribute *attributes, size_t count)
{
    struct upsert *upsert = upsert_new(wf);

    upsert->attributes = search_message(wf->arena, attributes, count);
    search_set_merge(&wf->search_attributes, wf->arena, upsert->attributes);
    entity_do(&upsert->entity, EVENT_UPSERT_ATTRIBUTES, NULL);
}

void upsert_memo(struct tl_workflow *wf, const struct tl_field *fields, size_t count)
{
    struct upsert *upsert = upsert_new(wf);
    struct tl_field *changes = ARENA_ARRAY(wf->arena, struct tl_field, count);

    for (size_t i = 0; i < count; i++) {
        changes[i] = fields[i];
        if (field_is_nothing(&fields[i])) {
            changes[i].value = tl_payload_null();
        }
    }
    upsert->memo = field_memo(wf->arena, changes, count);
    field_merge(&wf->memo, wf->arena, upsert->memo);
    entity_do(&upsert->entity, EVENT_UPSERT_MEMO, NULL);
}
