/* SPDX-License-Identifier: MIT */
/*
 * Verdicts: making one, and telling it once, on the test's own stack, with what a reader needs to
 * understand it without running it again.
 */
#include "sim/env/environment.h"

#define NO_PLACE "(in the test environment)"

void env_add_moment(const struct tl_env *env, struct report_text *text, tl_time at)
{
    report_text_add(text, "+");
    report_text_add_duration(text, at - env->start_time);
}

/* ---- Making ---- */

/* The universe to stop: a shadow run's when one is running, else the environment's own. */
static struct tl_driver *driver_here(struct tl_env *env)
{
    struct tl_driver *coroutine = tl_driver_of_coroutine();

    return coroutine == NULL ? env->driver : coroutine;
}

TL_PRINTF(5, 0)
static void
stop_here(struct tl_env *env, enum tl_status status, const char *file, int line, const char *format, va_list args)
{
    const struct mock_place *place = &env->places.coroutine;

    file = file == NULL ? "" : file;
    if (file[0] == '\0' && place->file != NULL && tl_driver_of_coroutine() != NULL) {
        file = place->file;
        line = place->line;
    }
    report_text_reset(&env->scratch);
    report_text_vformat(&env->scratch, format, args);
    tl_driver_fail(driver_here(env), status, file, line, report_text_get(&env->scratch));
}

void env_stop(struct tl_env *env, enum tl_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    stop_here(env, status, "", 0, format, args);
    va_end(args);
}

void env_stop_at(struct tl_env *env, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    stop_here(env, TL_VERDICT, file, line, format, args);
    va_end(args);
}

void env_fail(struct tl_env *env, enum tl_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    stop_here(env, status, "", 0, format, args);
    va_end(args);
    env_report(env); /* not reached on a coroutine */
}

void tl_env_fail(struct tl_env *env, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    stop_here(env, TL_VERDICT, file, line, format, args);
    va_end(args);
    env_report(env); /* not reached on a coroutine */
}

/* ---- Telling ---- */

/* The verdict's own place; else where the test's call stands, or its assertion. */
static struct mock_place place_of(const struct tl_env *env, const struct tl_verdict *verdict)
{
    if (verdict->file[0] != '\0') {
        return (struct mock_place){verdict->file, verdict->line};
    }
    if (env->places.test.file != NULL) {
        return env->places.test;
    }
    return env->file != NULL ? (struct mock_place){env->file, env->line} : (struct mock_place){NO_PLACE, 0};
}

int env_report(struct tl_env *env)
{
    const struct tl_verdict *verdict = tl_driver_verdict(env->driver);

    if (verdict == NULL || env->reported) {
        return verdict != NULL;
    }
    env->reported = 1; /* before telling: the reporter may jump away */
    if (verdict->dead) {
        env_guard_let_signals_in();
    }
    env_write_report(env, verdict);
    const struct mock_place place = place_of(env, verdict);
    const char *text = env->verdict.len == 0 ? verdict->text : report_text_get(&env->verdict);
    env->reporter.fail(env->reporter.user, place.file, place.line, text);
    return 1;
}

const char *tl_env_verdict(struct tl_env *env)
{
    const struct tl_verdict *verdict = tl_driver_verdict(env->driver);

    if (verdict == NULL) {
        return NULL;
    }
    if (!env->reported) {
        env_write_report(env, verdict);
    }
    return env->verdict.len == 0 ? verdict->text : report_text_get(&env->verdict);
}

enum tl_status tl_env_finish(struct tl_env *env)
{
    if (!env_enter(env, __func__)) {
        return TL_VERDICT;
    }
    struct mock_place first = {"", 0};
    report_text_reset(&env->answer);
    if (env_mocks_unmet(env, &env->answer, &first) != 0) {
        tl_env_fail(env, first.file, first.line, "expectations that were not met:\n%s", report_text_get(&env->answer));
        return TL_VERDICT;
    }
    report_text_reset(&env->answer);
    if (env_hooks_unmet(env, &env->answer) != 0) {
        env_fail(
            env,
            TL_VERDICT,
            "callbacks that were never called (tl_env_hook_optional):\n%s",
            report_text_get(&env->answer));
        return TL_VERDICT;
    }
    return TL_OK;
}
