/* SPDX-License-Identifier: MIT */
/* What was called: remembered as it came, for tests to look at. */
#include <string.h>

#include "sim/env/mock.h"

#define MOST_CALLS 20 /* that a verdict shows */

/* ---- Remembering ---- */

static int copy_text(struct env_memory *memory, const char *from, const char **to)
{
    *to = env_strdup(memory, from);
    return *to != NULL;
}

static int fill_call(
    struct env_memory *memory, const struct tl_activity_info *info, const struct tl_payloads *input,
    struct tl_mock_call *call)
{
    uint8_t *token = env_alloc(memory, info->task_token.len);

    if (token == NULL || !mock_copy_payloads(memory, input, &call->input) ||
        !copy_text(memory, info->workflow_id, &call->workflow_id) || !copy_text(memory, info->run_id, &call->run_id) ||
        !copy_text(memory, info->activity_id, &call->activity_id)) {
        return 0;
    }
    memcpy(token, info->task_token.data, info->task_token.len);
    call->task_token = (struct tl_bytes){token, info->task_token.len};
    call->attempt = info->attempt;
    return 1;
}

struct mock_record *mock_record(struct mock_type *type, struct tl_activity *activity, const struct tl_payloads *input)
{
    struct env_memory *memory = &type->env->memory;
    struct mock_record *record = env_alloc(memory, sizeof *record);

    if (record == NULL || !fill_call(memory, tl_activity_info(activity), input, &record->call)) {
        (void)mock_has(type->env, NULL);
        return NULL;
    }
    record->call.at = tl_activity_now(activity);
    *type->records_tail = record;
    type->records_tail = &record->next;
    type->calls += 1;
    mock_replace(type, record);
    return record;
}

/* ---- Looking ---- */

/* The first call of the mock at `record` or behind it, or NULL. */
static struct mock_record *first_of(const struct tl_mock *mock, struct mock_record *record)
{
    while (record != NULL && !mock_matches(mock, &record->call)) {
        record = record->next;
    }
    return record;
}

static unsigned count_calls(const struct tl_mock *mock)
{
    unsigned count = 0;

    for (struct mock_record *record = first_of(mock, mock->type->records); record != NULL;
         record = first_of(mock, record->next)) {
        count += 1;
    }
    return count;
}

unsigned tl_mock_calls_made(struct tl_mock *mock)
{
    if (mock == NULL) {
        return 0;
    }
    mock->is_used = 1;
    return count_calls(mock);
}

/* "ChargeCard (amount = 40)". */
static void add_name(struct report_text *text, const struct tl_mock *mock)
{
    report_text_add(text, mock->type->name);
    if (mock->wider != NULL && mock->tracks == NULL) {
        report_text_add(text, " (");
        mock_add_match(text, mock, NULL);
        report_text_add(text, ")");
    }
}

static void add_calls(struct report_text *text, const struct mock_type *type)
{
    unsigned number = 0;

    report_text_format(text, "calls of %s: %s", type->name, type->records == NULL ? "none" : "");
    for (const struct mock_record *record = type->records; record != NULL && number < MOST_CALLS;
         record = record->next) {
        number += 1;
        report_text_format(text, "\n  %u. ", number);
        mock_add_input(text, &record->call.input);
        report_text_add(text, " at ");
        env_add_moment(type->env, text, record->call.at);
        report_text_format(text, ", attempt %d of %s", (int)record->call.attempt, record->call.workflow_id);
    }
    if (type->calls > MOST_CALLS) {
        report_text_format(text, "\n  and %u more", type->calls - MOST_CALLS);
    }
}

const struct tl_mock_call *tl_mock_nth_call_at(struct tl_mock *mock, unsigned number, const char *file, int line)
{
    if (mock == NULL) {
        return NULL;
    }
    struct tl_env *env = mock->type->env;
    struct mock_record *record = first_of(mock, mock->type->records);
    for (unsigned i = 1; i < number && record != NULL; i++) {
        record = first_of(mock, record->next);
    }
    mock->is_used = 1;
    if (record != NULL && number > 0) {
        return &record->call;
    }
    report_text_reset(&env->answer);
    report_text_format(&env->answer, "there is no call %u of ", number);
    add_name(&env->answer, mock);
    report_text_add(&env->answer, "\n");
    add_calls(&env->answer, mock->type);
    tl_env_fail(env, file, line, "%s", report_text_get(&env->answer));
    return NULL;
}

void tl_env_assert_called(struct tl_env *env, struct tl_mock *mock, unsigned count, const char *file, int line)
{
    if (!env_begin_assertion(env, file, line)) {
        env_end_assertion(env);
        return;
    }
    unsigned made = tl_mock_calls_made(mock);
    if (mock == NULL) {
        tl_env_fail(env, file, line, "an assertion about the calls of no mock");
    } else if (made != count) {
        report_text_reset(&env->answer);
        report_text_add(&env->answer, "calls of ");
        add_name(&env->answer, mock);
        report_text_format(&env->answer, "\nexpected: %u\n   found: %u\n", count, made);
        add_calls(&env->answer, mock->type);
        tl_env_fail(env, file, line, "%s", report_text_get(&env->answer));
    }
    env_end_assertion(env);
}
