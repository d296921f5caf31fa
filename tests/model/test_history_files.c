/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <timelapse/history.h>
#include <unistd.h>

static char root[] = "/tmp/timelapse-files-XXXXXX";

static const char *in_root(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void touch(const char *name)
{
    FILE *file = fopen(in_root(name), "w");

    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static int make(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/timelapse-files-XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int sweep(void **state)
{
    (void)state;
    return nftw(root, drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* What is found at `path` is this list of names below root. */
static void assert_finds(const char *path, size_t expected_count, const char *const *expected)
{
    char **paths = NULL;
    size_t count = 0;
    struct tl_error error;

    assert_int_equal(tl_history_files(path, &paths, &count, &error), TL_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        assert_string_equal(paths[i], in_root(expected[i]));
    }
    tl_history_files_free(paths, count);
}

#define ASSERT_FINDS(path, ...)                                                                                        \
    assert_finds(                                                                                                      \
        (path), sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]){__VA_ARGS__})

static void histories_are_found_in_order_of_names(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_root("b"), 0700), 0);
    assert_int_equal(mkdir(in_root("b.json"), 0700), 0);
    touch("b/two.json");
    touch("b/Two.json");
    touch("b.json/three.json");
    touch("c.json");
    touch("a.json");
    ASSERT_FINDS(root, "a.json", "b/Two.json", "b/two.json", "b.json/three.json", "c.json");
}

static void what_is_no_history_is_left_out(void **state)
{
    (void)state;
    touch("a.json");
    touch("a.meta.json");
    touch(".hidden.json");
    touch(".json");
    touch("notes.txt");
    assert_int_equal(mkdir(in_root(".git"), 0700), 0);
    touch(".git/config.json");
    ASSERT_FINDS(root, "a.json");
}

static void links_lead_to_files_and_not_to_folders(void **state)
{
    (void)state;
    touch("a.json");
    assert_int_equal(symlink("a.json", in_root("b.json")), 0);
    assert_int_equal(symlink(".", in_root("loop")), 0);
    ASSERT_FINDS(root, "a.json", "b.json");
}

static void a_file_is_found_as_it_is_named(void **state)
{
    (void)state;
    touch("a.txt");
    ASSERT_FINDS(in_root("a.txt"), "a.txt");
    ASSERT_FINDS(in_root("missing.json"), "missing.json");
}

static void an_empty_folder_has_none(void **state)
{
    char **paths = (char **)&root;
    size_t count = 7;

    (void)state;
    assert_int_equal(tl_history_files(root, &paths, &count, NULL), TL_OK);
    assert_int_equal(count, 0);
    assert_null(paths);
    tl_history_files_free(paths, count);
}

static void a_folder_that_cannot_be_read_is_named(void **state)
{
    char **paths = NULL;
    size_t count = 7;
    struct tl_error error;
    struct rlimit before;

    (void)state;
    touch("a.json");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum tl_status status = tl_history_files(root, &paths, &count, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, TL_IO);
    assert_non_null(strstr(error.message, root));
    assert_int_equal(count, 7);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, sweep)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(histories_are_found_in_order_of_names),
        TEST(what_is_no_history_is_left_out),
        TEST(links_lead_to_files_and_not_to_folders),
        TEST(a_file_is_found_as_it_is_named),
        TEST(an_empty_folder_has_none),
        TEST(a_folder_that_cannot_be_read_is_named),
    };

    return cmocka_run_group_tests_name("model/history_files", tests, NULL, NULL);
}
