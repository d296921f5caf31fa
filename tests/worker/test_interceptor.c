/* SPDX-License-Identifier: MIT */
/* The interceptor chain around the functions of workflows and activities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/interceptor.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "worker/registry/registry.h"

static struct tl_registry *registry;
static char path[32];

static void note(const char *step)
{
    (void)strncat(path, step, sizeof(path) - strlen(path) - 1);
}

static int new_registry(void **state)
{
    (void)state;
    path[0] = '\0';
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
    note("W");
    *result = input->items[0];
    return TL_OK;
}

static enum tl_status activity(struct tl_activity *self, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)self;
    (void)input;
    (void)result;
    note("A");
    return TL_CANCELED;
}

static enum tl_status around_workflow(
    void *user, struct tl_next *next, struct tl_workflow *wf, const struct tl_payloads *input,
    struct tl_payload *result)
{
    note(user);
    enum tl_status status = tl_next_run_workflow(next, wf, input, result);
    note(user);
    return status;
}

static enum tl_status around_activity(
    void *user, struct tl_next *next, struct tl_activity *self, const struct tl_payloads *input,
    struct tl_payload *result)
{
    note(user);
    enum tl_status status = tl_next_run_activity(next, self, input, result);
    note(user);
    return status;
}

static enum tl_status in_place_of_activity(
    void *user, struct tl_next *next, struct tl_activity *self, const struct tl_payloads *input,
    struct tl_payload *result)
{
    (void)next;
    (void)self;
    (void)input;
    (void)result;
    note(user);
    return TL_OK;
}

static void add(const struct tl_interceptor *interceptor)
{
    tl_register_interceptor(registry, interceptor);
    assert_int_equal(tl_registry_check(registry, NULL), TL_OK);
}

static enum tl_status run_workflow(struct tl_payload *result)
{
    const struct tl_workflow_definition definition = {.type = "Order", .run = workflow};
    const struct tl_payload one = tl_payload_json("1");

    return registry_run_workflow(registry, &definition, NULL, TL_ARGS(one), result);
}

static enum tl_status run_activity(void)
{
    const struct tl_activity_definition definition = {.type = "Charge", .run = activity};
    struct tl_payload result = {0};

    return registry_run_activity(registry, &definition, NULL, &(struct tl_payloads){0}, &result);
}

static void without_interceptors_the_function_is_called(void **state)
{
    struct tl_payload result = {0};

    (void)state;
    assert_int_equal(run_workflow(&result), TL_OK);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("1")));
    assert_int_equal(run_activity(), TL_CANCELED);
    assert_string_equal(path, "WA");
}

static void the_first_added_is_the_outermost(void **state)
{
    char a[] = "a";
    char b[] = "b";
    struct tl_payload result = {0};

    (void)state;
    add(&(struct tl_interceptor){.name = "a", .user = a, .run_workflow = around_workflow});
    add(&(struct tl_interceptor){.name = "b", .user = b, .run_workflow = around_workflow});
    assert_int_equal(run_workflow(&result), TL_OK);
    assert_string_equal(path, "abWba");
}

static void a_call_that_is_not_intercepted_passes_by(void **state)
{
    char a[] = "a";
    char b[] = "b";
    char c[] = "c";

    (void)state;
    add(&(struct tl_interceptor){.name = "a", .user = a, .run_activity = around_activity});
    add(&(struct tl_interceptor){.name = "b", .user = b, .run_workflow = around_workflow});
    add(&(struct tl_interceptor){.name = "c", .user = c, .run_activity = around_activity});
    assert_int_equal(run_activity(), TL_CANCELED);
    assert_string_equal(path, "acAca");
}

static void an_interceptor_may_answer_in_the_functions_place(void **state)
{
    char a[] = "a";
    char b[] = "b";

    (void)state;
    add(&(struct tl_interceptor){.name = "a", .user = a, .run_activity = around_activity});
    add(&(struct tl_interceptor){.name = "b", .user = b, .run_activity = in_place_of_activity});
    assert_int_equal(run_activity(), TL_OK);
    assert_string_equal(path, "aba");
}

static void an_interceptor_without_a_name_is_refused(void **state)
{
    struct tl_error error = {0};

    (void)state;
    tl_register_interceptor(registry, &(struct tl_interceptor){.run_activity = around_activity});
    assert_int_equal(tl_registry_check(registry, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "name");
    assert_non_null(strstr(error.message, "interceptor number 1"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, new_registry, free_registry)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_interceptors_the_function_is_called),
        TEST(the_first_added_is_the_outermost),
        TEST(a_call_that_is_not_intercepted_passes_by),
        TEST(an_interceptor_may_answer_in_the_functions_place),
        TEST(an_interceptor_without_a_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
