/* SPDX-License-Identifier: MIT */
#include "sim/env/scrub.h"

#include <stdio.h>
#include <string.h>
#include <timelapse/history_event.h>
#include <timelapse/json.h>

#include "sim/env/base64.h"
#include "sim/env/view.h"

#define SCRUBBED "\"(scrubbed)\""

enum tl_status scrub_check(const struct tl_scrubs *scrubs, struct tl_error *error)
{
    for (size_t i = 0; i < scrubs->count; i++) {
        const struct tl_fact *fact = &scrubs->rules[i].fact;

        if ((unsigned)fact->kind >= TL_FACT_KINDS || view_value_path(fact->kind)[0] == '\0') {
            return tl_error_set(error, TL_INVALID_ARGUMENT, "rules.fact.kind", "rule %zu: no value comes with it", i);
        }
    }
    return TL_OK;
}

/* ---- One value ---- */

/* `whole` with `part` of it replaced. */
static void splice(struct report_text *out, struct tl_bytes whole, struct tl_bytes part, const struct report_text *by)
{
    size_t before = (size_t)(part.data - whole.data);

    report_text_add_bytes(out, (const char *)whole.data, before);
    report_text_add_bytes(out, report_text_get(by), by->len);
    report_text_add_bytes(out, (const char *)part.data + part.len, whole.len - before - part.len);
}

/* The payload's new data as a JSON string; 0: the rule's member is not in it. */
static int scrub_data(struct tl_bytes data, const char *path, struct report_text *decoded, struct report_text *out)
{
    struct report_text marker;
    struct report_text changed;
    struct tl_bytes part;

    report_text_add_bytes(decoded, (const char *)data.data + 1, data.len - 2);
    if (!base64_decode_text(decoded)) {
        return 0;
    }
    const struct tl_bytes whole = {(const uint8_t *)decoded->data, decoded->len};
    const struct tl_payload payload = tl_payload_json_bytes(whole);
    if (tl_json_get(&payload, path, &part, NULL) != TL_OK) {
        return 0;
    }
    report_text_init(&marker, out->allocator);
    report_text_init(&changed, out->allocator);
    report_text_add(&marker, SCRUBBED);
    splice(&changed, whole, part, &marker);
    report_text_add(out, "\"");
    base64_add(out, report_text_get(&changed), changed.len);
    report_text_add(out, "\"");
    out->cut |= changed.cut;
    report_text_done(&changed);
    report_text_done(&marker);
    return 1;
}

/* The event at `position` in its text, with what the rule leaves out replaced; 1 when something was. */
static int scrub_event(struct view *view, size_t position, const struct tl_scrub *rule, struct report_text *event)
{
    struct report_text decoded;
    struct report_text data;
    struct tl_bytes found;
    char path[128];

    const struct tl_bytes whole = {(const uint8_t *)view->events[position].json, view->events[position].len};
    (void)snprintf(path, sizeof path, "%s.data", view_value_path(rule->fact.kind));
    if (view_get(view, position, rule->fact.kind, path, &found) != TL_OK || found.len < 2) {
        return 0;
    }
    report_text_init(&decoded, event->allocator);
    report_text_init(&data, event->allocator);
    int scrubbed = scrub_data(found, rule->path, &decoded, &data);
    if (scrubbed) {
        splice(event, whole, found, &data);
        event->cut |= data.cut;
    }
    event->cut |= decoded.cut;
    report_text_done(&data);
    report_text_done(&decoded);
    return scrubbed;
}

/* ---- All of them ---- */

static int is_meant(const struct view *view, size_t position, const struct tl_fact *fact)
{
    char name[VIEW_NAME_SIZE];

    return view_name(view, position, fact->kind, name) && (fact->name == NULL || strcmp(fact->name, name) == 0);
}

/* {"events": [...]} with what one rule leaves out replaced; how often it was. */
static size_t scrub_all(struct view *view, const struct tl_scrub *rule, struct report_text *text)
{
    size_t count = 0;

    report_text_add(text, "{\"events\":[");
    for (size_t i = 0; i < view->count; i++) {
        report_text_add(text, i == 0 ? "" : ",");
        if (is_meant(view, i, &rule->fact) && scrub_event(view, i, rule, text)) {
            count++;
        } else {
            report_text_add_bytes(text, view->events[i].json, view->events[i].len);
        }
    }
    report_text_add(text, "]}");
    return count;
}

/* A new history without what one rule leaves out. */
static enum tl_status apply(
    const struct tl_history *history, const struct tl_scrub *rule, const struct tl_allocator *allocator,
    struct tl_history **out_history, struct tl_error *error)
{
    const struct tl_history_options options = {.allocator = allocator};
    struct report_text text;
    struct view view;

    view_init(&view, allocator);
    report_text_init(&text, allocator);
    enum tl_status status = view_add(&view, history, error);
    if (status == TL_OK && scrub_all(&view, rule, &text) == 0) {
        status = TL_NOT_FOUND;
    }
    if (text.cut) {
        status = tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    } else if (status == TL_OK) {
        const struct tl_bytes bytes = {(const uint8_t *)report_text_get(&text), text.len};

        status = tl_history_from_json(bytes, &options, out_history, error);
    }
    report_text_done(&text);
    view_done(&view);
    return status;
}

/* Replaces *history, which is given back, by one without what the rules leave out. */
static enum tl_status apply_all(
    struct tl_history **history, const struct tl_scrubs *scrubs, const struct tl_allocator *allocator, int all_needed,
    struct tl_error *error)
{
    for (size_t i = 0; scrubs != NULL && i < scrubs->count; i++) {
        struct tl_history *next = NULL;
        enum tl_status status = apply(*history, &scrubs->rules[i], allocator, &next, error);

        if (status == TL_NOT_FOUND && !all_needed) {
            continue;
        }
        if (status == TL_NOT_FOUND) {
            return tl_error_set(
                error,
                TL_NOT_FOUND,
                "rules",
                "rule %zu (%s%s%s) finds nothing in the recording",
                i,
                fact_words(scrubs->rules[i].fact.kind),
                scrubs->rules[i].fact.name == NULL ? "" : " ",
                scrubs->rules[i].fact.name == NULL ? "" : scrubs->rules[i].fact.name);
        }
        if (status != TL_OK) {
            return status;
        }
        tl_history_unref(*history);
        *history = next;
    }
    return TL_OK;
}

/* ---- Telling ---- */

static void add_event(struct report_text *text, const char *title, const struct tl_history *history, size_t id)
{
    char *json;

    report_text_format(text, "\n%s:\n", title);
    if (tl_history_event_json(history, id - 1, &json, NULL, NULL) != TL_OK) {
        report_text_add(text, "  no such event");
        return;
    }
    report_text_add_lines(text, json, 2);
    tl_text_free(json);
}

static enum tl_status compare(
    const struct tl_history *expected, const struct tl_history *found, struct report_text *text, struct tl_error *error)
{
    size_t id = 0;
    enum tl_status status = tl_history_compare(expected, found, error);

    if (status == TL_FAILED) {
        report_text_add(text, error->message);
        /* NOLINTNEXTLINE(cert-err34-c): a text of this library, where no number means no event */
        if (sscanf(error->message, "event %zu", &id) == 1 && id > 0) {
            add_event(text, "recorded", expected, id);
            add_event(text, "found", found, id);
        }
    }
    return status;
}

enum tl_status scrub_compare(
    const struct tl_history *expected, const struct tl_history *found, const struct tl_scrubs *scrubs,
    struct report_text *text, struct tl_error *error)
{
    struct tl_history *left = tl_history_ref((struct tl_history *)(uintptr_t)expected);
    struct tl_history *right = tl_history_ref((struct tl_history *)(uintptr_t)found);
    enum tl_status status = apply_all(&left, scrubs, text->allocator, 1, error);

    if (status == TL_OK) {
        status = apply_all(&right, scrubs, text->allocator, 0, error);
    }
    if (status == TL_OK) {
        status = compare(left, right, text, error);
    }
    tl_history_unref(right);
    tl_history_unref(left);
    return status;
}
