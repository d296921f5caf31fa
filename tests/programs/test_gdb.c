/* SPDX-License-Identifier: MIT */
/* tools/gdb/timelapse-gdb.py, as a person uses it, on this very program: started as "debuggee" it parks and stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/env.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

/* ---- What is looked at ---- */

static volatile int behind; /* what stands behind a call, so that its caller keeps its frame */

static enum tl_status remind(struct tl_workflow *wf, void *user)
{
    (void)user;
    enum tl_status status = tl_sleep(wf, TL_DAYS(3));

    behind++;
    return status;
}

static enum tl_status ship(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_activity_options options = {.start_to_close = TL_DAYS(1)};

    (void)input;
    (void)result;
    (void)tl_spawn(wf, "reminding", remind, NULL);
    (void)tl_activity_start(wf, "Pack", NULL, &options);
    enum tl_status status = tl_signal_wait(wf, "delivered", 0, NULL);

    behind++;
    return status;
}

static enum tl_status pack(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    enum tl_status status = tl_activity_sleep(activity, TL_HOURS(1));

    behind++;
    return status;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Shipping", ship);
    tl_register_activity(registry, "Pack", pack);
}

/* Where the debugger stops. */
__attribute__((noinline)) static void stand_still(struct tl_env *env)
{
    __asm__ volatile("" : : "r"(env) : "memory");
}

static int park_and_stand(void)
{
    struct tl_env *env = tl_env_new(&(struct tl_env_options){.register_all = register_all}, NULL);

    if (env == NULL) {
        return 1;
    }
    (void)tl_env_start(env, "Shipping", "order-1", NULL, NULL);
    tl_env_run_until_idle(env);
    stand_still(env);
    tl_env_advance(env, TL_DAYS(4));
    stand_still(env);
    tl_env_free(env);
    return 0;
}

/* ---- Looking ---- */

static char said[64 * 1024];

/* What gdb says to these commands, each in its quotes, after the program stood still. */
static void ask_gdb(const char *commands)
{
    char program[1024] = "";
    char line[4096];

    if (system("gdb --version > /dev/null 2>&1") != 0) { /* NOLINT(cert-env33-c): a word of this file */
        skip();
    }
    assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
    (void)snprintf(
        line,
        sizeof(line),
        "ASAN_OPTIONS=detect_leaks=0 gdb -nx -batch -x tools/gdb/timelapse-gdb.py -ex 'break stand_still' -ex run %s "
        "--args '%s' debuggee 2>&1",
        commands,
        program);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c): words of this file alone */
    assert_non_null(pipe);
    said[fread(said, 1, sizeof(said) - 1, pipe)] = '\0';
    (void)pclose(pipe);
    if (strstr(said, "Could not trace the inferior process") != NULL) {
        skip(); /* where nobody may trace, as in some containers */
    }
}

#define assert_said(part)                                                                                              \
    do {                                                                                                               \
        if (strstr(said, (part)) == NULL) {                                                                            \
            fail_msg("no \"%s\" in:\n%s", (part), said);                                                               \
        }                                                                                                              \
    } while (0)

static void coroutines_are_listed_with_what_they_wait_for(void **state)
{
    (void)state;
    ask_gdb("-ex 'timelapse coroutines'");
    assert_said("#1  order-1  Shipping  main       waits for signal delivered\n");
    assert_said("#2  order-1  Shipping  reminding  waits for timer 1\n");
    assert_said("#3  order-1  activity  Pack       waits for sleep\n");
}

static void each_has_its_calls(void **state)
{
    (void)state;
    ask_gdb("-ex 'timelapse backtrace all env'");
    const char *const in_order[] = {
        "#1 order-1 Shipping main: waits for signal delivered\n#0 ",
        " tl_signal_wait (",
        " ship (wf=",
        "#2 order-1 Shipping reminding: waits for timer 1\n#0 ",
        " tl_sleep (",
        " remind (wf=",
        "#3 order-1 activity Pack: waits for sleep\n#0 ",
        " tl_activity_sleep (",
        " pack (activity=",
    };
    const char *at = said;

    for (size_t i = 0; at != NULL && i < sizeof in_order / sizeof in_order[0]; i++) {
        at = strstr(at, in_order[i]);
        if (at == NULL) {
            fail_msg("no \"%s\" where it should be in:\n%s", in_order[i], said);
        }
    }
}

/* The debuggee is as it was: its own frames, and it goes on to its end. */
static void looking_changes_nothing(void **state)
{
    (void)state;
    ask_gdb("-ex 'timelapse backtrace 2' -ex 'backtrace 2' -ex continue -ex 'timelapse coroutines' -ex continue");
    assert_said("\n#0  stand_still (env=");
    assert_said("#1  order-1  Shipping  main  waits for signal delivered\n");
    assert_said("exited normally]");
}

static void what_is_asked_wrongly_is_told(void **state)
{
    (void)state;
    ask_gdb("-ex 'timelapse backtrace'");
    assert_said("which one? a number, or `all`");
    ask_gdb("-ex 'timelapse backtrace 9'");
    assert_said("there is no coroutine 9; `timelapse coroutines` lists 3");
    ask_gdb("-ex 'timelapse coroutines behind'");
    assert_said("behind is no environment, driver, worker, client or workflow");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coroutines_are_listed_with_what_they_wait_for),
        cmocka_unit_test(each_has_its_calls),
        cmocka_unit_test(looking_changes_nothing),
        cmocka_unit_test(what_is_asked_wrongly_is_told),
    };

    if (argc > 1 && strcmp(argv[1], "debuggee") == 0) {
        return park_and_stand();
    }
    return cmocka_run_group_tests_name("programs/gdb", tests, NULL, NULL);
}
