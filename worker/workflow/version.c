/* SPDX-License-Identifier: MIT */
/*
 * Which version of its code a run goes by. Facts: sdk-go, internal/internal_event_handlers.go (GetVersion,
 * getChangeVersions); sdk-core, patch_state_machine.rs and workflow_machines.rs.
 */
#include <timelapse/version.h>

#include <string.h>
#include <timelapse/json.h>

#include "model/search_attribute.h"
#include "worker/machines/marker.h"
#include "worker/machines/upsert.h"
#include "worker/workflow/context.h"
#include "worker/workflow/effects.h"
#include "worker/workflow/strand.h"

/* The server refuses longer values of search attributes (limits: blob sizes of visibility). */
#define MOST_BYTES 2048

struct change {
    const char *id;
    int64_t version; /* of a patch: 0, or TL_DEFAULT_VERSION when the run goes without it */
};

/* ---- The search attribute ---- */

/* Puts what the run goes by into the list, in its place. */
static void list_text(struct tl_workflow *wf, struct effects *effects, const char *text)
{
    size_t at = 0;

    effects->goes_by = arena_grow_array(
        wf->arena, effects->goes_by, effects->goes_by_count, &effects->goes_by_capacity, sizeof(effects->goes_by[0]));
    while (at < effects->goes_by_count && strcmp(effects->goes_by[at], text) < 0) {
        at++;
    }
    memmove(
        &effects->goes_by[at + 1], &effects->goes_by[at], (effects->goes_by_count - at) * sizeof(effects->goes_by[0]));
    effects->goes_by[at] = text;
    effects->goes_by_count++;
    effects->goes_by_bytes += tl_json_quote(text, NULL, 0) + 1;
}

static struct tl_search_attribute attribute_of(const struct effects *effects)
{
    return tl_search_keywords(SEARCH_CHANGE_VERSION, effects->goes_by, effects->goes_by_count);
}

/* Two brackets, and a comma less than there are texts. */
static bool fits(const struct effects *effects)
{
    return effects->goes_by_bytes + 1 < MOST_BYTES;
}

/* ---- The marker ---- */

/* A patch that the run does without is not listed. */
static void list(struct tl_workflow *wf, struct effects *effects, const struct marker *marker)
{
    if (marker->kind == MARKER_VERSION) {
        list_text(wf, effects, arena_format(wf->arena, "%s-%lld", marker->id, (long long)marker->number));
    } else if (marker->number != TL_DEFAULT_VERSION) {
        list_text(wf, effects, marker->id);
    }
}

static void record(struct tl_workflow *wf, const struct effects *effects, const struct marker *marker)
{
    const struct tl_search_attribute attribute = attribute_of(effects);

    marker_record(wf, marker);
    if (marker->upserts) {
        upsert_attributes(wf, &attribute, 1);
    }
}

/* The first call: what history says, what it says by having nothing, or else what the code offers. */
static struct change *decide(struct tl_workflow *wf, struct effects *effects, const struct marker *offered)
{
    const struct marker *foretold = wf->replaying ? ahead_take(wf, offered->kind, offered->id) : NULL;
    struct change *change = ARENA_NEW(wf->arena, struct change);
    struct marker marker = *offered;

    if (wf->replaying && foretold == NULL && !wf->ahead.known) {
        strand_park_for_ever(wf->current); /* nobody decided */
    }
    marker.id = arena_strdup(wf->arena, offered->id);
    if (wf->replaying && foretold == NULL) {
        marker.number = TL_DEFAULT_VERSION;
        list(wf, effects, &marker);
    } else {
        if (foretold != NULL && marker.kind == MARKER_VERSION) {
            marker.number = foretold->number;
        }
        list(wf, effects, &marker);
        marker.upserts = foretold != NULL ? foretold->upserts : fits(effects);
        record(wf, effects, &marker);
    }
    *change = (struct change){.id = marker.id, .version = marker.number};
    return change;
}

static int64_t resolve(struct tl_workflow *wf, struct map *changes, const struct marker *offered)
{
    struct change *change = map_get_string(changes, offered->id);

    if (change == NULL) {
        change = decide(wf, wf->effects, offered);
        (void)map_put_string(changes, change->id, change);
    }
    return change->version;
}

int tl_get_version(struct tl_workflow *wf, const char *change_id, int min_supported, int max_supported)
{
    struct marker offered = {.kind = MARKER_VERSION, .id = change_id, .number = max_supported};

    (void)workflow_strand(wf, __func__);
    workflow_check_name(wf, __func__, "change_id", change_id);
    if (min_supported > max_supported) {
        workflow_misuse(wf, "min_supported", "tl_get_version: nothing is from %d to %d", min_supported, max_supported);
    }
    int64_t version = resolve(wf, &effects_of(wf)->versions, &offered);
    if (version < min_supported || version > max_supported) {
        workflow_differs(
            wf,
            "change_id",
            "the run goes by version %lld of change %.100s, and its code supports %d to %d. Hint: the code of a "
            "version "
            "stays until no run goes by it",
            (long long)version,
            change_id,
            min_supported,
            max_supported);
    }
    return (int)version;
}

static bool patched(struct tl_workflow *wf, const char *function, const char *patch_id, bool deprecated)
{
    struct marker offered = {.kind = MARKER_PATCH, .id = patch_id, .deprecated = deprecated};

    (void)workflow_strand(wf, function);
    workflow_check_name(wf, function, "patch_id", patch_id);
    return resolve(wf, &effects_of(wf)->patches, &offered) != TL_DEFAULT_VERSION;
}

int tl_patched(struct tl_workflow *wf, const char *patch_id)
{
    return patched(wf, __func__, patch_id, false);
}

void tl_deprecate_patch(struct tl_workflow *wf, const char *patch_id)
{
    (void)patched(wf, __func__, patch_id, true);
}
