/* SPDX-License-Identifier: MIT */
/*
 * Crashes that are none of an environment's: of the test's own code, and where guards are off. They end the process, as
 * they would without us. Not with sanitizers, which report by themselves.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <timelapse/env.h>
#include <timelapse/fault.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/misbehaving.h"

static volatile int *volatile nowhere;

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    misbehaving_register(registry);
    tl_register_workflow(registry, "Waits", waits);
}

static int ending(void (*body)(void))
{
    int status = 0;

    if (!tl_fault_can_leave()) {
        skip(); /* a sanitizer has handlers of its own, which end the process */
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0};

        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGSEGV, SIG_DFL); /* not cmocka's */
        (void)freopen("/dev/null", "w", stderr);
        body();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static struct tl_env *make(const struct tl_env_options *options)
{
    struct tl_env *env = tl_env_new(options, NULL);

    if (env == NULL) {
        _exit(3);
    }
    (void)tl_env_start(env, "Waits", "w", NULL, NULL);
    tl_env_run_until_idle(env);
    return env;
}

static void crash_outside(void)
{
    struct tl_env *env = make(&(struct tl_env_options){.register_all = register_all});

    *nowhere = 1;
    tl_env_free(env);
}

static void leave_by_exit(int number)
{
    _exit(number == SIGSEGV ? 42 : 43);
}

static void crash_outside_with_a_handler(void)
{
    (void)signal(SIGSEGV, leave_by_exit);
    crash_outside();
}

static void crash_without_guards(void)
{
    struct tl_env *env = make(&(struct tl_env_options){.register_all = register_all, .no_guards = 1});

    tl_env_run_until_closed(env, tl_env_start(env, "Crashes", "f", NULL, NULL));
    tl_env_free(env);
}

static void a_crash_of_the_test_itself_ends_the_process(void **state)
{
    (void)state;
    int status = ending(crash_outside);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void a_crash_of_the_test_itself_goes_to_who_had_the_signal(void **state)
{
    (void)state;
    int status = ending(crash_outside_with_a_handler);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void without_guards_a_crash_ends_the_process(void **state)
{
    (void)state;
    int status = ending(crash_without_guards);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_of_the_test_itself_ends_the_process),
        cmocka_unit_test(a_crash_of_the_test_itself_goes_to_who_had_the_signal),
        cmocka_unit_test(without_guards_a_crash_ends_the_process),
    };

    return cmocka_run_group_tests_name("env/guard_outside", tests, NULL, NULL);
}
