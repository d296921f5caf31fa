/* SPDX-License-Identifier: MIT */
/*
 * Groups of cmocka's tests. cmocka tells nobody which of them runs, nor takes one by name from outside:
 * every test gets a setup of ours before its own, and the group is cut to what was asked for first.
 * In XML, names that would not be well-formed are escaped, which cmocka does not do.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <timelapse/cmocka.h>

#include <cmocka.h>

#include "sim/env/cmocka/front.h"

#define VARIABLE_TEST   "TIMELAPSE_TEST"
#define VARIABLE_OUTPUT "CMOCKA_MESSAGE_OUTPUT"

/* The group that runs on this thread. */
static _Thread_local struct {
    const struct CMUnitTest *const *tests; /* as the program has them, in the order in which they run */
    size_t next;
    const char *name; /* of the one that runs, or NULL */
} group;

/* As the program set them; cmocka applies them too, and finds nothing more to leave out. */
static const char *only_tests;
static const char *skipped_tests;
static enum cm_message_output output_set = CM_OUTPUT_STDOUT;

const char *front_test(void)
{
    return group.name;
}

/* ---- What the program, or its caller, asked for ---- */

enum front_output front_output(void)
{
    const char *asked = getenv(VARIABLE_OUTPUT);

    if (asked != NULL && asked[0] != '\0') {
        if (strcasecmp(asked, "XML") == 0) {
            return FRONT_XML;
        }
        return strcasecmp(asked, "TAP") == 0 ? FRONT_TAP : FRONT_TEXT;
    }
    if (output_set == CM_OUTPUT_XML) {
        return FRONT_XML;
    }
    return output_set == CM_OUTPUT_TAP ? FRONT_TAP : FRONT_TEXT;
}

TL_API void cmocka_set_message_output(enum cm_message_output output)
{
    void (*real)(enum cm_message_output output);

    output_set = output;
    front_find(&real, sizeof real, "cmocka_set_message_output");
    real(output);
}

TL_API void cmocka_set_test_filter(const char *pattern)
{
    void (*real)(const char *pattern);

    only_tests = pattern;
    front_find(&real, sizeof real, "cmocka_set_test_filter");
    real(pattern);
}

TL_API void cmocka_set_skip_filter(const char *pattern)
{
    void (*real)(const char *pattern);

    skipped_tests = pattern;
    front_find(&real, sizeof real, "cmocka_set_skip_filter");
    real(pattern);
}

static int is_wanted(const char *name)
{
    const char *asked = getenv(VARIABLE_TEST);

    return (asked == NULL || asked[0] == '\0' || strcmp(asked, name) == 0 || fnmatch(asked, name, 0) == 0) &&
           (only_tests == NULL || fnmatch(only_tests, name, 0) == 0) &&
           (skipped_tests == NULL || fnmatch(skipped_tests, name, 0) != 0);
}

/* ---- A copy of the group ---- */

/* cmocka runs this before each test, in the order of the group. */
static int note_test(void **state)
{
    const struct CMUnitTest *test = group.tests[group.next++];

    group.name = test->name;
    return test->setup_func == NULL ? 0 : test->setup_func(state);
}

static const char *entity(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

/* As an attribute's value; returns owned, or NULL when memory is short: the name itself serves then. */
static char *escape(const char *name)
{
    char *escaped = malloc(6 * strlen(name) + 1);
    size_t len = 0;

    for (; escaped != NULL && *name != '\0'; name++) {
        const char *entity_of = entity(*name);
        size_t more = entity_of == NULL ? 1 : strlen(entity_of);

        memcpy(escaped + len, entity_of == NULL ? name : entity_of, more);
        len += more;
    }
    if (escaped != NULL) {
        escaped[len] = '\0';
    }
    return escaped;
}

struct copy {
    const struct CMUnitTest **originals;
    struct CMUnitTest *tests;
    char **names; /* owned, or NULL */
    size_t count;
};

static void free_copy(struct copy *copy)
{
    for (size_t i = 0; copy->names != NULL && i < copy->count; i++) {
        free(copy->names[i]);
    }
    free((void *)copy->originals);
    free(copy->tests);
    free((void *)copy->names);
}

static int make_copy(struct copy *copy, const struct CMUnitTest *tests, size_t count)
{
    int escapes = front_output() == FRONT_XML;

    copy->originals = calloc(count + 1, sizeof *copy->originals);
    copy->tests = calloc(count + 1, sizeof *copy->tests);
    copy->names = calloc(count + 1, sizeof *copy->names);
    if (copy->originals == NULL || copy->tests == NULL || copy->names == NULL) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (tests[i].name == NULL || !is_wanted(tests[i].name)) {
            continue;
        }
        copy->originals[copy->count] = &tests[i];
        copy->tests[copy->count] = tests[i];
        copy->tests[copy->count].setup_func = note_test;
        copy->names[copy->count] = escapes ? escape(tests[i].name) : NULL;
        if (copy->names[copy->count] != NULL) {
            copy->tests[copy->count].name = copy->names[copy->count];
        }
        copy->count += 1;
    }
    return 1;
}

/* What cmocka_run_group_tests calls. */
int _cmocka_run_group_tests(
    const char *group_name, const struct CMUnitTest *const tests, const size_t num_tests, CMFixtureFunction group_setup,
    CMFixtureFunction group_teardown)
{
    int (*real)(
        const char *group_name,
        const struct CMUnitTest *tests,
        size_t num_tests,
        CMFixtureFunction group_setup,
        CMFixtureFunction group_teardown);
    struct copy copy = {0};
    int failed = -1;

    front_find(&real, sizeof real, "_cmocka_run_group_tests");
    if (make_copy(&copy, tests, num_tests)) {
        char *name = front_output() == FRONT_XML && group_name != NULL ? escape(group_name) : NULL;

        group.tests = copy.originals;
        group.next = 0;
        failed = real(name == NULL ? group_name : name, copy.tests, copy.count, group_setup, group_teardown);
        group.name = NULL;
        free(name);
    } else {
        print_error("out of memory\n");
    }
    free_copy(&copy);
    return failed;
}
