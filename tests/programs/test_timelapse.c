/* SPDX-License-Identifier: MIT */
/* The program itself, as a shell runs it: TIMELAPSE_PROGRAM names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define FINE    0
#define TROUBLE 2

/* Runs the program with those words; what it says, on either stream, goes to `said`. Returns its exit code. */
static int ran(const char *words, char said[4096])
{
    const char *program = getenv("TIMELAPSE_PROGRAM");
    char line[1024];

    if (program == NULL) {
        skip();
    }
    (void)snprintf(line, sizeof(line), "'%s' %s 2>&1", program, words);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c): words of this file alone */

    assert_non_null(pipe);
    said[fread(said, 1, 4095, pipe)] = '\0';
    int status = pclose(pipe);

    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void the_version_is_the_project_s(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(ran("--version", said), FINE);
    assert_string_equal(said, "timelapse " TIMELAPSE_VERSION "\n");
    assert_int_equal(ran("-V", said), FINE);
    assert_string_equal(said, "timelapse " TIMELAPSE_VERSION "\n");
}

static void help_is_printed_for_the_program_and_for_each_command(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(ran("--help", said), FINE);
    assert_memory_equal(said, "usage: timelapse COMMAND", 24);
    assert_int_equal(ran("history --help", said), FINE);
    assert_memory_equal(said, "usage: timelapse history show FILE", 34);
    assert_int_equal(ran("history check --help", said), FINE);
    assert_memory_equal(said, "usage: timelapse history check", 30);
}

static void wrong_usage_names_what_is_wrong(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(ran("", said), TROUBLE);
    assert_non_null(strstr(said, "the command is missing"));
    assert_int_equal(ran("histories", said), TROUBLE);
    assert_non_null(strstr(said, "there is no command histories"));
    assert_int_equal(ran("--fast", said), TROUBLE);
    assert_non_null(strstr(said, "an option that there is not"));
}

/* Built without gRPC it says that it cannot; else why there is no connection. */
static void fetching_from_nowhere_tells_why(void **state)
{
    char said[4096];

    (void)state;
    assert_int_equal(setenv("TEMPORAL_CONFIG_FILE", "/dev/null", 1), 0);
    assert_int_equal(setenv("TEMPORAL_ADDRESS", "127.0.0.1:1", 1), 0);
    assert_int_equal(ran("history fetch order-1", said), TROUBLE);
    assert_true(
        strstr(said, "built without connections (TIMELAPSE_GRPC)") != NULL ||
        strstr(said, "timelapse: address: nothing listens there") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_the_project_s),
        cmocka_unit_test(help_is_printed_for_the_program_and_for_each_command),
        cmocka_unit_test(wrong_usage_names_what_is_wrong),
        cmocka_unit_test(fetching_from_nowhere_tells_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
