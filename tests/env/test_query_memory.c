/* SPDX-License-Identifier: MIT */
/* Each allocation of queries fails in turn: handlers, both ways of asking, what every run answers, backtraces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/backtrace.h>
#include <timelapse/env.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/exhaust.h"

static enum tl_status
answer(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const int *step = user;

    if (input->count > 0) {
        return tl_fail(wf, "NotNow", "asked with %s", tl_query_type(wf));
    }
    return tl_result_text(wf, result, "{\"step\": %d, \"words\": \"%s\"}", *step, tl_strdup(wf, "so many"));
}

static enum tl_status flow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int *step = tl_alloc(wf, sizeof *step);

    (void)input;
    (void)result;
    tl_query_handle(wf, "step", "How far it is", answer, step);
    tl_set_current_details(wf, "on its way");
    *step = 1;
    return tl_sleep(wf, TL_DAYS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Flow", flow);
}

static void count(void *user, const struct tl_backtrace *backtrace)
{
    *(size_t *)user += backtrace->count;
}

static int ask_everything(struct tl_env *env)
{
    struct tl_handle *run = tl_env_start(env, "Flow", "w", NULL, NULL);
    const char *wanted = "{\"words\": \"so many\", \"step\": 1}";
    size_t frames = 0;

    if (run == NULL) {
        return 0;
    }
    tl_assert_query(env, run, "step", NULL, wanted); /* along with the first task */
    tl_assert_query(env, run, "step", NULL, wanted); /* of the cache, or replayed */
    tl_assert_query_failed(env, run, "step", "1", "NotNow");
    (void)tl_env_query(env, run, "__temporal_workflow_metadata", NULL);
    (void)tl_env_query(env, run, "__enhanced_stack_trace", NULL);
    tl_driver_backtraces(tl_env_driver(env), count, &frames);
    tl_assert_completed(env, run);
    tl_assert_query(env, run, "step", NULL, wanted); /* replayed */
    return tl_env_finish(env) == TL_OK && frames > 0;
}

static struct exhaust exhaust = {.options = {.register_all = register_all}, .use = ask_everything};

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXHAUST_TESTS(&exhaust),
    };

    return cmocka_run_group_tests_name("env/query_memory", tests, NULL, NULL);
}
