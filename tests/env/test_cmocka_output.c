/* SPDX-License-Identifier: MIT */
/* cmocka's own outputs with our reports in them: TAP and XML that can be parsed, and tests by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/cmocka.h>
#include <timelapse/fault.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/apart.h"
#include "tests/env/misbehaving.h"
#include "tests/env/recorder.h"
#include "tests/lib/markup.h"

#define HOSTILE "<go> & ]]> # \"\x01\n  not ok 7 - \xc3\xa4\xff"

/* ---- A user's program ---- */

static enum tl_status asserts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    assert_string_equal(HOSTILE, "");
    return TL_OK;
}

static enum tl_status blocks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "<go> & ]]> # \"\x01", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asserts", asserts);
    tl_register_workflow(registry, "Blocks", blocks);
    misbehaving_register(registry);
}

static int setup(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .cpu_limit = TL_MILLISECONDS(40)});
}

static void asserts_in_a_workflow(void **state)
{
    tl_assert_completed(*state, tl_env_start(*state, "Asserts", "w", NULL, NULL));
}

static void falls(void **state, const char *type)
{
    tl_assert_completed(*state, tl_env_start(*state, type, "w", NULL, NULL));
}

static void crashes_in_a_workflow(void **state)
{
    falls(state, "Crashes");
}

static void overflows_in_a_workflow(void **state)
{
    falls(state, "Overflows");
}

static void spins_in_a_workflow(void **state)
{
    falls(state, "Spins");
}

static void blocks_for_ever(void **state)
{
    tl_assert_completed(*state, tl_env_start(*state, "Blocks", "w", NULL, NULL));
}

static void asserts_on_its_own(void **state)
{
    (void)state;
    assert_string_equal(HOSTILE, "");
}

static void skips(void **state)
{
    (void)state;
    skip();
}

static void passes(void **state)
{
    assert_non_null(*state);
}

static int run_group(void *filter)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asserts_in_a_workflow, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(blocks_for_ever, setup, tl_cmocka_teardown),
        {.name = "its <name> & \"quotes\"", .test_func = asserts_on_its_own},
        cmocka_unit_test(skips),
        cmocka_unit_test_setup_teardown(passes, setup, tl_cmocka_teardown),
    };

    (void)unsetenv("TIMELAPSE_VARIANT"); /* without a cache nobody waits when a task is over */
    if (filter != NULL) {
        (void)setenv("TIMELAPSE_TEST", filter, 1);
    }
    return cmocka_run_group_tests_name("a <group> & more", tests, NULL, NULL);
}

static int run_falling_group(void *user)
{
#define FALLING(test) cmocka_unit_test_setup_teardown(test, setup, tl_cmocka_teardown)
    const struct CMUnitTest tests[] = {
        FALLING(crashes_in_a_workflow),
        FALLING(passes),
        FALLING(overflows_in_a_workflow),
        FALLING(passes),
        FALLING(spins_in_a_workflow),
        FALLING(passes),
        FALLING(blocks_for_ever),
        FALLING(passes),
        FALLING(crashes_in_a_workflow),
    };

    (void)user;
    return cmocka_run_group_tests_name("falling", tests, NULL, NULL);
}

static int run_filtered_group(void *user)
{
    cmocka_set_test_filter("*s");
    cmocka_set_skip_filter("skip*");
    return run_group(user);
}

/* ---- Looking at it ---- */

static struct outcome outcome;

static void tap_is_well_formed(void **state)
{
    struct markup_count count;

    (void)state;
    run_apart(&outcome, "TAP", run_group, NULL);
    const char *fault = markup_check_tap(outcome.out, &count);
    if (fault != NULL) {
        fail_msg("not well-formed at: %.200s\nin: %s", fault, outcome.out);
    }
    assert_int_equal(count.tests, 5);
    assert_int_equal(count.failed, 3);
    assert_contains(outcome.out, "# blocked for ever: w does not close");
    assert_contains(outcome.out, "# the same again: TIMELAPSE_SEED=1 TIMELAPSE_TEST=blocks_for_ever ");
}

static void xml_is_well_formed(void **state)
{
    struct markup_count count;

    (void)state;
    run_apart(&outcome, "XML", run_group, NULL);
    const char *fault = markup_check_xml(outcome.out, &count);
    if (fault != NULL) {
        fail_msg("not well-formed at: %.200s\nin: %s", fault, outcome.out);
    }
    assert_int_equal(count.tests, 5);
    assert_int_equal(count.failed, 3);
    assert_int_equal(count.skipped, 1);
    assert_contains(outcome.out, "blocked for ever: w does not close");
    assert_contains(outcome.out, "name=\"a &lt;group&gt; &amp; more\"");
    assert_contains(outcome.out, "not ok 7 - \xc3\xa4?");
}

static void what_falls_is_left_behind(void **state)
{
    struct markup_count count;

    (void)state;
    if (!tl_fault_can_leave()) {
        skip(); /* a sanitizer has handlers of its own, which end the process */
    }
    run_apart(&outcome, "TAP", run_falling_group, NULL);
    assert_null(markup_check_tap(outcome.out, &count));
    assert_int_equal(count.tests, 9);
    assert_int_equal(count.failed, 5);
    assert_contains(outcome.out, "# SIGSEGV in workflow w, coroutine main");
    assert_contains(outcome.out, "# stack overflow in workflow w, coroutine main");
    assert_contains(outcome.out, "# never yields: workflow w, coroutine main");
    assert_contains(outcome.out, "# blocked for ever: w does not close");
    assert_contains(outcome.out, "\nok 8 - passes\n");
}

static void plain_text_has_reports_on_standard_error(void **state)
{
    (void)state;
    run_apart(&outcome, NULL, run_group, NULL);
    assert_int_equal(outcome.status, 3);
    assert_contains(outcome.err, "blocked for ever: w does not close");
    assert_contains(outcome.out, "[       OK ] passes");
}

static void tests_are_run_by_name(void **state)
{
    static char exact[] = "its <name> & \"quotes\"";
    static char pattern[] = "pass*";
    static char nothing[] = "pass";

    (void)state;
    run_apart(&outcome, NULL, run_group, exact);
    assert_int_equal(outcome.status, 1);
    assert_contains(outcome.out, "Running 1 test(s)");
    run_apart(&outcome, NULL, run_group, pattern);
    assert_int_equal(outcome.status, 0);
    assert_contains(outcome.out, "[       OK ] passes");
    run_apart(&outcome, NULL, run_group, nothing);
    assert_contains(outcome.out, "Running 0 test(s)");
}

/* Names stay with their tests when cmocka leaves some out. */
static void filters_of_cmocka_serve(void **state)
{
    (void)state;
    run_apart(&outcome, NULL, run_filtered_group, NULL);
    assert_int_equal(outcome.status, 0);
    assert_contains(outcome.out, "Running 1 test(s)");
    assert_contains(outcome.out, "[       OK ] passes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap_is_well_formed),
        cmocka_unit_test(xml_is_well_formed),
        cmocka_unit_test(what_falls_is_left_behind),
        cmocka_unit_test(plain_text_has_reports_on_standard_error),
        cmocka_unit_test(tests_are_run_by_name),
        cmocka_unit_test(filters_of_cmocka_serve),
    };

    return cmocka_run_group_tests_name("env/cmocka_output", tests, NULL, NULL);
}
