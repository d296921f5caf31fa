/* SPDX-License-Identifier: MIT */
/* Claims about a history in hand, and about runs of an environment as its verdicts. */
#include <stdio.h>

#include "sim/env/environment.h"
#include "sim/env/expect.h"
#include "sim/env/mock.h"

#define RUN_ID_SIZE 64

/* ---- Of a history ---- */

static int known_to_registry(void *user, enum tl_fact_kind kind, const char *name, struct nearest *nearest)
{
    return expect_registry_knows(user, kind, name, nearest);
}

static enum tl_status
judge(struct expect *expect, const struct tl_history *history, const struct tl_claim *claim, struct tl_error *error)
{
    enum tl_status status = view_add(&expect->view, history, error);

    if (status != TL_OK || expect_holds(expect, claim)) {
        return status;
    }
    if (expect->text.cut) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    return tl_error_set(error, TL_FAILED, NULL, "%s", report_text_get(&expect->text));
}

enum tl_status tl_history_claim(
    const struct tl_history *history, const struct tl_registry *registry, const struct tl_claim *claim,
    struct tl_error *error)
{
    struct env_memory memory; /* for its allocator alone */
    struct expect expect;

    enum tl_status status = expect_check(claim, error);
    if (status != TL_OK) {
        return status;
    }
    env_memory_init(&memory, NULL);
    expect_init(&expect, &memory.allocator);
    if (registry != NULL) {
        expect.known = known_to_registry;
        expect.user = (void *)(uintptr_t)registry;
    }
    status = judge(&expect, history, claim, error);
    expect_done(&expect);
    return status;
}

/* ---- Of a run ---- */

struct claimed {
    struct tl_env *env;
    struct tl_handle *run;
};

static int known_to_env(void *user, enum tl_fact_kind kind, const char *name, struct nearest *nearest)
{
    const struct claimed *claimed = user;
    struct tl_env *env = claimed->env;
    int known = env_worlds_know(env, kind, name, nearest);

    if (kind <= TL_FACT_ACTIVITY_CANCELED) {
        known |= mock_type_find(env, name) != NULL;
    }
    if (kind == TL_FACT_SIGNALED) {
        known |= env_takes_signal(env, claimed->run, name, nearest);
    }
    return known | expect_registry_knows(env->registry, kind, name, nearest);
}

static enum tl_status
add_runs(struct tl_env *env, struct tl_handle *run, int chain, struct expect *expect, struct tl_error *error)
{
    struct tl_history *history;
    char run_id[RUN_ID_SIZE];

    (void)snprintf(run_id, sizeof run_id, "%s", tl_handle_run_id(run));
    for (;;) {
        enum tl_status status = env_history(env, tl_handle_workflow_id(run), run_id, &history);

        if (status != TL_OK) {
            return tl_error_set(
                error, status, NULL, "%s has no history: %s", tl_handle_workflow_id(run), tl_status_text(status));
        }
        status = view_add(&expect->view, history, error);
        tl_history_unref(history);
        if (status != TL_OK || !chain) {
            return status;
        }
        view_next_run(&expect->view, run_id, sizeof run_id);
        if (run_id[0] == '\0') {
            return TL_OK;
        }
    }
}

static void judge_run(struct tl_env *env, struct tl_handle *run, const struct tl_claim *claim, struct expect *expect)
{
    int chain = claim->fact.in_chain || (claim->kind == TL_CLAIM_BEFORE && claim->other.in_chain);
    struct tl_error error = {.message = ""};

    enum tl_status status = expect_check(claim, &error);
    if (status == TL_OK) {
        status = add_runs(env, run, chain, expect, &error);
    }
    if (status != TL_OK) {
        env_stop(
            env,
            status == TL_NO_MEMORY ? TL_NO_MEMORY : TL_VERDICT,
            "%s%s%s",
            error.field,
            error.field[0] == '\0' ? "" : ": ",
            error.message);
        return;
    }
    if (expect_holds(expect, claim)) {
        return;
    }
    if (expect->text.cut) {
        env_stop(env, TL_NO_MEMORY, "out of memory");
        return;
    }
    for (int i = 0; i < 2 && !chain; i++) {
        env->marks[i] = expect->marks[i];
    }
    env_stop_at(
        env,
        env->file,
        env->line,
        "%s: the history is not as expected%s: %s",
        tl_handle_workflow_id(run),
        chain ? " (all runs of the chain)" : "",
        report_text_get(&expect->text));
}

void tl_env_assert_claim(
    struct tl_env *env, struct tl_handle *run, const struct tl_claim *claim, const char *file, int line)
{
    struct claimed claimed = {env, run};
    struct expect expect;

    if (!env_begin_assertion(env, file, line)) {
        return;
    }
    if (run == NULL) {
        env_fail(env, TL_VERDICT, "%s: there is no run", "an assertion");
        return;
    }
    expect_init(&expect, &env->memory.allocator);
    expect.known = known_to_env;
    expect.user = &claimed;
    judge_run(env, run, claim, &expect);
    expect_done(&expect);
    env->awaited = run;
    env_report(env);
    env->awaited = NULL;
    env_end_assertion(env);
}
