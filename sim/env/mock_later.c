/* SPDX-License-Identifier: MIT */
/* Attempts that a mock left without an answer, and the answers that tests give them. */
#include <string.h>
#include <timelapse/async_activity.h>
#include <timelapse/json.h>

#include "sim/env/mock.h"

/* ---- What is left ---- */

void mock_leave(struct mock_record *record, struct tl_mock *mock)
{
    record->left_by = mock;
    mock->type->left += 1;
}

static void take_up(struct mock_record *record)
{
    record->left_by->type->left -= 1;
    record->left_by = NULL;
}

static int is_same_activity(const struct tl_mock_call *left, const struct tl_mock_call *right)
{
    return strcmp(left->activity_id, right->activity_id) == 0 && strcmp(left->run_id, right->run_id) == 0;
}

void mock_replace(struct mock_type *type, const struct mock_record *record)
{
    for (struct mock_record *older = type->records; type->left > 0 && older != record; older = older->next) {
        if (older->left_by != NULL && is_same_activity(&older->call, &record->call)) {
            take_up(older);
        }
    }
}

/* The oldest record at `record` or behind it that the mock left; or NULL. */
static struct mock_record *next_left(const struct tl_mock *mock, struct mock_record *record)
{
    while (record != NULL && (record->left_by == NULL || !mock_is_within(record->left_by, mock))) {
        record = record->next;
    }
    return record;
}

size_t tl_mock_pending(const struct tl_mock *mock)
{
    size_t count = 0;

    for (struct mock_record *record = mock == NULL ? NULL : next_left(mock, mock->type->records); record != NULL;
         record = next_left(mock, record->next)) {
        count += 1;
    }
    return count;
}

/* ---- Answering ---- */

/* The attempt to be answered; NULL with a verdict, or because one stands. */
static struct mock_record *begin(struct tl_mock *mock, struct mock_place place)
{
    struct tl_env *env = mock->type->env;

    if (tl_driver_of_coroutine() == NULL && !env_begin_assertion(env, place.file, place.line)) {
        env_end_assertion(env);
        return NULL;
    }
    struct mock_record *record = next_left(mock, mock->type->records);
    if (record == NULL) {
        mock_refuse(env, place, "no attempt of %s waits to be completed; has it reached its mock?", mock->type->name);
        env_end_assertion(env);
        return NULL;
    }
    take_up(record);
    return record;
}

/* Tells of what the call brought about meanwhile; then of the call itself. */
static void end(struct tl_mock *mock, struct mock_place place, enum tl_status status, const struct tl_error *error)
{
    struct tl_env *env = mock->type->env;
    int on_test_stack = tl_driver_of_coroutine() == NULL;

    if (on_test_stack) {
        env_settle(env);
    }
    if (status != TL_OK && !(on_test_stack && env_report(env))) {
        mock_refuse(env, place, "completing %s was refused: %s", mock->type->name, error->message);
    }
    if (on_test_stack) {
        env_report(env);
        env_end_assertion(env);
    }
}

static struct tl_activity_target target_of(const struct mock_record *record)
{
    return (struct tl_activity_target){.task_token = record->call.task_token};
}

void tl_mock_complete_at(struct tl_mock *mock, const char *json, const char *file, int line)
{
    const struct tl_payload result = tl_payload_json(json == NULL ? "null" : json);
    const struct mock_place place = {file, line};
    struct tl_error error;

    if (mock == NULL || !mock_check_json(mock, "the result", json, place)) {
        return;
    }
    const struct mock_record *record = begin(mock, place);
    if (record != NULL) {
        const struct tl_activity_target target = target_of(record);
        end(mock, place, tl_client_complete_activity(mock->type->env->client, &target, &result, &error), &error);
    }
}

void tl_mock_complete_failed_at(
    struct tl_mock *mock, const char *failure_type, const char *message, const char *file, int line)
{
    const struct mock_place place = {file, line};
    const struct mock_record *record = mock == NULL ? NULL : begin(mock, place);
    struct tl_error error;

    if (record != NULL) {
        const struct tl_activity_target target = target_of(record);
        end(mock,
            place,
            tl_client_fail_activity(mock->type->env->client, &target, failure_type, message, NULL, &error),
            &error);
    }
}

void tl_mock_complete_canceled_at(struct tl_mock *mock, const char *file, int line)
{
    const struct mock_place place = {file, line};
    const struct mock_record *record = mock == NULL ? NULL : begin(mock, place);
    struct tl_error error;

    if (record != NULL) {
        const struct tl_activity_target target = target_of(record);
        end(mock, place, tl_client_cancel_activity(mock->type->env->client, &target, NULL, &error), &error);
    }
}
