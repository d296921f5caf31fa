/* SPDX-License-Identifier: MIT */
/* A driver that follows a clock which stands until it is moved: the world behind it is a script. */
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

static struct {
    tl_time now;
    tl_time deadline;            /* the world's only one; TL_NEVER: none */
    unsigned kind;               /* of it */
    unsigned busy;               /* how often it is found at work */
    unsigned asked;              /* how often it was asked to go on */
    struct tl_leg leg;           /* the last one */
    struct tl_post *at_deadline; /* posted when it comes to its deadline */
} world;

static struct tl_driver *driver;
static unsigned rung;

static tl_time clock_now(void *user)
{
    (void)user;
    return world.now;
}

static enum tl_world clock_go_on(void *user, const struct tl_leg *leg)
{
    tl_time to = leg->to;

    (void)user;
    world.asked++;
    world.leg = *leg;
    if (world.busy > 0) {
        world.busy--;
        return TL_WORLD_BUSY;
    }
    if ((leg->kinds & world.kind) != 0 && world.deadline < to) {
        to = world.deadline;
    }
    to = leg->stop < to ? leg->stop : to;
    if (to <= world.now || to == TL_NEVER) {
        return TL_WORLD_RESTS;
    }
    world.now = to;
    if (to == world.deadline) {
        world.deadline = TL_NEVER;
        tl_driver_post(driver, world.at_deadline);
    }
    return TL_WORLD_MOVED;
}

static void clock_wake(void *user)
{
    (void)user;
}

static int setup(void **state)
{
    static const struct tl_clock followed = {.now = clock_now, .go_on = clock_go_on, .wake = clock_wake};
    const struct tl_driver_options options = {.start_time = START};

    (void)state;
    memset(&world, 0, sizeof world);
    world.now = START;
    world.deadline = TL_NEVER;
    rung = 0;
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
}

static void ring_by_post(struct tl_post *post)
{
    (void)post;
    rung++;
}

static struct tl_post post_that_rings = {.run = ring_by_post};

static void set_alarm(tl_duration duration)
{
    struct tl_alarm *alarm = tl_alarm_new(driver, NULL, ring, NULL);

    assert_non_null(alarm);
    assert_int_equal(tl_alarm_set(alarm, START + duration), TL_OK);
}

static void set_deadline(tl_duration duration, unsigned kind)
{
    world.deadline = START + duration;
    world.kind = kind;
    world.at_deadline = &post_that_rings;
}

static int has_rung(void *user)
{
    return rung >= *(unsigned *)user;
}

static enum tl_status wait_for_rings(unsigned count, unsigned targets)
{
    return tl_driver_run(driver, has_rung, &count, (int)targets);
}

/* ---- Tests ---- */

static void a_wait_moves_it_to_the_next_deadline_here(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_OK);
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(10));
}

static void or_there_whichever_is_first(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    set_deadline(TL_SECONDS(3), TL_DEADLINE_WAKING);
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_OK);
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(3));
    assert_int_equal(wait_for_rings(2, TL_DEADLINE_WAKING), TL_OK);
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(10));
}

static void what_rests_here_and_there_waits_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_true(tl_driver_rests(driver));
    assert_int_equal(tl_driver_now(driver), START);
}

static void deadlines_of_another_kind_are_no_targets(void **state)
{
    (void)state;
    set_deadline(TL_SECONDS(3), TL_DEADLINE_RUN);
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING | TL_DEADLINE_RUN), TL_OK);
}

static void a_wait_without_targets_leaves_time_alone(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    set_deadline(TL_SECONDS(3), TL_DEADLINE_WAKING);
    assert_int_equal(wait_for_rings(1, 0), TL_UNAVAILABLE);
    assert_int_equal(tl_driver_now(driver), START);
}

static void held_time_stands_as_well(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    tl_driver_hold(driver);
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_int_equal(tl_driver_release(driver), TL_OK);
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_OK);
}

static void a_world_at_work_is_asked_again(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    world.busy = 5;
    assert_int_equal(wait_for_rings(1, TL_DEADLINE_WAKING), TL_OK);
    assert_int_equal(world.busy, 0);
    assert_true(world.asked >= 7); /* five times in vain, whether it rests, and to move on */
}

static void a_jump_goes_as_far_as_it_is_told(void **state)
{
    (void)state;
    set_alarm(TL_SECONDS(10));
    tl_driver_jump(driver, START + TL_SECONDS(60));
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(10)); /* a stop */
    assert_int_equal(world.leg.stop, START + TL_SECONDS(10));
    tl_driver_advance_to(driver, START + TL_SECONDS(60));
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(60));
    assert_int_equal(rung, 1);
    tl_driver_jump(driver, START);
    assert_int_equal(tl_driver_now(driver), START + TL_SECONDS(60));
}

static void its_time_does_not_pass(void **state)
{
    static const struct tl_clock passing = {.now = clock_now, .wake = clock_wake};

    (void)state;
    assert_false(tl_driver_time_passes(driver));
    tl_driver_follow(driver, &passing);
    assert_true(tl_driver_time_passes(driver));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_wait_moves_it_to_the_next_deadline_here, setup, teardown),
        cmocka_unit_test_setup_teardown(or_there_whichever_is_first, setup, teardown),
        cmocka_unit_test_setup_teardown(what_rests_here_and_there_waits_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(deadlines_of_another_kind_are_no_targets, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wait_without_targets_leaves_time_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(held_time_stands_as_well, setup, teardown),
        cmocka_unit_test_setup_teardown(a_world_at_work_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_goes_as_far_as_it_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(its_time_does_not_pass, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
