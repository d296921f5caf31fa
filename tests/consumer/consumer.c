/* SPDX-License-Identifier: MIT */
/* A user's workflow and its tests, in one file, built against the installed package. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <timelapse/cmocka.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

/* The names of internal functions are free for users: these must not meet the libraries' own. */
int map_get(void);
int json_read(void);
int arena_alloc(void);

int map_get(void)
{
    return 1;
}

int json_read(void)
{
    return 2;
}

int arena_alloc(void)
{
    return 3;
}

/* Reminds a customer a week after they signed up. */
static enum tl_status reminder(struct tl_workflow *wf, const struct tl_payloads *customer, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    if (tl_sleep(wf, TL_DAYS(7)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_activity_run(wf, "SendMail", customer, &options, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Reminder", reminder);
}

static int setup(void **state)
{
    const struct tl_env_options options = {.register_all = register_all};
    return tl_cmocka_setup(state, &options);
}

static void mails_after_a_week(void **state)
{
    struct tl_env *env = *state;
    struct tl_mock *mail = tl_mock_activity(env, "SendMail");

    tl_mock_fails(mail, TL_ONCE, "MailboxBusy");
    tl_mock_returns(mail, TL_ONCE, "\"sent\"");
    struct tl_handle *run = tl_env_start(env, "Reminder", "reminder-1", "\"ada@example.org\"", NULL);
    tl_assert_result(env, run, "\"sent\"");
    assert_true(tl_env_elapsed(env) >= TL_DAYS(7));
    assert_true(tl_env_elapsed(env) < TL_DAYS(8));
}

static void sends_nothing_when_canceled(void **state)
{
    struct tl_env *env = *state;
    struct tl_handle *run = tl_env_start(env, "Reminder", "reminder-2", "\"ada@example.org\"", NULL);

    tl_env_advance(env, TL_DAYS(1));
    tl_env_cancel(env, run);
    tl_assert_canceled(env, run);
    assert_int_equal(map_get() + json_read() + arena_alloc(), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mails_after_a_week, setup, tl_cmocka_teardown),
        cmocka_unit_test_setup_teardown(sends_nothing_when_canceled, setup, tl_cmocka_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
