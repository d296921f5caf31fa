/* SPDX-License-Identifier: MIT */
/* The smallest runner of tests: one environment a test, left by a jump where it fails. */
#include <timelapse/test_main.h>

#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <timelapse/fault.h>
#include <timelapse/report.h>

#include "sim/env/environment.h"

#define OPTION_FORMAT "--format"
#define OPTION_LIST   "--list"
#define TEXT_MOST     ((size_t)16 * 1024) /* bytes of a failure that are kept; its end counts most */

/* The program's run, and the test in it. */
struct test_run {
    struct tl_report report;
    const struct tl_env_options *options;
    char **names; /* patterns, up to NULL */
    const char *one;
    int lists;

    const struct tl_test *test;
    struct tl_env *env;
    jmp_buf end; /* where a failing test goes on */
    int can_jump;
    struct tl_test_result result;
    char text[TEXT_MOST];
};

static void print(void *user, const char *text, size_t len)
{
    (void)user;
    (void)fwrite(text, 1, len, stdout);
    (void)fflush(stdout); /* a test that ends the process leaves what was found before it */
}

/* ---- The reporter ---- */

/* Of a text that is too long the middle is left out. */
static void keep_text(struct test_run *run, const char *text)
{
    static const char gap[] = "\n...\n";
    size_t len = strlen(text);
    size_t half = (sizeof run->text - sizeof gap) / 2;

    if (len < sizeof run->text) {
        memcpy(run->text, text, len + 1);
        return;
    }
    memcpy(run->text, text, half);
    memcpy(run->text + half, gap, sizeof gap - 1);
    memcpy(run->text + half + sizeof gap - 1, text + len - half, half + 1);
}

static void end_test(struct test_run *run, enum tl_test_outcome outcome, const char *file, int line, const char *text)
{
    if (run->result.outcome == TL_TEST_PASSED) {
        keep_text(run, text);
        run->result.outcome = outcome;
        run->result.file = file;
        run->result.line = line;
        run->result.text = run->text;
    }
    if (run->can_jump) {
        longjmp(run->end, 1);
    }
}

static void report_failure(void *user, const char *file, int line, const char *text)
{
    end_test(user, TL_TEST_FAILED, file, line, text);
}

static void report_skip(void *user, const char *file, int line, const char *text)
{
    end_test(user, TL_TEST_SKIPPED, file, line, text);
}

static const char *report_test(void *user)
{
    const struct test_run *run = user;

    return run->test->name;
}

/* ---- One test ---- */

/* Kept tiny: nothing may live across the jump. */
static void call_test(void *user)
{
    struct test_run *run = user;

    run->can_jump = 1;
    if (setjmp(run->end) == 0) {
        run->test->run(run->env);
        (void)tl_env_finish(run->env);
    }
    run->can_jump = 0;
}

static void free_env(void *user)
{
    struct test_run *run = user;

    tl_env_free(run->env);
}

static double read_seconds(void)
{
    struct timespec time = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run_test(struct test_run *run, const struct tl_test *test)
{
    const struct tl_reporter reporter = {.fail = report_failure, .skip = report_skip, .user = run, .test = report_test};
    const struct tl_env_options *given = test->options == NULL ? run->options : test->options;
    struct tl_env_options options = given == NULL ? (struct tl_env_options){0} : *given;
    struct tl_error error = {.message = ""};
    double start = read_seconds();

    run->test = test;
    run->result = (struct tl_test_result){.name = test->name, .outcome = TL_TEST_PASSED};
    options.reporter = &reporter;
    run->env = tl_env_new(&options, &error);
    if (run->env == NULL) {
        end_test(run, TL_TEST_FAILED, "", 0, error.message);
    } else {
        env_guard_stand(run->env);
        if (!tl_fault_try(call_test, run)) {
            run->can_jump = 0;
            end_test(run, TL_TEST_FAILED, "", 0, "a signal ended the test, in its own code");
        }
        (void)tl_fault_try(free_env, run); /* it may have been left anywhere */
    }
    run->result.seconds = read_seconds() - start;
    tl_report_test(&run->report, &run->result);
}

/* ---- The program ---- */

static int is_wanted(const struct test_run *run, const char *name)
{
    if (run->one != NULL && fnmatch(run->one, name, 0) != 0) {
        return 0;
    }
    for (char **pattern = run->names; *pattern != NULL; pattern++) {
        if (fnmatch(*pattern, name, 0) == 0) {
            return 1;
        }
    }
    return run->names[0] == NULL;
}

/* 0: they are no good. */
static int read_arguments(struct test_run *run, char **argv)
{
    for (; argv[0] != NULL && strncmp(argv[0], "--", 2) == 0; argv++) {
        if (strcmp(argv[0], OPTION_LIST) == 0) {
            run->lists = 1;
        } else if (
            strcmp(argv[0], OPTION_FORMAT) == 0 && argv[1] != NULL &&
            tl_report_format_of(argv[1], &run->report.format) == TL_OK) {
            argv++;
        } else {
            return 0;
        }
    }
    run->names = argv;
    return 1;
}

static int run_tests(struct test_run *run, const struct tl_test *tests, size_t count)
{
    tl_report_begin(&run->report);
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(run, tests[i].name)) {
            run_test(run, &tests[i]);
        }
    }
    int failed = tl_report_end(&run->report);
    return failed > 0 || run->report.passed + run->report.skipped == 0;
}

int tl_test_main(int argc, char **argv, const struct tl_test *tests, size_t count, const struct tl_env_options *options)
{
    static char *none[] = {NULL};
    struct test_run run = {
        .report = {.format = TL_REPORT_TAP, .suite = program_invocation_short_name, .write = print},
        .options = options,
        .one = env_wanted_test(),
    };

    if (!read_arguments(&run, argc > 0 ? argv + 1 : none)) {
        (void)fprintf(stderr, "usage: %s [--format tap|junit] [--list] [NAME...]\n", program_invocation_short_name);
        return 2;
    }
    if (!run.lists) {
        return run_tests(&run, tests, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&run, tests[i].name)) {
            (void)printf("%s\n", tests[i].name);
        }
    }
    return 0;
}
