/* SPDX-License-Identifier: MIT */
/* What each of several engine threads has of a worker's numbers: together what was asked for, and each enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "worker/engine/worker_options.h"
#include "worker/engine/worker_share.h"

static struct tl_registry *registry;
static struct tl_error error;

static int set_up(void **state)
{
    (void)state;
    registry = tl_registry_new(NULL);
    return registry == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    tl_registry_free(registry);
    return 0;
}

static struct tl_worker_options options_with(size_t threads)
{
    return (struct tl_worker_options){.task_queue = "orders", .registry = registry, .engine_threads = threads};
}

/* The member's sum over all threads' shares. */
static size_t sum(const struct tl_worker_options *options, size_t offset)
{
    size_t total = 0;

    assert_int_equal(worker_share_check(options, &error), TL_OK);
    for (size_t i = 0; i < options->engine_threads; i++) {
        struct worker_share share;

        worker_share_make(options, i, &share);
        total += *(const size_t *)(const void *)((const char *)&share.options + offset);
    }
    return total;
}

#define SUM(options, member) sum((options), offsetof(struct tl_worker_options, member))

static void shares_add_up(void **state)
{
    struct tl_worker_options options = options_with(3);

    (void)state;
    options.cached_workflows = 100;
    options.workflow_task_slots = 7;
    options.activity_slots = 5;
    options.workflow_task_pollers = 10;
    options.activity_pollers = 4;
    assert_int_equal(SUM(&options, cached_workflows), 100);
    assert_int_equal(SUM(&options, workflow_task_slots), 7);
    assert_int_equal(SUM(&options, activity_slots), 5);
    assert_int_equal(SUM(&options, workflow_task_pollers), 10);
    assert_int_equal(SUM(&options, activity_pollers), 4);
    assert_int_equal(SUM(&options, engine_threads), 3);
}

static void defaults_are_shared_too(void **state)
{
    struct tl_worker_options options = options_with(4);

    (void)state;
    assert_int_equal(SUM(&options, cached_workflows), 10000);
    assert_int_equal(SUM(&options, workflow_task_slots), 100);
    assert_int_equal(SUM(&options, activity_slots), 100);
    assert_int_equal(SUM(&options, activity_pollers), 5);
}

/* A sticky and a normal poller for each: more than the default where there are many. */
static void each_has_what_it_needs(void **state)
{
    struct tl_worker_options options = options_with(TL_ENGINE_THREADS_MOST);

    (void)state;
    assert_int_equal(SUM(&options, workflow_task_pollers), 2 * TL_ENGINE_THREADS_MOST);
    assert_int_equal(SUM(&options, workflow_task_slots), 2 * TL_ENGINE_THREADS_MOST);
    assert_int_equal(SUM(&options, activity_pollers), TL_ENGINE_THREADS_MOST);
    options.evict_every_task = 1;
    assert_int_equal(SUM(&options, workflow_task_pollers), TL_ENGINE_THREADS_MOST);
    assert_int_equal(SUM(&options, workflow_task_slots), 100);
}

static void every_share_is_good_by_itself(void **state)
{
    static const struct tl_poller_scaling scaling = {.minimum = 3, .maximum = 10, .initial = 4};
    struct tl_worker_options options = options_with(3);

    (void)state;
    options.workflow_task_scaling = &scaling;
    options.activity_scaling = &scaling;
    options.cached_workflows = 3;
    options.workflow_task_slots = 6;
    assert_int_equal(worker_share_check(&options, &error), TL_OK);
    for (size_t i = 0; i < 3; i++) {
        struct worker_share share;
        struct tl_worker_options completed;

        worker_share_make(&options, i, &share);
        assert_int_equal(worker_options_complete(&share.options, &completed, &error), TL_OK);
        assert_int_equal(completed.cached_workflows, 1);
        assert_int_equal(completed.workflow_task_slots, 2);
    }
}

static void scalings_add_up(void **state)
{
    static const struct tl_poller_scaling scaling = {.maximum = 10, .initial = 7};
    struct tl_worker_options options = options_with(3);
    struct tl_poller_scaling total = {0};

    (void)state;
    options.activity_scaling = &scaling;
    assert_int_equal(worker_share_check(&options, &error), TL_OK);
    for (size_t i = 0; i < 3; i++) {
        struct worker_share share;

        worker_share_make(&options, i, &share);
        total.minimum += share.options.activity_scaling->minimum;
        total.maximum += share.options.activity_scaling->maximum;
        total.initial += share.options.activity_scaling->initial;
    }
    assert_int_equal(total.minimum, 3); /* one each: less is none at all */
    assert_int_equal(total.maximum, 10);
    assert_int_equal(total.initial, 7);
}

static void pollers_of_which_nothing_is_said_may_be_scaled_in_shares(void **state)
{
    struct tl_worker_options options = options_with(3);
    struct poller_range total = {0};

    (void)state;
    options.activity_pollers = 3;
    assert_int_equal(worker_share_check(&options, &error), TL_OK);
    for (size_t i = 0; i < 3; i++) {
        struct worker_share share;

        worker_share_make(&options, i, &share);
        assert_int_equal(share.enrolment.activities.maximum, 0); /* they stay as many as they are */
        total.minimum += share.enrolment.workflow_tasks.minimum;
        total.maximum += share.enrolment.workflow_tasks.maximum;
        total.initial += share.enrolment.workflow_tasks.initial;
    }
    assert_int_equal(total.minimum, 3);
    assert_int_equal(total.maximum, 100);
    assert_int_equal(total.initial, 5);
}

static void rates_add_up_and_the_queues_is_everybodys(void **state)
{
    struct tl_worker_options options = options_with(3);
    double total = 0;

    (void)state;
    options.activities_per_second = 10;
    options.queue_activities_per_second = 5;
    assert_int_equal(worker_share_check(&options, &error), TL_OK);
    for (size_t i = 0; i < 3; i++) {
        struct worker_share share;

        worker_share_make(&options, i, &share);
        total += share.options.activities_per_second;
        assert_true(share.options.activities_per_second > 3);
        assert_true(share.options.queue_activities_per_second == 5);
    }
    assert_true(total == 10);
}

/* Changes one member to what three threads cannot share. */
static void assert_refused(struct tl_worker_options options, const char *field)
{
    assert_int_equal(worker_share_check(&options, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
}

static void what_leaves_a_thread_without_is_refused(void **state)
{
    static const struct tl_poller_scaling few = {.minimum = 1, .maximum = 10};
    static const struct tl_poller_scaling fewer = {.maximum = 2};
    struct tl_worker_options options;

    (void)state;
    options = options_with(3);
    options.cached_workflows = 2;
    assert_refused(options, "cached_workflows");
    options = options_with(3);
    options.workflow_task_slots = 5;
    assert_refused(options, "workflow_task_slots");
    options = options_with(3);
    options.activity_slots = 2;
    assert_refused(options, "activity_slots");
    options = options_with(3);
    options.workflow_task_pollers = 5;
    assert_refused(options, "workflow_task_pollers");
    options = options_with(3);
    options.activity_pollers = 2;
    assert_refused(options, "activity_pollers");
    options = options_with(3);
    options.workflow_task_scaling = &few;
    assert_refused(options, "workflow_task_scaling.minimum");
    options = options_with(3);
    options.activity_scaling = &fewer;
    assert_refused(options, "activity_scaling.maximum");
}

static void what_no_worker_may_have_is_refused(void **state)
{
    struct tl_worker_options options = options_with(TL_ENGINE_THREADS_MOST + 1);

    (void)state;
    assert_refused(options, "engine_threads");
    options = options_with(2);
    options.task_queue = NULL;
    assert_refused(options, "task_queue");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(defaults_are_shared_too),
        cmocka_unit_test(each_has_what_it_needs),
        cmocka_unit_test(every_share_is_good_by_itself),
        cmocka_unit_test(scalings_add_up),
        cmocka_unit_test(pollers_of_which_nothing_is_said_may_be_scaled_in_shares),
        cmocka_unit_test(rates_add_up_and_the_queues_is_everybodys),
        cmocka_unit_test(what_leaves_a_thread_without_is_refused),
        cmocka_unit_test(what_no_worker_may_have_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
