/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/calls/calls.h"

void expect(struct caller *caller, bool good, const char *what)
{
    if (good) {
        caller->passed++;
        return;
    }
    caller->failed++;
    printf("FAILED  %s, %s: %s\n", caller->tag, caller->name, what);
}

void expect_status(struct caller *caller, enum tl_status found, enum tl_status wanted, const char *what)
{
    char text[640];

    (void)snprintf(
        text,
        sizeof(text),
        "%s: %s, not %s: %s",
        what,
        tl_status_name(found),
        tl_status_name(wanted),
        found == TL_OK ? "" : caller->error.message);
    expect(caller, found == wanted, text);
}

void expect_field(struct caller *caller, const char *field)
{
    char text[320];

    (void)snprintf(text, sizeof(text), "the error names \"%s\", not \"%s\"", caller->error.field, field);
    expect(caller, strcmp(caller->error.field, field) == 0, text);
}

void expect_json(struct caller *caller, const struct tl_payload *found, const char *wanted, const char *what)
{
    char text[640];
    int length = (int)(found->data.len < 400 ? found->data.len : 400);

    (void)snprintf(text, sizeof(text), "%s: %.*s, not %s", what, length, (const char *)found->data.data, wanted);
    expect(caller, tl_payload_is(found, "json/plain") && tl_bytes_equal(found->data, tl_bytes_of(wanted)), text);
}

void expect_result(struct caller *caller, struct tl_handle *run, const char *wanted)
{
    struct tl_payload result = {0};
    enum tl_status status = tl_handle_result(run, &result, &caller->error);

    expect_status(caller, status, TL_OK, "the run's result");
    if (status == TL_OK) {
        expect_json(caller, &result, wanted, "the run's result");
    }
}

void name_run(const struct caller *caller, const char *suffix, char id[MOST_ID])
{
    (void)snprintf(id, MOST_ID, "calls-%s-%s%s", caller->tag, caller->name, suffix);
}

struct tl_handle *
start_with(struct caller *caller, const char *type, const struct tl_payloads *input, struct tl_start_options options)
{
    struct tl_handle *run = NULL;
    char id[MOST_ID];

    name_run(caller, "", id);
    options.task_queue = CALLS_QUEUE;
    options.execution_timeout = options.execution_timeout == 0 ? TL_MINUTES(3) : options.execution_timeout;
    if (tl_client_start(caller->client, type, id, input, &options, &run, &caller->error) != TL_OK) {
        (void)fprintf(stderr, "calls: %s is not started: %s\n", id, caller->error.message);
        exit(EXIT_FAILURE);
    }
    return run;
}

struct tl_handle *start(struct caller *caller, const char *type, const struct tl_payloads *input)
{
    return start_with(caller, type, input, (struct tl_start_options){0});
}
