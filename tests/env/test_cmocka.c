/* SPDX-License-Identifier: MIT */
/*
 * cmocka's own asserts on coroutines, as a user's tests see them: each group under test runs in a
 * process of its own, and what it prints and returns is looked at.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_retry_policy once = {.maximum_attempts = 1};
static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(7), .retry = &once};

/* ---- Code under test ---- */

static enum tl_status asserts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    _assert_int_equal(3, 4, "flow.c", 12);
    return TL_OK;
}

static enum tl_status says_why(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    fail_msg("%s", "the order has no customer");
    return TL_OK;
}

static enum tl_status skips(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    skip();
    return TL_OK;
}

/* Holds the first time alone: the shadow replay behind the test runs the code again. */
static enum tl_status asserts_again(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static int runs;

    (void)wf;
    (void)input;
    (void)result;
    runs += 1;
    assert_int_equal(runs, 1);
    return TL_OK;
}

/* Not known to be NULL when this is compiled. */
static const struct tl_payloads *volatile nowhere;

static enum tl_status crashes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return nowhere->count == 0 ? TL_OK : TL_FAILED;
}

/* On a coroutine that another one resumed. */
static enum tl_status crashes_in(struct tl_workflow *wf, void *user)
{
    (void)user;
    return crashes(wf, NULL, NULL);
}

static enum tl_status crashes_beside(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_DAYS(1)));
    return tl_future_wait(tl_spawn(wf, "beside", crashes_in, NULL), result);
}

static enum tl_status
mock_that_crashes(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)activity;
    return crashes(NULL, input, result);
}

/* Would carry on after any failure of the activity. */
static enum tl_status tolerates_all(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_activity_run(wf, "Step", input, &quick, result));
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Asserts", asserts);
    tl_register_workflow(registry, "SaysWhy", says_why);
    tl_register_workflow(registry, "Skips", skips);
    tl_register_workflow(registry, "AssertsAgain", asserts_again);
    tl_register_workflow(registry, "Crashes", crashes);
    tl_register_workflow(registry, "CrashesBeside", crashes_beside);
    tl_register_workflow(registry, "ToleratesAll", tolerates_all);
}

static enum tl_status
mock_that_asserts(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)activity;
    (void)input;
    (void)result;
    assert_string_equal("found", "expected");
    return TL_OK;
}

/* Returns what the test queued with will_return, and checks its attempt. */
static enum tl_status
mock_with_queues(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    int32_t attempt = tl_activity_info(activity)->attempt;

    (void)user;
    (void)input;
    check_expected(attempt);
    return tl_activity_result_text(activity, result, "%d", mock_type(int));
}

static struct tl_handle *start(struct tl_env *env, const char *type)
{
    return tl_env_start(env, type, "w", NULL, NULL);
}

static void tolerate(struct tl_env *env, tl_mock_fn *run)
{
    tl_mock_calls(tl_mock_activity(env, "Step"), TL_ONCE, run, NULL);
    tl_assert_completed(env, start(env, "ToleratesAll"));
}

/* ---- Tests of the groups under test ---- */

static void passes(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_ONCE, "1");
    tl_assert_result(*state, start(*state, "ToleratesAll"), "1");
}

static void asserts_in_a_workflow(void **state)
{
    tl_assert_completed(*state, start(*state, "Asserts"));
}

static void says_why_in_a_workflow(void **state)
{
    tl_assert_completed(*state, start(*state, "SaysWhy"));
}

static void skips_in_a_workflow(void **state)
{
    tl_assert_completed(*state, start(*state, "Skips"));
}

static void asserts_in_a_shadow(void **state)
{
    tl_assert_completed(*state, start(*state, "AssertsAgain"));
}

static void crashes_in_a_workflow(void **state)
{
    tl_assert_completed(*state, start(*state, "Crashes"));
}

static void crashes_in_a_coroutine_of_a_workflow(void **state)
{
    tl_assert_completed(*state, start(*state, "CrashesBeside"));
}

static void crashes_in_a_mock(void **state)
{
    tolerate(*state, mock_that_crashes);
}

static void asserts_in_a_mock(void **state)
{
    tolerate(*state, mock_that_asserts);
}

static void uses_queues(void **state)
{
    expect_value(mock_with_queues, attempt, 1);
    will_return(mock_with_queues, 17);
    tl_mock_calls(tl_mock_activity(*state, "Step"), TL_ONCE, mock_with_queues, NULL);
    tl_assert_result(*state, start(*state, "ToleratesAll"), "17");
}

static void expects_otherwise(void **state)
{
    expect_value(mock_with_queues, attempt, 2);
    will_return(mock_with_queues, 17);
    tolerate(*state, mock_with_queues);
}

static void has_nothing_to_return(void **state)
{
    expect_value(mock_with_queues, attempt, 1);
    tolerate(*state, mock_with_queues);
}

static void leaves_expectations(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_ONCE, "1");
}

static void fails_on_its_own_stack(void **state)
{
    tl_mock_returns(tl_mock_activity(*state, "Step"), TL_ONCE, "1");
    assert_true(*state == NULL);
}

static int no_guards;

static int setup(void **state)
{
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all, .no_guards = no_guards});
}

/* ---- Running them ---- */

/* What a process printed and returned. */
struct outcome {
    int status;
    char text[64 * 1024];
};

static struct outcome outcome;

static void read_all(int descriptor)
{
    size_t len = 0;
    ssize_t got;

    do {
        got = read(descriptor, outcome.text + len, sizeof outcome.text - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    outcome.text[len] = '\0';
}

/* Runs `body` in a process of its own. */
static void run_apart(int (*body)(void *user), void *user)
{
    int ends[2];
    int status;

    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)unsetenv("CMOCKA_MESSAGE_OUTPUT");
        (void)unsetenv("CMOCKA_XML_FILE");
        int failed = body(user);
        (void)fflush(NULL);
        _exit(failed);
    }
    assert_true(child > 0);
    (void)close(ends[1]);
    read_all(ends[0]);
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status)) {
        fail_msg("the group did not end by itself: %s", outcome.text);
    }
    outcome.status = WEXITSTATUS(status);
}

/* The test, and another one behind it, which must not notice. */
static int run_group(void *user)
{
    const struct CMUnitTest tests[] = {
        {.name = "under test",
         .test_func = *(CMUnitTestFunction *)user,
         .setup_func = setup,
         .teardown_func = tl_cmocka_teardown},
        cmocka_unit_test_setup_teardown(passes, setup, tl_cmocka_teardown),
    };

    return _cmocka_run_group_tests("group", tests, 2, NULL, NULL);
}

static void run_beside_another(CMUnitTestFunction test)
{
    run_apart(run_group, &test);
}

/* One test failed, and one passed. */
static void assert_failed_with(const char *text)
{
    assert_contains(outcome.text, text);
    assert_int_equal(outcome.status, 1);
    assert_contains(outcome.text, "[       OK ] passes");
}

/* ---- Behaviour ---- */

static void a_passing_test_passes(void **state)
{
    (void)state;
    run_beside_another(passes);
    assert_int_equal(outcome.status, 0);
}

static void an_assert_in_a_workflow_fails_its_test(void **state)
{
    (void)state;
    run_beside_another(asserts_in_a_workflow);
    assert_failed_with("0x3 != 0x4");
    assert_contains(outcome.text, "flow.c:12: error: Failure!");
    assert_contains(outcome.text, "timeline of w:");
}

static void a_message_from_a_workflow_is_shown(void **state)
{
    (void)state;
    run_beside_another(says_why_in_a_workflow);
    assert_failed_with("the order has no customer");
    assert_contains(outcome.text, "timeline of w:");
}

static void a_skip_in_a_workflow_skips_its_test(void **state)
{
    (void)state;
    run_beside_another(skips_in_a_workflow);
    assert_contains(outcome.text, "[  SKIPPED ] under test");
    assert_int_equal(outcome.status, 0);
}

static void an_assert_in_a_shadow_fails_its_test(void **state)
{
    (void)state;
    run_beside_another(asserts_in_a_shadow);
    assert_failed_with("0x2 != 0x1");
    assert_contains(outcome.text, "w does not do the same again");
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif

static void assert_crash_fails_its_test_alone(CMUnitTestFunction test, const char *where)
{
    if (SANITIZED) {
        skip(); /* a sanitizer has handlers of its own, which end the process */
    }
    run_beside_another(test);
    assert_failed_with(where);
    assert_contains(outcome.text, "timeline of w:");
}

static void a_crash_in_a_workflow_fails_its_test_alone(void **state)
{
    (void)state;
    assert_crash_fails_its_test_alone(crashes_in_a_workflow, "SIGSEGV in workflow w, coroutine main");
}

static void a_crash_in_a_coroutine_of_a_workflow_fails_its_test_alone(void **state)
{
    (void)state;
    assert_crash_fails_its_test_alone(crashes_in_a_coroutine_of_a_workflow, "SIGSEGV in workflow w, coroutine beside");
}

static void a_crash_in_a_mock_fails_its_test_alone(void **state)
{
    (void)state;
    assert_crash_fails_its_test_alone(crashes_in_a_mock, "SIGSEGV in activity Step of workflow w");
}

/* cmocka's signal handler jumps off the coroutine. */
static void a_crash_without_guards_fails_its_test_alone(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip();
    }
    no_guards = 1;
    run_beside_another(crashes_in_a_workflow);
    no_guards = 0;
    assert_failed_with("Test failed with exception: Segmentation fault");
    assert_contains(outcome.text, "a signal or a jump led out of a workflow or an activity");
}

static int run_crashes(void *user)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(crashes_in_a_workflow, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(crashes_in_a_mock, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup(crashes_in_a_workflow, setup), /* the next setup is the first to know */
        cmocka_unit_test_setup_teardown(passes, setup, tl_cmocka_teardown),
    };

    (void)user;
    return _cmocka_run_group_tests("group", tests, 4, NULL, NULL);
}

/* The kernel would end the process at the second, were the signal still held back. */
static void crash_after_crash_fails_its_own_test(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip();
    }
    run_apart(run_crashes, NULL);
    assert_int_equal(outcome.status, 3);
    assert_contains(outcome.text, "[       OK ] passes");
    no_guards = 1;
    run_apart(run_crashes, NULL);
    no_guards = 0;
    assert_int_equal(outcome.status, 3);
    assert_contains(outcome.text, "[       OK ] passes");
}

static void an_assert_in_a_mock_cannot_be_tolerated(void **state)
{
    (void)state;
    run_beside_another(asserts_in_a_mock);
    assert_failed_with("\"found\" != \"expected\"");
}

static void the_queues_of_cmocka_serve_in_mocks(void **state)
{
    (void)state;
    run_beside_another(uses_queues);
    assert_int_equal(outcome.status, 0);
}

static void an_expectation_that_does_not_hold_fails_its_test(void **state)
{
    (void)state;
    run_beside_another(expects_otherwise);
    assert_failed_with("0x1 != 0x2");
    assert_contains(outcome.text, "Check of parameter attempt");
}

static void a_mock_without_a_value_fails_its_test(void **state)
{
    (void)state;
    run_beside_another(has_nothing_to_return);
    assert_failed_with("Could not get value to mock function mock_with_queues");
}

static void left_over_expectations_fail_the_teardown(void **state)
{
    (void)state;
    run_beside_another(leaves_expectations);
    assert_failed_with("Step returns 1: 0 of 1 attempts came");
}

static void a_test_that_failed_by_itself_is_not_blamed_twice(void **state)
{
    (void)state;
    run_beside_another(fails_on_its_own_stack);
    assert_failed_with("under test");
    assert_null(strstr(outcome.text, "attempts came"));
}

/* ---- Directories of histories ---- */

static int replay_directory(void *user)
{
    return tl_replay_directory(user, register_all);
}

static void a_directory_without_histories_fails(void **state)
{
    char directory[] = "/tmp/histories-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(directory));
    run_apart(replay_directory, directory);
    assert_int_equal(outcome.status, 1);
    assert_contains(outcome.text, "holds no history");
    assert_int_equal(rmdir(directory), 0);
}

/* Records a run of "ToleratesAll" as `path`. */
static void record(const char *path)
{
    void *made;
    struct tl_error error;

    assert_int_equal(recorder_setup(&made, &(struct tl_env_options){.register_all = register_all}), 0);
    struct recorder *recorder = made;
    tl_mock_returns(tl_mock_activity(recorder->env, "Step"), TL_ONCE, "1");
    struct tl_handle *run = start(recorder->env, "ToleratesAll");
    tl_assert_completed(recorder->env, run);
    struct tl_history *history = tl_env_history(recorder->env, run);
    assert_int_equal(tl_history_to_file(history, path, &error), TL_OK);
    tl_history_unref(history);
    assert_quiet(recorder);
    (void)recorder_teardown(&made);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void each_history_of_a_directory_is_a_test(void **state)
{
    static const char *const names[] = {"good.json", "bad.json", "good.meta.json"};
    char directory[] = "/tmp/histories-XXXXXX";
    char paths[3][64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    for (int i = 0; i < 3; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", directory, names[i]);
    }
    record(paths[0]);
    write_file(paths[1], "{\"events\": []}");
    write_file(paths[2], "{}");
    run_apart(replay_directory, directory);
    assert_int_equal(outcome.status, 1);
    assert_contains(outcome.text, "Running 2 test(s)");
    assert_contains(outcome.text, "good.json");
    assert_contains(outcome.text, "the history has no events");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(remove(paths[i]), 0);
    }
    assert_int_equal(rmdir(directory), 0);
}

/* Replaces the first `from` in a file by `to`, which is as long. */
static void edit(const char *path, const char *from, const char *to)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = '\0';
    char *at = strstr(text, from);
    assert_non_null(at);
    (void)memcpy(at, to, strlen(to));
    write_file(path, text);
}

static void a_directory_is_replayed_strictly(void **state)
{
    char directory[] = "/tmp/histories-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/changed.json", directory);
    record(path);
    edit(path, "\"startToCloseTimeout\": \"7", "\"startToCloseTimeout\": \"8");
    run_apart(replay_directory, directory);
    assert_int_equal(outcome.status, 1);
    assert_contains(outcome.text, "start_to_close_timeout");
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_passing_test_passes),
        cmocka_unit_test(an_assert_in_a_workflow_fails_its_test),
        cmocka_unit_test(a_message_from_a_workflow_is_shown),
        cmocka_unit_test(a_skip_in_a_workflow_skips_its_test),
        cmocka_unit_test(an_assert_in_a_shadow_fails_its_test),
        cmocka_unit_test(a_crash_in_a_workflow_fails_its_test_alone),
        cmocka_unit_test(a_crash_in_a_coroutine_of_a_workflow_fails_its_test_alone),
        cmocka_unit_test(a_crash_in_a_mock_fails_its_test_alone),
        cmocka_unit_test(a_crash_without_guards_fails_its_test_alone),
        cmocka_unit_test(crash_after_crash_fails_its_own_test),
        cmocka_unit_test(an_assert_in_a_mock_cannot_be_tolerated),
        cmocka_unit_test(the_queues_of_cmocka_serve_in_mocks),
        cmocka_unit_test(an_expectation_that_does_not_hold_fails_its_test),
        cmocka_unit_test(a_mock_without_a_value_fails_its_test),
        cmocka_unit_test(left_over_expectations_fail_the_teardown),
        cmocka_unit_test(a_test_that_failed_by_itself_is_not_blamed_twice),
        cmocka_unit_test(a_directory_without_histories_fails),
        cmocka_unit_test(each_history_of_a_directory_is_a_test),
        cmocka_unit_test(a_directory_is_replayed_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
