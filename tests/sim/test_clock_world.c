/* SPDX-License-Identifier: MIT */
/* A worker at work for runs that skip time: it passes over what tells of the skips, and sees the run's own time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/env.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "base/arena.h"
#include "model/pb.h"
#include "model/rpc.h"

static tl_duration slept;

static enum tl_status fails_twice(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)input;
    if (tl_activity_info(activity)->attempt < 3) {
        return tl_activity_fail(activity, "GatewayBusy", "busy");
    }
    return tl_activity_result_text(activity, out, "\"paid\"");
}

static enum tl_status saga(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(5)};
    tl_time begin = tl_now(wf);

    (void)input;
    if (tl_sleep(wf, TL_DAYS(30)) != TL_OK || tl_activity_run(wf, "FailsTwice", NULL, &options, result) != TL_OK ||
        tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_FAILED;
    }
    slept = tl_now(wf) - begin;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Saga", saga);
    tl_register_activity(registry, "FailsTwice", fails_twice);
}

static void on_reply(void *user, struct tl_reply *reply)
{
    int *started = user;

    *started = reply->status == TL_OK;
    tl_reply_unref(reply);
}

static int is_closed(void *user)
{
    return tl_sim_is_closed(user, "default", "saga", NULL) == 1;
}

static void start(struct tl_env *env)
{
    Pb__StartWorkflowExecutionRequest request = PB__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    Pb__WorkflowType type = PB__WORKFLOW_TYPE__INIT;
    Pb__TaskQueue queue = PB__TASK_QUEUE__INIT;
    Pb__TimeSkippingConfig config = PB__TIME_SKIPPING_CONFIG__INIT;
    const struct tl_request asked = {.rpc = &rpc_table[RPC_StartWorkflowExecution], .message = &request.base};
    int started = 0;

    request.namespace_ = (char *)(uintptr_t) "default";
    request.workflow_id = (char *)(uintptr_t) "saga";
    type.name = (char *)(uintptr_t) "Saga";
    queue.name = (char *)(uintptr_t) "test";
    config.enabled = true;
    request.workflow_type = &type;
    request.task_queue = &queue;
    request.time_skipping_config = &config;
    assert_int_equal(tl_service_call(tl_sim_service(tl_env_sim(env)), &asked, on_reply, &started, NULL), TL_OK);
    tl_env_run_until(env, is_closed, tl_env_sim(env));
    assert_true(started);
}

static void a_worker_carries_a_run_through_its_skips(void **state)
{
    struct tl_env *env = tl_env_new(&(const struct tl_env_options){.register_all = register_all}, NULL);

    (void)state;
    assert_non_null(env);
    start(env);

    assert_int_equal(tl_env_elapsed(env), 0);
    assert_int_equal(slept, TL_DAYS(31) + TL_SECONDS(3)); /* and two retries, after 1 s and 2 s */
    assert_int_equal(tl_env_finish(env), TL_OK);
    tl_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_carries_a_run_through_its_skips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
