/* SPDX-License-Identifier: MIT */
#include "worker/workflow/ahead.h"

#include <string.h>

#include "model/event.h"
#include "model/search_attribute.h"
#include "worker/workflow/context.h"

bool ahead_upserts_versions(const Pb__HistoryEvent *event)
{
    if (event->event_type != EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES || !event_is_whole(event)) {
        return false;
    }
    const Pb__SearchAttributes *attributes =
        event->upsert_workflow_search_attributes_event_attributes->search_attributes;
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        if (strcmp(attributes->indexed_fields[i]->key, SEARCH_CHANGE_VERSION) == 0) {
            return true;
        }
    }
    return false;
}

/* What cannot be read is told when its turn comes: see match.c. */
static void foretell(struct tl_workflow *wf, size_t index)
{
    struct ahead *ahead = &wf->ahead;
    struct foretold *foretold = ARENA_NEW(wf->arena, struct foretold);
    struct marker *marker = &foretold->marker;

    if (marker_read(wf->arena, ahead->events[index]->marker_recorded_event_attributes, marker, NULL) != TL_OK) {
        return;
    }
    marker->upserts = index + 1 < ahead->count && ahead_upserts_versions(ahead->events[index + 1]);
    if (!wf->borrows) {
        marker->value = workflow_copy_payload(wf, &marker->value);
    }
    list_append(&ahead->foretold, &foretold->node);
}

static void read_all(struct tl_workflow *wf)
{
    struct ahead *ahead = &wf->ahead;

    ahead->read = true;
    list_init(&ahead->foretold);
    for (size_t i = 0; ahead->known && i < ahead->count; i++) {
        const Pb__HistoryEvent *event = ahead->events[i];
        if (event->event_type == EVENT_TYPE_WORKFLOW_TASK_STARTED) {
            return;
        }
        if (event->event_type == EVENT_TYPE_MARKER_RECORDED && event_is_whole(event)) {
            foretell(wf, i);
        }
    }
}

static struct foretold *find(struct tl_workflow *wf, enum marker_kind kind, const char *id)
{
    if (!wf->ahead.read) {
        read_all(wf);
    }
    LIST_EACH(&wf->ahead.foretold, node)
    {
        struct foretold *foretold = LIST_ITEM(node, struct foretold, node);
        if (foretold->marker.kind == kind && (id == NULL || strcmp(foretold->marker.id, id) == 0)) {
            return foretold;
        }
    }
    return NULL;
}

const struct marker *ahead_find(struct tl_workflow *wf, enum marker_kind kind, const char *id)
{
    const struct foretold *foretold = find(wf, kind, id);

    return foretold == NULL ? NULL : &foretold->marker;
}

const struct marker *ahead_take(struct tl_workflow *wf, enum marker_kind kind, const char *id)
{
    struct foretold *foretold = find(wf, kind, id);

    if (foretold == NULL) {
        return NULL;
    }
    list_remove(&foretold->node);
    return &foretold->marker;
}
