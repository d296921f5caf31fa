/* SPDX-License-Identifier: MIT */
/* Sagas: one compensation after the other or all beside each other; the cause, and what could not be undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static void add_all(struct tl_saga *saga)
{
    tl_saga_add(saga, "First", NULL, &scenario_once);
    tl_saga_add(saga, "Second", NULL, &scenario_once);
    tl_saga_add(saga, "Third", NULL, &scenario_once);
}

static enum tl_status undo(struct tl_workflow *wf, int parallel)
{
    const struct tl_saga_options options = {.parallel = parallel};
    struct tl_saga *saga = tl_saga_new_with(wf, &options);

    add_all(saga);
    if (tl_sleep(wf, TL_MINUTES(1)) == TL_OK) {
        TL_IGNORE(tl_fail(wf, "NoStock", "nothing is left"));
    }
    return tl_saga_compensate(saga);
}

static enum tl_status undoes_in_turn(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return undo(wf, 0);
}

static enum tl_status undoes_at_once(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return undo(wf, 1);
}

/* Completes, and tells what could not be undone, and why. */
static enum tl_status
tells_what_is_left(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_saga_options options = {.parallel = input->count > 0};
    struct tl_saga *saga = tl_saga_new_with(wf, &options);
    const char *text = "";
    size_t count;

    add_all(saga);
    if (tl_saga_failures(saga, &count) != NULL || count != 0) {
        return tl_fail(wf, "TooEarly", "nothing was undone yet");
    }
    TL_IGNORE(tl_saga_compensate(saga));
    const struct tl_saga_failure *failures = tl_saga_failures(saga, &count);
    for (size_t i = 0; i < count; i++) {
        text = tl_format(wf, "%s %s: %s;", text, failures[i].activity_type, failures[i].failure->cause->type);
    }
    TL_IGNORE(tl_saga_compensate(saga));
    if (tl_saga_failures(saga, &count) != NULL || count != 0) {
        return tl_fail(wf, "Again", "nothing was left to be undone");
    }
    return tl_result_text(wf, result, "\"%s\"", text);
}

static enum tl_status adds_while_it_undoes(struct tl_workflow *wf, void *user)
{
    for (int i = 0; i < 5; i++) {
        TL_IGNORE(tl_sleep(wf, TL_SECONDS(1)));
        tl_saga_add(user, "Later", NULL, &scenario_once);
    }
    return TL_OK;
}

/* Steps go on beside the one that failed. */
static enum tl_status
undoes_what_comes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_saga_options options = {.parallel = input->count > 0};
    struct tl_saga *saga = tl_saga_new_with(wf, &options);
    size_t count;

    tl_saga_add(saga, "First", NULL, &scenario_once);
    struct tl_future *adds = tl_spawn(wf, "adds", adds_while_it_undoes, saga);
    TL_IGNORE(tl_saga_compensate(saga));
    (void)tl_saga_failures(saga, &count);
    TL_IGNORE(tl_future_wait(adds, NULL));
    return tl_result_text(wf, result, "%zu", count);
}

/* ---- Several at once ---- */

/* A saga, and what a coroutine that compensated it was told. */
struct undoing {
    struct tl_saga *saga;
    const char *told;
};

static enum tl_status undo_and_tell(struct tl_workflow *wf, void *user)
{
    struct undoing *undoing = user;
    size_t count;

    TL_IGNORE(tl_saga_compensate(undoing->saga));
    const struct tl_saga_failure *failures = tl_saga_failures(undoing->saga, &count);
    for (size_t i = 0; i < count; i++) {
        undoing->told = tl_format(wf, "%s %s", undoing->told, failures[i].activity_type);
    }
    return TL_OK;
}

/* Two coroutines compensate: a saga each, or, with an input, the same one, the other a second later. */
static enum tl_status undoes_twice(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct undoing one = {tl_saga_new(wf), "one:"};
    struct undoing other = {input->count > 0 ? one.saga : tl_saga_new(wf), "other:"};

    tl_saga_add(one.saga, "First", NULL, &scenario_once);
    tl_saga_add(one.saga, "Second", NULL, &scenario_once);
    tl_saga_add(other.saga, "Third", NULL, &scenario_once);
    struct tl_future *undone = tl_spawn(wf, "one", undo_and_tell, &one);
    TL_IGNORE(tl_sleep(wf, TL_SECONDS(1)));
    TL_IGNORE(undo_and_tell(wf, &other));
    TL_IGNORE(tl_future_wait(undone, NULL));
    return tl_result_text(wf, result, "\"%s %s\"", one.told, other.told);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "UndoesTwice", undoes_twice);
    tl_register_workflow(registry, "UndoesInTurn", undoes_in_turn);
    tl_register_workflow(registry, "UndoesAtOnce", undoes_at_once);
    tl_register_workflow(registry, "TellsWhatIsLeft", tells_what_is_left);
    tl_register_workflow(registry, "UndoesWhatComes", undoes_what_comes);
}

SCENARIO_SETUP(setup, register_all)

static void expect_each_to_take(struct tl_env *env, tl_duration duration)
{
    static const char *const types[] = {"First", "Second", "Third"};

    for (size_t i = 0; i < 3; i++) {
        tl_mock_answers(tl_mock_activity(env, types[i]), TL_ONCE, &(struct tl_mock_answer){.after = duration});
    }
}

static void compensations_run_in_turn(void **state)
{
    expect_each_to_take(*state, TL_SECONDS(2));
    struct tl_handle *run = scenario_start(*state, "UndoesInTurn", NULL);

    tl_assert_failed(*state, run, "NoStock");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1) + TL_SECONDS(6));
}

static void parallel_compensations_are_started_together(void **state)
{
    expect_each_to_take(*state, TL_SECONDS(2));
    struct tl_handle *run = scenario_start(*state, "UndoesAtOnce", NULL);

    tl_assert_failed(*state, run, "NoStock");
    assert_int_equal(tl_env_elapsed(*state), TL_MINUTES(1) + TL_SECONDS(2));
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), 3);
}

static void parallel_compensations_begin_with_the_last_step(void **state)
{
    expect_each_to_take(*state, 0);
    struct tl_handle *run = scenario_start(*state, "UndoesAtOnce", NULL);
    tl_assert_failed(*state, run, "NoStock");
    const char *timeline = tl_env_timeline(*state, run);
    const char *third = strstr(timeline, "Third");
    const char *second = strstr(timeline, "Second");

    assert_true(third < second && second < strstr(timeline, "First"));
}

static void cancellation_does_not_keep_parallel_ones_from_running(void **state)
{
    expect_each_to_take(*state, TL_SECONDS(2));
    struct tl_handle *run = scenario_start(*state, "UndoesAtOnce", NULL);

    tl_env_run_until_idle(*state);
    tl_env_cancel(*state, run);
    tl_assert_canceled(*state, run);
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskCompleted"), 3);
}

static void assert_told(struct tl_env *env, const char *input, const char *expected)
{
    tl_mock_fails(tl_mock_activity(env, "First"), TL_ONCE, "Gone");
    tl_mock_returns(tl_mock_activity(env, "Second"), TL_ONCE, NULL);
    tl_mock_fails(tl_mock_activity(env, "Third"), TL_ONCE, "Locked");
    struct tl_handle *run = scenario_start(env, "TellsWhatIsLeft", input);

    tl_assert_result(env, run, expected);
}

static void what_could_not_be_undone_is_told(void **state)
{
    assert_told(*state, NULL, "\" Third: Locked; First: Gone;\"");
}

static void what_could_not_be_undone_at_once_is_told(void **state)
{
    assert_told(*state, "1", "\" Third: Locked; First: Gone;\"");
}

static void assert_all_undone(struct tl_env *env, const char *input)
{
    const struct tl_mock_answer fails = {.kind = TL_MOCK_FAILS, .after = TL_SECONDS(8), .failure_type = "Gone"};

    tl_mock_answers(tl_mock_activity(env, "First"), TL_ONCE, &fails);
    tl_mock_fails(tl_mock_activity(env, "Later"), TL_TIMES(5), "Gone");
    tl_assert_result(env, scenario_start(env, "UndoesWhatComes", input), "6");
}

static void what_is_added_meanwhile_is_undone(void **state)
{
    assert_all_undone(*state, NULL);
}

static void what_is_added_meanwhile_is_undone_at_once(void **state)
{
    assert_all_undone(*state, "1");
}

/* Each compensation takes 2 s; the first and the last fail. */
static void assert_undone_twice(struct tl_env *env, const char *input, const char *expected, tl_duration elapsed)
{
    const struct tl_mock_answer fails = {.kind = TL_MOCK_FAILS, .after = TL_SECONDS(2), .failure_type = "Gone"};

    tl_mock_answers(tl_mock_activity(env, "First"), TL_ONCE, &fails);
    tl_mock_answers(tl_mock_activity(env, "Second"), TL_ONCE, &(const struct tl_mock_answer){.after = TL_SECONDS(2)});
    tl_mock_answers(tl_mock_activity(env, "Third"), TL_ONCE, &fails);
    tl_assert_result(env, scenario_start(env, "UndoesTwice", input), expected);
    assert_int_equal(tl_env_elapsed(env), elapsed);
}

static void sagas_compensated_at_once_have_their_own_failures(void **state)
{
    assert_undone_twice(*state, NULL, "\"one: First other: Third\"", TL_SECONDS(4));
}

static void a_saga_compensated_by_two_is_undone_once_in_order(void **state)
{
    assert_undone_twice(*state, "1", "\"one: Third First other: Third First\"", TL_SECONDS(6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(compensations_run_in_turn),
        SCENARIO(parallel_compensations_are_started_together),
        SCENARIO(parallel_compensations_begin_with_the_last_step),
        SCENARIO(cancellation_does_not_keep_parallel_ones_from_running),
        SCENARIO(what_could_not_be_undone_is_told),
        SCENARIO(what_could_not_be_undone_at_once_is_told),
        SCENARIO(what_is_added_meanwhile_is_undone),
        SCENARIO(what_is_added_meanwhile_is_undone_at_once),
        SCENARIO(sagas_compensated_at_once_have_their_own_failures),
        SCENARIO(a_saga_compensated_by_two_is_undone_once_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
