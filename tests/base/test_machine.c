/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/machine.h"
#include "tests/base/death.h"

#define MACHINE      door
#define MACHINE_FILE "tests/base/door.def"
#include "base/machine_define.h"

struct door {
    uint8_t state;
    uint8_t state_seen; /* by the action */
    int answer;
    int turns;
    const void *argument;
};

static int answer(void *self, const void *argument)
{
    struct door *door = self;

    door->state_seen = door->state;
    door->argument = argument;
    return door->answer;
}

static int turn(void *self, const void *argument)
{
    struct door *door = self;

    (void)argument;
    door->turns++;
    return door->answer;
}

static enum machine_result step(struct door *door, unsigned event)
{
    return machine_step(&door_machine, &door->state, event, door, NULL, true);
}

/* ---- Steps ---- */

static void entities_begin_in_the_first_state(void **state)
{
    (void)state;
    assert_int_equal(STATE_OPEN, 0);
}

static void a_row_without_action_goes_to_its_target(void **state)
{
    (void)state;
    struct door door = {.state = STATE_OPEN};

    assert_int_equal(step(&door, EVENT_CLOSE), MACHINE_OK);
    assert_int_equal(door.state, STATE_CLOSED);
}

static void an_action_sees_self_argument_and_the_old_state(void **state)
{
    (void)state;
    struct door door = {.state = STATE_CLOSED, .state_seen = 99, .answer = STATE_OPEN};
    const char *visitor = "postman";

    assert_int_equal(machine_step(&door_machine, &door.state, EVENT_KNOCK, &door, visitor, true), MACHINE_OK);
    assert_int_equal(door.state_seen, STATE_CLOSED);
    assert_ptr_equal(door.argument, visitor);
    assert_int_equal(door.state, STATE_OPEN);
}

static void an_action_picks_among_several_targets(void **state)
{
    (void)state;
    struct door door = {.state = STATE_CLOSED, .answer = STATE_CLOSED};

    assert_int_equal(step(&door, EVENT_KNOCK), MACHINE_OK);
    assert_int_equal(door.state, STATE_CLOSED);
    door.answer = STATE_BROKEN;
    assert_int_equal(step(&door, EVENT_KICK), MACHINE_OK);
    assert_int_equal(door.state, STATE_BROKEN);
}

static void the_answer_does_not_matter_where_there_is_one_target(void **state)
{
    (void)state;
    struct door door = {.state = STATE_CLOSED, .answer = STATE_BROKEN};

    assert_int_equal(step(&door, EVENT_LOCK), MACHINE_OK);
    assert_int_equal(door.turns, 1);
    assert_int_equal(door.state, STATE_LOCKED);
}

static void a_missing_row_changes_nothing(void **state)
{
    (void)state;
    struct door door = {.state = STATE_OPEN};

    assert_int_equal(step(&door, EVENT_LOCK), MACHINE_NO_ROW);
    assert_int_equal(door.state, STATE_OPEN);
    assert_int_equal(door.turns, 0);
}

static void a_refusal_changes_nothing_and_is_not_counted(void **state)
{
    (void)state;
    struct door door = {.state = STATE_CLOSED, .answer = -1};
    uint32_t before = door_machine.hits[ROW_CLOSED_ON_LOCK];

    assert_int_equal(step(&door, EVENT_LOCK), MACHINE_REFUSED);
    assert_int_equal(door.state, STATE_CLOSED);
    assert_int_equal(door_machine.hits[ROW_CLOSED_ON_LOCK], before);
}

static void knock(void *user)
{
    struct door *door = user;

    (void)step(door, EVENT_KNOCK);
}

static void a_target_that_is_not_the_rows_is_a_broken_invariant(void **state)
{
    (void)state;
    struct door door = {.state = STATE_CLOSED, .answer = STATE_LOCKED};

    assert_true(dies(knock, &door, "broken invariant"));
    door.answer = 77;
    assert_true(dies(knock, &door, "broken invariant"));
}

static void steps_are_counted_by_row_unless_in_the_shadow(void **state)
{
    (void)state;
    struct door door = {.state = STATE_LOCKED};
    uint32_t before = door_machine.hits[ROW_LOCKED_ON_KICK];
    uint32_t other = door_machine.hits[ROW_CLOSED_ON_KICK];

    (void)machine_step(&door_machine, &door.state, EVENT_KICK, &door, NULL, false);
    assert_int_equal(door.state, STATE_BROKEN);
    assert_int_equal(door_machine.hits[ROW_LOCKED_ON_KICK], before);
    door.state = STATE_LOCKED;
    assert_int_equal(step(&door, EVENT_KICK), MACHINE_OK);
    assert_int_equal(door_machine.hits[ROW_LOCKED_ON_KICK], before + 1);
    assert_int_equal(door_machine.hits[ROW_CLOSED_ON_KICK], other);
}

/* ---- The table ---- */

static void the_table_says_what_the_def_says(void **state)
{
    (void)state;
    assert_string_equal(door_machine.name, "door");
    assert_int_equal(door_machine.state_count, 5);
    assert_int_equal(door_machine.event_count, 5);
    assert_int_equal(door_machine.row_count, 6);
    assert_string_equal(door_machine.state_names[STATE_LOCKED], "LOCKED");
    assert_string_equal(door_machine.event_names[EVENT_TAKE_AWAY], "TAKE_AWAY");
    assert_int_equal(door_machine.final_states, TO(BROKEN) | TO(GONE));
}

static void rows_keep_their_order_and_their_words(void **state)
{
    (void)state;
    const struct machine_row_text *row = &door_machine.rows[1];

    assert_int_equal(row->from, STATE_CLOSED);
    assert_int_equal(row->event, EVENT_KNOCK);
    assert_int_equal(row->targets, TO(OPEN) | TO(CLOSED));
    assert_string_equal(row->action, "answer");
    assert_string_equal(row->note, "DoorOpened: or nothing; #1");
    assert_null(door_machine.rows[0].action);
    assert_int_equal(door_machine.cells[STATE_LOCKED * 5 + EVENT_KICK].number, 4);
}

/* ---- The diagram ---- */

struct page {
    char text[2048];
    size_t len;
};

static void write_page(void *user, const char *text)
{
    struct page *page = user;

    page->len += (size_t)snprintf(page->text + page->len, sizeof(page->text) - page->len, "%s", text);
}

static void the_diagram_shows_every_row_and_target(void **state)
{
    (void)state;
    struct page page = {.len = 0};

    machine_diagram(&door_machine, write_page, &page);
    assert_string_equal(
        page.text,
        "stateDiagram-v2\n"
        "    [*] --> OPEN\n"
        "    OPEN --> CLOSED : CLOSE / DoorClosed\n"
        "    CLOSED --> OPEN : KNOCK / DoorOpened#58; or nothing#59; #35;1\n"
        "    CLOSED --> CLOSED : KNOCK / DoorOpened#58; or nothing#59; #35;1\n"
        "    CLOSED --> LOCKED : LOCK\n"
        "    CLOSED --> OPEN : KICK / DoorKicked\n"
        "    CLOSED --> BROKEN : KICK / DoorKicked\n"
        "    LOCKED --> BROKEN : KICK / DoorBroken\n"
        "    OPEN --> GONE : TAKE_AWAY / DoorGone\n"
        "    BROKEN --> [*]\n"
        "    GONE --> [*]\n");
}

/* ---- The laws ---- */

/* A table of three states (the last one final) and two events, of which only the rows matter. */
static const char *complaint_about(const struct machine_row_text *rows, size_t count)
{
    static const char *const state_names[] = {"NEW", "BUSY", "DONE"};
    static const char *const event_names[] = {"GO", "STOP"};
    static char text[128];
    const struct machine_table table = {
        .name = "job",
        .state_count = 3,
        .event_count = 2,
        .row_count = count,
        .state_names = state_names,
        .event_names = event_names,
        .rows = rows,
        .final_states = 4,
    };

    return machine_check(&table, text, sizeof(text));
}

static void a_sound_table_passes(void **state)
{
    (void)state;
    char text[128];
    const struct machine_row_text rows[] = {{0, 0, 2, NULL, ""}, {1, 1, 4, NULL, ""}};

    assert_null(complaint_about(rows, COUNT_OF(rows)));
    assert_null(machine_check(&door_machine, text, sizeof(text)));
}

static void no_row_leaves_a_final_state(void **state)
{
    (void)state;
    const struct machine_row_text rows[] = {{0, 0, 2, NULL, ""}, {1, 1, 4, NULL, ""}, {2, 0, 1, NULL, ""}};

    assert_string_equal(complaint_about(rows, COUNT_OF(rows)), "job: the row DONE, GO leaves a final state");
}

static void every_state_is_reachable(void **state)
{
    (void)state;
    const struct machine_row_text rows[] = {{0, 0, 4, NULL, ""}, {1, 1, 4, NULL, ""}};

    assert_string_equal(complaint_about(rows, COUNT_OF(rows)), "job: no row leads to state BUSY");
}

static void a_state_is_not_reached_from_an_unreachable_one(void **state)
{
    (void)state;
    const struct machine_row_text rows[] = {{1, 0, 4, NULL, ""}, {0, 1, 1, NULL, ""}, {2, 1, 2, NULL, ""}};

    assert_string_equal(complaint_about(rows, 2), "job: no row leads to state BUSY");
}

static void every_other_state_has_an_exit(void **state)
{
    (void)state;
    const struct machine_row_text rows[] = {{0, 0, 2, NULL, ""}, {0, 1, 4, NULL, ""}};

    assert_string_equal(complaint_about(rows, COUNT_OF(rows)), "job: state BUSY has no exit and is not final");
}

static void every_event_has_a_row(void **state)
{
    (void)state;
    const struct machine_row_text rows[] = {{0, 0, 2, NULL, ""}, {1, 0, 4, NULL, ""}};

    assert_string_equal(complaint_about(rows, COUNT_OF(rows)), "job: event STOP has no row");
}

static void several_targets_need_an_action_and_none_is_no_row(void **state)
{
    (void)state;
    const struct machine_row_text choiceless[] = {{0, 0, 6, NULL, ""}, {1, 1, 4, NULL, ""}};
    const struct machine_row_text targetless[] = {{0, 0, 0, NULL, ""}, {1, 1, 4, NULL, ""}};

    assert_string_equal(
        complaint_about(choiceless, 2), "job: the row NEW, GO has several targets and no action to choose");
    assert_string_equal(complaint_about(targetless, 2), "job: the row NEW, GO has no target");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entities_begin_in_the_first_state),
        cmocka_unit_test(a_row_without_action_goes_to_its_target),
        cmocka_unit_test(an_action_sees_self_argument_and_the_old_state),
        cmocka_unit_test(an_action_picks_among_several_targets),
        cmocka_unit_test(the_answer_does_not_matter_where_there_is_one_target),
        cmocka_unit_test(a_missing_row_changes_nothing),
        cmocka_unit_test(a_refusal_changes_nothing_and_is_not_counted),
        cmocka_unit_test(a_target_that_is_not_the_rows_is_a_broken_invariant),
        cmocka_unit_test(steps_are_counted_by_row_unless_in_the_shadow),
        cmocka_unit_test(the_table_says_what_the_def_says),
        cmocka_unit_test(rows_keep_their_order_and_their_words),
        cmocka_unit_test(the_diagram_shows_every_row_and_target),
        cmocka_unit_test(a_sound_table_passes),
        cmocka_unit_test(no_row_leaves_a_final_state),
        cmocka_unit_test(every_state_is_reachable),
        cmocka_unit_test(a_state_is_not_reached_from_an_unreachable_one),
        cmocka_unit_test(every_other_state_has_an_exit),
        cmocka_unit_test(every_event_has_a_row),
        cmocka_unit_test(several_targets_need_an_action_and_none_is_no_row),
    };

    return cmocka_run_group_tests_name("base/machine", tests, NULL, NULL);
}
