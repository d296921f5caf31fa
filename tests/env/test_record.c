/* SPDX-License-Identifier: MIT */
/* Recordings: written only on demand, replayed and compared otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/mock.h>
#include <timelapse/replayer.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define RECORDING "made/on/demand/flow.json"
#define SIDECAR   "made/on/demand/flow.meta.json"

static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(10)};

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_run(wf, "Step", input, &quick, result);
}

/* What flow might become: another timer, otherwise the same. */
static enum tl_status longer_flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (tl_sleep(wf, TL_HOURS(2)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_run(wf, "Step", input, &quick, result);
}

static void register_flow(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

static void register_longer_flow(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", longer_flow);
}

/* ---- A directory of its own for each test ---- */

static char directory[200];

static int setup(void **state)
{
    const char *temporary = getenv("TMPDIR");

    (void)state;
    (void)snprintf(directory, sizeof directory, "%.150s/recordings-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    return setenv("TIMELAPSE_FIXTURES", directory, 1) | unsetenv("TIMELAPSE_RECORD");
}

static void path_of(const char *name, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/%s", directory, name);
}

static int exists(const char *name)
{
    char path[256];

    path_of(name, path, sizeof path);
    return access(path, F_OK) == 0;
}

static void remove_file(const char *name)
{
    char path[256];

    path_of(name, path, sizeof path);
    (void)remove(path);
}

static int teardown(void **state)
{
    static const char *const names[] = {RECORDING, SIDECAR, "made/on/demand", "made/on", "made", ""};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        remove_file(names[i]);
    }
    return unsetenv("TIMELAPSE_FIXTURES") | unsetenv("TIMELAPSE_RECORD");
}

/* ---- One run and its assertion ---- */

/* Runs "Flow" as registered and asserts its recording; *state becomes the recorder. */
static struct recorder *run_and_assert(void **made, tl_register_fn *register_all, const char *result)
{
    assert_int_equal(recorder_setup(made, &(struct tl_env_options){.register_all = register_all}), 0);
    struct recorder *recorder = *made;

    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ONCE, result);
    struct tl_handle *run = tl_env_start(recorder->env, "Flow", "flow-1", "{\"n\": 1}", NULL);
    tl_env_assert_recorded(recorder->env, run, RECORDING, "t.c", 3);
    return recorder;
}

static void record(void)
{
    void *made;

    assert_int_equal(setenv("TIMELAPSE_RECORD", "1", 1), 0);
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");
    assert_quiet(recorder);
    assert_contains(recorder->log, "recorded");
    (void)recorder_teardown(&made);
    assert_int_equal(unsetenv("TIMELAPSE_RECORD"), 0);
}

/* ---- Behaviour ---- */

static void a_missing_recording_fails_and_is_not_written(void **state)
{
    void *made;
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");

    (void)state;
    assert_reported(recorder, "there is no recording");
    assert_contains(recorder->text, "TIMELAPSE_RECORD=1 writes it");
    assert_string_equal(recorder->file, "t.c");
    assert_false(exists(RECORDING));
    (void)recorder_teardown(&made);
}

static void recording_writes_the_history_and_its_sidecar(void **state)
{
    (void)state;
    record();
    assert_true(exists(RECORDING));
    assert_true(exists(SIDECAR));
}

static void the_same_run_equals_its_recording(void **state)
{
    void *made;

    (void)state;
    record();
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");
    assert_quiet(recorder);
    (void)recorder_teardown(&made);
}

static void another_result_differs_from_the_recording(void **state)
{
    void *made;

    (void)state;
    record();
    struct recorder *recorder = run_and_assert(&made, register_flow, "2");
    assert_reported(recorder, "the run is not the one in");
    assert_contains(recorder->text, "timeline of flow-1");
    (void)recorder_teardown(&made);
}

static void changed_code_does_not_replay_the_recording(void **state)
{
    void *made;

    (void)state;
    record();
    struct recorder *recorder = run_and_assert(&made, register_longer_flow, "1");
    assert_reported(recorder, "today's code does not replay");
    (void)recorder_teardown(&made);
}

static void a_recording_that_is_no_history_is_told(void **state)
{
    char path[256];
    void *made;

    (void)state;
    record();
    path_of(RECORDING, path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("{\"events\": [\n{\"eventId\": }]}", file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");
    assert_reported(recorder, "cannot be read: line 2");
    (void)recorder_teardown(&made);
}

static void a_directory_that_cannot_be_written_is_told(void **state)
{
    void *made;

    (void)state;
    assert_int_equal(setenv("TIMELAPSE_FIXTURES", "/dev/null/nowhere", 1), 0);
    assert_int_equal(setenv("TIMELAPSE_RECORD", "1", 1), 0);
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");
    assert_reported(recorder, "cannot be written");
    (void)recorder_teardown(&made);
}

static void anything_but_1_does_not_record(void **state)
{
    void *made;

    (void)state;
    assert_int_equal(setenv("TIMELAPSE_RECORD", "0", 1), 0);
    struct recorder *recorder = run_and_assert(&made, register_flow, "1");
    assert_reported(recorder, "there is no recording");
    (void)recorder_teardown(&made);
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_missing_recording_fails_and_is_not_written),
        ENV_TEST(recording_writes_the_history_and_its_sidecar),
        ENV_TEST(the_same_run_equals_its_recording),
        ENV_TEST(another_result_differs_from_the_recording),
        ENV_TEST(changed_code_does_not_replay_the_recording),
        ENV_TEST(a_recording_that_is_no_history_is_told),
        ENV_TEST(a_directory_that_cannot_be_written_is_told),
        ENV_TEST(anything_but_1_does_not_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
