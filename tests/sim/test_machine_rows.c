/* SPDX-License-Identifier: MIT */
/*
 * Every row of every machine of the service, taken through the boundary. The last test fails when
 * a row was never taken, and names it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/machine.h"
#include "sim/machines/machines.h"
#include "tests/sim/machine_rows.h"

static void take(void (*scenario)(struct service_client *))
{
    struct service_client client;

    service_client_open(&client, NULL, false);
    scenario(&client);
    service_client_close(&client);
}

static void (*const *const machines[])(struct service_client *client) = {
    run_rows, workflow_task_rows, activity_rows, timer_rows, query_rows};

static void rows_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        for (size_t row = 0; machines[i][row] != NULL; row++) {
            take(machines[i][row]);
        }
    }
}

/* ---- The gate ---- */

static void tables_are_machines(void **state)
{
    char text[200];

    (void)state;
    for (size_t i = 0; sim_machine_tables[i] != NULL; i++) {
        const char *broken = machine_check(sim_machine_tables[i], text, sizeof(text));
        if (broken != NULL) {
            fail_msg("%s", broken);
        }
    }
}

/* Names the rows that were never taken, and counts them. */
static int report_missing(const struct machine_table *table)
{
    int missing = 0;

    for (size_t row = 0; row < table->row_count; row++) {
        if (table->hits[row] == 0) {
            print_error(
                "%s: %s %s was never taken\n",
                table->name,
                table->state_names[table->rows[row].from],
                table->event_names[table->rows[row].event]);
            missing++;
        }
    }
    return missing;
}

static void no_row_is_left_out(void **state)
{
    int missing = 0;

    (void)state;
    for (size_t i = 0; sim_machine_tables[i] != NULL; i++) {
        missing += report_missing(sim_machine_tables[i]);
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_machines),
        cmocka_unit_test(rows_are_taken),
        cmocka_unit_test(no_row_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
