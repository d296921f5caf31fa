/* SPDX-License-Identifier: MIT */
/* A driver that follows a clock outside: the clock here is a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/alarm.h>
#include <timelapse/driver.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#define START TL_SECONDS(1000)

/* Waits pass `slice` at a time, and note what they were asked to wait for. */
static struct {
    tl_time now;
    tl_duration slice;
    tl_time until;  /* of the last wait */
    unsigned waits; /* that were made */
    unsigned wakes;
    struct tl_post *posts; /* made while the next wait lasts; NULL: none */
} world_clock;

static struct tl_driver *driver;
static unsigned rung;
static tl_time rung_at;
static unsigned told; /* the pacer, of steps and sleeps */

static tl_time clock_now(void *user)
{
    (void)user;
    return world_clock.now;
}

static void clock_wait(void *user, tl_time until)
{
    (void)user;
    world_clock.until = until;
    world_clock.waits++;
    if (world_clock.posts != NULL) {
        struct tl_post *post = world_clock.posts;

        world_clock.posts = NULL;
        tl_driver_post(driver, post);
        return;
    }
    world_clock.now = until - world_clock.now < world_clock.slice ? until : world_clock.now + world_clock.slice;
}

static void clock_wake(void *user)
{
    (void)user;
    world_clock.wakes++;
}

static int setup(void **state)
{
    static const struct tl_clock followed = {.now = clock_now, .wait = clock_wait, .wake = clock_wake};
    const struct tl_driver_options options = {.start_time = START};

    (void)state;
    memset(&world_clock, 0, sizeof world_clock);
    world_clock.now = START;
    world_clock.slice = TL_SECONDS(3600);
    rung = told = 0;
    driver = tl_driver_new(&options, NULL);
    if (driver == NULL) {
        return -1;
    }
    tl_driver_follow(driver, &followed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tl_driver_free(driver);
    return 0;
}

static void ring(void *user)
{
    (void)user;
    rung++;
    rung_at = tl_driver_now(driver);
}

static struct tl_alarm *alarm_in(tl_duration duration)
{
    struct tl_alarm *alarm = tl_alarm_new(driver, NULL, ring, NULL);

    assert_non_null(alarm);
    assert_int_equal(tl_alarm_set(alarm, START + duration), TL_OK);
    return alarm;
}

static int has_rung(void *user)
{
    return rung >= *(unsigned *)user;
}

static void wait_for_rings(unsigned count)
{
    assert_int_equal(tl_driver_run(driver, has_rung, &count, TL_DEADLINE_WAKING), TL_OK);
}

/* ---- Tests ---- */

static void a_wait_sleeps_until_the_next_deadline(void **state)
{
    (void)state;
    (void)alarm_in(TL_SECONDS(10));
    wait_for_rings(1);
    assert_int_equal(world_clock.until, START + TL_SECONDS(10));
    assert_int_equal(world_clock.waits, 1);
    assert_int_equal(rung_at, START + TL_SECONDS(10));
}

static void time_goes_on_while_there_is_work(void **state)
{
    (void)state;
    (void)alarm_in(TL_SECONDS(10));
    (void)alarm_in(TL_SECONDS(10));
    world_clock.now = START + TL_SECONDS(15);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_int_equal(rung_at, START + TL_SECONDS(15));
    world_clock.now = START + TL_SECONDS(16);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_int_equal(rung_at, START + TL_SECONDS(16));
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
    assert_int_equal(world_clock.waits, 0);
}

static void time_never_jumps(void **state)
{
    (void)state;
    (void)alarm_in(TL_SECONDS(10));
    tl_driver_jump(driver, START + TL_SECONDS(10));
    assert_int_equal(tl_driver_now(driver), START);
    assert_int_equal(tl_driver_next_target(driver, TL_DEADLINE_WAKING), TL_NEVER);
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
    assert_int_equal(rung, 0);
}

static void a_wait_that_ends_early_is_made_again(void **state)
{
    (void)state;
    (void)alarm_in(TL_SECONDS(10));
    world_clock.slice = TL_SECONDS(4);
    wait_for_rings(1);
    assert_int_equal(world_clock.waits, 3);
    assert_int_equal(rung_at, START + TL_SECONDS(10));
}

static void ring_by_post(struct tl_post *post)
{
    (void)post;
    ring(NULL);
}

static void a_post_ends_a_wait_without_a_deadline(void **state)
{
    struct tl_post post = {.run = ring_by_post};

    (void)state;
    world_clock.posts = &post;
    wait_for_rings(1);
    assert_int_equal(world_clock.until, TL_NEVER);
    assert_int_equal(world_clock.waits, 1);
    assert_int_equal(world_clock.wakes, 1);
    assert_int_equal(rung_at, START);
}

static void advancing_waits(void **state)
{
    (void)state;
    (void)alarm_in(TL_SECONDS(10));
    tl_driver_advance_to(driver, START + TL_SECONDS(60));
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(60));
    assert_int_equal(rung_at, START + TL_SECONDS(10));
    assert_int_equal(world_clock.waits, 2);
}

static void advancing_a_stopped_driver_waits_for_nothing(void **state)
{
    (void)state;
    tl_driver_fail(driver, TL_VERDICT, "", 0, "stopped");
    tl_driver_advance_to(driver, START + TL_SECONDS(60));
    assert_int_equal(world_clock.waits, 0);
}

static void stop_after_three(void *user)
{
    (void)user;
    if (++told == 3) {
        tl_driver_fail(driver, TL_VERDICT, "", 0, "three are enough");
    }
}

/* Whoever bounds waits does so where nothing runs, too. */
static void a_pacer_is_told_of_sleeps(void **state)
{
    const struct tl_pacer pacer = {.after_step = stop_after_three};
    unsigned count = 1;

    (void)state;
    (void)alarm_in(TL_SECONDS(100));
    world_clock.slice = TL_SECONDS(1);
    tl_driver_set_pacer(driver, &pacer);
    assert_int_equal(tl_driver_run(driver, has_rung, &count, 0), TL_VERDICT);
    assert_int_equal(world_clock.waits, 3);
    assert_int_equal(rung, 0);
}

static void a_clock_that_stands_back_moves_nothing(void **state)
{
    (void)state;
    world_clock.now = START - TL_SECONDS(5);
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
    assert_int_equal(tl_driver_now(driver), START);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wait_sleeps_until_the_next_deadline),
        TEST(time_goes_on_while_there_is_work),
        TEST(time_never_jumps),
        TEST(a_wait_that_ends_early_is_made_again),
        TEST(a_post_ends_a_wait_without_a_deadline),
        TEST(advancing_waits),
        TEST(advancing_a_stopped_driver_waits_for_nothing),
        TEST(a_pacer_is_told_of_sleeps),
        TEST(a_clock_that_stands_back_moves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
