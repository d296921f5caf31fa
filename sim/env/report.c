/* SPDX-License-Identifier: MIT */
/*
 * The report of a verdict: what was found, the timeline of the run, who waits for what and where in
 * the code, and at its end how to see it again.
 */
#include <inttypes.h>
#include <string.h>
#include <timelapse/backtrace.h>
#include <timelapse/fault.h>

#include "sim/env/environment.h"

#define COROUTINES_MOST 20 /* that are told, of a world that may hold 10,000 */
#define FRAMES_MOST     12 /* of each */

const char *env_lend(struct tl_env *env)
{
    if (env->answer.cut) {
        env_stop(env, TL_NO_MEMORY, "out of memory");
        report_text_reset(&env->answer);
    }
    if (tl_driver_of_coroutine() == NULL) {
        env_report(env); /* looking takes memory elsewhere, too */
    }
    return report_text_get(&env->answer);
}

/* ---- What everyone waits for ---- */

struct wait_lines {
    const struct tl_env *env;
    struct report_text *text;
    int indent;
    size_t count;
};

/* The worker has not heard yet of what the service closed, and may never. */
static int still_runs(const struct tl_env *env, const struct tl_wait *wait)
{
    return env_is_closed(env, wait->workflow_id, wait->run_id) != 1;
}

static void add_wait(void *user, const struct tl_wait *wait)
{
    struct wait_lines *lines = user;

    if (still_runs(lines->env, wait)) {
        lines->count += 1;
        report_text_format(
            lines->text, "%*s%s %s: %s\n", lines->indent, "", wait->workflow_id, wait->coroutine, wait->waits_for);
    }
}

const char *tl_env_waits(struct tl_env *env)
{
    struct wait_lines lines = {.env = env, .text = &env->answer};

    report_text_reset(&env->answer);
    tl_driver_waits(env->driver, add_wait, &lines);
    return env_lend(env);
}

static void count_wait(void *user, const struct tl_wait *wait)
{
    struct wait_lines *lines = user;

    lines->count += (size_t)still_runs(lines->env, wait);
}

size_t env_count_waits(const struct tl_env *env)
{
    struct wait_lines lines = {.env = env};

    tl_driver_waits(env->driver, count_wait, &lines);
    return lines.count;
}

static int is_wanted(void *user, const struct tl_wait *wait)
{
    struct wait_lines *lines = user;

    if (!still_runs(lines->env, wait)) {
        return 0;
    }
    lines->count += 1;
    return lines->count <= COROUTINES_MOST;
}

/* "order-1 main: signal delivered", and under it the functions that led there. */
static void add_block(void *user, const struct tl_backtrace *backtrace)
{
    const struct wait_lines *lines = user;
    const struct tl_wait *wait = backtrace->wait;

    report_text_format(lines->text, "  %s %s: %s\n", wait->workflow_id, wait->coroutine, wait->waits_for);
    for (size_t i = 0; i < backtrace->count && i < FRAMES_MOST; i++) {
        report_text_format(lines->text, "      in %s\n", backtrace->frames[i].text);
    }
    if (backtrace->count > FRAMES_MOST || backtrace->cut) {
        report_text_add(lines->text, "      in more than these\n");
    }
}

static void add_waits(struct tl_env *env)
{
    struct wait_lines lines = {.env = env, .text = &env->verdict};

    report_text_add(lines.text, "\nwaiting:\n");
    tl_driver_backtraces_of(env->driver, is_wanted, add_block, &lines);
    if (lines.count > COROUTINES_MOST) {
        report_text_format(lines.text, "  and %zu more\n", lines.count - COROUTINES_MOST);
    } else if (lines.count == 0) {
        const char *why = env->evict_every_task ? ": without a cache, runs are evicted when their tasks end" : "";

        report_text_format(lines.text, "  nobody%s\n", why);
    }
}

/* ---- Timelines ---- */

/* Events are dense: the nth line tells the event n. */
static void add_marked_lines(const struct tl_env *env, struct report_text *text, const char *shown, int indent)
{
    if (env->marks[0] == 0) {
        report_text_add_lines(text, shown, indent);
        return;
    }
    for (size_t id = 1; *shown != '\0'; id++) {
        const char *end = strchr(shown, '\n');
        size_t len = end == NULL ? strlen(shown) : (size_t)(end - shown) + 1;

        report_text_add(text, id == env->marks[0] || id == env->marks[1] ? "> " : "  ");
        report_text_add_bytes(text, shown, len);
        shown += len;
    }
}

/* The run's history so far, one line an event; nothing when there is no such run. */
static void
add_timeline(struct tl_env *env, struct report_text *text, const char *workflow_id, const char *run_id, int indent)
{
    struct tl_history *history;
    char *shown;

    enum tl_status status = env_history(env, workflow_id, run_id, &history);
    if (status != TL_OK) {
        text->cut |= status == TL_NO_MEMORY;
        return;
    }
    status = tl_history_show(history, &shown, NULL);
    if (status == TL_OK) {
        add_marked_lines(env, text, shown, indent);
        tl_text_free(shown);
    }
    text->cut |= status == TL_NO_MEMORY;
    tl_history_unref(history);
}

const char *tl_env_timeline(struct tl_env *env, struct tl_handle *run)
{
    report_text_reset(&env->answer);
    if (run != NULL) {
        add_timeline(env, &env->answer, tl_handle_workflow_id(run), tl_handle_run_id(run), 0);
    }
    return env_lend(env);
}

/* ---- The run ---- */

const char *env_concerned_run(const struct tl_env *env, const struct tl_verdict *verdict, const char **run_id)
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
    const char *workflow_id = env_concerned_run(env, verdict, &run_id);

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

static void add_log(struct tl_env *env)
{
    if (env->log.len != 0) {
        report_text_add(&env->verdict, "\nlog:\n");
        report_text_add_lines(&env->verdict, report_text_get(&env->log), 2);
    }
}

/* ---- The whole ---- */

struct piece {
    struct tl_env *env;
    const struct tl_verdict *verdict;
    void (*add)(struct tl_env *env, const struct tl_verdict *verdict);
};

static void add_piece(void *user)
{
    const struct piece *piece = user;

    piece->add(piece->env, piece->verdict);
}

/* A dead environment may hold damaged memory: a report that is cut short is better than none. */
static void
try_piece(struct tl_env *env, const struct tl_verdict *verdict, void (*add)(struct tl_env *, const struct tl_verdict *))
{
    struct piece piece = {env, verdict, add};

    if (!verdict->dead) {
        add(env, verdict);
    } else if (!tl_fault_try(add_piece, &piece)) {
        report_text_add(&env->verdict, "\n(more cannot be told: memory is damaged)\n");
    }
}

static void add_what_stands(struct tl_env *env, const struct tl_verdict *verdict)
{
    (void)verdict;
    add_waits(env);
    add_failed_attempts(env);
    add_log(env);
}

void env_write_report(struct tl_env *env, const struct tl_verdict *verdict)
{
    report_text_reset(&env->verdict);
    report_text_add(&env->verdict, verdict->text);
    report_text_add(&env->verdict, "\n");
    try_piece(env, verdict, add_run);
    try_piece(env, verdict, add_what_stands);
    try_piece(env, verdict, env_add_histories);
    env_add_command(env);
}
