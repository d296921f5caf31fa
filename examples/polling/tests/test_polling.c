/* SPDX-License-Identifier: MIT */
#include <timelapse/activity_env.h>
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include "polling.h"

#define RECORDED(name) "fixtures/histories/polling/" name ".json"

/* An export of a thousand rows each time that it is asked. */
struct fake {
    struct exporter exporter;
    int64_t rows;       /* in all */
    int64_t asked_from; /* the first row that was asked for */
    int asked;
};

static struct fake fake;

static int64_t fetch(struct exporter *exporter, const char *name, int64_t row, bool *out_done)
{
    (void)exporter;
    assert_string_equal(name, "export-7");
    fake.asked++;
    fake.asked_from = fake.asked == 1 ? row : fake.asked_from;
    *out_done = row + 1000 >= fake.rows;
    return *out_done ? fake.rows : row + 1000;
}

static int setup(void **state)
{
    fake = (struct fake){.exporter = {fetch}, .rows = 120000};
    if (tl_cmocka_setup(state, &(struct tl_env_options){.register_all = polling_register_workflow}) != 0) {
        return -1;
    }
    polling_register_activity(tl_env_registry(*state), &fake.exporter);
    return 0;
}

static void an_export_is_followed_to_its_end(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = tl_env_start(env, EXPORT, "w", "\"export-7\"", NULL);

    tl_assert_result(env, run, "{\"rows\": 120000}");
    assert_int_equal(tl_env_elapsed(env), 119 * POLL_INTERVAL);
    tl_assert_recorded(env, run, RECORDED("followed"));
}

static void another_worker_goes_on_where_a_dead_one_was(void **state)
{
    struct tl_env *env = *state;
    struct tl_mock *activity = tl_mock_activity(env, "Follow");
    const struct tl_mock_answer dies = {
        .kind = TL_MOCK_TIMES_OUT, .timeout = TL_TIMEOUT_HEARTBEAT, .heartbeat = "{\"row\": 100000}"};

    tl_mock_answers(activity, TL_ONCE, &dies);
    tl_mock_passes_on(activity, TL_ONCE);
    struct tl_handle *run = tl_env_start(env, EXPORT, "w", "\"export-7\"", NULL);
    tl_assert_result(env, run, "{\"rows\": 120000}");
    assert_int_equal(fake.asked_from, 100000);
    assert_int_equal(fake.asked, 20);
    tl_assert_recorded(env, run, RECORDED("resumed"));
}

/* The activity by itself: what it tells of its progress, and what the service is told of that. */
static void progress_is_told(void **state)
{
    fake.rows = 3000;
    struct tl_attempt *attempt =
        tl_env_attempt(*state, "Follow", "\"export-7\"", &(const struct tl_attempt_task){.heartbeat = TL_MINUTES(1)});

    tl_assert_attempt_result(attempt, "{\"rows\": 3000}");
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_RAW, "[{\"row\": 1000}, {\"row\": 2000}]");
    tl_assert_heartbeats(attempt, TL_HEARTBEATS_SENT, "[{\"row\": 1000}]");
}

static void a_canceled_export_is_left(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = tl_env_start(env, EXPORT, "w", "\"export-7\"", NULL);

    tl_env_advance(env, TL_MINUTES(5));
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
    assert_true(tl_env_elapsed(env) <= TL_MINUTES(6));
    tl_assert_recorded(env, run, RECORDED("canceled"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_export_is_followed_to_its_end, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(another_worker_goes_on_where_a_dead_one_was, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(progress_is_told, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(a_canceled_export_is_left, setup, tl_cmocka_teardown),
    };
    return cmocka_run_group_tests_name("examples/polling", tests, NULL, NULL);
}
