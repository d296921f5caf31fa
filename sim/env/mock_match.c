/* SPDX-License-Identifier: MIT */
/* Which calls a mock is for, and in words why a call is not among them. */
#include <string.h>
#include <timelapse/json.h>

#include "sim/env/mock.h"
#include "sim/env/nearest.h"

#define LONGEST_VALUE   ((size_t)200) /* bytes of a value that are shown */
#define CONDITION_FAILS ((size_t)100) /* what a condition that does not hold counts, beside how far off it is */

/* ---- Values of a call ---- */

/* The JSON at the match's path in its argument; null for a payload that is none. 0: there is no such value. */
static int value_of(const struct tl_match *match, const struct tl_mock_call *call, struct tl_bytes *value)
{
    const struct tl_payload null = tl_payload_json("null");

    if (match->argument >= call->input.count) {
        return 0;
    }
    const struct tl_payload *argument = &call->input.items[match->argument];
    const struct tl_payload *read = tl_payload_is(argument, "binary/null") ? &null : argument;
    return tl_json_get(read, match->path, value, NULL) == TL_OK;
}

/* ---- Conditions ---- */

static int equals(const struct tl_match *match, const struct tl_mock_call *call)
{
    struct tl_bytes value;
    int equal = 0;

    return value_of(match, call, &value) && tl_json_equal(tl_bytes_of(match->equals), value, &equal, NULL) == TL_OK &&
           equal;
}

static int is_attempt(const struct tl_match *match, const struct tl_mock_call *call)
{
    return match->attempt == call->attempt;
}

static int is_workflow(const struct tl_match *match, const struct tl_mock_call *call)
{
    return strcmp(match->workflow_id, call->workflow_id) == 0;
}

static int fulfils(const struct tl_match *match, const struct tl_mock_call *call)
{
    return match->matches(match->user, &call->input) != 0;
}

static int has_equals(const struct tl_match *match)
{
    return match->equals != NULL;
}

static int has_attempt(const struct tl_match *match)
{
    return match->attempt != 0;
}

static int has_workflow(const struct tl_match *match)
{
    return match->workflow_id != NULL;
}

static int has_condition(const struct tl_match *match)
{
    return match->matches != NULL;
}

/* ---- In words ---- */

static void add_value(struct report_text *text, struct tl_bytes value)
{
    size_t len = value.len > LONGEST_VALUE ? LONGEST_VALUE : value.len;

    report_text_add_bytes(text, (const char *)value.data, len);
    report_text_add(text, len < value.len ? "..." : "");
}

static void add_equals(struct report_text *text, const struct tl_match *match)
{
    const char *path = match->path == NULL || match->path[0] == '\0' ? "input" : match->path;

    if (match->argument > 0) {
        report_text_format(text, "argument %zu: ", match->argument);
    }
    report_text_format(text, "%s = ", path);
    add_value(text, tl_bytes_of(match->equals));
}

static void add_got_value(struct report_text *text, const struct tl_match *match, const struct tl_mock_call *call)
{
    struct tl_bytes value;

    if (value_of(match, call, &value)) {
        report_text_add(text, ", got ");
        add_value(text, value);
    } else {
        report_text_add(text, ", got none");
    }
}

static void add_attempt(struct report_text *text, const struct tl_match *match)
{
    report_text_format(text, "attempt %d", (int)match->attempt);
}

static void add_got_attempt(struct report_text *text, const struct tl_match *match, const struct tl_mock_call *call)
{
    (void)match;
    report_text_format(text, ", got attempt %d", (int)call->attempt);
}

static void add_workflow(struct report_text *text, const struct tl_match *match)
{
    report_text_format(text, "workflow %s", match->workflow_id);
}

static void add_got_workflow(struct report_text *text, const struct tl_match *match, const struct tl_mock_call *call)
{
    (void)match;
    report_text_format(text, ", got %s", call->workflow_id);
}

static void add_condition(struct report_text *text, const struct tl_match *match)
{
    report_text_add(text, match->says);
}

static void add_not(struct report_text *text, const struct tl_match *match, const struct tl_mock_call *call)
{
    (void)match;
    (void)call;
    report_text_add(text, ", which does not hold");
}

/* All that a match can say. */
static const struct condition {
    int (*is_set)(const struct tl_match *match);
    int (*holds)(const struct tl_match *match, const struct tl_mock_call *call);
    void (*add)(struct report_text *text, const struct tl_match *match);
    void (*add_got)(struct report_text *text, const struct tl_match *match, const struct tl_mock_call *call);
    int reads_input;
} conditions[] = {
    {has_equals, equals, add_equals, add_got_value, 1},
    {has_condition, fulfils, add_condition, add_not, 1},
    {has_attempt, is_attempt, add_attempt, add_got_attempt, 0},
    {has_workflow, is_workflow, add_workflow, add_got_workflow, 0},
};

#define CONDITIONS (sizeof conditions / sizeof conditions[0])

/* ---- Matching ---- */

int mock_matches(const struct tl_mock *mock, const struct tl_mock_call *call)
{
    for (; mock != NULL; mock = mock->wider) {
        for (size_t i = 0; i < CONDITIONS; i++) {
            if (conditions[i].is_set(&mock->match) && !conditions[i].holds(&mock->match, call)) {
                return 0;
            }
        }
    }
    return 1;
}

int mock_reads_input(const struct tl_mock *mock)
{
    for (; mock != NULL; mock = mock->wider) {
        for (size_t i = 0; i < CONDITIONS; i++) {
            if (conditions[i].reads_input && conditions[i].is_set(&mock->match)) {
                return 1;
            }
        }
    }
    return 0;
}

/* How far the value that came is from the expected one: edits of their text. */
static size_t value_distance(const struct tl_match *match, const struct tl_mock_call *call)
{
    struct tl_bytes value;
    char text[CONDITION_FAILS / 2];

    if (!has_equals(match) || !value_of(match, call, &value)) {
        return sizeof text;
    }
    size_t len = value.len < sizeof text ? value.len : sizeof text - 1;
    memcpy(text, value.data, len);
    text[len] = '\0';
    return nearest_distance(match->equals, text);
}

size_t mock_mismatch(const struct tl_mock *mock, const struct tl_mock_call *call)
{
    size_t sum = 0;

    for (; mock != NULL; mock = mock->wider) {
        for (size_t i = 0; i < CONDITIONS; i++) {
            if (conditions[i].is_set(&mock->match) && !conditions[i].holds(&mock->match, call)) {
                sum += CONDITION_FAILS + (conditions[i].holds == equals ? value_distance(&mock->match, call) : 0);
            }
        }
    }
    return sum;
}

void mock_add_match(struct report_text *text, const struct tl_mock *mock, const struct tl_mock_call *call)
{
    const char *separator = "";

    for (; mock != NULL; mock = mock->wider) {
        for (size_t i = 0; i < CONDITIONS; i++) {
            if (!conditions[i].is_set(&mock->match)) {
                continue;
            }
            report_text_add(text, separator);
            conditions[i].add(text, &mock->match);
            if (call != NULL && !conditions[i].holds(&mock->match, call)) {
                conditions[i].add_got(text, &mock->match, call);
            }
            separator = " and ";
        }
    }
}

static void add_argument(struct report_text *text, const struct tl_payload *argument)
{
    if (tl_payload_is(argument, "json/plain")) {
        add_value(text, argument->data);
    } else if (argument->data.len == 0) {
        report_text_add(text, "null");
    } else {
        report_text_format(text, "%zu bytes of ", argument->data.len);
        add_value(text, tl_payload_metadata(argument, "encoding"));
    }
}

void mock_add_input(struct report_text *text, const struct tl_payloads *input)
{
    report_text_add(text, input->count == 0 ? "no input" : "");
    for (size_t i = 0; i < input->count; i++) {
        report_text_add(text, i == 0 ? "" : ", ");
        add_argument(text, &input->items[i]);
    }
}
