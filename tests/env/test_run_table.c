/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/env/run_table.h"

#define MANY 5000

static struct env_memory memory;
static struct run_table table;

static int setup(void **state)
{
    (void)state;
    env_memory_init(&memory, NULL);
    run_table_init(&table, &memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_table_done(&table);
    env_memory_done(&memory);
    return 0;
}

static void an_empty_table_finds_nothing(void **state)
{
    (void)state;
    assert_null(run_table_find(&table, "r"));
}

static void a_run_is_made_once(void **state)
{
    (void)state;
    struct env_run *run = run_table_get(&table, "w", "r");
    assert_string_equal(run->workflow_id, "w");
    assert_string_equal(run->run_id, "r");
    assert_ptr_equal(run_table_get(&table, "w", "r"), run);
    assert_ptr_equal(run_table_find(&table, "r"), run);
    assert_null(run_table_find(&table, "s"));
}

static void many_runs_are_all_found_and_stay_where_they_are(void **state)
{
    static struct env_run *runs[MANY];
    char id[32];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(id, sizeof id, "run-%d", i);
        runs[i] = run_table_get(&table, "w", id);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(id, sizeof id, "run-%d", i);
        assert_ptr_equal(run_table_find(&table, id), runs[i]);
    }
}

#define TABLE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(an_empty_table_finds_nothing),
        TABLE_TEST(a_run_is_made_once),
        TABLE_TEST(many_runs_are_all_found_and_stay_where_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
