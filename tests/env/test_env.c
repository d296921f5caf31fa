/* SPDX-License-Identifier: MIT */
/* Making environments: options, the process's environment, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static enum tl_status tells_facts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(
        wf, result, "{\"queue\": \"%s\", \"now\": %lld}", tl_workflow_info(wf)->task_queue, (long long)tl_now(wf));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "TellsFacts", tells_facts);
}

static void register_twice(struct tl_registry *registry)
{
    tl_register_workflow(registry, "TellsFacts", tells_facts);
    tl_register_workflow(registry, "TellsFacts", tells_facts);
}

/* What the process's environment says is put aside for each test, and put back. */
static char *saved_variant;

static int clear_variables(void **state)
{
    const char *variant = getenv("TIMELAPSE_VARIANT");

    (void)state;
    saved_variant = variant == NULL ? NULL : strdup(variant);
    return unsetenv("TIMELAPSE_VARIANT") | unsetenv("TIMELAPSE_SEED");
}

static int restore_variables(void **state)
{
    (void)state;
    int failed = unsetenv("TIMELAPSE_SEED") | unsetenv("TIMELAPSE_VARIANT");
    if (saved_variant != NULL) {
        failed |= setenv("TIMELAPSE_VARIANT", saved_variant, 1);
        free(saved_variant);
    }
    return failed;
}

static struct tl_env *make(const struct tl_env_options *options)
{
    struct tl_error error;
    struct tl_env *env = tl_env_new(options, &error);

    if (env == NULL) {
        fail_msg("no environment: %s: %s", error.field, error.message);
    }
    return env;
}

static void assert_refused(const struct tl_env_options *options, const char *field)
{
    struct tl_error error = {.field = ""};

    assert_null(tl_env_new(options, &error));
    assert_string_equal(error.field, field);
    assert_true(error.message[0] != '\0');
}

/* ---- Options ---- */

static void no_options_are_all_defaults(void **state)
{
    struct tl_env *env = make(NULL);

    (void)state;
    assert_int_equal(tl_env_now(env), TL_SECONDS(1577836800));
    assert_int_equal(tl_driver_seed(tl_env_driver(env)), 1);
    tl_env_free(env);
}

static void the_parts_can_be_had(void **state)
{
    struct tl_env *env = make(NULL);

    (void)state;
    assert_non_null(tl_env_driver(env));
    assert_non_null(tl_env_sim(env));
    assert_non_null(tl_env_worker(env));
    assert_non_null(tl_env_client(env));
    assert_non_null(tl_env_registry(env));
    tl_env_free(env);
}

static void start_time_and_task_queue_are_what_they_are_told(void **state)
{
    struct tl_env *env = make(
        &(struct tl_env_options){.register_all = register_all, .start_time = TL_SECONDS(1), .task_queue = "orders"});

    (void)state;
    struct tl_handle *run = tl_env_start(env, "TellsFacts", "w", NULL, NULL);
    tl_assert_result(env, run, "{\"queue\": \"orders\", \"now\": 1000000000}");
    tl_env_free(env);
}

/* Needs far more than the 256 KiB that a coroutine has by default. */
static int dig(int depth)
{
    volatile char room[4096];

    memset((char *)(uintptr_t)room, depth, sizeof room);
    return depth == 0 ? room[0] : dig(depth - 1) + room[sizeof room - 1] - depth;
}

static enum tl_status digs_deep(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    enum tl_status status = tl_sleep(wf, TL_SECONDS(1));

    return status == TL_OK ? tl_result_text(wf, result, "%d", dig(120)) : status;
}

static void workflows_may_have_larger_stacks(void **state)
{
    struct tl_env *env = make(&(struct tl_env_options){.coroutine_stack = (size_t)1 << 20});

    (void)state;
    tl_register_workflow(tl_env_registry(env), "DigsDeep", digs_deep);
    tl_assert_result(env, tl_env_start(env, "DigsDeep", "w", NULL, NULL), "0"); /* shadow replay, too */
    tl_env_free(env);
}

static void a_stack_that_is_too_small_is_refused(void **state)
{
    (void)state;
    assert_refused(&(struct tl_env_options){.coroutine_stack = 1000}, "coroutine_stack");
}

static void a_registry_with_a_name_twice_is_refused(void **state)
{
    (void)state;
    assert_refused(&(struct tl_env_options){.register_all = register_twice}, "type");
}

static void a_type_registered_twice_later_is_a_verdict(void **state)
{
    void *made;

    (void)state;
    assert_int_equal(recorder_setup(&made, &(struct tl_env_options){.register_all = register_all}), 0);
    struct recorder *recorder = made;
    tl_register_workflow(tl_env_registry(recorder->env), "TellsFacts", tells_facts);
    assert_null(tl_env_start(recorder->env, "TellsFacts", "w", NULL, NULL));
    assert_reported(recorder, "registered twice");
    (void)recorder_teardown(&made);
}

static void a_type_may_be_registered_later(void **state)
{
    struct tl_env *env = make(NULL);

    (void)state;
    tl_register_workflow(tl_env_registry(env), "TellsFacts", tells_facts);
    tl_assert_completed(env, tl_env_start(env, "TellsFacts", "w", NULL, NULL));
    tl_env_free(env);
}

static void many_environments_live_side_by_side(void **state)
{
    struct tl_env *left = make(&(struct tl_env_options){.register_all = register_all});
    struct tl_env *right = make(&(struct tl_env_options){.register_all = register_all});

    (void)state;
    tl_env_advance(left, TL_DAYS(1));
    tl_assert_completed(right, tl_env_start(right, "TellsFacts", "w", NULL, NULL));
    assert_int_equal(tl_env_elapsed(right), 0);
    tl_assert_completed(left, tl_env_start(left, "TellsFacts", "w", NULL, NULL));
    tl_env_free(left);
    tl_env_free(right);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    tl_env_free(NULL);
}

/* ---- The process's environment ---- */

static void the_seed_comes_from_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIMELAPSE_SEED", "0x1f", 1), 0);
    struct tl_env *env = make(NULL);
    assert_int_equal(tl_driver_seed(tl_env_driver(env)), 31);
    tl_env_free(env);
}

static void the_option_wins_over_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIMELAPSE_SEED", "31", 1), 0);
    struct tl_env *env = make(&(struct tl_env_options){.seed = 5});
    assert_int_equal(tl_driver_seed(tl_env_driver(env)), 5);
    tl_env_free(env);
}

static void a_seed_that_is_no_number_is_refused(void **state)
{
    static const char *const seeds[] = {"many", "12 ", "-1", "0", "18446744073709551616"};

    (void)state;
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        assert_int_equal(setenv("TIMELAPSE_SEED", seeds[i], 1), 0);
        assert_refused(NULL, "TIMELAPSE_SEED");
    }
}

static void the_evict_variant_keeps_no_run(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIMELAPSE_VARIANT", "evict", 1), 0);
    struct tl_env *env = make(&(struct tl_env_options){.register_all = register_all});
    tl_assert_completed(env, tl_env_start(env, "TellsFacts", "w", NULL, NULL));
    assert_int_equal(tl_worker_cached(tl_env_worker(env)), 0);
    tl_env_free(env);
}

static void the_wire_variant_is_known(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIMELAPSE_VARIANT", "wire", 1), 0);
    struct tl_env *env = make(&(struct tl_env_options){.register_all = register_all});
    tl_assert_completed(env, tl_env_start(env, "TellsFacts", "w", NULL, NULL));
    tl_env_free(env);
}

static void an_unknown_variant_is_refused(void **state)
{
    (void)state;
    assert_int_equal(setenv("TIMELAPSE_VARIANT", "quick", 1), 0);
    assert_refused(NULL, "TIMELAPSE_VARIANT");
}

#define ENV_TEST(test) cmocka_unit_test_setup_teardown(test, clear_variables, restore_variables)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(no_options_are_all_defaults),
        ENV_TEST(the_parts_can_be_had),
        ENV_TEST(start_time_and_task_queue_are_what_they_are_told),
        ENV_TEST(workflows_may_have_larger_stacks),
        ENV_TEST(a_stack_that_is_too_small_is_refused),
        ENV_TEST(a_registry_with_a_name_twice_is_refused),
        ENV_TEST(a_type_registered_twice_later_is_a_verdict),
        ENV_TEST(a_type_may_be_registered_later),
        ENV_TEST(many_environments_live_side_by_side),
        ENV_TEST(freeing_nothing_is_fine),
        ENV_TEST(the_seed_comes_from_the_environment),
        ENV_TEST(the_option_wins_over_the_environment),
        ENV_TEST(a_seed_that_is_no_number_is_refused),
        ENV_TEST(the_evict_variant_keeps_no_run),
        ENV_TEST(the_wire_variant_is_known),
        ENV_TEST(an_unknown_variant_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
