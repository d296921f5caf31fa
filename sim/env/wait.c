/* SPDX-License-Identifier: MIT */
/* Stepping the world and moving its clock, on the test's own stack. */
#include "sim/env/environment.h"

#define NOTHING_LEFT "nothing is ready, and no timer, retry or timeout can wake anything"

#define LONGEST_ELSEWHERE TL_SECONDS(2) /* that an advance waits for in real time */

/* ---- Running the world ---- */

static int run_is_closed(const struct tl_env *env, const struct tl_handle *run)
{
    return env_is_closed(env, tl_handle_workflow_id(run), tl_handle_run_id(run)) == 1;
}

/* 1: done; 0: nothing can bring it about; -1: a verdict stands. */
static int run_until(struct tl_env *env, int (*done)(void *user), void *user, unsigned targets)
{
    switch (tl_driver_run(env->driver, done, user, (int)targets)) {
    case TL_OK:
        return 1;
    case TL_UNAVAILABLE:
        return 0;
    default:
        if (tl_driver_verdict(env->driver) == NULL) {
            tl_driver_fail(env->driver, TL_NO_MEMORY, "", 0, "out of memory");
        }
        return -1;
    }
}

static int never(void *user)
{
    (void)user;
    return 0;
}

/* A leg of a jump to the next deadline that may be a target; 0 when there is none. */
static int jump(struct tl_env *env)
{
    tl_time next = tl_driver_next_target(env->driver, env->targets);

    if (next == TL_NEVER) {
        return 0;
    }
    tl_driver_jump(env->driver, next);
    return 1;
}

/* ---- Blocked for ever ---- */

/* Says when the run's own timeouts would end the wait: they are no target of a jump. */
static void add_run_timeout(struct tl_env *env)
{
    tl_time timeout = tl_driver_next_deadline(env->driver, TL_DEADLINE_RUN);

    if (timeout != TL_NEVER) {
        report_text_add(&env->scratch, "\na run or execution timeout stands at ");
        env_add_moment(env, &env->scratch, timeout);
        report_text_add(&env->scratch, "; time goes there only when told to (tl_env_advance)");
    }
}

/* What a reader can mend, where it is known. */
static int add_cause(struct tl_env *env)
{
    struct report_text cause;

    report_text_init(&cause, &env->memory.allocator);
    int is_known = env_add_unpolled(env, &cause) || env_add_signal_left(env, &cause);
    if (is_known) {
        report_text_format(&env->scratch, ": %s\n" NOTHING_LEFT, report_text_get(&cause));
    }
    report_text_done(&cause);
    return is_known;
}

static void fail_blocked(struct tl_env *env, const char *what)
{
    int is_known = 0;

    report_text_reset(&env->scratch);
    if (tl_driver_holds(env->driver) > 0) {
        report_text_format(&env->scratch, "blocked while time is held (tl_env_hold): %s; nothing is ready", what);
    } else {
        report_text_format(&env->scratch, "blocked for ever: %s", what);
        is_known = add_cause(env);
        report_text_add(&env->scratch, is_known ? "" : "; " NOTHING_LEFT);
        add_run_timeout(env);
    }
    report_text_add(&env->scratch, "\nwhy time does not move:\n");
    env_add_why(env, &env->scratch);
    if (!is_known && env_count_waits(env) == 0) {
        report_text_add(&env->scratch, "no coroutine waits; has the task queue of the run a worker?\n");
    }
    tl_driver_fail(env->driver, TL_VERDICT, "", 0, report_text_get(&env->scratch));
}

/* ---- The waits of the test ---- */

struct closing {
    struct tl_env *env;
    const struct tl_handle *run;
    uint64_t closed_runs; /* when the run was last looked up */
    int looked;
};

static int is_closed_elsewhere(void *user)
{
    const struct closing *closing = user;

    return run_is_closed(closing->env, closing->run);
}

/* Looks the run up only after some run closed: this is asked before every step. */
static int is_closed(void *user)
{
    struct closing *closing = user;

    if (env_is_elsewhere(closing->env)) {
        return env_elsewhere_look(closing->env, is_closed_elsewhere, closing);
    }
    if (closing->looked && closing->closed_runs == closing->env->closed_runs) {
        return 0;
    }
    closing->looked = 1;
    closing->closed_runs = closing->env->closed_runs;
    return run_is_closed(closing->env, closing->run);
}

void(tl_env_run_until_closed)(struct tl_env *env, struct tl_handle *run)
{
    struct closing closing = {.env = env, .run = run};

    if (!env_enter_wait(env, __func__)) {
        return;
    }
    if (run == NULL) {
        env_fail(env, TL_VERDICT, "%s: there is no run", __func__);
        return;
    }
    env->awaited = run;
    if (run_until(env, is_closed, &closing, env->targets) == 0) {
        report_text_reset(&env->answer);
        report_text_format(&env->answer, "%s does not close", tl_handle_workflow_id(run));
        fail_blocked(env, report_text_get(&env->answer));
    }
    env_report(env);
    env->awaited = NULL;
}

/* ---- Several runs ---- */

static size_t open_runs(const struct tl_env *env)
{
    return env_is_elsewhere(env) ? env_elsewhere_open_runs(env) : tl_sim_open_runs(env->sim);
}

static int are_all_closed_elsewhere(void *user)
{
    return env_elsewhere_are_all_closed(user);
}

static int are_all_closed(void *user)
{
    struct tl_env *env = user;

    return env_is_elsewhere(env) ? env_elsewhere_look(env, are_all_closed_elsewhere, env) : open_runs(env) == 0;
}

void(tl_env_run_until_all_closed)(struct tl_env *env)
{
    if (!env_enter_wait(env, __func__)) {
        return;
    }
    if (!env_is_elsewhere(env) && env->closed_runs == 0 && open_runs(env) == 0) {
        env_fail(env, TL_VERDICT, "%s: no run was ever started", __func__);
        return;
    }
    if (run_until(env, are_all_closed, env, env->targets) == 0) {
        report_text_reset(&env->answer);
        report_text_format(&env->answer, "%zu runs do not close", open_runs(env));
        fail_blocked(env, report_text_get(&env->answer));
    }
    env_report(env);
}

struct several {
    struct tl_env *env;
    struct tl_handle *const *runs;
    size_t count;
    size_t closed; /* the first that is */
};

static int find_closed(void *user)
{
    struct several *several = user;

    for (size_t i = 0; i < several->count; i++) {
        if (run_is_closed(several->env, several->runs[i])) {
            several->closed = i;
            return 1;
        }
    }
    return 0;
}

static int is_any_closed(void *user)
{
    struct several *several = user;

    return env_is_elsewhere(several->env) ? env_elsewhere_look(several->env, find_closed, several)
                                          : find_closed(several);
}

size_t(tl_env_run_until_any_closed)(struct tl_env *env, struct tl_handle *const *runs, size_t count)
{
    struct several several = {env, runs, count, count};

    if (!env_enter_wait(env, __func__)) {
        return count;
    }
    if (count == 0) {
        env_fail(env, TL_VERDICT, "%s: there are no runs to wait for (count is 0)", __func__);
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        if (runs[i] == NULL) {
            env_fail(env, TL_VERDICT, "%s: there is no run at %zu", __func__, i);
            return count;
        }
    }
    if (run_until(env, is_any_closed, &several, env->targets) == 0) {
        fail_blocked(env, "none of the runs closes");
    }
    env_report(env);
    return several.closed;
}

struct quiet {
    struct tl_env *env;
    tl_time busy_at;
};

static int is_quiet(void *user)
{
    struct quiet *quiet = user;

    return env_elsewhere_is_quiet(quiet->env, &quiet->busy_at);
}

void(tl_env_run_until_idle)(struct tl_env *env)
{
    if (env->time_passes) {
        struct quiet quiet = {.env = env};

        if (env_enter_wait(env, __func__)) {
            (void)run_until(env, is_quiet, &quiet, 0);
            env_report(env);
        }
        return;
    }
    if (env_enter_wait(env, __func__) && run_until(env, never, NULL, 0) != 0) {
        env_report(env);
    }
}

void(tl_env_run_until)(struct tl_env *env, int (*predicate)(void *user), void *user)
{
    if (!env_enter_wait(env, __func__)) {
        return;
    }
    if (predicate == NULL) {
        env_fail(env, TL_VERDICT, "%s: there is no condition", __func__);
        return;
    }
    if (run_until(env, predicate, user, env->targets) == 0) {
        fail_blocked(env, "the condition of tl_env_run_until does not come true");
    }
    env_report(env);
}

static int after_one(void *user)
{
    int *asked = user;

    return (*asked)++ != 0;
}

int(tl_env_step)(struct tl_env *env)
{
    int asked = 0;

    if (!env_enter_wait(env, __func__)) {
        return 0;
    }
    int ran = run_until(env, after_one, &asked, 0);
    if (env_report(env)) {
        return 0;
    }
    return ran || jump(env);
}

static tl_time add_time(tl_time time, tl_duration duration)
{
    tl_time sum;

    return __builtin_add_overflow(time, duration, &sum) ? TL_NEVER : sum;
}

struct advance {
    struct tl_driver *driver;
    tl_time target;
    int time_passes;
};

/* Time passes leg by leg, each when nothing is ready any more. */
static int has_arrived(void *user)
{
    const struct advance *advance = user;

    while (tl_driver_ready(advance->driver) == 0) {
        if (tl_driver_now(advance->driver) >= advance->target) {
            return 1;
        }
        if (advance->time_passes) {
            return 0; /* the wait sleeps */
        }
        tl_driver_jump(advance->driver, advance->target);
    }
    return 0;
}

static void advance(struct tl_env *env, const char *function, tl_duration duration)
{
    struct advance advance = {
        .driver = env->driver,
        .target = add_time(tl_driver_now(env->driver), duration),
        .time_passes = env->time_passes,
    };

    if (duration < 0 || advance.target == TL_NEVER) {
        env_fail(env, TL_VERDICT, "%s: the duration is negative or too long", function);
        return;
    }
    if (advance.time_passes && duration > LONGEST_ELSEWHERE) {
        env_fail(env, TL_VERDICT, "%s: time there passes by itself: no more than 2s can be waited for", function);
        return;
    }
    if (run_until(env, has_arrived, &advance, 0) == 1 && env_is_elsewhere(env) && !env->time_passes) {
        (void)run_until(env, never, NULL, 0); /* what is due there as well */
    }
    env_report(env);
}

void(tl_env_advance_to)(struct tl_env *env, tl_duration elapsed)
{
    tl_duration now = tl_env_elapsed(env);

    if (!env_enter_wait(env, __func__)) {
        return;
    }
    if (elapsed < now) {
        report_text_reset(&env->answer);
        report_text_format(&env->answer, "%s: that time has passed: +", __func__);
        report_text_add_duration(&env->answer, elapsed);
        report_text_add(&env->answer, " of the environment's time; it is ");
        env_add_moment(env, &env->answer, tl_driver_now(env->driver));
        env_fail(env, TL_VERDICT, "%s", report_text_get(&env->answer));
        return;
    }
    advance(env, __func__, elapsed - now);
}

void(tl_env_advance)(struct tl_env *env, tl_duration duration)
{
    if (env_enter_wait(env, __func__)) {
        advance(env, __func__, duration);
    }
}

tl_time tl_env_now(const struct tl_env *env)
{
    return tl_driver_now(env->driver);
}

tl_duration tl_env_elapsed(const struct tl_env *env)
{
    return tl_driver_now(env->driver) - env->start_time;
}
