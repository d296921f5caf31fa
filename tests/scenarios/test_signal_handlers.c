/* SPDX-License-Identifier: MIT */
/* Signals by handlers: order, buffering, names that nobody handles, handlers at work when the run closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/json.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

/* What handlers and the workflow's function did, in order, one letter each. */
struct diary {
    char text[64];
    size_t len;
};

static void note(struct diary *diary, char letter)
{
    diary->text[diary->len++] = letter;
}

/* The first letter of the signal's argument. */
static char letter_of(const struct tl_payloads *input)
{
    return input->count == 0 ? '-' : (char)input->items[0].data.data[1];
}

static enum tl_status notes(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)name;
    note(user, letter_of(input));
    return TL_OK;
}

static enum tl_status notes_name(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    note(user, name[0]);
    note(user, letter_of(input));
    return TL_OK;
}

/* Notes the letter, works a while, and notes it again as a capital. */
static enum tl_status works(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    char letter = letter_of(input);

    (void)name;
    note(user, letter);
    if (tl_sleep(wf, letter == 'a' ? TL_HOURS(2) : TL_HOURS(1)) != TL_OK) {
        note(user, 'x');
        return TL_CANCELED;
    }
    note(user, (char)(letter - 'a' + 'A'));
    return TL_OK;
}

static enum tl_status fails(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)input;
    (void)user;
    return tl_fail(wf, "BadSignal", "signal %s cannot be handled", name);
}

static struct diary *new_diary(struct tl_workflow *wf)
{
    return tl_alloc(wf, sizeof(struct diary));
}

static enum tl_status tell(struct tl_workflow *wf, const struct diary *diary, struct tl_payload *result)
{
    return tl_result_text(wf, result, "\"%s\"", diary->text);
}

/* Registers at once, sleeps an hour twice, and writes between. */
static enum tl_status handles(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "note", "writes a letter down", notes, diary);
    for (int i = 0; i < 2; i++) {
        TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
        note(diary, '0' + (char)i);
    }
    return tell(wf, diary, result);
}

/* Registers after an hour, ends without ever waiting again. */
static enum tl_status handles_late(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    note(diary, '0');
    tl_signal_handle(wf, NULL, NULL, notes_name, diary);
    note(diary, '1');
    return tell(wf, diary, result);
}

/* The handler of all names leaves alone those that have one of their own, and those that somebody waits for. */
static enum tl_status handles_others(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "note", NULL, notes, diary);
    tl_signal_handle(wf, NULL, NULL, notes_name, diary);
    TL_IGNORE(tl_signal_wait(wf, "end", 0, NULL));
    return tell(wf, diary, result);
}

/* Takes the handler away and registers another one later. */
static enum tl_status
changes_its_mind(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "note", NULL, notes, diary);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    tl_signal_handle(wf, "note", NULL, NULL, NULL);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    note(diary, '0' + (char)tl_signal_pending(wf, "note"));
    tl_signal_handle(wf, "note", NULL, notes_name, diary);
    return tell(wf, diary, result);
}

static enum tl_status waits_on(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_handlers_wait(wf, 0);
}

/* At most so many minutes; when it is canceled, behind a shield until they have ended. */
static enum tl_status
waits_for_handlers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);
    int64_t limit = 0;

    TL_IGNORE(tl_json_get_int(&input->items[0], NULL, &limit, NULL));
    tl_signal_handle(wf, "note", NULL, works, diary);
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    note(diary, '0' + (char)tl_all_handlers_finished(wf));
    enum tl_status status = tl_handlers_wait(wf, TL_MINUTES(limit));
    if (status == TL_CANCELED) {
        TL_IGNORE(tl_shielded(wf, waits_on, NULL));
    }
    note(diary, status == TL_OK ? '!' : '?');
    return tell(wf, diary, result);
}

/* Waits for the handlers in one of them. */
static enum tl_status waits(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)name;
    if (letter_of(input) != 'w') {
        return works(wf, name, input, user);
    }
    TL_IGNORE(tl_handlers_wait(wf, 0));
    note(user, 'W');
    return TL_OK;
}

static enum tl_status
waits_in_a_handler(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "note", NULL, waits, diary);
    TL_IGNORE(tl_sleep(wf, TL_MINUTES(1)));
    TL_IGNORE(tl_handlers_wait(wf, 0));
    return tell(wf, diary, result);
}

/* Ends after a minute, whatever its handlers do. */
static enum tl_status
leaves_handlers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    tl_signal_handle(wf, "note", NULL, works, new_diary(wf));
    tl_signal_handle(wf, "fail", NULL, fails, NULL);
    return tl_sleep(wf, TL_MINUTES(1));
}

static enum tl_status
reads_headers(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    const struct tl_payload *header = tl_signal_header(wf, "tenant");

    (void)name;
    note(user, letter_of(input));
    note(user, header == NULL ? '-' : (char)header->data.data[1]);
    return TL_OK;
}

static enum tl_status
handles_headers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct diary *diary = new_diary(wf);

    (void)input;
    tl_signal_handle(wf, "note", NULL, reads_headers, diary);
    TL_IGNORE(tl_sleep(wf, TL_HOURS(1)));
    return tell(wf, diary, result);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Handles", handles);
    tl_register_workflow(registry, "HandlesLate", handles_late);
    tl_register_workflow(registry, "HandlesOthers", handles_others);
    tl_register_workflow(registry, "ChangesItsMind", changes_its_mind);
    tl_register_workflow(registry, "WaitsForHandlers", waits_for_handlers);
    tl_register_workflow(registry, "WaitsInAHandler", waits_in_a_handler);
    tl_register_workflow(registry, "LeavesHandlers", leaves_handlers);
    tl_register_workflow(registry, "HandlesHeaders", handles_headers);
}

SCENARIO_SETUP(setup, register_all)

static void signals_are_handled_in_their_order(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Handles", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_env_advance(*state, TL_MINUTES(90));
    tl_env_signal(*state, run, "note", "\"c\"");
    tl_assert_result(*state, run, "\"ab0c1\"");
}

static void signals_before_the_handler_are_handled_before_the_code_goes_on(void **state)
{
    struct tl_handle *run = scenario_start(*state, "HandlesLate", NULL);

    tl_env_signal(*state, run, "x", "\"a\"");
    tl_env_signal(*state, run, "y", "\"b\"");
    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "x", "\"c\"");
    tl_assert_result(*state, run, "\"0xaybxc1\"");
}

static void a_signal_of_the_first_task_is_handled_before_the_end(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Handles", NULL);

    tl_env_signal(*state, run, "note", "\"a\"");
    tl_assert_result(*state, run, "\"a01\"");
}

static void one_handler_takes_what_nobody_else_wants(void **state)
{
    struct tl_handle *run = scenario_start(*state, "HandlesOthers", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "other", "\"a\"");
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_env_signal(*state, run, "further", "\"c\"");
    tl_env_signal(*state, run, "end", NULL);
    tl_assert_result(*state, run, "\"oabfc\"");
}

static void without_a_handler_signals_are_kept_again(void **state)
{
    struct tl_handle *run = scenario_start(*state, "ChangesItsMind", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_env_advance(*state, TL_MINUTES(90));
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_env_signal(*state, run, "note", "\"c\"");
    tl_assert_result(*state, run, "\"a2nbnc\"");
}

static void handlers_run_beside_each_other_and_can_be_waited_for(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForHandlers", "0");

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_assert_result(*state, run, "\"ab0BA!\"");
    assert_int_equal(tl_env_elapsed(*state), TL_HOURS(2));
}

static void a_wait_for_handlers_has_a_limit(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForHandlers", "70");

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_assert_result(*state, run, "\"ab0B?\"");
}

static void a_handler_waits_for_the_others_alone(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsInAHandler", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"b\"");
    tl_env_signal(*state, run, "note", "\"w\"");
    tl_assert_result(*state, run, "\"bBW\"");
}

static void canceling_the_workflow_cancels_its_handlers(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WaitsForHandlers", "0");

    tl_env_signal(*state, run, "note", "\"a\"");
    tl_env_advance(*state, TL_SECONDS(90));
    tl_env_cancel(*state, run);
    tl_assert_result(*state, run, "\"a0x?\"");
}

static void a_handler_that_fails_fails_the_workflow(void **state)
{
    struct tl_handle *run = scenario_start(*state, "LeavesHandlers", NULL);

    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "fail", NULL);
    tl_assert_failed(*state, run, "BadSignal");
    assert_true(tl_env_elapsed(*state) < TL_MINUTES(1));
}

static void handlers_read_the_headers_of_their_signals(void **state)
{
    struct tl_handle *run = scenario_start(*state, "HandlesHeaders", NULL);
    struct tl_payload letters[] = {tl_payload_json("\"a\""), tl_payload_json("\"b\"")};
    const struct tl_field header = {.key = "tenant", .value = tl_payload_json("\"t\"")};
    const struct tl_signal_options options = {.headers = &header, .header_count = 1};

    tl_env_run_until_idle(*state);
    assert_int_equal(tl_handle_signal_with(run, "note", &(struct tl_payloads){&letters[0], 1}, &options, NULL), TL_OK);
    assert_int_equal(tl_handle_signal(run, "note", &(struct tl_payloads){&letters[1], 1}, NULL), TL_OK);
    tl_assert_result(*state, run, "\"atb-\"");
}

/* ---- The warning ---- */

static void keep_trace(void *user, const char *text, size_t len)
{
    char *kept = user;
    size_t have = strlen(kept);

    if (have + len < (size_t)64 * 1024) {
        memcpy(kept + have, text, len);
        kept[have + len] = '\0';
    }
}

static void a_handler_at_work_when_the_run_closes_is_warned_of(void **state)
{
    static char trace[64 * 1024];

    trace[0] = '\0';
    tl_env_trace_to(*state, keep_trace, trace);
    struct tl_handle *run = scenario_start(*state, "LeavesHandlers", NULL);
    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_assert_completed(*state, run);
    assert_non_null(strstr(trace, "TMPRL1102"));
    assert_non_null(strstr(trace, "at work, which are dropped where they stand: note."));
}

static void without_one_there_is_no_warning(void **state)
{
    static char trace[64 * 1024];

    trace[0] = '\0';
    tl_env_trace_to(*state, keep_trace, trace);
    struct tl_handle *run = scenario_start(*state, "Handles", NULL);
    tl_env_run_until_idle(*state);
    tl_env_signal(*state, run, "note", "\"a\"");
    tl_assert_completed(*state, run);
    assert_null(strstr(trace, "TMPRL1102"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(signals_are_handled_in_their_order),
        SCENARIO(signals_before_the_handler_are_handled_before_the_code_goes_on),
        SCENARIO(a_signal_of_the_first_task_is_handled_before_the_end),
        SCENARIO(one_handler_takes_what_nobody_else_wants),
        SCENARIO(without_a_handler_signals_are_kept_again),
        SCENARIO(handlers_run_beside_each_other_and_can_be_waited_for),
        SCENARIO(a_wait_for_handlers_has_a_limit),
        SCENARIO(a_handler_waits_for_the_others_alone),
        SCENARIO(canceling_the_workflow_cancels_its_handlers),
        SCENARIO(a_handler_that_fails_fails_the_workflow),
        SCENARIO(handlers_read_the_headers_of_their_signals),
        SCENARIO(a_handler_at_work_when_the_run_closes_is_warned_of),
        SCENARIO(without_one_there_is_no_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
