/* SPDX-License-Identifier: MIT */
/* Each allocation fails in turn behind the texts that a test reads: they are whole, or memory was the verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

#define RUNS 12 /* with names long enough that the texts have to grow */
#define NAME "a-workflow-whose-id-is-long-enough-for-a-text-of-many-of-them-to-grow-"

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Waits", waits);
}

/* 1 when the text has the line's beginning; what is cut short must not be given out. */
static int is_whole(struct tl_env *env, const char *text, const char *last)
{
    if (tl_env_verdict(env) != NULL) {
        return 0;
    }
    assert_non_null(strstr(text, last));
    return 1;
}

/* What code waits for is known while the code stands somewhere: not in the variant that evicts each run. */
static int is_cached(void)
{
    const char *variant = getenv("TIMELAPSE_VARIANT");

    return variant == NULL || strcmp(variant, "evict") != 0;
}

static int look(struct tl_env *env)
{
    struct tl_handle *run = NULL;

    for (int i = 0; i < RUNS; i++) {
        char id[] = NAME "?";

        id[sizeof id - 2] = (char)('a' + i);
        run = tl_env_start(env, "Waits", id, NULL, NULL);
        if (run == NULL) {
            return 0;
        }
    }
    tl_env_signal(env, run, "not-waited-for", NULL);
    tl_env_run_until_idle(env);
    return is_whole(env, tl_env_timeline(env, run), "WorkflowTaskCompleted\n") &&
           (is_cached() ? is_whole(env, tl_env_waits(env), NAME "l main: signal go\n") : 1) &&
           is_whole(env, tl_env_why(env), NAME "l: nothing wakes it") && tl_env_finish(env) == TL_OK;
}

static struct exhaust exhaust = {.options = {.register_all = register_all}, .use = look};

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests_name("env/looking_memory", tests, NULL, NULL);
}
