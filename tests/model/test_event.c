/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/event.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"
#include "tests/lib/arena_fixture.h"
#include "tests/lib/random_message.h"

static Pb__HistoryEvent *timer_fired(struct arena *arena)
{
    Pb__HistoryEvent *event = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);

    event->event_id = 7;
    event->event_type = EVENT_TYPE_TIMER_FIRED;
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_TIMER_FIRED_EVENT_ATTRIBUTES;
    event->timer_fired_event_attributes =
        PB_NEW(arena, Pb__TimerFiredEventAttributes, pb__timer_fired_event_attributes);
    event->timer_fired_event_attributes->started_event_id = 5;
    return event;
}

static void attributes_are_those_of_the_case(void **state)
{
    Pb__HistoryEvent *event = timer_fired(*state);

    assert_ptr_equal(event_attributes(event), event->timer_fired_event_attributes);
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES__NOT_SET;
    assert_null(event_attributes(event));
}

static void types_have_names(void **state)
{
    char text[EVENT_TYPE_NAME_SIZE];

    (void)state;
    assert_string_equal(event_type_name(EVENT_TYPE_TIMER_FIRED, text, sizeof(text)), "TimerFired");
    assert_string_equal(
        event_type_name(EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, text, sizeof(text)), "WorkflowExecutionStarted");
    assert_string_equal(event_type_name(9999, text, sizeof(text)), "EventType(9999)");
    assert_string_equal(event_type_name(-1, text, sizeof(text)), "EventType(-1)");
}

static void commands_have_names(void **state)
{
    (void)state;
    assert_string_equal(command_type_name(COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK), "ScheduleActivityTask");
    assert_string_equal(command_type_name(15), "an unknown command");
}

static void size_is_the_encoded_size(void **state)
{
    struct random random;
    const struct random_message maker = {.arena = *state, .random = &random, .max_depth = 4};

    random_seed(&random, 7);
    for (int i = 0; i < 500; i++) {
        Pb__HistoryEvent *event = random_message(&maker, &pb__history_event__descriptor);

        assert_int_equal(event_size(event), protobuf_c_message_get_packed_size(&event->base));
        event->worker_may_ignore = 0;
        event->user_metadata = NULL;
        event->principal = NULL;
        event->n_links = 0;
        event->n_event_group_markers = 0;
        assert_int_equal(event_size(event), protobuf_c_message_get_packed_size(&event->base));
    }
}

static void commands_write_their_events(void **state)
{
    (void)state;
    assert_int_equal(event_command_type(EVENT_TYPE_ACTIVITY_TASK_SCHEDULED), COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK);
    assert_int_equal(event_command_type(EVENT_TYPE_TIMER_CANCELED), COMMAND_TYPE_CANCEL_TIMER);
    assert_int_equal(event_command_type(EVENT_TYPE_ACTIVITY_TASK_STARTED), COMMAND_TYPE_UNSPECIFIED);
    assert_int_equal(event_command_type(9999), COMMAND_TYPE_UNSPECIFIED);
    assert_true(event_is_command_event(EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_REJECTED));
    assert_false(event_is_command_event(EVENT_TYPE_TIMER_FIRED));
    assert_false(event_is_command_event(-1));
}

/* Every command type but the two that write no event of their own kind is some event's. */
static void every_command_type_writes_an_event(void **state)
{
    (void)state;
    const struct schema_enum *commands = &schema_enums[SCHEMA_ENUM_CommandType];

    for (size_t i = 0; i < commands->value_count; i++) {
        int command = schema_values[commands->first_value + i].number;
        bool found = command == COMMAND_TYPE_UNSPECIFIED;

        for (int type = 1; type < 100; type++) {
            found = found || event_command_type(type) == command;
        }
        assert_true(found);
    }
}

static void six_types_close_a_run(void **state)
{
    int closing = 0;

    (void)state;
    for (int type = -1; type < 100; type++) {
        closing += event_is_closing(type);
    }
    assert_int_equal(closing, 6);
    assert_true(event_is_closing(EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW));
}

/* The table knows every type of the schema: one that it forgot would count as unknown. */
static void all_types_of_the_schema_are_known(void **state)
{
    const struct schema_enum *types = &schema_enums[SCHEMA_ENUM_EventType];
    const struct schema_message *event_type = &schema_messages[SCHEMA_pb__history_event];
    struct arena *arena = *state;
    size_t whole = 0;

    for (size_t i = 0; i < event_type->field_count; i++) {
        const struct schema_field *field = schema_field_at(event_type, i);

        if ((field->flags & SCHEMA_ONEOF) == 0) {
            continue;
        }
        Pb__HistoryEvent *event = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);

        *schema_case(event, field) = field->number;
        *(void **)schema_slot(event, field) = pb_new(arena, schema_target(field)->descriptor);
        for (size_t t = 0; t < types->value_count; t++) {
            event->event_type = (Pb__EventType)schema_values[types->first_value + t].number;
            whole += event_is_whole(event);
        }
    }
    assert_int_equal(whole, types->value_count - 1); /* UNSPECIFIED has no attributes */
}

static void an_event_with_other_attributes_is_not_whole(void **state)
{
    Pb__HistoryEvent *event = timer_fired(*state);

    assert_true(event_is_whole(event));
    event->event_type = EVENT_TYPE_TIMER_CANCELED;
    assert_false(event_is_whole(event));
    assert_int_equal(event_origin(event), 0);
    event->event_type = EVENT_TYPE_TIMER_FIRED;
    event->timer_fired_event_attributes = NULL;
    assert_false(event_is_whole(event));
}

static void an_unknown_event_is_whole_when_it_may_be_ignored(void **state)
{
    Pb__HistoryEvent *event = timer_fired(*state);

    event->event_type = (Pb__EventType)9999;
    assert_false(event_is_whole(event));
    event->worker_may_ignore = 1;
    assert_true(event_is_whole(event));
}

static void an_event_knows_its_origin(void **state)
{
    Pb__HistoryEvent *event = timer_fired(*state);

    assert_int_equal(event_origin(event), 5);
    event->event_type = EVENT_TYPE_TIMER_STARTED;
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_TIMER_STARTED_EVENT_ATTRIBUTES;
    event->timer_started_event_attributes =
        PB_NEW((struct arena *)*state, Pb__TimerStartedEventAttributes, pb__timer_started_event_attributes);
    assert_int_equal(event_origin(event), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(attributes_are_those_of_the_case),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(commands_have_names),
        ARENA_TEST(size_is_the_encoded_size),
        cmocka_unit_test(commands_write_their_events),
        cmocka_unit_test(every_command_type_writes_an_event),
        cmocka_unit_test(six_types_close_a_run),
        ARENA_TEST(all_types_of_the_schema_are_known),
        ARENA_TEST(an_event_with_other_attributes_is_not_whole),
        ARENA_TEST(an_unknown_event_is_whole_when_it_may_be_ignored),
        ARENA_TEST(an_event_knows_its_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
