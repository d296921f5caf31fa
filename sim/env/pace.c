/* SPDX-License-Identifier: MIT */
/* What stands around each call of a test and each step that it waits for: settling accounts, and bounds. */
#include <inttypes.h>
#include <stdarg.h>

#include "sim/env/environment.h"

#define MANY_ATTEMPTS 1000 /* that failed: more than a test means */

/* ---- Entering ---- */

int env_enter(struct tl_env *env, const char *function)
{
    struct tl_driver *coroutine = tl_driver_of_coroutine();

    env_arrive(env);
    if (coroutine != NULL) {
        const struct mock_place place = env->places.coroutine;

        report_text_reset(&env->scratch);
        report_text_format(
            &env->scratch,
            "%s was called inside a workflow or an activity; it belongs on the test's own stack",
            function);
        tl_driver_fail(
            coroutine, TL_VERDICT, place.file == NULL ? "" : place.file, place.line, report_text_get(&env->scratch));
        return 0;
    }
    env_settle(env);
    return !env_report(env);
}

void env_settle(struct tl_env *env)
{
    if (env->out_of_memory) {
        tl_driver_fail(env->driver, TL_NO_MEMORY, "", 0, "out of memory");
    } else if (env->task_fault.len != 0) {
        tl_driver_fail(env->driver, env->fault_status, "", 0, report_text_get(&env->task_fault));
        report_text_reset(&env->task_fault);
    }
    if (env->due != NULL) {
        env_shadow_run(env);
    }
    if (env->hooks.due != NULL) {
        env_hooks_run(env);
    }
}

int env_enter_wait(struct tl_env *env, const char *function)
{
    if (env->hooks.calling && tl_driver_of_coroutine() == NULL) {
        env_arrive(env);
        env_fail(env, TL_VERDICT, "%s was called in a callback; waits belong to the test itself", function);
        return 0;
    }
    return env_enter(env, function);
}

/* ---- Bounds: of every step, in a wait of the environment or of a client's call on the test's stack ---- */

static void begin_wait(void *user)
{
    struct tl_env *env = user;

    if (env->waiting++ == 0) {
        env_guard_enter(env);
    }
}

static void end_wait(void *user)
{
    struct tl_env *env = user;

    if (--env->waiting == 0) {
        env_guard_leave(env);
    }
}

/* The last words of a wait that has had all that it may have. */
TL_PRINTF(2, 3) static void stop_wait(struct tl_env *env, const char *format, ...)
{
    va_list args;

    report_text_reset(&env->scratch);
    va_start(args, format);
    report_text_vformat(&env->scratch, format, args);
    va_end(args);
    tl_driver_fail(env->driver, TL_VERDICT, "", 0, report_text_get(&env->scratch));
}

static void stop_late_wait(struct tl_env *env)
{
    struct report_text limit;

    report_text_init(&limit, &env->memory.allocator);
    report_text_add_duration(&limit, env->guard.wall_time);
    stop_wait(
        env,
        "wall time spent: this wait has taken %s of real time and %" PRIu64
        " steps, and what was waited for has not come (option wall_time)",
        report_text_get(&limit),
        env->guard.steps);
    report_text_done(&limit);
}

/* A retry policy without an end is the commonest circle. */
static void stop_many_steps(struct tl_env *env)
{
    if (env->failed_attempts < MANY_ATTEMPTS) {
        stop_wait(
            env,
            "step budget used up: %" PRIu64
            " steps, and what was waited for has not come; does something go round in a circle? (option max_steps)",
            env->guard.max_steps);
        return;
    }
    stop_wait(
        env,
        "step budget used up: attempts of activities have failed %" PRIu64
        " times and are tried again; give their retry policy an end (maximum_attempts, schedule_to_close), or mocks "
        "another answer\nthe last: %s\n%" PRIu64 " steps were taken (option max_steps)",
        env->failed_attempts,
        env->failed_attempt_text,
        env->guard.max_steps);
}

static void after_step(void *user)
{
    struct tl_env *env = user;

    env->guard.steps++;
    env_settle(env);
    if (env->guard.steps > env->guard.max_steps) {
        stop_many_steps(env);
    } else if (env->guard.overtime) {
        stop_late_wait(env);
    }
}

void env_pace(struct tl_env *env)
{
    const struct tl_pacer pacer = {
        .begin_wait = begin_wait, .end_wait = end_wait, .after_step = after_step, .user = env};

    tl_driver_set_pacer(env->driver, &pacer);
}
