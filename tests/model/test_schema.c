/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/pb.h"
#include "model/schema.h"
#include "model/schema_index.h"

static void messages_are_found_by_descriptor_and_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_message_count; i++) {
        const ProtobufCMessageDescriptor *descriptor = schema_messages[i].descriptor;

        assert_ptr_equal(schema_of(descriptor), &schema_messages[i]);
        assert_ptr_equal(schema_find(descriptor->name, strlen(descriptor->name)), &schema_messages[i]);
    }
    assert_null(schema_find("temporal.api.common.v1.Nothing", 30));
}

/* Our tables against protobuf-c's own, field by field. */
static void agrees(const struct schema_message *type, size_t index)
{
    const ProtobufCFieldDescriptor *theirs = &type->descriptor->fields[index];
    const struct schema_field *ours = schema_field_at(type, index);

    assert_int_equal(ours->number, theirs->id);
    assert_int_equal(ours->offset, theirs->offset);
    assert_int_equal(ours->quantifier, theirs->quantifier_offset);
    assert_int_equal(ours->type, theirs->type);
    assert_string_equal(schema_text(ours->name), theirs->name);
    assert_int_equal((ours->flags & SCHEMA_REPEATED) != 0, theirs->label == PROTOBUF_C_LABEL_REPEATED);
    assert_int_equal((ours->flags & SCHEMA_PACKED) != 0, (theirs->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0);
    assert_int_equal((ours->flags & SCHEMA_ONEOF) != 0, (theirs->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0);
    if (theirs->type == PROTOBUF_C_TYPE_MESSAGE) {
        assert_ptr_equal(schema_target(ours)->descriptor, theirs->descriptor);
    }
    assert_ptr_equal(schema_field_by_number(type, ours->number), ours);
    assert_ptr_equal(schema_field_by_name(type, theirs->name, strlen(theirs->name)), ours);
    assert_ptr_equal(schema_field_by_name(type, schema_text(ours->json_name) + 1, ours->json_len), ours);
}

static void fields_agree_with_the_descriptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_message_count; i++) {
        assert_int_equal(schema_messages[i].field_count, schema_messages[i].descriptor->n_fields);
        for (size_t field = 0; field < schema_messages[i].field_count; field++) {
            agrees(&schema_messages[i], field);
        }
    }
}

static void unknown_fields_are_not_found(void **state)
{
    const struct schema_message *event = &schema_messages[SCHEMA_pb__history_event];
    const struct schema_message *empty = &schema_messages[SCHEMA_pb__empty];

    (void)state;
    assert_null(schema_field_by_name(event, "eventIds", 8));
    assert_null(schema_field_by_name(event, "eventI", 6));
    assert_null(schema_field_by_name(event, "", 0));
    assert_null(schema_field_by_name(empty, "a", 1));
    assert_null(schema_field_by_number(event, 0));
    assert_null(schema_field_by_number(event, 100));
    assert_null(schema_field_by_number(event, 299));
    assert_null(schema_field_by_number(event, UINT32_MAX));
    assert_null(schema_field_by_number(empty, 1));
}

static void json_names_are_in_lower_camel_case(void **state)
{
    const struct schema_message *event = &schema_messages[SCHEMA_pb__history_event];

    (void)state;
    assert_string_equal(schema_text(schema_field_by_number(event, 300)->json_name), "\"workerMayIgnore\":");
    assert_string_equal(schema_text(schema_field_by_number(event, 1)->json_name), "\"eventId\":");
}

static unsigned flags_of(const struct schema_message *type, const char *name)
{
    return schema_field_by_name(type, name, strlen(name))->flags;
}

/* 44 maps, and the one list whose element is named like a map's entry. */
static void maps_are_told_from_lists(void **state)
{
    size_t maps = 0;

    (void)state;
    for (size_t i = 0; i < schema_message_count; i++) {
        for (size_t field = 0; field < schema_messages[i].field_count; field++) {
            maps += (schema_field_at(&schema_messages[i], field)->flags & SCHEMA_MAP) != 0;
        }
    }
    assert_in_range(maps, 40, 60);
    assert_int_equal(flags_of(&schema_messages[SCHEMA_pb__payload], "metadata"), SCHEMA_REPEATED | SCHEMA_MAP);
    assert_int_equal(flags_of(&schema_messages[SCHEMA_pb__list_schedules_response], "schedules"), SCHEMA_REPEATED);
}

/* Sixty attributes are one step: that is what makes walks cheap. */
static void a_oneof_is_one_step(void **state)
{
    const struct schema_message *type = &schema_messages[SCHEMA_pb__history_event];
    Pb__HistoryEvent event = PB__HISTORY_EVENT__INIT;
    size_t oneofs = 0;

    (void)state;
    assert_true(type->field_count > 60);
    assert_true(type->step_count < 15);
    event.attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_TIMER_FIRED_EVENT_ATTRIBUTES;
    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, &event, step);

        if (field != NULL && (field->flags & SCHEMA_ONEOF) != 0) {
            assert_int_equal(field->number, PB__HISTORY_EVENT__ATTRIBUTES_TIMER_FIRED_EVENT_ATTRIBUTES);
            oneofs++;
        }
    }
    assert_int_equal(oneofs, 1);
    event.attributes_case = PB__HISTORY_EVENT__ATTRIBUTES__NOT_SET;
    for (size_t step = 0; step < type->step_count; step++) {
        assert_null(schema_step(type, &event, step));
    }
}

static bool holds(unsigned index, unsigned flag)
{
    return (schema_messages[index].flags & flag) != 0;
}

static void what_is_below_a_message_is_known(void **state)
{
    (void)state;
    assert_true(holds(SCHEMA_pb__payload, SCHEMA_IS_PAYLOAD));
    assert_true(holds(SCHEMA_pb__history, SCHEMA_HOLDS_PAYLOADS));
    assert_true(holds(SCHEMA_pb__failure, SCHEMA_HOLDS_PAYLOADS));
    assert_false(holds(SCHEMA_pb__workflow_execution, SCHEMA_HOLDS_PAYLOADS));
    assert_false(holds(SCHEMA_pb__history, SCHEMA_IS_PAYLOAD));
    assert_true(holds(SCHEMA_pb__workflow_execution, SCHEMA_HOLDS_TEXT));
    assert_true(holds(SCHEMA_pb__list_value, SCHEMA_HOLDS_TEXT));
    assert_false(holds(SCHEMA_pb__timestamp, SCHEMA_HOLDS_TEXT));
}

static void every_enumerator_is_found_by_both_spellings(void **state)
{
    (void)state;
    for (unsigned index = SCHEMA_ENUM_EventType;; index = SCHEMA_ENUM_TaskQueueKind) {
        const struct schema_enum *type = &schema_enums[index];

        for (size_t i = 0; i < type->value_count; i++) {
            const struct schema_value *value = &schema_values[type->first_value + i];

            assert_true(value->short_len > 0);
            assert_ptr_equal(schema_value_by_name(index, schema_text(value->name) + 1, value->name_len), value);
            assert_ptr_equal(schema_value_by_name(index, schema_text(value->short_name), value->short_len), value);
            assert_ptr_equal(schema_value_by_number(index, value->number), value);
        }
        if (index == SCHEMA_ENUM_TaskQueueKind) {
            break;
        }
    }
}

static void unknown_enumerators_are_not_found(void **state)
{
    (void)state;
    assert_null(schema_value_by_name(SCHEMA_ENUM_EventType, "timerFired", 10));
    assert_null(schema_value_by_name(SCHEMA_ENUM_EventType, "", 0));
    assert_null(schema_value_by_number(SCHEMA_ENUM_EventType, -1));
    assert_null(schema_value_by_number(SCHEMA_ENUM_EventType, 9999));
    assert_null(schema_value_by_number(SCHEMA_ENUM_CommandType, 15)); /* a gap */
    assert_non_null(schema_value_by_number(SCHEMA_ENUM_CommandType, 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_found_by_descriptor_and_name),
        cmocka_unit_test(fields_agree_with_the_descriptors),
        cmocka_unit_test(unknown_fields_are_not_found),
        cmocka_unit_test(json_names_are_in_lower_camel_case),
        cmocka_unit_test(maps_are_told_from_lists),
        cmocka_unit_test(a_oneof_is_one_step),
        cmocka_unit_test(what_is_below_a_message_is_known),
        cmocka_unit_test(every_enumerator_is_found_by_both_spellings),
        cmocka_unit_test(unknown_enumerators_are_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
