/* SPDX-License-Identifier: MIT */
/* What user code registers: found by name, refused once, described for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/registry.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/pool.h"
#include "tests/lib/failing_allocator.h"
#include "worker/registry/registry.h"

static struct tl_registry *registry;

static int new_registry(void **state)
{
    (void)state;
    registry = tl_registry_new(NULL);
    return registry == NULL ? -1 : 0;
}

static int free_registry(void **state)
{
    (void)state;
    tl_registry_free(registry);
    return 0;
}

static enum tl_status workflow(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return TL_OK;
}

static enum tl_status activity(struct tl_activity *self, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)self;
    (void)input;
    (void)result;
    return TL_OK;
}

static void assert_refused(enum tl_status status, const char *field, const char *words)
{
    struct tl_error error = {0};

    assert_int_equal(tl_registry_check(registry, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.field, field);
    assert_non_null(strstr(error.message, words));
}

/* ---- Adding ---- */

static void types_are_found_by_name(void **state)
{
    int pool = 0;

    (void)state;
    tl_register_workflow_with(
        registry, &(struct tl_workflow_definition){.type = "Order", .run = workflow, .user = &pool});
    tl_register_activity(registry, "Charge", activity);
    assert_int_equal(tl_registry_check(registry, NULL), TL_OK);
    assert_ptr_equal(registry_workflow(registry, "Order")->user, &pool);
    assert_ptr_equal(registry_activity(registry, "Charge")->run, activity);
    assert_null(registry_workflow(registry, "Charge"));
    assert_null(registry_activity(registry, "charge"));
}

enum {
    NAMES_SIZE = 64
};

static void add_name(void *user, const char *type)
{
    char *names = user;
    size_t used = strlen(names);

    (void)snprintf(names + used, NAMES_SIZE - used, "%s ", type);
}

static void types_are_listed_in_their_order(void **state)
{
    char workflows[NAMES_SIZE] = "";
    char activities[NAMES_SIZE] = "";

    (void)state;
    tl_register_workflow(registry, "Order", workflow);
    tl_register_activity(registry, "Ship", activity);
    tl_register_activity(registry, "Charge", activity);
    tl_register_fallback_activity(registry, activity, NULL);
    tl_registry_workflow_types(registry, add_name, workflows);
    tl_registry_activity_types(registry, add_name, activities);
    assert_string_equal(workflows, "Order ");
    assert_string_equal(activities, "Ship Charge ");
}

static void a_definition_is_copied(void **state)
{
    struct tl_activity_definition definition = {.type = "Charge", .run = activity};

    (void)state;
    tl_register_activity_with(registry, &definition);
    definition.run = NULL;
    assert_ptr_equal(registry_activity(registry, "Charge")->run, activity);
}

static void a_workflow_and_an_activity_may_share_a_name(void **state)
{
    (void)state;
    tl_register_workflow(registry, "Order", workflow);
    tl_register_activity(registry, "Order", activity);
    assert_int_equal(tl_registry_check(registry, NULL), TL_OK);
}

static void a_name_given_twice_is_refused(void **state)
{
    (void)state;
    tl_register_workflow(registry, "Order", workflow);
    tl_register_workflow(registry, "Order", workflow);
    assert_refused(TL_ALREADY_EXISTS, "type", "workflow type Order is registered twice");
}

static void a_missing_type_is_refused_with_its_place(void **state)
{
    (void)state;
    tl_register_activity(registry, "Charge", activity);
    tl_register_activity(registry, NULL, activity);
    assert_refused(TL_INVALID_ARGUMENT, "type", "activity number 2 has no type");
}

static void a_missing_function_is_refused(void **state)
{
    (void)state;
    tl_register_activity(registry, "Charge", NULL);
    assert_refused(TL_INVALID_ARGUMENT, "run", "activity type Charge has no function");
}

static void a_type_longer_than_the_server_takes_is_refused(void **state)
{
    char type[1002];

    (void)state;
    memset(type, 'x', sizeof(type) - 1);
    type[sizeof(type) - 1] = '\0';
    tl_register_workflow(registry, type, workflow);
    assert_refused(TL_INVALID_ARGUMENT, "type", "is 1001 bytes long, more than 1000");
}

static void a_type_that_is_no_utf8_is_refused(void **state)
{
    (void)state;
    tl_register_activity(registry, "Ch\xff", activity);
    assert_refused(TL_INVALID_ARGUMENT, "type", "is not UTF-8");
}

static void the_first_refusal_stays(void **state)
{
    (void)state;
    tl_register_workflow(registry, "", workflow);
    tl_register_workflow(registry, "Order", NULL);
    tl_register_workflow(registry, "Later", workflow);
    assert_refused(TL_INVALID_ARGUMENT, "type", "workflow number 1 has no type");
    assert_null(registry_workflow(registry, "Later"));
}

static void the_last_fallback_counts(void **state)
{
    int user = 0;

    (void)state;
    assert_null(registry_fallback_activity(registry));
    tl_register_fallback_activity(registry, activity, &user);
    assert_ptr_equal(registry_fallback_activity(registry)->run, activity);
    assert_ptr_equal(registry_fallback_activity(registry)->user, &user);
    tl_register_fallback_activity(registry, NULL, NULL);
    assert_null(registry_fallback_activity(registry));
}

/* ---- Describing ---- */

static void assert_described(const char *wanted, const char *expected)
{
    struct pool *pool = pool_new(NULL);
    struct arena arena;
    struct text text;

    arena_init(&arena, pool);
    text_init(&text, &arena);
    registry_describe_activities(registry, wanted, &text);
    assert_string_equal(text.data, expected);
    pool_free_all(pool);
}

static void an_unknown_type_is_told_what_is_near(void **state)
{
    (void)state;
    assert_described("ChargeCard", "none is registered");
    tl_register_activity(registry, "ChargeCard", activity);
    tl_register_activity(registry, "Refund", activity);
    assert_described("chargeCard", "did you mean ChargeCard? registered: ChargeCard, Refund");
    assert_described("SendMail", "registered: ChargeCard, Refund");
}

static void a_long_list_is_cut(void **state)
{
    static char types[25][16];
    struct pool *pool = pool_new(NULL);
    struct arena arena;
    struct text text;

    (void)state;
    for (int i = 0; i < 25; i++) {
        (void)snprintf(types[i], sizeof(types[i]), "A%02d", i);
        tl_register_workflow(registry, types[i], workflow);
    }
    arena_init(&arena, pool);
    text_init(&text, &arena);
    registry_describe_workflows(registry, "Something else", &text);
    assert_non_null(strstr(text.data, "A19 and 5 more"));
    assert_null(strstr(text.data, "A20"));
    pool_free_all(pool);
}

/* ---- Memory ---- */

static void no_memory_is_remembered(void **state)
{
    struct failing_allocator memory;
    size_t nth = 0;

    (void)state;
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_FROM_NOW);
        struct tl_registry *mine = tl_registry_new(&memory.allocator);
        if (mine != NULL) {
            tl_register_workflow(mine, "Order", workflow);
            tl_register_activity(mine, "Charge", activity);
            assert_int_equal(tl_registry_check(mine, NULL), memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        }
        tl_registry_free(mine);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, new_registry, free_registry)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(types_are_found_by_name),
        TEST(types_are_listed_in_their_order),
        TEST(a_definition_is_copied),
        TEST(a_workflow_and_an_activity_may_share_a_name),
        TEST(a_name_given_twice_is_refused),
        TEST(a_missing_type_is_refused_with_its_place),
        TEST(a_missing_function_is_refused),
        TEST(a_type_longer_than_the_server_takes_is_refused),
        TEST(a_type_that_is_no_utf8_is_refused),
        TEST(the_first_refusal_stays),
        TEST(the_last_fallback_counts),
        TEST(an_unknown_type_is_told_what_is_near),
        TEST(a_long_list_is_cut),
        TEST(no_memory_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
