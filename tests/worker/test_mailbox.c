/* SPDX-License-Identifier: MIT */
/* What is posted to a driver, under the deterministic one: once each, in order, a step each. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/driver.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/list.h"
#include "base/pool.h"
#include "worker/runtime/driver_private.h"

static struct tl_driver *driver;

static int new_driver(void **state)
{
    (void)state;
    driver = tl_driver_new(NULL, NULL);
    return driver == NULL ? -1 : 0;
}

static int free_driver(void **state)
{
    (void)state;
    tl_driver_free(driver);
    return 0;
}

/* ---- Posts that say that they ran ---- */

struct letter {
    struct tl_post post;
    char name;
    struct letter *then; /* posted when this one runs */
};

static char ran[32];

static void note(struct tl_post *post)
{
    struct letter *letter = CONTAINER_OF(post, struct letter, post);
    size_t len = strlen(ran);

    ran[len] = letter->name;
    ran[len + 1] = '\0';
    if (letter->then != NULL) {
        tl_driver_post(driver, &letter->then->post);
    }
}

static void run_all(void)
{
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
}

/* ---- Order ---- */

static void posts_run_once_and_in_order(void **state)
{
    struct letter letters[] = {{{NULL, note}, 'a', NULL}, {{NULL, note}, 'b', NULL}, {{NULL, note}, 'c', NULL}};

    (void)state;
    ran[0] = '\0';
    for (size_t i = 0; i < 3; i++) {
        tl_driver_post(driver, &letters[i].post);
    }
    assert_string_equal(ran, "");
    run_all();
    assert_string_equal(ran, "abc");
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
}

static void each_post_is_a_step(void **state)
{
    struct letter letters[] = {{{NULL, note}, 'a', NULL}, {{NULL, note}, 'b', NULL}};

    (void)state;
    ran[0] = '\0';
    tl_driver_post(driver, &letters[0].post);
    tl_driver_post(driver, &letters[1].post);
    assert_int_equal(tl_driver_ready(driver), 1);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_string_equal(ran, "a");
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_string_equal(ran, "ab");
}

static void what_is_posted_while_others_wait_comes_after_them(void **state)
{
    struct letter last = {{NULL, note}, 'd', NULL};
    struct letter letters[] = {{{NULL, note}, 'a', &last}, {{NULL, note}, 'b', NULL}, {{NULL, note}, 'c', NULL}};

    (void)state;
    ran[0] = '\0';
    for (size_t i = 0; i < 3; i++) {
        tl_driver_post(driver, &letters[i].post);
    }
    run_all();
    assert_string_equal(ran, "abcd");
}

static void a_post_may_post_itself_again(void **state)
{
    struct letter again = {{NULL, note}, 'a', NULL};

    (void)state;
    ran[0] = '\0';
    tl_driver_post(driver, &again.post);
    run_all();
    tl_driver_post(driver, &again.post);
    run_all();
    assert_string_equal(ran, "aa");
}

static int has_run(void *user)
{
    (void)user;
    return ran[0] == 'x';
}

static void a_wait_finds_what_was_posted(void **state)
{
    struct letter letter = {{NULL, note}, 'x', NULL};

    (void)state;
    ran[0] = '\0';
    tl_driver_post(driver, &letter.post);
    assert_int_equal(tl_driver_run(driver, has_run, NULL, 0), TL_OK);
}

/* ---- Stopped ---- */

static void a_stopped_driver_runs_no_post(void **state)
{
    struct letter letter = {{NULL, note}, 'a', NULL};

    (void)state;
    ran[0] = '\0';
    tl_driver_fail(driver, TL_VERDICT, NULL, 0, "stop");
    tl_driver_post(driver, &letter.post);
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    assert_string_equal(ran, "");
}

static void take_everything(struct tl_post *post)
{
    (void)post;
    for (;;) {
        (void)pool_alloc(tl_driver_pool(driver), (size_t)1 << 62);
    }
}

static void a_post_that_runs_out_of_memory_stops_its_driver(void **state)
{
    struct tl_post greedy = {NULL, take_everything};

    (void)state;
    tl_driver_post(driver, &greedy);
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    assert_int_equal(tl_driver_verdict(driver)->status, TL_NO_MEMORY);
}

/* ---- Threads ---- */

#define POSTS 1000

struct numbered {
    struct tl_post post;
    unsigned number;
};

struct poster {
    struct numbered posts[POSTS];
    unsigned seen; /* how many ran; on the driver's thread */
    bool ordered;
};

static struct poster posters[2];

static void count(struct poster *poster, const struct tl_post *post)
{
    const struct numbered *numbered = CONST_CONTAINER_OF(post, struct numbered, post);

    poster->ordered &= numbered->number == poster->seen;
    poster->seen++;
}

static void count_first(struct tl_post *post)
{
    count(&posters[0], post);
}

static void count_second(struct tl_post *post)
{
    count(&posters[1], post);
}

static void *post_all(void *user)
{
    struct poster *poster = user;

    for (size_t i = 0; i < POSTS; i++) {
        tl_driver_post(driver, &poster->posts[i].post);
    }
    return NULL;
}

static void furnish(struct poster *poster, void (*run)(struct tl_post *post))
{
    poster->seen = 0;
    poster->ordered = true;
    for (unsigned i = 0; i < POSTS; i++) {
        poster->posts[i] = (struct numbered){{NULL, run}, i};
    }
}

static void threads_post_beside_each_other(void **state)
{
    pthread_t threads[2];

    (void)state;
    furnish(&posters[0], count_first);
    furnish(&posters[1], count_second);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    while (posters[0].seen < POSTS || posters[1].seen < POSTS) {
        (void)tl_driver_step(driver);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(posters[i].ordered);
        assert_int_equal(posters[i].seen, POSTS);
    }
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
}

static size_t waked;

static void wake(void *user)
{
    (void)user;
    waked++;
}

static void only_the_first_of_several_wakes_the_driver(void **state)
{
    struct letter letters[] = {{{NULL, note}, 'a', NULL}, {{NULL, note}, 'b', NULL}};

    (void)state;
    waked = 0;
    driver->mailbox.wake = wake;
    tl_driver_post(driver, &letters[0].post);
    tl_driver_post(driver, &letters[1].post);
    assert_int_equal(waked, 1);
    run_all();
    tl_driver_post(driver, &letters[0].post);
    assert_int_equal(waked, 2);
    run_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(posts_run_once_and_in_order, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(each_post_is_a_step, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(what_is_posted_while_others_wait_comes_after_them, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_post_may_post_itself_again, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_wait_finds_what_was_posted, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_stopped_driver_runs_no_post, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(a_post_that_runs_out_of_memory_stops_its_driver, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(threads_post_beside_each_other, new_driver, free_driver),
        cmocka_unit_test_setup_teardown(only_the_first_of_several_wakes_the_driver, new_driver, free_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
