/* SPDX-License-Identifier: MIT */
/* Recordings compared with values left out: what is left out, what is not, and rules that find nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/mock.h>
#include <timelapse/scrub.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

#define RECORDING "scrubbed.json"

static const char *receipt; /* what the activity returns */
static char directory[200];

static enum tl_status pays(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    (void)input;
    (void)result;
    return tl_activity_run(wf, "Pay", NULL, &options, NULL);
}

static enum tl_status pay(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)input;
    return tl_activity_result_text(activity, out, "%s", receipt);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Pays", pays);
    tl_register_activity(registry, "Pay", pay);
}

static int setup(void **state)
{
    const char *temporary = getenv("TMPDIR");

    (void)state;
    (void)snprintf(directory, sizeof directory, "%s/timelapse-scrub-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    return mkdtemp(directory) == NULL || setenv("TIMELAPSE_FIXTURES", directory, 1) != 0;
}

static int teardown(void **state)
{
    char path[256];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/%s", directory, RECORDING);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/scrubbed.meta.json", directory);
    (void)unlink(path);
    (void)rmdir(directory);
    return unsetenv("TIMELAPSE_FIXTURES") | unsetenv("TIMELAPSE_RECORD");
}

static const struct tl_scrub when = {{TL_FACT_ACTIVITY_COMPLETED, "Pay", 0, 0}, "when"};
static const struct tl_scrub whole = {{TL_FACT_ACTIVITY_COMPLETED, NULL, 0, 0}, NULL};
static const struct tl_scrub nothing = {{TL_FACT_ACTIVITY_COMPLETED, "Pays", 0, 0}, NULL};
static const struct tl_scrub cannot_be = {{TL_FACT_TIMER_FIRED, NULL, 0, 0}, NULL};

/* Records one run that answers `answer`, or compares it with the recording under that rule. */
static struct recorder *run(void **made, const char *answer, const struct tl_scrub *rule, int recording)
{
    receipt = answer;
    assert_int_equal(recording ? setenv("TIMELAPSE_RECORD", "1", 1) : unsetenv("TIMELAPSE_RECORD"), 0);
    assert_int_equal(recorder_setup(made, &(struct tl_env_options){.register_all = register_all}), 0);
    struct recorder *recorder = *made;
    struct tl_handle *handle = tl_env_start(recorder->env, "Pays", "p", NULL, NULL);
    tl_assert_recorded_scrubbed(recorder->env, handle, RECORDING, rule, rule == NULL ? 0 : 1);
    return recorder;
}

static void record(void)
{
    void *made;

    assert_quiet(run(&made, "{\"when\":\"monday\",\"sum\":12}", NULL, 1));
    (void)recorder_teardown(&made);
}

static void a_member_that_is_left_out(void **state)
{
    void *made;

    (void)state;
    record();
    assert_quiet(run(&made, "{\"when\":{\"day\":\"tuesday\"},\"sum\":12}", &when, 0));
    (void)recorder_teardown(&made);
}

static void a_whole_value_that_is_left_out(void **state)
{
    void *made;

    (void)state;
    record();
    assert_quiet(run(&made, "[1,2,3]", &whole, 0));
    (void)recorder_teardown(&made);
}

static void what_is_not_left_out_is_told_with_both_events(void **state)
{
    void *made;

    (void)state;
    record();
    const struct recorder *recorder = run(&made, "{\"when\":\"tuesday\",\"sum\":13}", &when, 0);
    assert_reported(recorder, "the run is not the one in ");
    assert_contains(recorder->text, "\nrecorded:\n  {\n");
    assert_contains(recorder->text, "\nfound:\n  {\n");
    assert_contains(recorder->text, "\"eventType\": \"EVENT_TYPE_ACTIVITY_TASK_COMPLETED\"");
    (void)recorder_teardown(&made);
}

static void without_a_rule_it_differs(void **state)
{
    void *made;

    (void)state;
    record();
    assert_reported(run(&made, "{\"when\":\"tuesday\",\"sum\":12}", NULL, 0), "the run is not the one in ");
    (void)recorder_teardown(&made);
}

static void a_rule_that_finds_nothing(void **state)
{
    void *made;

    (void)state;
    record();
    assert_reported(
        run(&made, "{\"when\":\"monday\",\"sum\":12}", &nothing, 0),
        "rule 0 (activity completed Pays) finds nothing in the recording");
    (void)recorder_teardown(&made);
}

static void a_rule_that_cannot_be(void **state)
{
    void *made;

    (void)state;
    record();
    assert_reported(run(&made, "1", &cannot_be, 0), "rules.fact.kind: rule 0: no value comes with it");
    (void)recorder_teardown(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_member_that_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_value_that_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_left_out_is_told_with_both_events, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_rule_it_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_that_finds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rule_that_cannot_be, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
