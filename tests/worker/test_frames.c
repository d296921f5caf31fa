/* SPDX-License-Identifier: MIT */
/* Which functions of a backtrace users are shown, and how, whatever is known of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/lib/arena_fixture.h"
#include "worker/runtime/frames.h"

#define OURS(name)                                                                                                     \
    {                                                                                                                  \
        .function = (name), .file = "worker/x.c", .line = 1, .module = "/m", .offset = 16, .ours = true                \
    }
#define USERS(name)                                                                                                    \
    {                                                                                                                  \
        .function = (name), .file = "shop.c", .line = 7, .module = "/m", .offset = 16                                  \
    }

#define assert_shown(state, expected, ...)                                                                             \
    show_and_compare(                                                                                                  \
        (state), (expected), (const struct frame[]){__VA_ARGS__}, COUNT_OF(((const struct frame[]){__VA_ARGS__})))

/* expected: the texts, each with a line feed behind it. */
static void show_and_compare(void **state, const char *expected, const struct frame *frames, size_t count)
{
    struct arena *arena = *state;
    struct frame_list list = {.arena = arena};
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        frames_add(&list, &frames[i]);
    }
    struct frames shown = frames_show(&list);
    for (size_t i = 0; i < shown.count; i++) {
        text = arena_format(arena, "%s%s\n", text, shown.items[i].text);
    }
    assert_string_equal(text, expected);
}

static void what_lies_under_the_public_call_is_left_out(void **state)
{
    assert_shown(
        state,
        "tl_sleep\nship at shop.c:7\n",
        OURS("strand_park"),
        OURS("future_await"),
        OURS("tl_sleep"),
        USERS("ship"),
        OURS("run_main"),
        USERS("_start"));
}

static void of_public_calls_that_make_others_the_users_own_is_shown(void **state)
{
    assert_shown(
        state,
        "tl_activity_run\nship at shop.c:7\n",
        OURS("future_await"),
        OURS("tl_future_wait"),
        OURS("tl_activity_run"),
        USERS("ship"),
        OURS("run_main"));
}

static void what_the_library_calls_back_stands_between_its_calls(void **state)
{
    assert_shown(
        state,
        "tl_sleep\nundo at shop.c:7\ntl_shielded\nship at shop.c:7\n",
        OURS("tl_sleep"),
        USERS("undo"),
        OURS("call_body"),
        OURS("tl_shielded"),
        USERS("ship"),
        OURS("run_main"));
}

static void the_interceptors_chain_is_no_call(void **state)
{
    assert_shown(state, "tl_sleep\nship at shop.c:7\n", OURS("tl_sleep"), USERS("ship"), OURS("tl_next_run_workflow"));
    assert_shown(
        state,
        "ship at shop.c:7\nmeasure at shop.c:7\n",
        USERS("ship"),
        OURS("tl_next_run_workflow"),
        USERS("measure"),
        OURS("tl_next_run_workflow"),
        OURS("run_main"));
}

/* The user's function gave its frame away to the call that it ended with. */
static void a_call_without_a_caller_is_shown_all_the_same(void **state)
{
    assert_shown(state, "tl_sleep\n", OURS("future_await"), OURS("tl_sleep"), OURS("run_main"), OURS("begin"));
}

static void without_debug_information_names_tell_whose_a_function_is(void **state)
{
    const struct frame inner = {.function = "timelapse__future_await", .module = "/bin/shop", .offset = 0x10};
    const struct frame call = {.function = "tl_sleep", .module = "/bin/shop", .offset = 0x20};
    const struct frame user = {.function = "ship.constprop.0", .module = "/bin/shop", .offset = 0x1f40};
    const struct frame outer = {.function = "timelapse__registry_run_workflow", .module = "/bin/shop", .offset = 0x40};

    assert_shown(state, "tl_sleep\nship (/bin/shop+0x1f40)\n", inner, call, user, outer);
}

static void without_symbols_module_and_offset_are_told(void **state)
{
    const struct frame stripped = {.module = "/bin/shop", .offset = 0x1f40};
    const struct frame nowhere = {.offset = 0xdead};

    assert_shown(state, "/bin/shop+0x1f40\n0xdead\n", stripped, nowhere);
}

static void nothing_gives_nothing(void **state)
{
    struct frames shown = frames_show(&(struct frame_list){.arena = *state});

    assert_int_equal(shown.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(what_lies_under_the_public_call_is_left_out),
        ARENA_TEST(of_public_calls_that_make_others_the_users_own_is_shown),
        ARENA_TEST(what_the_library_calls_back_stands_between_its_calls),
        ARENA_TEST(the_interceptors_chain_is_no_call),
        ARENA_TEST(a_call_without_a_caller_is_shown_all_the_same),
        ARENA_TEST(without_debug_information_names_tell_whose_a_function_is),
        ARENA_TEST(without_symbols_module_and_offset_are_told),
        ARENA_TEST(nothing_gives_nothing),
    };

    return cmocka_run_group_tests_name("worker/frames", tests, NULL, NULL);
}
