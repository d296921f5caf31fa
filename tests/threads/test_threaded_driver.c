/* SPDX-License-Identifier: MIT */
/* The driver with threads by itself: its clock, posts, waits, verdicts, memory. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <timelapse/alarm.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/list.h"
#include "tests/lib/failing_allocator.h"
#include "tests/threads/world.h"
#include "worker/runtime/driver_private.h"
#include "worker/threads/threads.h"

static struct tl_driver *driver;

static int new_driver(void **state)
{
    (void)state;
    driver = threads_driver_new(NULL, NULL);
    return driver == NULL ? -1 : 0;
}

static int free_driver(void **state)
{
    (void)state;
    tl_driver_free(driver);
    return 0;
}

/* ---- The clock ---- */

static void the_clock_is_the_walls(void **state)
{
    struct timespec wall;

    (void)state;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    tl_time before = TL_SECONDS(wall.tv_sec) + wall.tv_nsec;
    tl_time now = tl_driver_now(driver);
    assert_true(now > before - TL_SECONDS(1) && now < before + TL_SECONDS(5));
}

static void the_clock_goes_on_by_itself(void **state)
{
    tl_time before = tl_driver_now(driver);

    (void)state;
    world_pause(TL_MILLISECONDS(2));
    tl_time passed = tl_driver_now(driver) - before;
    assert_true(passed >= TL_MILLISECONDS(2) && passed < TL_SECONDS(5));
}

static void nobody_steps_or_moves_it(void **state)
{
    tl_time before = tl_driver_now(driver);

    (void)state;
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    tl_driver_jump(driver, before + TL_DAYS(1));
    tl_driver_advance_to(driver, before + TL_DAYS(1));
    assert_true(tl_driver_now(driver) < before + TL_DAYS(1));
}

struct ring {
    size_t count; /* guarded by the driver's lock, as all below */
    tl_time at;
};

static void note_ring(void *user)
{
    struct ring *ring = user;

    ring->count++;
    ring->at = tl_driver_now(driver);
}

static int has_rung(void *user)
{
    return ((const struct ring *)user)->count > 0;
}

static void alarms_ring_when_their_time_comes(void **state)
{
    struct ring ring = {0};
    struct tl_alarm *alarm = tl_alarm_new(driver, "test", note_ring, &ring);
    tl_time at = tl_driver_now(driver) + TL_MILLISECONDS(5);

    (void)state;
    assert_int_equal(tl_alarm_set(alarm, at), TL_OK);
    assert_int_equal(tl_driver_run(driver, has_rung, &ring, 0), TL_OK);
    assert_int_equal(ring.count, 1);
    assert_true(ring.at >= at && ring.at < at + TL_SECONDS(5));
    tl_alarm_free(alarm);
}

static void an_earlier_alarm_wakes_the_thread_from_a_longer_sleep(void **state)
{
    struct ring late = {0};
    struct ring early = {0};
    struct tl_alarm *first = tl_alarm_new(driver, "late", note_ring, &late);
    struct tl_alarm *second = tl_alarm_new(driver, "early", note_ring, &early);

    (void)state;
    assert_int_equal(tl_alarm_set(first, tl_driver_now(driver) + TL_SECONDS(100)), TL_OK);
    world_pause(TL_MILLISECONDS(2)); /* it sleeps by now, most likely */
    assert_int_equal(tl_alarm_set(second, tl_driver_now(driver) + TL_MILLISECONDS(2)), TL_OK);
    assert_int_equal(tl_driver_run(driver, has_rung, &early, 0), TL_OK);
    assert_int_equal(late.count, 0);
    tl_alarm_free(first);
    tl_alarm_free(second);
}

/* ---- Posts ---- */

struct counted {
    struct tl_post post;
    struct ring *ring;
};

static void count_post(struct tl_post *post)
{
    CONTAINER_OF(post, struct counted, post)->ring->count++;
}

#define POSTERS       ((size_t)4)
#define POSTS_OF_EACH ((size_t)50)

static struct counted posts[POSTERS][POSTS_OF_EACH];
static struct ring posted;

static void *post_all(void *user)
{
    struct counted *own = user;

    for (size_t i = 0; i < POSTS_OF_EACH; i++) {
        own[i] = (struct counted){{NULL, count_post}, &posted};
        tl_driver_post(driver, &own[i].post);
    }
    return NULL;
}

static int has_all(void *user)
{
    (void)user;
    return posted.count == POSTERS * POSTS_OF_EACH;
}

static void posts_of_several_threads_wake_it(void **state)
{
    pthread_t threads[POSTERS];

    (void)state;
    posted = (struct ring){0};
    for (size_t i = 0; i < POSTERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, posts[i]), 0);
    }
    assert_int_equal(tl_driver_run(driver, has_all, NULL, 0), TL_OK);
    for (size_t i = 0; i < POSTERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

/* ---- Waits ---- */

static void *wait_for_ring(void *user)
{
    return (void *)(uintptr_t)tl_driver_run(driver, has_rung, user, 0);
}

static void several_threads_wait_at_the_same_time(void **state)
{
    pthread_t threads[3];
    struct ring ring = {0};
    struct counted one = {{NULL, count_post}, &ring};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_ring, &ring), 0);
    }
    tl_driver_post(driver, &one.post);
    for (size_t i = 0; i < 3; i++) {
        void *status;

        assert_int_equal(pthread_join(threads[i], &status), 0);
        assert_int_equal((uintptr_t)status, TL_OK);
    }
}

static enum tl_status nested;

static void wait_inside(struct tl_post *post)
{
    nested = tl_driver_run(driver, has_rung, NULL, 0);
    count_post(post);
}

static void a_wait_inside_a_step_is_refused(void **state)
{
    struct ring ring = {0};
    struct counted one = {{NULL, wait_inside}, &ring};

    (void)state;
    tl_driver_post(driver, &one.post);
    assert_int_equal(tl_driver_run(driver, has_rung, &ring, 0), TL_OK);
    assert_int_equal(nested, TL_FAILED_PRECONDITION);
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static void *wait_in_vain(void *user)
{
    (void)user;
    return (void *)(uintptr_t)tl_driver_run(driver, never, NULL, 0);
}

static void a_verdict_ends_all_waits_and_sticks(void **state)
{
    pthread_t thread;
    void *status;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wait_in_vain, NULL), 0);
    tl_driver_fail(driver, TL_VERDICT, NULL, 0, "enough");
    assert_int_equal(pthread_join(thread, &status), 0);
    assert_int_equal((uintptr_t)status, TL_VERDICT);
    assert_string_equal(tl_driver_verdict(driver)->text, "enough");
    assert_int_equal(tl_driver_run(driver, never, NULL, 0), TL_VERDICT);
}

/* ---- Memory, and many ---- */

static void running_out_of_memory_leaves_nothing(void **state)
{
    (void)state;
    for (size_t nth = 1; nth < 64; nth++) {
        struct failing_allocator memory;
        struct tl_error error = {0};

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, nth, FAIL_ONCE);
        struct tl_driver *made = threads_driver_new(&memory.allocator, &error);
        tl_driver_free(made);
        assert_null(failing_allocator_complaint(&memory));
        if (memory.failed == 0) {
            assert_non_null(made);
            return;
        }
        assert_null(made);
        assert_int_equal(error.status, TL_NO_MEMORY);
    }
    fail_msg("there is no driver even with 64 allocations");
}

static void an_allocator_that_is_none_is_refused(void **state)
{
    const struct tl_allocator none = {0};
    struct tl_error error = {0};

    (void)state;
    assert_null(threads_driver_new(&none, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "allocator");
}

static void drivers_live_beside_each_other(void **state)
{
    struct tl_driver *drivers[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        drivers[i] = threads_driver_new(NULL, NULL);
        assert_non_null(drivers[i]);
        assert_int_not_equal(tl_driver_seed(drivers[i]), tl_driver_seed(driver));
    }
    for (size_t i = 0; i < 8; i++) {
        tl_driver_free(drivers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_clock_is_the_walls, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(the_clock_goes_on_by_itself, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(nobody_steps_or_moves_it, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(alarms_ring_when_their_time_comes, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(an_earlier_alarm_wakes_the_thread_from_a_longer_sleep, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(posts_of_several_threads_wake_it, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(several_threads_wait_at_the_same_time, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_wait_inside_a_step_is_refused, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_verdict_ends_all_waits_and_sticks, new_driver, free_driver),
        cmocka_unit_test(running_out_of_memory_leaves_nothing),
        cmocka_unit_test(an_allocator_that_is_none_is_refused),
        cmocka_unit_test_setup_teardown(drivers_live_beside_each_other, new_driver, free_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
