/* SPDX-License-Identifier: MIT */
/* What ten thousand cached workflows take. Half a second of real time: that is what starting them takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/signal.h>
#include <timelapse/workflow.h>
#include <unistd.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/sanitizer.h"
#include "tests/threads/world.h"

#define IS_SANITIZED (SANITIZER_ADDRESS || SANITIZER_THREAD) /* then memory is another thing */
#define WORKFLOWS    (IS_SANITIZED ? 200U : 10000U)
#define MOST_MIB     250U /* with the simulator, whose share is a third */

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    *result = tl_payload_json("null");
    return tl_signal_wait(wf, "go", TL_DAYS(1), NULL);
}

static int are_cached(void *user)
{
    (void)user;
    return tl_worker_cached(world.worker) == WORKFLOWS;
}

static size_t resident_mib(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    (void)fclose(file);
    const char *second = strchr(text, ' ');
    assert_non_null(second);
    return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) >> 20;
}

static void ten_thousand_workflows_stay_in_memory(void **state)
{
    (void)state;
    world_add_workflow("Waits", waits);
    world_work(NULL);
    for (size_t i = 0; i < WORKFLOWS; i++) {
        char id[32];

        (void)snprintf(id, sizeof(id), "order-%zu", i);
        tl_handle_free(world_start("Waits", id, NULL));
    }
    assert_int_equal(tl_driver_run(world.driver, are_cached, NULL, 0), TL_OK);
    if (!IS_SANITIZED) {
        assert_in_range(resident_mib(), 1, MOST_MIB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ten_thousand_workflows_stay_in_memory, world_open, world_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
