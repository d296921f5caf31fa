/* SPDX-License-Identifier: MIT */
/*
 * Shadow replay: every test is a replay test. After a completion was accepted the run's history,
 * that completion's events included, is replayed against the same code, with all attributes of
 * commands compared. The first tasks of a run each, then whenever its history grew by half, and
 * at its close, so that the cost stays linear in the history.
 */
#include <string.h>

#include "sim/env/environment.h"

#define EVERY_TASK_UP_TO 16

/* ---- What the sink tells ---- */

static void make_due(struct tl_env *env, struct env_run *run)
{
    if (!run->is_due) {
        run->is_due = 1;
        run->next_due = NULL;
        *env->due_tail = run;
        env->due_tail = &run->next_due;
    }
}

/* A run that closes is due by that alone: its last completion may be answered later than the test waits. */
void env_shadow_note(struct tl_env *env, const struct tl_trace_event *event)
{
    int closes = event->kind == TL_TRACE_SERVICE_RUN_CLOSED;

    if (env->no_shadow && !env_is_elsewhere(env)) {
        return;
    }
    struct env_run *run = run_table_get(&env->runs, event->workflow_id, event->run_id);
    if (run == NULL) {
        env->out_of_memory = 1;
        return;
    }
    if (!env->no_shadow && !run->closed) {
        run->tasks += !closes;
        run->closed = closes;
        make_due(env, run);
    }
}

/* ---- Replaying ---- */

struct tl_replayer *env_replayer(struct tl_env *env)
{
    const struct tl_replayer_options options = {
        .allocator = &env->memory.allocator,
        .registry = env->registry,
        .strict = 1,
        .coroutine_stack = env->coroutine_stack,
    };
    struct tl_error error;

    if (env->replayer == NULL) {
        env->replayer = tl_replayer_new(&options, &error);
        if (env->replayer == NULL) {
            env_stop(env, TL_VERDICT, "no replayer: %s", error.message);
        }
    }
    return env->replayer;
}

static void fail_shadow(struct tl_env *env, const struct env_run *run, enum tl_status status, const char *message)
{
    enum tl_status verdict = status == TL_NONDETERMINISM ? TL_NONDETERMINISM : TL_VERDICT;

    env->blamed = run;
    env_stop(
        env,
        verdict,
        "%s does not do the same again: its history, replayed behind the test, ends otherwise\n%s",
        run->workflow_id,
        message);
}

static void replay(struct tl_env *env, struct env_run *run, struct tl_history *history)
{
    struct tl_replayer *replayer = env_replayer_of(env, run);
    struct tl_error error = {.message = ""};

    if (replayer == NULL) {
        return;
    }
    run->replayed_length = tl_history_length(history);
    enum tl_status status = tl_replay(replayer, history, &error);
    if (status == TL_NO_MEMORY) {
        env_stop(env, TL_NO_MEMORY, "out of memory");
    } else if (status != TL_OK && status != TL_NOT_FOUND) { /* not found: the code of a worker of the test's own */
        fail_shadow(env, run, status, error.message);
    }
}

static int is_worth_it(const struct env_run *run, size_t length)
{
    return run->tasks <= EVERY_TASK_UP_TO || run->closed || length >= run->replayed_length + run->replayed_length / 2;
}

static void replay_if_due(struct tl_env *env, struct env_run *run)
{
    struct tl_history *history;

    if (env_history(env, run->workflow_id, run->run_id, &history) != TL_OK) {
        return;
    }
    if (is_worth_it(run, tl_history_length(history))) {
        replay(env, run, history);
    }
    tl_history_unref(history);
}

void env_shadow_run(struct tl_env *env)
{
    while (env->due != NULL) {
        struct env_run *run = env->due;

        env->due = run->next_due;
        if (env->due == NULL) {
            env->due_tail = &env->due;
        }
        run->is_due = 0;
        if (tl_driver_verdict(env->driver) == NULL) {
            replay_if_due(env, run);
        }
    }
}
