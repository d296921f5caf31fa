/* SPDX-License-Identifier: MIT */
/* Workflow code that does not come back: its task is failed, it is told where it stands, and the process ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/converter.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/enums.h"
#include "tests/threads/world.h"
#include "worker/threads/watch.h"

#define LIMIT TL_MILLISECONDS(20)
#define GRACE TL_SECONDS(60) /* the code comes back before */

/* ---- What the watch did ---- */

static struct {
    int failed; /* atomic, as all below that are numbers */
    int told;
    int ended;
    size_t token_len;
    int cause;
    char type[32];
    char name_space[32];
    char text[4096];
} seen;

static void note_failed(void *user, const Pb__RespondWorkflowTaskFailedRequest *request)
{
    (void)user;
    seen.token_len = request->task_token.len;
    seen.cause = (int)request->cause;
    (void)snprintf(seen.type, sizeof(seen.type), "%s", request->failure->application_failure_info->type);
    (void)snprintf(seen.name_space, sizeof(seen.name_space), "%s", request->namespace_);
    __atomic_add_fetch(&seen.failed, 1, __ATOMIC_RELEASE);
}

static void note_told(void *user, const char *text)
{
    (void)user;
    if (__atomic_load_n(&seen.told, __ATOMIC_ACQUIRE) == 0) {
        (void)snprintf(seen.text, sizeof(seen.text), "%s", text);
    }
    __atomic_add_fetch(&seen.told, 1, __ATOMIC_RELEASE);
}

static void note_ended(void *user)
{
    (void)user;
    __atomic_add_fetch(&seen.ended, 1, __ATOMIC_RELEASE);
}

static struct watch *watch;

static void begin_watch(tl_duration limit, tl_duration grace)
{
    const struct watch_options options = {
        .limit = limit, .grace = grace, .fail_task = note_failed, .tell = note_told, .end_process = note_ended};

    memset(&seen, 0, sizeof(seen));
    watch = watch_new(world.driver, &options, NULL);
    assert_non_null(watch);
}

static int close_all(void **state)
{
    watch_free(watch);
    watch = NULL;
    return world_close(state);
}

/* ---- Code that does not come back until it is let ---- */

static const int *until_one; /* what has to have happened */

__attribute__((noinline)) static void spin(void)
{
    while (__atomic_load_n(until_one, __ATOMIC_ACQUIRE) == 0) {
        world_pause(TL_MICROSECONDS(200)); /* which workflow code may not do */
    }
}

static enum tl_status spins(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    spin();
    *result = tl_payload_json("\"back\"");
    return TL_OK;
}

static void a_task_whose_code_does_not_wait_is_failed_and_told(void **state)
{
    (void)state;
    until_one = &seen.told;
    world_add_workflow("Spins", spins);
    world_work(NULL);
    begin_watch(5 * LIMIT, GRACE);
    struct tl_handle *handle = world_start("Spins", "order-1", NULL);
    assert_string_equal(world_result(handle), "\"back\"");
    assert_int_equal(__atomic_load_n(&seen.failed, __ATOMIC_ACQUIRE), 1);
    assert_true(seen.token_len > 0);
    assert_int_equal(seen.cause, WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);
    assert_string_equal(seen.type, "DeadlockDetected");
    assert_string_equal(seen.name_space, "default");
    assert_non_null(strstr(seen.text, "[TMPRL1101] potential deadlock: workflow order-1"));
    assert_non_null(strstr(seen.text, "spins at"));
    assert_int_equal(__atomic_load_n(&seen.ended, __ATOMIC_ACQUIRE), 0);
}

static void the_process_ends_once_when_it_does_not_come_back(void **state)
{
    (void)state;
    until_one = &seen.ended;
    world_add_workflow("Spins", spins);
    world_work(NULL);
    begin_watch(5 * LIMIT, 5 * LIMIT);
    assert_string_equal(world_result(world_start("Spins", "order-1", NULL)), "\"back\"");
    assert_int_equal(__atomic_load_n(&seen.failed, __ATOMIC_ACQUIRE), 1);
    assert_int_equal(__atomic_load_n(&seen.ended, __ATOMIC_ACQUIRE), 1);
}

static enum tl_status blocks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    world_pause(TL_MILLISECONDS(60));
    return tl_activity_result_text(activity, result, "\"slept\"");
}

static void neither_activities_nor_idle_drivers_are_stuck(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Blocks", blocks);
    world_work(NULL);
    begin_watch(LIMIT, GRACE);
    assert_string_equal(world_result(world_start("Runs", "a", "\"Blocks\"")), "\"slept\"");
    world_pause(3 * LIMIT);
    assert_int_equal(__atomic_load_n(&seen.told, __ATOMIC_ACQUIRE), 0);
}

/* ---- Elsewhere ---- */

static void post_spins(struct tl_post *post)
{
    (void)post;
    spin();
}

static void a_step_that_is_no_workflows_is_told_alone(void **state)
{
    struct tl_post post = {NULL, post_spins};

    (void)state;
    until_one = &seen.told;
    begin_watch(LIMIT, GRACE);
    tl_driver_post(world.driver, &post);
    spin();
    assert_int_equal(__atomic_load_n(&seen.failed, __ATOMIC_ACQUIRE), 0);
    assert_non_null(strstr(seen.text, "a step of the driver has taken"));
    (void)tl_driver_now(world.driver); /* comes back when the step is over */
}

static enum tl_status takes_long(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    (void)error;
    while (__atomic_load_n(&seen.told, __ATOMIC_ACQUIRE) == 0) {
        world_pause(TL_MICROSECONDS(200));
    }
    *out = *in;
    return TL_OK;
}

static enum tl_status passes(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    (void)user;
    (void)memory;
    (void)error;
    *out = *in;
    return TL_OK;
}

/* The step was told when it stood elsewhere, in what comes before the code. */
static void code_that_does_not_wait_is_found_late_too(void **state)
{
    (void)state;
    until_one = &seen.failed;
    world_add_workflow("Spins", spins);
    tl_register_codec(world.registry, &(struct tl_codec){.name = "slow", .encode = passes, .decode = takes_long});
    world_work(NULL);
    begin_watch(LIMIT, GRACE);
    assert_string_equal(world_result(world_start("Spins", "order-1", NULL)), "\"back\"");
    assert_int_equal(__atomic_load_n(&seen.failed, __ATOMIC_ACQUIRE), 1);
    assert_non_null(strstr(seen.text, "a step of the driver has taken"));
}

static void on_urgent(int number)
{
    (void)number;
}

static void a_handler_of_the_programs_own_is_left_alone(void **state)
{
    struct sigaction own = {.sa_handler = on_urgent};
    struct sigaction before;
    struct sigaction after;

    (void)state;
    assert_int_equal(sigaction(SIGURG, &own, &before), 0);
    until_one = &seen.told;
    world_add_workflow("Spins", spins);
    world_work(NULL);
    begin_watch(LIMIT, GRACE);
    assert_string_equal(world_result(world_start("Spins", "order-1", NULL)), "\"back\"");
    assert_int_equal(sigaction(SIGURG, &before, &after), 0);
    assert_true(after.sa_handler == on_urgent);
    assert_int_equal(__atomic_load_n(&seen.failed, __ATOMIC_ACQUIRE), 0);
    assert_non_null(strstr(seen.text, "[TMPRL1101]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_task_whose_code_does_not_wait_is_failed_and_told, world_open, close_all),
        cmocka_unit_test_setup_teardown(the_process_ends_once_when_it_does_not_come_back, world_open, close_all),
        cmocka_unit_test_setup_teardown(neither_activities_nor_idle_drivers_are_stuck, world_open, close_all),
        cmocka_unit_test_setup_teardown(code_that_does_not_wait_is_found_late_too, world_open, close_all),
        cmocka_unit_test_setup_teardown(a_step_that_is_no_workflows_is_told_alone, world_open, close_all),
        cmocka_unit_test_setup_teardown(a_handler_of_the_programs_own_is_left_alone, world_open, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
