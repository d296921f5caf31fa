/* SPDX-License-Identifier: MIT */
/*
 * Verdicts: making one, and telling it once, on the test's own stack, with what a reader needs to
 * understand it without running it again.
 */
#include <inttypes.h>

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

/* ---- What everyone waits for ---- */

struct wait_lines {
    const struct tl_env *env;
    struct report_text *text;
    int indent;
    size_t count;
};

static void add_wait(void *user, const struct tl_wait *wait)
{
    struct wait_lines *lines = user;

    if (tl_sim_is_closed(lines->env->sim, ENV_NAMESPACE, wait->workflow_id, wait->run_id) == 1) {
        return; /* its worker has not heard of it yet, and may never */
    }
    lines->count += 1;
    report_text_format(
        lines->text, "%*s%s %s: %s\n", lines->indent, "", wait->workflow_id, wait->coroutine, wait->waits_for);
}

size_t env_add_waits(const struct tl_env *env, struct report_text *text, int indent)
{
    struct wait_lines lines = {.env = env, .text = text, .indent = indent};

    tl_driver_waits(env->driver, add_wait, &lines);
    return lines.count;
}

const char *tl_env_waits(struct tl_env *env)
{
    report_text_reset(&env->answer);
    env_add_waits(env, &env->answer, 0);
    return report_text_get(&env->answer);
}

/* ---- Timelines ---- */

/* The run's history so far, one line an event; nothing when there is no such run. */
static void
add_timeline(struct tl_env *env, struct report_text *text, const char *workflow_id, const char *run_id, int indent)
{
    const char *latest_or_run = run_id[0] == '\0' ? NULL : run_id;
    struct tl_history *history;
    char *shown;

    if (tl_sim_history(env->sim, ENV_NAMESPACE, workflow_id, latest_or_run, 0, &history) != TL_OK) {
        return;
    }
    if (tl_history_show(history, &shown, NULL) == TL_OK) {
        report_text_add_lines(text, shown, indent);
        tl_text_free(shown);
    }
    tl_history_unref(history);
}

const char *tl_env_timeline(struct tl_env *env, struct tl_handle *run)
{
    report_text_reset(&env->answer);
    if (run != NULL) {
        add_timeline(env, &env->answer, tl_handle_workflow_id(run), tl_handle_run_id(run), 0);
    }
    return report_text_get(&env->answer);
}

/* ---- Telling ---- */

/* The run that the verdict is about: its own, else the one that the test waits for. */
static const char *concerned_run(const struct tl_env *env, const struct tl_verdict *verdict, const char **run_id)
{
    if (env->blamed != NULL) {
        *run_id = env->blamed->run_id;
        return env->blamed->workflow_id;
    }
    if (verdict->workflow_id[0] != '\0' || env->awaited == NULL) {
        *run_id = verdict->run_id;
        return verdict->workflow_id;
    }
    *run_id = tl_handle_run_id(env->awaited);
    return tl_handle_workflow_id(env->awaited);
}

static void add_run(struct tl_env *env, const struct tl_verdict *verdict)
{
    const char *run_id;
    const char *workflow_id = concerned_run(env, verdict, &run_id);

    report_text_add(&env->verdict, "at ");
    env_add_moment(env, &env->verdict, verdict->at);
    report_text_add(&env->verdict, " (");
    report_text_add_time(&env->verdict, verdict->at);
    report_text_add(&env->verdict, ")\n");
    if (workflow_id[0] != '\0') {
        report_text_format(&env->verdict, "\ntimeline of %s:\n", workflow_id);
        add_timeline(env, &env->verdict, workflow_id, run_id, 2);
    }
}

/* Attempts that are tried again stand in no history. */
static void add_failed_attempts(struct tl_env *env)
{
    if (env->failed_attempts == 0) {
        return;
    }
    report_text_format(
        &env->verdict, "\nattempts of activities that failed: %" PRIu64 ", the last\n  ", env->failed_attempts);
    env_add_moment(env, &env->verdict, env->failed_attempt_at);
    report_text_format(&env->verdict, " %s\n", env->failed_attempt_text);
}

/* What to set to see the same run again. */
static void add_reproduction(struct tl_env *env)
{
    report_text_format(&env->verdict, "\nthe same again: TIMELAPSE_SEED=%" PRIu64, env->seed);
    if (env->settings.variant[0] != '\0') {
        report_text_format(&env->verdict, " TIMELAPSE_VARIANT=%s", env->settings.variant);
    }
    report_text_add(&env->verdict, "\n");
}

static void write_report(struct tl_env *env, const struct tl_verdict *verdict)
{
    report_text_reset(&env->verdict);
    report_text_add(&env->verdict, verdict->text);
    report_text_add(&env->verdict, "\n");
    add_run(env, verdict);
    report_text_add(&env->verdict, "\nwaiting:\n");
    if (env_add_waits(env, &env->verdict, 2) == 0) {
        const char *why = env->evict_every_task ? ": without a cache, runs are evicted when their tasks end" : "";

        report_text_format(&env->verdict, "  nobody%s\n", why);
    }
    add_failed_attempts(env);
    if (env->log.len != 0) {
        report_text_add(&env->verdict, "\nlog:\n");
        report_text_add_lines(&env->verdict, report_text_get(&env->log), 2);
    }
    add_reproduction(env);
}

int env_report(struct tl_env *env)
{
    const struct tl_verdict *verdict = tl_driver_verdict(env->driver);

    if (verdict == NULL || env->reported) {
        return verdict != NULL;
    }
    env->reported = 1; /* before telling: the reporter may jump away */
    write_report(env, verdict);
    int has_place = verdict->file[0] != '\0';
    const char *own_file = env->file == NULL ? NO_PLACE : env->file;
    const char *text = env->verdict.len == 0 ? verdict->text : report_text_get(&env->verdict);
    env->reporter.fail(
        env->reporter.user, has_place ? verdict->file : own_file, has_place ? verdict->line : env->line, text);
    return 1;
}

const char *tl_env_verdict(struct tl_env *env)
{
    const struct tl_verdict *verdict = tl_driver_verdict(env->driver);

    if (verdict == NULL) {
        return NULL;
    }
    if (!env->reported) {
        write_report(env, verdict);
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
    return TL_OK;
}
