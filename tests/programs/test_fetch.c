/* SPDX-License-Identifier: MIT */
/* Histories fetched into fixtures, from the simulator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/history.h>
#include <timelapse/sim.h>
#include <unistd.h>

/* A program's source: no archive holds it. */
#include "../../programs/fetch.c" /* NOLINT(bugprone-suspicious-include) */

struct fetched {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_client *client;
    struct fetch_request request;
    char directory[64];
    char *out;
    char *err;
};

static int setup(void **state)
{
    struct fetched *fetched = calloc(1, sizeof(*fetched));
    const struct tl_start_options options = {.task_queue = "orders"};
    struct tl_handle *handle;

    strcpy(fetched->directory, "/tmp/timelapse-test-XXXXXX");
    assert_non_null(mkdtemp(fetched->directory));
    fetched->driver = tl_driver_new(NULL, NULL);
    fetched->sim = tl_sim_new(fetched->driver, NULL, NULL);
    fetched->client = tl_client_new(fetched->driver, tl_sim_service(fetched->sim), NULL, NULL);
    fetched->request = (struct fetch_request){.workflow_id = "../order 1", .directory = fetched->directory};
    assert_int_equal(
        tl_client_start(
            fetched->client, "Or\"der", "../order 1", TL_ARGS(tl_payload_json("\"secret\"")), &options, &handle, NULL),
        TL_OK);
    *state = fetched;
    return 0;
}

static int teardown(void **state)
{
    struct fetched *fetched = *state;

    tl_client_free(fetched->client);
    tl_sim_free(fetched->sim);
    tl_driver_free(fetched->driver);
    (void)rmdir(fetched->directory);
    free(fetched->out);
    free(fetched->err);
    free(fetched);
    return 0;
}

static int ran(struct fetched *fetched)
{
    size_t size;
    FILE *out = open_memstream(&fetched->out, &size);
    FILE *err = open_memstream(&fetched->err, &size);
    int code = fetch_histories(fetched->client, &fetched->request, out, err);

    fclose(out);
    fclose(err);
    return code;
}

/* The text of a file, which is taken away. */
static void take_file(const char *path, char text[8192])
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
    unlink(path);
}

/* Takes what was written: the history's text, the sidecar's. */
static void take(struct fetched *fetched, char history[8192], char sidecar[8192])
{
    char path[300];

    fetched->out[strcspn(fetched->out, "\n")] = '\0';
    take_file(fetched->out, history);
    snprintf(path, sizeof(path), "%.*s.meta.json", (int)(strlen(fetched->out) - strlen(".json")), fetched->out);
    take_file(path, sidecar);
}

static void a_run_is_written_with_its_sidecar(void **state)
{
    struct fetched *fetched = *state;
    char history[8192];
    char sidecar[8192];

    assert_int_equal(ran(fetched), EXIT_FINE);
    assert_string_equal(fetched->err, "");
    assert_non_null(strstr(fetched->out, "/_._order_1."));
    take(fetched, history, sidecar);
    assert_non_null(strstr(history, "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"));
    assert_non_null(strstr(history, "InNlY3JldCI=")); /* "secret" */
    assert_non_null(strstr(sidecar, "\"workflowType\": \"Or\\u0022der\",\n  \"events\": 2,"));
    assert_non_null(strstr(sidecar, "\"stripped\": [],"));
}

static void payloads_are_stripped_by_option(void **state)
{
    struct fetched *fetched = *state;
    char history[8192];
    char sidecar[8192];

    fetched->request.strip_payloads = 1;
    assert_int_equal(ran(fetched), EXIT_FINE);
    take(fetched, history, sidecar);
    assert_null(strstr(history, "InNlY3JldCI="));
    assert_non_null(strstr(history, "YmluYXJ5L251bGw=")); /* binary/null */
    assert_non_null(strstr(sidecar, "\"stripped\": [\"payloads\"],"));
}

static void a_run_that_is_not_there_is_told(void **state)
{
    struct fetched *fetched = *state;

    fetched->request.workflow_id = "nobody";
    assert_int_equal(ran(fetched), EXIT_TROUBLE);
    assert_string_equal(fetched->out, "");
    assert_memory_equal(fetched->err, "timelapse: nobody: ", 19);
}

static void what_a_list_fails_of_is_told(void **state)
{
    struct fetched *fetched = *state;

    fetched->request.workflow_id = NULL;
    fetched->request.query = "WorkflowType = 'Order'";
    assert_int_equal(ran(fetched), EXIT_TROUBLE);
    assert_string_equal(fetched->err, "timelapse: the list: ListWorkflowExecutions is not supported\n");
}

static void a_directory_that_cannot_be_is_told(void **state)
{
    struct fetched *fetched = *state;

    fetched->request.directory = "/dev/null/fixtures";
    assert_int_equal(ran(fetched), EXIT_TROUBLE);
    assert_non_null(strstr(fetched->err, "timelapse: /dev/null/fixtures/_._order_1."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_is_written_with_its_sidecar, setup, teardown),
        cmocka_unit_test_setup_teardown(payloads_are_stripped_by_option, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_is_not_there_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_list_fails_of_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_cannot_be_is_told, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
