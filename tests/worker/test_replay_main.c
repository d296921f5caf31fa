/* SPDX-License-Identifier: MIT */
/* The program that replays files and folders: what it prints and what it returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/history.h"
#include "tests/lib/markup.h"
#include "tests/worker/replay_fixture.h"

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(1));
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
}

static void register_twice(struct tl_registry *registry)
{
    register_all(registry);
    register_all(registry);
}

/* ---- A folder of histories ---- */

static char folder[] = "/tmp/timelapse-replay-XXXXXX";
static char printed[8192];

static char *path_of(const char *name)
{
    static char paths[8][256];
    static size_t next;
    char *path = paths[next++ % 8];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* A run whose timer is recorded under this id: "1" is what the code calls it. */
static void write_history(const char *name, const char *timer_id)
{
    struct history_builder builder;

    builder_init(&builder);
    builder_start(&builder, "Sleeps", NULL);
    builder_task(&builder);
    builder_timer_started(&builder, timer_id, TL_DAYS(1));
    struct tl_history history = builder_history(&builder);
    assert_int_equal(tl_history_to_file(&history, path_of(name), NULL), TL_OK);
    builder_done(&builder);
}

static void write_text(const char *name)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    (void)fputs("not JSON", file);
    (void)fclose(file);
}

static int open_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/timelapse-replay-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {
        "good.json",
        "bad.json",
        "b/good.json",
        "b",
        "a.json",
        "good.meta.json",
        ".hidden.json",
        "notes.txt",
        "out",
        ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)remove(path_of(names[i]));
    }
    return 0;
}

/* Runs it with three arguments, or fewer; what it writes to standard output goes to `printed`. */
static int run_3(char *first, char *second, char *third, tl_register_fn *register_types)
{
    static char name[] = "replay";
    char *argv[] = {name, first, second, third, NULL};
    char *out = path_of("out");
    int argc = 1 + (first != NULL) + (second != NULL) + (third != NULL);

    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_non_null(freopen(out, "w", stdout));
    int code = tl_replay_main(argc, argv, register_types);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    FILE *file = fopen(out, "r");
    assert_non_null(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    (void)fclose(file);
    (void)remove(out);
    return code;
}

static int run(char *first, char *second, tl_register_fn *register_types)
{
    return run_3(first, second, NULL, register_types);
}

static void assert_printed(const char *words)
{
    if (strstr(printed, words) == NULL) {
        print_error("\"%s\" is not in:\n%s\n", words, printed);
        fail();
    }
}

/* ---- Tests ---- */

static void a_history_that_replays_passes(void **state)
{
    (void)state;
    write_history("good.json", "1");
    assert_int_equal(run(path_of("good.json"), NULL, register_all), 0);
    assert_printed("ok 1 - ");
    assert_printed("1..1\n# 1 passed, 0 failed\n");
}

static void one_that_does_not_fails_saying_why(void **state)
{
    (void)state;
    write_history("good.json", "1");
    write_history("bad.json", "7");
    assert_int_equal(run(path_of("bad.json"), path_of("good.json"), register_all), 1);
    assert_printed("not ok 1 - ");
    assert_printed("at: event 5");
    assert_printed("timer_id is \"7\" in history and \"1\" in the code");
    assert_printed("ok 2 - ");
    assert_printed("1..2\n# 1 passed, 1 failed\n");
}

static void folders_are_walked_in_order_of_names(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of("b"), 0700), 0);
    write_history("good.json", "1");
    write_history("a.json", "1");
    write_history("b/good.json", "1");
    write_text("good.meta.json");
    write_text(".hidden.json");
    write_text("notes.txt");
    assert_int_equal(run(folder, NULL, register_all), 0);
    const char *first = strstr(printed, "a.json");
    const char *second = strstr(printed, "b/good.json");
    assert_non_null(first);
    assert_non_null(second);
    assert_true(first < second);
    assert_printed("1..3\n# 3 passed, 0 failed\n");
}

static void an_empty_folder_is_no_success(void **state)
{
    (void)state;
    assert_int_equal(run(folder, NULL, register_all), 1);
    assert_printed("1..0\n");
}

static void what_is_not_there_or_no_history_fails(void **state)
{
    (void)state;
    write_text("bad.json");
    assert_int_equal(run(path_of("missing.json"), path_of("bad.json"), register_all), 1);
    assert_printed("not ok 1 - ");
    assert_printed("line: 1");
    assert_printed("# 0 passed, 2 failed\n");
}

static void it_needs_arguments_and_a_good_registry(void **state)
{
    (void)state;
    assert_int_equal(run(NULL, NULL, register_all), 2);
    write_history("good.json", "1");
    assert_int_equal(run(path_of("good.json"), NULL, register_twice), 2);
}

static void junit_is_another_format(void **state)
{
    static char option[] = "--format";
    static char junit[] = "junit";
    static char unknown[] = "yaml";
    struct markup_count count;

    (void)state;
    write_history("good.json", "1");
    write_history("bad.json", "7");
    assert_int_equal(run_3(option, junit, folder, register_all), 1);
    assert_null(markup_check_xml(printed, &count));
    assert_int_equal(count.tests, 2);
    assert_int_equal(count.failed, 1);
    assert_printed("timer_id is \"7\" in history and \"1\" in the code");
    assert_int_equal(run_3(option, unknown, folder, register_all), 2);
    assert_int_equal(run(option, junit, register_all), 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_history_that_replays_passes),
        TEST(one_that_does_not_fails_saying_why),
        TEST(folders_are_walked_in_order_of_names),
        TEST(an_empty_folder_is_no_success),
        TEST(what_is_not_there_or_no_history_fails),
        TEST(it_needs_arguments_and_a_good_registry),
        TEST(junit_is_another_format),
    };
    return cmocka_run_group_tests_name("replay, main", tests, NULL, NULL);
}
