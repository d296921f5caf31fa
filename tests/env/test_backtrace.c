/* SPDX-License-Identifier: MIT */
/* Where parked coroutines stand: what reports and people are told of the user's own functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/backtrace.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_activity_options patient = {.start_to_close = TL_DAYS(1)};

/* What stands behind a call, so that it is no tail call: a function that is gone shows in no backtrace. */
static volatile int behind;

#define HERE(call)                                                                                                     \
    do {                                                                                                               \
        enum tl_status here = (call);                                                                                  \
        behind++;                                                                                                      \
        return here;                                                                                                   \
    } while (0)

__attribute__((noinline)) static enum tl_status ripen(struct tl_workflow *wf)
{
    HERE(tl_sleep(wf, TL_DAYS(30)));
}

static inline __attribute__((always_inline)) enum tl_status inlined(struct tl_workflow *wf)
{
    return ripen(wf);
}

static enum tl_status charge(struct tl_workflow *wf, void *user)
{
    (void)user;
    HERE(tl_activity_run(wf, "Charge", NULL, &patient, NULL));
}

static enum tl_status shielded(struct tl_workflow *wf, void *user)
{
    (void)user;
    HERE(tl_signal_wait(wf, "go", 0, NULL));
}

static enum tl_status shield(struct tl_workflow *wf, void *user)
{
    (void)user;
    HERE(tl_shielded(wf, shielded, NULL));
}

static enum tl_status cellar(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_spawn(wf, "charging", charge, NULL);
    (void)tl_spawn(wf, "shielded", shield, NULL);
    HERE(inlined(wf));
}

static enum tl_status
charge_slowly(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    HERE(tl_activity_sleep(activity, TL_HOURS(1)));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Cellar", cellar);
    tl_register_activity(registry, "Charge", charge_slowly);
}

static int setup(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_all});
}

/* ---- What is told ---- */

struct told {
    char text[8192];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void tell(struct told *told, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = vsnprintf(told->text + told->length, sizeof(told->text) - told->length, format, args);
    va_end(args);
    assert_true(length >= 0 && told->length + (size_t)length < sizeof(told->text));
    told->length += (size_t)length;
}

/* The text of a frame is made of its parts; a line is known wherever a file is. */
static void check_parts(const struct tl_frame *frame)
{
    char text[1024];

    assert_string_not_equal(frame->module, "");
    assert_true(frame->offset > 0);
    if (frame->file[0] == '\0') {
        assert_int_equal(frame->line, 0);
        assert_string_equal(frame->text, frame->function);
        return;
    }
    assert_true(frame->line > 0);
    (void)snprintf(text, sizeof(text), "%s at %s:%d", frame->function, frame->file, frame->line);
    assert_string_equal(frame->text, text);
}

static void tell_backtrace(void *user, const struct tl_backtrace *backtrace)
{
    struct told *told = user;

    assert_string_equal(backtrace->wait->workflow_id, "w");
    assert_int_equal(backtrace->cut, 0);
    tell(told, "%s waits for %s\n", backtrace->wait->coroutine, backtrace->wait->waits_for);
    for (size_t i = 0; i < backtrace->count; i++) {
        check_parts(&backtrace->frames[i]);
        tell(
            told,
            "  %s%s%s\n",
            backtrace->frames[i].function,
            backtrace->frames[i].file[0] == '\0' ? "" : " at ",
            backtrace->frames[i].file);
    }
}

static const char expected[] = "main waits for timer 1 (30d)\n"
                               "  tl_sleep\n"
                               "  ripen at tests/env/test_backtrace.c\n"
                               "  inlined at tests/env/test_backtrace.c\n"
                               "  cellar at tests/env/test_backtrace.c\n"
                               "charging waits for activity Charge (id 1)\n"
                               "  tl_activity_run\n"
                               "  charge at tests/env/test_backtrace.c\n"
                               "shielded waits for signal go\n"
                               "  tl_signal_wait\n"
                               "  shielded at tests/env/test_backtrace.c\n"
                               "  tl_shielded\n"
                               "  shield at tests/env/test_backtrace.c\n"
                               "Charge waits for sleep, until 2020-01-01T01:00:00Z\n"
                               "  tl_activity_sleep\n"
                               "  charge_slowly at tests/env/test_backtrace.c\n";

static void ask_for_a_file(void *user, const struct tl_backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        *(bool *)user = *(bool *)user || backtrace->frames[i].file[0] != '\0';
    }
}

/* The environment's run of Cellar stands; the test is skipped in a build without debug information. */
static struct tl_handle *start_cellar(struct recorder *recorder)
{
    struct tl_handle *run = tl_env_start(recorder->env, "Cellar", "w", NULL, NULL);
    bool known = false;

    tl_env_run_until_idle(recorder->env);
    tl_driver_backtraces(tl_env_driver(recorder->env), ask_for_a_file, &known);
    if (!known) {
        skip();
    }
    return run;
}

static void the_users_functions_are_told_innermost_first(void **state)
{
    struct recorder *recorder = *state;
    struct told told = {0};

    (void)start_cellar(recorder);
    tl_driver_backtraces(tl_env_driver(recorder->env), tell_backtrace, &told);
    assert_string_equal(told.text, expected);
    assert_quiet(recorder);
}

static void looking_changes_nothing(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = start_cellar(recorder);

    for (int i = 0; i < 3; i++) {
        struct told told = {0};
        tl_driver_backtraces(tl_env_driver(recorder->env), tell_backtrace, &told);
        assert_string_equal(told.text, expected);
    }
    tl_assert_completed(recorder->env, run);
    assert_true(tl_env_elapsed(recorder->env) == TL_DAYS(30));
    assert_quiet(recorder);
}

static void count(void *user, const struct tl_backtrace *backtrace)
{
    *(size_t *)user += backtrace->count;
}

static enum tl_status looker(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)activity;
    size_t frames = 0;
    tl_driver_backtraces(tl_driver_of_coroutine(), count, &frames);
    return frames >= 10 ? TL_OK : TL_FAILED;
}

static void register_looker(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Cellar", cellar);
    tl_register_activity(registry, "Charge", looker);
}

static int setup_looker(void **state)
{
    return recorder_setup_cached(state, &(struct tl_env_options){.register_all = register_looker});
}

/* From a coroutine of the same driver, inside a step. */
static void an_activity_may_look(void **state)
{
    struct recorder *recorder = *state;
    struct tl_handle *run = tl_env_start(recorder->env, "Cellar", "w", NULL, NULL);

    tl_assert_completed(recorder->env, run);
    assert_quiet(recorder);
}

static void forget(void *user, const struct tl_backtrace *backtrace)
{
    (void)user;
    (void)backtrace;
    fail_msg("nobody waits");
}

static void nobody_is_told_of_when_nobody_waits(void **state)
{
    struct recorder *recorder = *state;

    tl_driver_backtraces(tl_env_driver(recorder->env), forget, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_users_functions_are_told_innermost_first, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(looking_changes_nothing, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(an_activity_may_look, setup_looker, recorder_teardown),
        cmocka_unit_test_setup_teardown(nobody_is_told_of_when_nobody_waits, setup, recorder_teardown),
    };

    return cmocka_run_group_tests_name("env/backtrace", tests, NULL, NULL);
}
