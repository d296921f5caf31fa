/* SPDX-License-Identifier: MIT */
/*
 * tl_test_main as users without a framework have it: programs whose tests crash, overflow, spin and
 * block, each followed by one that passes, in one process; their output is parsed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/fault.h>
#include <timelapse/mock.h>
#include <timelapse/test_main.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/apart.h"
#include "tests/env/misbehaving.h"
#include "tests/env/recorder.h"
#include "tests/lib/markup.h"

/* ---- A user's program ---- */

static volatile int *volatile nowhere;

static enum tl_status ships(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

static enum tl_status blocks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "<go> & ]]> #1 \"\x01", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Ships", ships);
    misbehaving_register(registry);
    tl_register_workflow(registry, "Blocks", blocks);
}

static void complete(struct tl_env *env, const char *type)
{
    tl_assert_completed(env, tl_env_start(env, type, "w", NULL, NULL));
}

static void it_ships(struct tl_env *env)
{
    complete(env, "Ships");
    tl_assert_true(env, tl_env_elapsed(env) == TL_DAYS(1));
}

static void it_crashes(struct tl_env *env)
{
    complete(env, "Crashes");
}

static void it_overflows(struct tl_env *env)
{
    complete(env, "Overflows");
}

static void it_spins(struct tl_env *env)
{
    complete(env, "Spins");
}

static void it_blocks(struct tl_env *env)
{
    complete(env, "Blocks");
}

static void it_crashes_itself(struct tl_env *env)
{
    (void)env;
    *nowhere = 1;
}

static void its_check_fails(struct tl_env *env)
{
    complete(env, "Ships");
    tl_assert_true(env, tl_env_elapsed(env) < TL_HOURS(1));
}

static void its_mock_is_left_over(struct tl_env *env)
{
    tl_mock_returns(tl_mock_activity(env, "Pack"), TL_ONCE, "1");
}

#define COUNT(tests) (sizeof(tests) / sizeof((tests)[0]))

static char format[16] = "tap";
static char pattern[16];

static int run_program(const struct tl_test *tests, size_t count)
{
    static const struct tl_env_options options = {.register_all = register_all, .cpu_limit = TL_MILLISECONDS(40)};
    static char program[] = "shop";
    static char option[] = "--format";
    char *argv[] = {program, option, format, pattern[0] == '\0' ? NULL : pattern, NULL};

    (void)unsetenv("TIMELAPSE_VARIANT"); /* without a cache nobody waits when a task is over */
    return tl_test_main(pattern[0] == '\0' ? 3 : 4, argv, tests, count, &options);
}

static int all_fine(void *user)
{
    static const struct tl_test tests[] = {TL_TEST(it_ships), TL_TEST(it_ships)};

    (void)user;
    return run_program(tests, COUNT(tests));
}

static int of_all_kinds(void *user)
{
    static const struct tl_test tests[] = {
        TL_TEST(its_check_fails),
        TL_TEST(it_ships),
        TL_TEST(it_blocks),
        TL_TEST(it_ships),
        TL_TEST(it_ships),
        TL_TEST(it_ships),
        TL_TEST(its_mock_is_left_over),
        TL_TEST(it_ships)};

    (void)user;
    return run_program(tests, COUNT(tests));
}

static int falling(void *user)
{
    static const struct tl_test tests[] = {
        TL_TEST(it_crashes),
        TL_TEST(it_ships),
        TL_TEST(it_overflows),
        TL_TEST(it_ships),
        TL_TEST(it_spins),
        TL_TEST(it_ships),
        TL_TEST(it_crashes_itself),
        TL_TEST(it_ships),
        TL_TEST(it_crashes)};

    (void)user;
    return run_program(tests, COUNT(tests));
}

/* ---- Looking at it ---- */

static struct outcome outcome;

static void run(const char *as, int (*program)(void *user))
{
    (void)strcpy(format, as); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): names of a format */
    run_apart(&outcome, NULL, program, NULL);
}

static void assert_counts(const char *as, int tests, int failed)
{
    struct markup_count count;
    const char *fault =
        strcmp(as, "tap") == 0 ? markup_check_tap(outcome.out, &count) : markup_check_xml(outcome.out, &count);

    if (fault != NULL) {
        fail_msg("not well-formed at: %.200s\nin: %s", fault, outcome.out);
    }
    assert_int_equal(count.tests, tests);
    assert_int_equal(count.failed, failed);
}

static void tests_that_pass_end_in_0(void **state)
{
    (void)state;
    run("tap", all_fine);
    assert_int_equal(outcome.status, 0);
    assert_counts("tap", 2, 0);
    assert_contains(outcome.out, "ok 2 - it_ships\n");
}

static void failures_are_told_in_tap(void **state)
{
    (void)state;
    run("tap", of_all_kinds);
    assert_int_equal(outcome.status, 1);
    assert_counts("tap", 8, 3);
    assert_contains(outcome.out, "not ok 1 - its_check_fails\n# tests/env/test_test_main.c:");
    assert_contains(outcome.out, "# tl_env_elapsed(env) < TL_HOURS(1) does not hold\n");
    assert_contains(outcome.out, "# blocked for ever: w does not close");
    assert_contains(outcome.out, "Pack returns 1: 0 of 1 attempts came");
    assert_contains(outcome.out, "TIMELAPSE_TEST=it_blocks ");
}

static void failures_are_told_in_junit(void **state)
{
    (void)state;
    run("junit", of_all_kinds);
    assert_int_equal(outcome.status, 1);
    assert_counts("junit", 8, 3);
    assert_contains(outcome.out, "&lt;go&gt; &amp; ]]&gt; #1 \"?");
}

static void what_falls_is_left_behind(void **state)
{
    (void)state;
    if (!tl_fault_can_leave()) {
        skip();
    }
    run("tap", falling);
    assert_int_equal(outcome.status, 1);
    assert_counts("tap", 9, 5);
    assert_contains(outcome.out, "# SIGSEGV in workflow w, coroutine main");
    assert_contains(outcome.out, "# stack overflow in workflow w, coroutine main");
    assert_contains(outcome.out, "# never yields: workflow w, coroutine main");
    assert_contains(outcome.out, "not ok 7 - it_crashes_itself\n# a signal ended the test, in its own code\n");
    assert_contains(outcome.out, "ok 8 - it_ships\n");
}

static void tests_are_run_by_name(void **state)
{
    (void)state;
    (void)strcpy(pattern, "it_b*"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): as above */
    run("tap", of_all_kinds);
    assert_counts("tap", 1, 1);
    (void)strcpy(pattern, "nothing"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): as above */
    run("tap", of_all_kinds);
    pattern[0] = '\0';
    assert_int_equal(outcome.status, 1); /* nothing was run */
    assert_int_equal(setenv("TIMELAPSE_TEST", "it_ships", 1), 0);
    run("tap", of_all_kinds);
    assert_int_equal(unsetenv("TIMELAPSE_TEST"), 0);
    assert_counts("tap", 5, 0);
    assert_int_equal(outcome.status, 0);
}

static void a_format_that_there_is_not_is_refused(void **state)
{
    (void)state;
    run("yaml", all_fine);
    assert_int_equal(outcome.status, 2);
    assert_contains(outcome.err, "usage: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_that_pass_end_in_0),
        cmocka_unit_test(failures_are_told_in_tap),
        cmocka_unit_test(failures_are_told_in_junit),
        cmocka_unit_test(what_falls_is_left_behind),
        cmocka_unit_test(tests_are_run_by_name),
        cmocka_unit_test(a_format_that_there_is_not_is_refused),
    };

    return cmocka_run_group_tests_name("env/test_main", tests, NULL, NULL);
}
