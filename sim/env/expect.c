/* SPDX-License-Identifier: MIT */
#include "sim/env/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/json.h>

#include "sim/env/base64.h"

#define WHOLE ""

void expect_init(struct expect *expect, const struct tl_allocator *allocator)
{
    *expect = (struct expect){.known = NULL};
    view_init(&expect->view, allocator);
    report_text_init(&expect->text, allocator);
}

void expect_done(struct expect *expect)
{
    view_done(&expect->view);
    report_text_done(&expect->text);
}

/* ---- Claims that cannot be ---- */

static enum tl_status check_fact(const struct tl_fact *fact, const char *field, struct tl_error *error)
{
    if ((unsigned)fact->kind >= TL_FACT_KINDS) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "there is no such kind of fact");
    }
    return TL_OK;
}

static enum tl_status check_value(const struct tl_claim *claim, struct tl_error *error)
{
    struct tl_error inner;

    if (view_value_path(claim->fact.kind)[0] == '\0') {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "fact.kind", "%s: no value comes with it", fact_words(claim->fact.kind));
    }
    if (claim->json == NULL || tl_json_check(tl_bytes_of(claim->json), &inner) != TL_OK) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "json",
            "what is expected is not JSON: %s",
            claim->json == NULL ? "NULL" : inner.message);
    }
    return TL_OK;
}

enum tl_status expect_check(const struct tl_claim *claim, struct tl_error *error)
{
    enum tl_status status = check_fact(&claim->fact, "fact.kind", error);

    if (status != TL_OK) {
        return status;
    }
    switch (claim->kind) {
    case TL_CLAIM_COUNT:
        return claim->count != 0 ? TL_OK
                                 : tl_error_set(
                                       error,
                                       TL_INVALID_ARGUMENT,
                                       "count",
                                       "0 times is tl_assert_never, or tl_assert_not_yet of a run that is open");
    case TL_CLAIM_BEFORE:
        return check_fact(&claim->other, "other.kind", error);
    case TL_CLAIM_VALUE:
        return check_value(claim, error);
    case TL_CLAIM_DURATION:
        return claim->fact.kind == TL_FACT_TIMER_STARTED
                   ? TL_OK
                   : tl_error_set(error, TL_INVALID_ARGUMENT, "fact.kind", "only timers that start have a duration");
    case TL_CLAIM_NEVER:
    case TL_CLAIM_NOT_YET:
    case TL_CLAIM_WHEN:
        return TL_OK;
    default:
        return tl_error_set(error, TL_INVALID_ARGUMENT, "kind", "there is no such kind of claim");
    }
}

/* ---- Words ---- */

static size_t nth_of(const struct tl_fact *fact)
{
    return fact->nth == 0 ? 1 : fact->nth;
}

static void add_fact(struct expect *expect, const struct tl_fact *fact)
{
    report_text_add(&expect->text, fact_words(fact->kind));
    if (fact->name != NULL) {
        report_text_format(&expect->text, " %s", fact->name);
    }
    if (fact->nth > 1) {
        report_text_format(&expect->text, " (number %zu)", fact->nth);
    }
}

static void mark(struct expect *expect, size_t position)
{
    expect->marks[expect->marks[0] != 0] = position + 1;
}

/* ---- Names ---- */

/* What would make a name known, for the end of the line that says that it is not. */
static const char *remedy_of(enum tl_fact_kind kind)
{
    const char *noun = fact_noun(kind);

    if (strcmp(noun, "activity type") == 0) {
        return " (register it by tl_register_activity, or mock it by tl_mock_activity)\n";
    }
    if (strcmp(noun, "workflow type") == 0) {
        return " (register it by tl_register_workflow)\n";
    }
    if (strcmp(noun, "signal name") == 0) {
        return " (no such signal came, and the workflow neither waits for it nor handles it)\n";
    }
    return "\n";
}

/* Whether anything knows the name; else says which one is near. */
static int is_known(struct expect *expect, const struct tl_fact *fact)
{
    struct nearest nearest;
    int known;

    if (fact->name == NULL) {
        return 1;
    }
    nearest_init(&nearest, fact->name);
    if (fact->kind == TL_FACT_EVENT) {
        known = event_type_is_known(fact->name, &nearest);
    } else {
        known = view_knows(&expect->view, fact, &nearest);
        known |= expect->known != NULL && expect->known(expect->user, fact->kind, fact->name, &nearest);
    }
    if (!known) {
        report_text_format(&expect->text, "nobody knows the %s %s", fact_noun(fact->kind), fact->name);
        if (nearest.name != NULL) {
            report_text_format(&expect->text, "; did you mean %s?", nearest.name);
        }
        report_text_add(&expect->text, remedy_of(fact->kind));
    }
    return known;
}

struct type_search {
    const char *name;
    struct nearest *nearest;
    int found;
};

static void look_at_type(void *user, const char *type)
{
    struct type_search *search = user;

    search->found |= strcmp(search->name, type) == 0;
    nearest_offer(search->nearest, type);
}

int expect_registry_knows(
    const struct tl_registry *registry, enum tl_fact_kind kind, const char *name, struct nearest *nearest)
{
    struct type_search search = {name, nearest, 0};

    if (strcmp(fact_noun(kind), "activity type") == 0) {
        tl_registry_activity_types(registry, look_at_type, &search);
    } else if (strcmp(fact_noun(kind), "workflow type") == 0) {
        tl_registry_workflow_types(registry, look_at_type, &search);
    }
    return search.found;
}

/* ---- Claims ---- */

/* The position of the fact's nth; view.count, with words, when there are not so many. */
static size_t find(struct expect *expect, const struct tl_fact *fact)
{
    size_t position = view_find(&expect->view, fact, nth_of(fact));

    if (position == expect->view.count) {
        add_fact(expect, fact);
        report_text_format(
            &expect->text, ": there are %zu in %zu events\n", view_count(&expect->view, fact), expect->view.count);
        (void)is_known(expect, fact);
    } else {
        mark(expect, position);
    }
    return position;
}

static int holds_count(struct expect *expect, const struct tl_claim *claim)
{
    size_t found = view_count(&expect->view, &claim->fact);

    if (found == claim->count) {
        return 1;
    }
    add_fact(expect, &claim->fact);
    report_text_format(&expect->text, "\nexpected: %zu times\n   found: %zu\n", claim->count, found);
    if (found == 0) {
        (void)is_known(expect, &claim->fact);
    } else {
        mark(expect, view_find(&expect->view, &claim->fact, found));
    }
    return 0;
}

static int holds_absence(struct expect *expect, const struct tl_claim *claim)
{
    size_t position = view_find(&expect->view, &claim->fact, 1);

    if (position != expect->view.count) {
        add_fact(expect, &claim->fact);
        report_text_format(
            &expect->text,
            "\nexpected: %s\n   found: event %lld\n",
            claim->kind == TL_CLAIM_NEVER ? "never" : "not yet",
            (long long)expect->view.events[position].id);
        mark(expect, position);
        return 0;
    }
    if (claim->kind == TL_CLAIM_NEVER && !view_is_closed(&expect->view)) {
        add_fact(expect, &claim->fact);
        report_text_add(&expect->text, ": never is only known of a run that is closed (tl_assert_not_yet)\n");
        return 0;
    }
    if (!is_known(expect, &claim->fact)) {
        report_text_add(&expect->text, "that it is absent says nothing\n");
        return 0;
    }
    return 1;
}

static int holds_order(struct expect *expect, const struct tl_claim *claim)
{
    size_t first = find(expect, &claim->fact);
    size_t second = find(expect, &claim->other);

    if (first == expect->view.count || second == expect->view.count) {
        return 0;
    }
    if (first < second) {
        return 1;
    }
    add_fact(expect, &claim->fact);
    report_text_format(&expect->text, " (event %lld)\nexpected: before ", (long long)expect->view.events[first].id);
    add_fact(expect, &claim->other);
    report_text_format(
        &expect->text,
        "\n   found: %s event %lld\n",
        first == second ? "it is the same," : "behind",
        (long long)expect->view.events[second].id);
    return 0;
}

/* The value's own bytes, decoded into `text`. */
static int read_value(struct expect *expect, size_t position, enum tl_fact_kind kind, struct report_text *text)
{
    char path[128];
    struct tl_bytes found;

    (void)snprintf(path, sizeof path, "%s.data", view_value_path(kind));
    if (view_get(&expect->view, position, kind, path, &found) != TL_OK || found.len < 2) {
        return 0;
    }
    report_text_add_bytes(text, (const char *)found.data + 1, found.len - 2);
    return base64_decode_text(text);
}

static int equals(struct expect *expect, const struct tl_claim *claim, const struct report_text *text)
{
    struct tl_bytes all = {(const uint8_t *)report_text_get(text), text->len};
    struct tl_payload payload = tl_payload_json_bytes(all);
    struct tl_error error = {.message = ""};
    struct tl_bytes found = {0};
    int equal = 0;

    enum tl_status status = tl_json_get(&payload, claim->path, &found, &error);
    if (status == TL_OK) {
        status = tl_json_equal(tl_bytes_of(claim->json), found, &equal, &error);
    }
    if (status == TL_OK && equal) {
        return 1;
    }
    add_fact(expect, &claim->fact);
    report_text_format(
        &expect->text,
        "%s%s\nexpected: %s\n   found: ",
        claim->path == NULL ? "" : ", ",
        claim->path == NULL ? "" : claim->path,
        claim->json);
    if (status == TL_OK) {
        report_text_add_bytes(&expect->text, (const char *)found.data, found.len);
    } else {
        report_text_format(&expect->text, "%s in %s", error.message, report_text_get(text));
    }
    report_text_add(&expect->text, "\n");
    return 0;
}

static int holds_value(struct expect *expect, const struct tl_claim *claim)
{
    size_t position = find(expect, &claim->fact);
    struct report_text text;
    int holds = 0;

    if (position == expect->view.count) {
        return 0;
    }
    report_text_init(&text, expect->view.allocator);
    int found = read_value(expect, position, claim->fact.kind, &text);
    if (text.cut) {
        expect->text.cut = 1;
    } else if (found) {
        holds = equals(expect, claim, &text);
    } else {
        add_fact(expect, &claim->fact);
        report_text_format(&expect->text, "\nexpected: %s\n   found: no value\n", claim->json);
    }
    report_text_done(&text);
    return holds;
}

/* A duration as proto3 JSON has it, "2592000s" or "0.300s", without its quotes. */
static tl_duration read_duration(struct tl_bytes json)
{
    char text[64];
    char *end;
    size_t len = json.len < sizeof text ? json.len : sizeof text - 1;

    memcpy(text, json.data, len);
    text[len] = '\0';
    tl_duration duration = TL_SECONDS(strtoll(text + 1, &end, 10));
    if (*end == '.') {
        tl_duration unit = TL_SECONDS(1);

        for (end++; *end >= '0' && *end <= '9'; end++) {
            unit /= 10;
            duration += (*end - '0') * unit;
        }
    }
    return duration;
}

static int is_duration(struct expect *expect, const struct tl_claim *claim, tl_duration found)
{
    if (found == claim->duration) {
        return 1;
    }
    add_fact(expect, &claim->fact);
    report_text_add(&expect->text, claim->kind == TL_CLAIM_WHEN ? "\nexpected: after " : "\nexpected: for ");
    report_text_add_duration(&expect->text, claim->duration);
    report_text_add(&expect->text, "\n   found: ");
    report_text_add_duration(&expect->text, found);
    report_text_add(&expect->text, "\n");
    return 0;
}

static int holds_duration(struct expect *expect, const struct tl_claim *claim)
{
    size_t position = find(expect, &claim->fact);
    struct tl_bytes json = {(const uint8_t *)"\"0s\"", 4};

    if (position == expect->view.count) {
        return 0;
    }
    TL_IGNORE(view_get(&expect->view, position, claim->fact.kind, "startToFireTimeout", &json));
    return is_duration(expect, claim, read_duration(json));
}

static int holds_when(struct expect *expect, const struct tl_claim *claim)
{
    size_t position = find(expect, &claim->fact);

    return position != expect->view.count &&
           is_duration(expect, claim, expect->view.events[position].at - expect->view.events[0].at);
}

int expect_holds(struct expect *expect, const struct tl_claim *claim)
{
    if (expect->view.count == 0) {
        report_text_add(&expect->text, "the history is empty\n");
        return 0;
    }
    switch (claim->kind) {
    case TL_CLAIM_COUNT:
        return holds_count(expect, claim);
    case TL_CLAIM_BEFORE:
        return holds_order(expect, claim);
    case TL_CLAIM_VALUE:
        return holds_value(expect, claim);
    case TL_CLAIM_DURATION:
        return holds_duration(expect, claim);
    case TL_CLAIM_WHEN:
        return holds_when(expect, claim);
    default:
        return holds_absence(expect, claim);
    }
}
