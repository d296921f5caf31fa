/* SPDX-License-Identifier: MIT */
/* Values taken once. Facts: sdk-go, internal/internal_event_handlers.go (SideEffect, MutableSideEffect). */
#include <timelapse/side_effect.h>

#include <string.h>
#include <timelapse/json.h>

#include "worker/machines/marker.h"
#include "worker/registry/option.h"
#include "worker/workflow/context.h"
#include "worker/workflow/effects.h"
#include "worker/workflow/strand.h"

struct mutable_effect {
    int64_t calls;
    bool has_value;
    struct tl_payload value; /* the last one recorded */
};

/* What is written to JSON and to the wire must be texts. */
static void check_value(struct tl_workflow *wf, const char *function, const struct tl_payload *value)
{
    struct tl_error error;

    for (size_t i = 0; i < value->metadata_count; i++) {
        workflow_check(wf, function, option_check_text("metadata", value->metadata[i].key, &error), &error);
    }
}

/* Calls it, watched; the value is the run's. */
static struct tl_payload take_value(struct tl_workflow *wf, const char *function, tl_side_effect_fn *give, void *user)
{
    struct tl_payload value = tl_payload_null();

    workflow_watch(wf, function);
    give(wf, user, &value);
    workflow_act(wf);
    check_value(wf, function, &value);
    return workflow_copy_payload(wf, &value);
}

static _Noreturn void history_has_none(struct tl_workflow *wf, const struct marker *marker)
{
    struct text text;

    text_init(&text, wf->arena);
    marker_describe(marker, &text);
    workflow_differs(
        wf,
        "marker",
        "the code takes the value of %s, and history has none for it. Hint: was a step added, removed or moved?",
        text.data);
}

static struct tl_payload foretold_value(struct tl_workflow *wf, struct strand *strand, const struct marker *asked)
{
    const struct marker *found = ahead_take(wf, MARKER_SIDE_EFFECT, NULL);

    if (found == NULL && !wf->ahead.known) {
        strand_park_for_ever(strand);
    }
    if (found == NULL || found->number != asked->number) {
        history_has_none(wf, asked);
    }
    return found->value;
}

void tl_side_effect(struct tl_workflow *wf, tl_side_effect_fn *function, void *user, struct tl_payload *result)
{
    struct strand *strand = workflow_strand(wf, __func__);
    struct marker marker = {.kind = MARKER_SIDE_EFFECT, .id = "", .number = ++effects_of(wf)->side_effects};

    marker.value = wf->replaying ? foretold_value(wf, strand, &marker) : take_value(wf, __func__, function, user);
    marker_record(wf, &marker);
    if (result != NULL) {
        *result = marker.value;
    }
}

/* ---- Of a C type ---- */

struct int_giver {
    int64_t (*function)(void *user);
    void *user;
};

static void give_int(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    const struct int_giver *giver = user;

    *value = tl_payload_json(tl_format(wf, "%lld", (long long)giver->function(giver->user)));
}

int64_t tl_side_effect_int(struct tl_workflow *wf, int64_t (*function)(void *user), void *user)
{
    struct int_giver giver = {function, user};
    struct tl_payload value;
    int64_t number;

    tl_side_effect(wf, give_int, &giver, &value);
    if (tl_json_get_int(&value, NULL, &number, NULL) != TL_OK) {
        workflow_differs(wf, "marker", "the value of the side effect is no whole number in history");
    }
    return number;
}

struct text_giver {
    const char *(*function)(void *user);
    void *user;
};

static void give_text(struct tl_workflow *wf, void *user, struct tl_payload *value)
{
    const struct text_giver *giver = user;
    const char *text = giver->function(giver->user);
    struct tl_error error;

    text = text == NULL ? "" : text;
    workflow_check(wf, "tl_side_effect_text", option_check_text("value", text, &error), &error);
    size_t size = tl_json_quote(text, NULL, 0) + 1;
    char *json = tl_alloc(wf, size);
    (void)tl_json_quote(text, json, size);
    *value = tl_payload_json(json);
}

const char *tl_side_effect_text(struct tl_workflow *wf, const char *(*function)(void *user), void *user)
{
    struct text_giver giver = {function, user};
    struct tl_payload value;

    tl_side_effect(wf, give_text, &giver, &value);
    char *text = tl_alloc(wf, value.data.len + 1);
    if (tl_json_get_string(&value, NULL, text, value.data.len + 1, NULL) != TL_OK) {
        workflow_differs(wf, "marker", "the value of the side effect is no text in history");
    }
    return text;
}

/* ---- One that changes ---- */

static struct mutable_effect *mutable_of(struct tl_workflow *wf, const char *id)
{
    struct map *mutables = &effects_of(wf)->mutables;
    struct mutable_effect *effect = map_get_string(mutables, id);

    if (effect == NULL) {
        effect = ARENA_NEW(wf->arena, struct mutable_effect);
        (void)map_put_string(mutables, arena_strdup(wf->arena, id), effect);
    }
    return effect;
}

/* The function is called, and both values are looked at, where nothing may be changed. */
static bool has_changed(
    struct tl_workflow *wf, const struct mutable_effect *effect, tl_value_equals_fn *equals,
    const struct tl_payload *value)
{
    if (!effect->has_value) {
        return true;
    }
    workflow_watch(wf, "tl_mutable_side_effect");
    bool same = (equals == NULL ? tl_payload_equal : equals)(&effect->value, value) != 0;
    workflow_act(wf);
    return !same;
}

/* Whether history has a value of this very call, then put into the marker. */
static bool is_foretold(struct tl_workflow *wf, struct marker *marker)
{
    const struct marker *next = ahead_find(wf, MARKER_MUTABLE_SIDE_EFFECT, marker->id);

    if (next == NULL || next->number != marker->number) {
        return false;
    }
    marker->value = ahead_take(wf, MARKER_MUTABLE_SIDE_EFFECT, marker->id)->value;
    return true;
}

void tl_mutable_side_effect(
    struct tl_workflow *wf, const char *id, tl_side_effect_fn *function, tl_value_equals_fn *equals, void *user,
    struct tl_payload *result)
{
    struct strand *strand = workflow_strand(wf, __func__);
    struct marker marker = {.kind = MARKER_MUTABLE_SIDE_EFFECT};
    bool records;

    workflow_check_name(wf, __func__, "id", id);
    struct mutable_effect *effect = mutable_of(wf, id);
    marker.id = arena_strdup(wf->arena, id);
    marker.number = ++effect->calls;
    if (wf->replaying) {
        records = is_foretold(wf, &marker);
        if (!records && !effect->has_value && !wf->ahead.known) {
            strand_park_for_ever(strand);
        }
        if (!records && !effect->has_value) {
            history_has_none(wf, &marker);
        }
    } else {
        marker.value = take_value(wf, __func__, function, user);
        records = has_changed(wf, effect, equals, &marker.value);
    }
    if (records) {
        marker_record(wf, &marker);
        effect->has_value = true;
        effect->value = marker.value;
    }
    if (result != NULL) {
        *result = effect->value;
    }
}
