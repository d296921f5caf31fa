/* SPDX-License-Identifier: MIT */
/* What a failed test leaves behind: histories that can be read and replayed, and the command that runs it again. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <timelapse/replayer.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static char folder[64];

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    TL_IGNORE(tl_sleep(wf, TL_DAYS(1)));
    return tl_fail(wf, "Tired", "it was a long day");
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
}

static const char *name_of_test(void *user)
{
    (void)user;
    return "it's \"quoted\"";
}

static int setup(void **state)
{
    (void)snprintf(folder, sizeof folder, "/tmp/failures-XXXXXX");
    if (mkdtemp(folder) == NULL || setenv("TIMELAPSE_FAILURES", folder, 1) != 0) {
        return -1;
    }
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all, .seed = 77});
}

static int teardown(void **state)
{
    char path[512];
    DIR *directory = opendir(folder);

    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)remove(path);
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    (void)rmdir(folder);
    (void)unsetenv("TIMELAPSE_FAILURES");
    return recorder_teardown(state);
}

static void fail_run(struct recorder *recorder, const char *workflow_id)
{
    tl_assert_completed(recorder->env, tl_env_start(recorder->env, "Sleeps", workflow_id, NULL, NULL));
}

/* Copies what stands behind `label` in the report, up to the end of the line. */
static void find(const struct recorder *recorder, const char *label, char *text, size_t size)
{
    assert_contains(recorder->text, label);
    const char *at = strstr(recorder->text, label) + strlen(label);
    (void)snprintf(text, size, "%.*s", (int)strcspn(at, "\n"), at);
}

static void the_history_is_named_and_replays(void **state)
{
    struct recorder *recorder = *state;
    struct tl_registry *registry = tl_registry_new(NULL);
    struct tl_error error = {.message = ""};
    char path[512];

    register_all(registry);
    fail_run(recorder, "w");
    find(recorder, "\nhistory of w: ", path, sizeof path);
    assert_memory_equal(path, folder, strlen(folder));
    struct tl_replayer *replayer =
        tl_replayer_new(&(struct tl_replayer_options){.registry = registry, .strict = 1}, &error);
    assert_non_null(replayer);
    if (tl_replay_file(replayer, path, &error) != TL_OK) {
        fail_msg("%s: %s", path, error.message);
    }
    tl_replayer_free(replayer);
    tl_registry_free(registry);
}

/* What stands in an id may not lead out of the directory. */
static void names_of_files_are_plain(void **state)
{
    struct recorder *recorder = *state;
    char path[512];

    fail_run(recorder, "../../etc/a b\xc3\xa4");
    find(recorder, "\nhistory of ../../etc/a b\xc3\xa4: ", path, sizeof path);
    assert_memory_equal(path, folder, strlen(folder));
    assert_contains(path + strlen(folder), "/test_failures._._.._etc_a_b__.");
    assert_int_equal(access(path, R_OK), 0);
}

static void other_runs_of_the_test_are_kept_too(void **state)
{
    struct recorder *recorder = *state;
    char path[512];

    (void)tl_env_start(recorder->env, "Sleeps", "other", NULL, NULL);
    tl_env_run_until_idle(recorder->env);
    fail_run(recorder, "w");
    find(recorder, "\nhistory of other: ", path, sizeof path);
    assert_int_equal(access(path, R_OK), 0);
    find(recorder, "\nhistory of w: ", path, sizeof path);
    assert_int_equal(access(path, R_OK), 0);
}

static void none_keeps_none(void **state)
{
    struct recorder *recorder = *state;

    assert_int_equal(setenv("TIMELAPSE_FAILURES", "none", 1), 0);
    fail_run(recorder, "w");
    assert_null(strstr(recorder->text, "history of"));
    assert_contains(recorder->text, "the same again: ");
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
    struct recorder *recorder = *state;

    assert_int_equal(setenv("TIMELAPSE_FAILURES", "/proc/nothing/here", 1), 0);
    fail_run(recorder, "w");
    assert_contains(recorder->text, "histories: not kept: /proc/nothing/here is no directory to write to");
}

static void the_last_line_is_the_command(void **state)
{
    struct recorder *recorder = *state;
    char command[512];

    fail_run(recorder, "w");
    find(recorder, "\nthe same again: ", command, sizeof command);
    assert_contains(command, "TIMELAPSE_SEED=77 ");
    assert_contains(command, "test_failures");
    assert_string_equal(strrchr(recorder->text, '\n'), "\n");
    assert_null(strstr(strstr(recorder->text, "\nthe same again: ") + 1, "\nhistory"));
}

static void the_command_is_quoted_for_a_shell(void **state)
{
    const struct tl_reporter *given = &((struct recorder *)*state)->reporter;
    struct tl_reporter reporter = *given;
    struct tl_error error;

    reporter.test = name_of_test;
    struct tl_env *env =
        tl_env_new(&(struct tl_env_options){.register_all = register_all, .reporter = &reporter}, &error);
    assert_non_null(env);
    tl_assert_completed(env, tl_env_start(env, "Sleeps", "w", NULL, NULL));
    assert_contains(tl_env_verdict(env), " TIMELAPSE_TEST='it'\\''s \"quoted\"' ");
    tl_env_free(env);
}

int main(void)
{
#define KEPT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        KEPT(the_history_is_named_and_replays),
        KEPT(names_of_files_are_plain),
        KEPT(other_runs_of_the_test_are_kept_too),
        KEPT(none_keeps_none),
        KEPT(a_directory_that_cannot_be_made_is_told),
        KEPT(the_last_line_is_the_command),
        KEPT(the_command_is_quoted_for_a_shell),
    };

    return cmocka_run_group_tests_name("env/failures", tests, NULL, NULL);
}
