/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/sample_history.h"

/* A program's source: no archive holds it. */
#include "../../programs/history_command.c" /* NOLINT(bugprone-suspicious-include) */

struct run {
    char *out;
    char *err;
    char good[64];
    char bad[64];
};

static void put_file(char path[64], char *text)
{
    snprintf(path, 64, "/tmp/timelapse-test-XXXXXX");
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(text);
}

static int setup(void **state)
{
    struct run *run = calloc(1, sizeof(*run));

    put_file(run->good, sample_text(NULL));
    put_file(run->bad, sample_text_with(5, NULL));
    *state = run;
    return 0;
}

static int teardown(void **state)
{
    struct run *run = *state;

    unlink(run->good);
    unlink(run->bad);
    free(run->out);
    free(run->err);
    free(run);
    return 0;
}

/* Runs `timelapse history` with up to four words. */
static int ran(struct run *run, const char *a, const char *b, const char *c, const char *d)
{
    char *argv[] = {
        (char[]){"history"},
        (char *)(uintptr_t)a,
        (char *)(uintptr_t)b,
        (char *)(uintptr_t)c,
        (char *)(uintptr_t)d,
        NULL};
    size_t size;
    int argc = 0;

    while (argv[argc] != NULL) {
        argc++;
    }
    free(run->out);
    free(run->err);
    FILE *out = open_memstream(&run->out, &size);
    FILE *err = open_memstream(&run->err, &size);
    int code = history_command(argc, argv, out, err);

    fclose(out);
    fclose(err);
    return code;
}

static void show_prints_a_timeline(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "show", run->good, NULL, NULL), EXIT_FINE);
    assert_memory_equal(run->out, "    1  +0s ", 11);
    assert_non_null(strstr(run->out, "ApplicationError NotDelivered: too late\n"));
    assert_string_equal(run->err, "");
}

static void several_timelines_are_told_apart(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "show", run->good, run->bad, NULL), EXIT_FINE);
    assert_memory_equal(run->out, run->good, strlen(run->good));
    assert_non_null(strstr(run->out, run->bad));
}

static void check_says_that_all_is_well(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "check", run->good, NULL, NULL), EXIT_FINE);
    assert_non_null(strstr(run->out, ": well-formed, 19 events of OrderSaga\n"));
    assert_string_equal(run->err, "");
}

static void check_names_the_event_that_breaks_it(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "check", run->bad, run->good, NULL), EXIT_FAULT);
    assert_non_null(strstr(run->err, "events[4]: event 6 (TimerStarted): event 5 should stand here"));
    assert_non_null(strstr(run->out, "well-formed")); /* the others are checked all the same */
}

static void the_place_of_bad_json_is_told(void **state)
{
    struct run *run = *state;
    FILE *file = fopen(run->bad, "w");

    fputs("{\"events\":\n [}", file);
    fclose(file);
    assert_int_equal(ran(run, "check", run->bad, NULL, NULL), EXIT_FAULT);
    assert_non_null(strstr(run->err, ":2:3: events[0]: expected '{'"));
}

static void unknown_fields_are_faults_on_request(void **state)
{
    struct run *run = *state;
    FILE *file = fopen(run->bad, "w");

    fprintf(file, "{\"events\":[%s],\"more\":1}", sample_event(1));
    fclose(file);
    assert_int_equal(ran(run, "check", run->bad, NULL, NULL), EXIT_FINE);
    assert_int_equal(ran(run, "check", "--strict", run->bad, NULL), EXIT_FAULT);
    assert_int_equal(ran(run, "-s", "check", run->bad, NULL), EXIT_FAULT);
}

static void unreadable_files_are_trouble(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "check", "/no/such/file", run->bad, NULL), EXIT_TROUBLE);
    assert_non_null(strstr(run->err, "/no/such/file: cannot open"));
}

static void wrong_usage_is_trouble(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, NULL, NULL, NULL, NULL), EXIT_TROUBLE);
    assert_int_equal(ran(run, "show", NULL, NULL, NULL), EXIT_TROUBLE);
    assert_int_equal(ran(run, "mend", run->good, NULL, NULL), EXIT_TROUBLE);
    assert_int_equal(ran(run, "--fast", "show", run->good, NULL), EXIT_TROUBLE);
    assert_non_null(strstr(run->err, "usage: timelapse history"));
    assert_string_equal(run->out, "");
}

static void help_is_printed(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "--help", NULL, NULL, NULL), EXIT_FINE);
    assert_memory_equal(run->out, "usage: timelapse history", 24);
}

static void each_verb_has_its_own_help(void **state)
{
    struct run *run = *state;

    assert_int_equal(ran(run, "show", "--help", NULL, NULL), EXIT_FINE);
    assert_memory_equal(run->out, "usage: timelapse history show ", 30);
    assert_int_equal(ran(run, "--help", "check", run->bad, NULL), EXIT_FINE);
    assert_memory_equal(run->out, "usage: timelapse history check ", 31);
    assert_string_equal(run->err, "");
}

#define PROGRAM_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROGRAM_TEST(show_prints_a_timeline),
        PROGRAM_TEST(several_timelines_are_told_apart),
        PROGRAM_TEST(check_says_that_all_is_well),
        PROGRAM_TEST(check_names_the_event_that_breaks_it),
        PROGRAM_TEST(the_place_of_bad_json_is_told),
        PROGRAM_TEST(unknown_fields_are_faults_on_request),
        PROGRAM_TEST(unreadable_files_are_trouble),
        PROGRAM_TEST(wrong_usage_is_trouble),
        PROGRAM_TEST(help_is_printed),
        PROGRAM_TEST(each_verb_has_its_own_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
