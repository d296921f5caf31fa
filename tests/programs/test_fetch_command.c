/* SPDX-License-Identifier: MIT */
/* The words of `timelapse history fetch`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* A program's source: no archive holds it. */
#include "../../programs/fetch_command.c" /* NOLINT(bugprone-suspicious-include) */

static struct fetch_request asked;
static char *said;

static int take(const struct fetch_request *request, FILE *out, FILE *err)
{
    (void)out;
    (void)err;
    asked = *request;
    return EXIT_FINE;
}

/* Up to five words; what is said, on either stream, is `said`. */
static int ran(char *const words[6])
{
    char *argv[7] = {(char[]){"fetch"}};
    int argc = 1;
    size_t size;

    for (; words[argc - 1] != NULL; argc++) {
        argv[argc] = words[argc - 1];
    }
    free(said);
    FILE *stream = open_memstream(&said, &size);
    asked = (struct fetch_request){0};
    int code = fetch_command(argc, argv, take, stream, stream);

    fclose(stream);
    return code;
}

#define RAN(...)   ran((char *const[6]){__VA_ARGS__})
#define WORD(text) ((char[]){text})

static void a_workflow_is_named(void **state)
{
    (void)state;
    assert_int_equal(RAN(WORD("order-1")), EXIT_FINE);
    assert_string_equal(asked.workflow_id, "order-1");
    assert_null(asked.run_id);
    assert_null(asked.query);
    assert_string_equal(asked.directory, ".");
    assert_int_equal(asked.strip_payloads, 0);
    assert_int_equal(RAN(WORD("order-1"), WORD("run-1"), WORD("-s"), WORD("-o"), WORD("x")), EXIT_FINE);
    assert_string_equal(asked.run_id, "run-1");
    assert_string_equal(asked.directory, "x");
    assert_int_equal(asked.strip_payloads, 1);
}

static void a_query_stands_for_a_workflow(void **state)
{
    (void)state;
    assert_int_equal(RAN(WORD("--query"), WORD("a = 1"), WORD("--strip-payloads")), EXIT_FINE);
    assert_string_equal(asked.query, "a = 1");
    assert_null(asked.workflow_id);
}

static void wrong_words_are_told(void **state)
{
    (void)state;
    assert_int_equal(RAN(NULL), EXIT_TROUBLE);
    assert_non_null(strstr(said, "either a workflow id or a query"));
    assert_int_equal(RAN(WORD("order-1"), WORD("-q"), WORD("x")), EXIT_TROUBLE);
    assert_non_null(strstr(said, "either a workflow id or a query"));
    assert_int_equal(RAN(WORD("a"), WORD("b"), WORD("c")), EXIT_TROUBLE);
    assert_non_null(strstr(said, "more words"));
    assert_int_equal(RAN(WORD("a"), WORD("--color")), EXIT_TROUBLE);
    assert_non_null(strstr(said, "an option that there is not"));
    assert_int_equal(RAN(WORD("--help")), EXIT_FINE);
    assert_memory_equal(said, "usage: timelapse history fetch", 30);
    free(said);
    said = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workflow_is_named),
        cmocka_unit_test(a_query_stands_for_a_workflow),
        cmocka_unit_test(wrong_words_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
