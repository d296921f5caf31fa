/* SPDX-License-Identifier: MIT */
/* The deterministic driver: steps, time, waiting, verdicts, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/driver.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/coroutine.h"
#include "base/pool.h"
#include "tests/lib/failing_allocator.h"
#include "worker/runtime/driver_private.h"

#define DAY TL_DAYS(1)

static struct tl_driver *driver;

static int new_driver(void **state)
{
    (void)state;
    driver = tl_driver_new(NULL, NULL);
    return driver == NULL ? -1 : 0;
}

static int free_driver(void **state)
{
    (void)state;
    tl_driver_free(driver);
    return 0;
}

/* ---- Items that say that they ran ---- */

struct entry {
    struct agenda_item item;
    char letter;
};

static char ran[16];

static void note(struct agenda_item *item)
{
    const struct entry *entry = CONTAINER_OF(item, struct entry, item);
    size_t len = strlen(ran);

    ran[len] = entry->letter;
    ran[len + 1] = '\0';
}

static struct entry entry_of(char letter)
{
    return (struct entry){.item = {.run = note}, .letter = letter};
}

static int ran_three(void *user)
{
    (void)user;
    return strlen(ran) == 3;
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static int clear(void **state)
{
    ran[0] = '\0';
    return new_driver(state);
}

/* ---- Making ---- */

static void starts_in_2020_unless_told(void **state)
{
    const struct tl_driver_options options = {.start_time = TL_DAYS(365)};

    (void)state;
    assert_int_equal(tl_driver_now(driver), TL_SECONDS(INT64_C(1577836800)));
    struct tl_driver *other = tl_driver_new(&options, NULL);
    assert_int_equal(tl_driver_now(other), TL_DAYS(365));
    tl_driver_free(other);
}

static void refused_option_is_named(void **state)
{
    const struct tl_allocator no_free = {.alloc = (void *(*)(void *, size_t))1};
    const struct tl_chooser no_choose = {0};
    const struct {
        struct tl_driver_options options;
        const char *field;
    } cases[] = {
        {{.start_time = -1}, "start_time"},
        {{.start_time = TL_NEVER}, "start_time"},
        {{.allocator = &no_free}, "allocator"},
        {{.chooser = &no_choose}, "chooser.choose"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tl_error error = {0};

        assert_null(tl_driver_new(&cases[i].options, &error));
        assert_int_equal(error.status, TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, cases[i].field);
    }
}

static void parts_have_streams_of_their_own(void **state)
{
    const struct tl_driver_options options = {.seed = 7};
    struct tl_driver *one = tl_driver_new(&options, NULL);
    struct tl_driver *two = tl_driver_new(&options, NULL);
    struct random first;
    struct random second;
    struct random again;

    (void)state;
    driver_random(one, "client", &first);
    driver_random(one, "client", &second);
    driver_random(two, "client", &again);
    uint64_t number = random_next(&first);
    assert_int_equal(random_next(&again), number);
    assert_int_not_equal(random_next(&second), number);
    tl_driver_free(one);
    tl_driver_free(two);
}

/* ---- Stepping ---- */

static void steps_run_items_in_the_order_of_posting(void **state)
{
    struct entry a = entry_of('a');
    struct entry b = entry_of('b');

    (void)state;
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
    agenda_post(tl_driver_agenda(driver), &b.item);
    agenda_post(tl_driver_agenda(driver), &a.item);
    assert_int_equal(tl_driver_ready(driver), 2);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_string_equal(ran, "b");
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_string_equal(ran, "ba");
    assert_int_equal(tl_driver_step(driver), TL_STEP_IDLE);
}

static void advancing_runs_what_is_due_on_the_way_and_makes_the_rest_ready(void **state)
{
    struct agenda *agenda = tl_driver_agenda(driver);
    struct entry a = entry_of('a');
    struct entry b = entry_of('b');
    tl_time start = tl_driver_now(driver);

    (void)state;
    agenda_at(agenda, &a.item, start + 2 * DAY, TL_DEADLINE_WAKING);
    agenda_at(agenda, &b.item, start + DAY, TL_DEADLINE_IDLE);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_WAKING), start + 2 * DAY);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE), start + DAY);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_RUN), TL_NEVER);
    tl_driver_advance_to(driver, start + 2 * DAY);
    assert_string_equal(ran, "b");
    assert_int_equal(tl_driver_ready(driver), 1);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_string_equal(ran, "ba");
}

static void time_never_goes_back(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    tl_driver_advance_to(driver, start - DAY);
    assert_int_equal(tl_driver_now(driver), start);
}

static void run_stops_when_done(void **state)
{
    struct entry entries[] = {entry_of('a'), entry_of('b'), entry_of('c'), entry_of('d')};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        agenda_post(tl_driver_agenda(driver), &entries[i].item);
    }
    assert_int_equal(tl_driver_run(driver, ran_three, NULL, 0), TL_OK);
    assert_string_equal(ran, "abc");
}

static void run_skips_time_only_when_asked(void **state)
{
    struct entry entries[] = {entry_of('a'), entry_of('b'), entry_of('c')};
    tl_time start = tl_driver_now(driver);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        agenda_at(tl_driver_agenda(driver), &entries[i].item, start + (tl_time)i * DAY, TL_DEADLINE_WAKING);
    }
    assert_int_equal(tl_driver_run(driver, ran_three, NULL, 0), TL_UNAVAILABLE);
    assert_int_equal(tl_driver_now(driver), start);
    assert_int_equal(tl_driver_run(driver, ran_three, NULL, 1), TL_OK);
    assert_int_equal(tl_driver_now(driver), start + 2 * DAY);
}

static void run_does_not_jump_to_idle_deadlines(void **state)
{
    struct entry a = entry_of('a');

    (void)state;
    agenda_at(tl_driver_agenda(driver), &a.item, tl_driver_now(driver) + DAY, TL_DEADLINE_IDLE);
    assert_int_equal(tl_driver_run(driver, never, NULL, 1), TL_UNAVAILABLE);
    assert_string_equal(ran, "");
    agenda_cancel(tl_driver_agenda(driver), &a.item);
}

static void a_jump_is_taken_leg_by_leg(void **state)
{
    struct agenda *agenda = tl_driver_agenda(driver);
    struct entry a = entry_of('a');
    struct entry b = entry_of('b');
    tl_time start = tl_driver_now(driver);

    (void)state;
    agenda_at(agenda, &a.item, start + DAY, TL_DEADLINE_RUN);
    agenda_at(agenda, &b.item, start + 2 * DAY, TL_DEADLINE_WAKING);
    tl_driver_jump(driver, start + 2 * DAY);
    assert_int_equal(tl_driver_now(driver), start + DAY);
    assert_int_equal(tl_driver_ready(driver), 1);
    tl_driver_jump(driver, start + 2 * DAY);
    assert_int_equal(tl_driver_now(driver), start + 2 * DAY);
    assert_int_equal(tl_driver_ready(driver), 2);
    tl_driver_jump(driver, start);
    assert_int_equal(tl_driver_now(driver), start + 2 * DAY);
    agenda_cancel(agenda, &a.item);
    agenda_cancel(agenda, &b.item);
}

static void run_jumps_where_it_may_and_stops_on_the_way(void **state)
{
    struct agenda *agenda = tl_driver_agenda(driver);
    struct entry a = entry_of('a');
    struct entry b = entry_of('b');
    struct entry c = entry_of('c');
    tl_time start = tl_driver_now(driver);

    (void)state;
    agenda_at(agenda, &a.item, start + DAY, TL_DEADLINE_RUN);
    agenda_at(agenda, &b.item, start + 2 * DAY, TL_DEADLINE_WAKING);
    agenda_at(agenda, &c.item, start + 3 * DAY, TL_DEADLINE_RUN);
    assert_int_equal(tl_driver_run(driver, never, NULL, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_string_equal(ran, "ab");
    assert_int_equal(tl_driver_now(driver), start + 2 * DAY);
    assert_int_equal(tl_driver_run(driver, never, NULL, TL_DEADLINE_WAKING | TL_DEADLINE_RUN), TL_UNAVAILABLE);
    assert_string_equal(ran, "abc");
    assert_int_equal(tl_driver_now(driver), start + 3 * DAY);
}

static void holds_add_up_and_stop_waits_alone(void **state)
{
    struct entry a = entry_of('a');
    tl_time start = tl_driver_now(driver);

    (void)state;
    agenda_at(tl_driver_agenda(driver), &a.item, start + DAY, TL_DEADLINE_WAKING);
    tl_driver_hold(driver);
    tl_driver_hold(driver);
    assert_int_equal(tl_driver_holds(driver), 2);
    assert_int_equal(tl_driver_release(driver), TL_OK);
    assert_true(tl_driver_next_target(driver, TL_DEADLINE_WAKING) == TL_NEVER);
    assert_int_equal(tl_driver_run(driver, never, NULL, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_int_equal(tl_driver_now(driver), start);
    tl_driver_advance_to(driver, start + DAY);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_int_equal(tl_driver_release(driver), TL_OK);
    assert_int_equal(tl_driver_release(driver), TL_FAILED_PRECONDITION);
    assert_int_equal(tl_driver_holds(driver), 0);
}

static void keep_pending(void *user, const struct tl_pending *pending)
{
    char *text = user;
    size_t len = strlen(text);

    (void)snprintf(
        text + len,
        128 - len,
        "%u+%lld%s ",
        pending->kind,
        (long long)(pending->at - tl_driver_now(driver)),
        pending->name);
}

static void what_is_pending_can_be_looked_at(void **state)
{
    struct agenda *agenda = tl_driver_agenda(driver);
    struct entry a = entry_of('a');
    struct entry b = entry_of('b');
    struct entry c = entry_of('c');
    char ready[128] = "";
    char due[128] = "";

    (void)state;
    agenda_at(agenda, &a.item, tl_driver_now(driver) + 2, TL_DEADLINE_RUN);
    agenda_at(agenda, &b.item, tl_driver_now(driver) + 1, TL_DEADLINE_WAKING);
    agenda_post(agenda, &c.item);
    tl_driver_pending(driver, 0, 5, keep_pending, ready);
    tl_driver_pending(driver, TL_DEADLINE_WAKING | TL_DEADLINE_RUN, 5, keep_pending, due);
    assert_string_equal(ready, "0+0 ");
    assert_string_equal(due, "1+1 4+2 ");
    agenda_cancel(agenda, &a.item);
    agenda_cancel(agenda, &b.item);
    agenda_cancel(agenda, &c.item);
}

static enum tl_status nested_run;
static enum tl_step nested_step;

static void step_within(struct agenda_item *item)
{
    (void)item;
    nested_run = tl_driver_run(driver, never, NULL, 0);
    nested_step = tl_driver_step(driver);
}

static void a_step_within_a_step_is_refused(void **state)
{
    struct agenda_item item = {.run = step_within};

    (void)state;
    agenda_post(tl_driver_agenda(driver), &item);
    assert_int_equal(tl_driver_step(driver), TL_STEP_RAN);
    assert_int_equal(nested_run, TL_FAILED_PRECONDITION);
    assert_int_equal(nested_step, TL_STEP_STOPPED);
    assert_null(tl_driver_verdict(driver));
}

/* ---- Verdicts ---- */

static void the_first_verdict_sticks(void **state)
{
    char text[] = "expected 1, found 2";

    (void)state;
    assert_null(tl_driver_verdict(driver));
    tl_driver_fail(driver, TL_VERDICT, "test.c", 7, text);
    text[0] = '?';
    tl_driver_fail(driver, TL_NONDETERMINISM, "other.c", 8, "later");
    const struct tl_verdict *verdict = tl_driver_verdict(driver);
    assert_int_equal(verdict->status, TL_VERDICT);
    assert_string_equal(verdict->file, "test.c");
    assert_int_equal(verdict->line, 7);
    assert_string_equal(verdict->text, "expected 1, found 2");
    assert_string_equal(verdict->workflow_id, "");
    assert_int_equal(verdict->at, tl_driver_now(driver));
}

static void a_verdict_stops_the_driver(void **state)
{
    struct entry a = entry_of('a');

    (void)state;
    agenda_post(tl_driver_agenda(driver), &a.item);
    tl_driver_fail(driver, TL_VERDICT, NULL, 0, "enough");
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    assert_int_equal(tl_driver_run(driver, never, NULL, 1), TL_VERDICT);
    assert_string_equal(ran, "");
    assert_string_equal(tl_driver_verdict(driver)->file, "");
}

struct owned {
    struct coroutine_owner owner;
    struct agenda_item item;
    struct coroutine *coroutine;
    enum coroutine_state end;
    struct tl_driver *seen;
    int went_on;
};

static void fail_body(void *user)
{
    struct owned *owned = user;

    owned->seen = tl_driver_of_coroutine();
    tl_driver_fail(owned->owner.driver, TL_VERDICT, "flow.c", 3, "in a coroutine");
    owned->went_on = 1;
}

static void resume_item(struct agenda_item *item)
{
    struct owned *owned = CONTAINER_OF(item, struct owned, item);

    owned->end = coroutine_resume(owned->coroutine);
}

static void a_verdict_in_a_coroutine_does_not_return(void **state)
{
    struct owned owned = {
        .owner = {.kind = COROUTINE_WORKFLOW, .driver = driver, .workflow_id = "order-1", .run_id = "run-1"},
        .item = {.run = resume_item}};

    (void)state;
    owned.coroutine = coroutine_new(tl_driver_pool(driver), 64 << 10, fail_body, &owned);
    agenda_post(tl_driver_agenda(driver), &owned.item);
    assert_null(tl_driver_of_coroutine());
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    assert_ptr_equal(owned.seen, driver);
    assert_int_equal(owned.end, COROUTINE_ABORTED);
    assert_int_equal(coroutine_abort_reason(owned.coroutine), DRIVER_ABORT_VERDICT);
    assert_int_equal(owned.went_on, 0);
    assert_string_equal(tl_driver_verdict(driver)->workflow_id, "order-1");
    assert_string_equal(tl_driver_verdict(driver)->run_id, "run-1");
    coroutine_drop(owned.coroutine);
}

static void fail_other_body(void *user)
{
    struct owned *owned = user;

    tl_driver_fail(driver, TL_VERDICT, NULL, 0, "of another world");
    owned->went_on = 1;
}

static void a_verdict_of_another_driver_returns_into_the_coroutine(void **state)
{
    struct tl_driver *other = tl_driver_new(NULL, NULL);
    struct owned owned = {.owner = {.driver = other}};

    (void)state;
    owned.coroutine = coroutine_new(tl_driver_pool(other), 64 << 10, fail_other_body, &owned);
    assert_int_equal(coroutine_resume(owned.coroutine), COROUTINE_ENDED);
    assert_int_equal(owned.went_on, 1);
    assert_non_null(tl_driver_verdict(driver));
    assert_null(tl_driver_verdict(other));
    coroutine_drop(owned.coroutine);
    tl_driver_free(other);
}

/* ---- Sinks ---- */

struct heard {
    unsigned count;
    char text[32];
};

static void hear(void *user, const struct tl_trace_event *event)
{
    struct heard *heard = user;

    heard->count++;
    (void)strncpy(heard->text, event->detail, sizeof(heard->text) - 1);
}

static void sinks_hear_what_they_asked_for(void **state)
{
    struct heard verdicts = {0};
    struct heard clocks = {0};
    const struct tl_sink verdict_sink = {hear, &verdicts, TL_TRACE_BIT(TL_TRACE_VERDICT)};
    const struct tl_sink clock_sink = {hear, &clocks, TL_TRACE_BIT(TL_TRACE_CLOCK_SKIPPED)};

    (void)state;
    assert_int_equal(tl_driver_add_sink(driver, &verdict_sink), TL_OK);
    assert_int_equal(tl_driver_add_sink(driver, &clock_sink), TL_OK);
    tl_driver_advance_to(driver, tl_driver_now(driver) + DAY);
    tl_driver_fail(driver, TL_VERDICT, NULL, 0, "heard");
    assert_int_equal(verdicts.count, 1);
    assert_string_equal(verdicts.text, "heard");
    assert_int_equal(clocks.count, 1);
}

/* ---- Memory ---- */

static void take_too_much(struct agenda_item *item)
{
    (void)item;
    (void)pool_alloc(tl_driver_pool(driver), SIZE_MAX / 2);
    fail_msg("%s", "an allocation that cannot succeed returned");
}

static void out_of_memory_in_a_step_stops_the_driver(void **state)
{
    struct agenda_item item = {.run = take_too_much};
    struct entry a = entry_of('a');

    (void)state;
    agenda_post(tl_driver_agenda(driver), &item);
    agenda_post(tl_driver_agenda(driver), &a.item);
    assert_int_equal(tl_driver_step(driver), TL_STEP_STOPPED);
    assert_int_equal(tl_driver_verdict(driver)->status, TL_NO_MEMORY);
    assert_int_equal(tl_driver_run(driver, never, NULL, 1), TL_NO_MEMORY);
    assert_string_equal(ran, "");
}

static void a_driver_gives_all_memory_back(void **state)
{
    struct failing_allocator memory;
    size_t nth = 0;

    (void)state;
    do {
        struct heard heard;
        const struct tl_sink sink = {hear, &heard, TL_TRACE_ALL};
        struct tl_error error = {0};

        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        struct tl_driver *mine = tl_driver_new(&(struct tl_driver_options){.allocator = &memory.allocator}, &error);
        if (mine == NULL) {
            assert_int_equal(error.status, TL_NO_MEMORY);
        } else {
            enum tl_status status = tl_driver_add_sink(mine, &sink);

            assert_true(status == TL_OK || status == TL_NO_MEMORY);
            tl_driver_fail(mine, TL_VERDICT, NULL, 0, "the text is kept");
            assert_non_null(tl_driver_verdict(mine));
        }
        tl_driver_free(mine);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, clear, free_driver)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(starts_in_2020_unless_told),
        TEST(refused_option_is_named),
        TEST(parts_have_streams_of_their_own),
        TEST(steps_run_items_in_the_order_of_posting),
        TEST(advancing_runs_what_is_due_on_the_way_and_makes_the_rest_ready),
        TEST(time_never_goes_back),
        TEST(run_stops_when_done),
        TEST(run_skips_time_only_when_asked),
        TEST(run_does_not_jump_to_idle_deadlines),
        TEST(a_jump_is_taken_leg_by_leg),
        TEST(run_jumps_where_it_may_and_stops_on_the_way),
        TEST(holds_add_up_and_stop_waits_alone),
        TEST(what_is_pending_can_be_looked_at),
        TEST(a_step_within_a_step_is_refused),
        TEST(the_first_verdict_sticks),
        TEST(a_verdict_stops_the_driver),
        TEST(a_verdict_in_a_coroutine_does_not_return),
        TEST(a_verdict_of_another_driver_returns_into_the_coroutine),
        TEST(sinks_hear_what_they_asked_for),
        TEST(out_of_memory_in_a_step_stops_the_driver),
        TEST(a_driver_gives_all_memory_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
