/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/message.h"
#include "model/schema.h"
#include "tests/lib/arena_fixture.h"
#include "tests/lib/random_message.h"

#define ROUNDS 6

/* Runs `check` on random messages of every type. */
static void
each_random_message(struct arena *arena, uint64_t seed, void (*check)(struct arena *arena, ProtobufCMessage *message))
{
    struct random random;
    const struct random_message maker = {.arena = arena, .random = &random, .max_depth = 4};

    random_seed(&random, seed);
    for (size_t i = 0; i < schema_message_count; i++) {
        for (int round = 0; round < ROUNDS; round++) {
            check(arena, random_message(&maker, schema_messages[i].descriptor));
            arena_reset(arena);
        }
    }
}

static void size_is_protobuf_c_s(struct arena *arena, ProtobufCMessage *message)
{
    (void)arena;
    if (message_size(message) != protobuf_c_message_get_packed_size(message)) {
        fail_msg("%s", message->descriptor->name);
    }
}

static void sizes_equal_protobuf_c_s_for_all_types(void **state)
{
    each_random_message(*state, 1, size_is_protobuf_c_s);
}

static void comes_back_equal(struct arena *arena, ProtobufCMessage *message)
{
    struct tl_error error;
    char path[256] = "";
    void *back = NULL;

    if (message_unpack(arena, message->descriptor, message_pack(arena, message), &back, &error) != TL_OK) {
        fail_msg("%s.%s: %s", message->descriptor->name, error.field, error.message);
    }
    if (!message_equal(message, back, path, sizeof(path))) {
        fail_msg("%s.%s", message->descriptor->name, path);
    }
}

static void all_types_come_back_equal_from_the_wire(void **state)
{
    each_random_message(*state, 2, comes_back_equal);
}

static void clone_is_equal_and_apart(struct arena *arena, ProtobufCMessage *message)
{
    struct arena other;
    char path[256] = "";

    arena_init(&other, arena->pool);
    ProtobufCMessage *first = message_clone(&other, message);
    struct tl_bytes before = message_pack(arena, first);
    ProtobufCMessage *second = message_clone(arena, first);

    if (!message_equal(message, first, path, sizeof(path))) {
        fail_msg("%s.%s", message->descriptor->name, path);
    }
    arena_done(&other); /* poisoned: whatever the second still shared would show */
    struct tl_bytes after = message_pack(arena, second);

    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, after.len);
}

static void clones_of_all_types_are_equal_and_share_nothing(void **state)
{
    each_random_message(*state, 3, clone_is_equal_and_apart);
}

static void validates_what_it_made(struct arena *arena, ProtobufCMessage *message)
{
    struct tl_error error;

    (void)arena;
    if (message_validate(message, &error) != TL_OK) {
        fail_msg("%s.%s: %s", message->descriptor->name, error.field, error.message);
    }
}

static void valid_messages_of_all_types_are_valid(void **state)
{
    each_random_message(*state, 4, validates_what_it_made);
}

/* Bytes cut short anywhere are refused or mean something, and never more than that. */
static void survives_truncation(struct arena *arena, ProtobufCMessage *message)
{
    struct tl_bytes bytes = message_pack(arena, message);

    for (size_t len = 0; len < bytes.len; len += 1 + len / 3) {
        uint8_t *cut = arena_copy(arena, bytes.data, len);
        void *back = NULL;
        enum tl_status status = message_unpack(arena, message->descriptor, (struct tl_bytes){cut, len}, &back, NULL);

        assert_true(status == TL_OK ? back != NULL : status == TL_MALFORMED && back == NULL);
    }
}

static void truncated_bytes_of_all_types_are_harmless(void **state)
{
    each_random_message(*state, 5, survives_truncation);
}

/* ---- Cloning nothing, comparing ---- */

static void clone_of_nothing_is_nothing(void **state)
{
    assert_null(message_clone(*state, NULL));
}

static Pb__Payload *json_payload(struct arena *arena, const char *text)
{
    const struct tl_payload payload = tl_payload_json(text);

    return pb_payload(arena, &payload);
}

static Pb__HistoryEvent *signaled(struct arena *arena, const char *input)
{
    Pb__HistoryEvent *event = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);
    Pb__WorkflowExecutionSignaledEventAttributes *attributes =
        PB_NEW(arena, Pb__WorkflowExecutionSignaledEventAttributes, pb__workflow_execution_signaled_event_attributes);
    const struct tl_payload payload = tl_payload_json(input);

    event->event_type = (Pb__EventType)EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED;
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_SIGNALED_EVENT_ATTRIBUTES;
    event->workflow_execution_signaled_event_attributes = attributes;
    attributes->signal_name = arena_strdup(arena, "approve");
    attributes->input = pb_payloads(arena, TL_ARGS(payload, payload));
    return event;
}

static void a_difference_is_named_by_its_path(void **state)
{
    Pb__HistoryEvent *left = signaled(*state, "1");
    Pb__HistoryEvent *right = signaled(*state, "1");
    char path[128];

    right->workflow_execution_signaled_event_attributes->input->payloads[1] = json_payload(*state, "2");
    assert_false(message_equal(left, right, path, sizeof(path)));
    assert_string_equal(path, "workflow_execution_signaled_event_attributes.input.payloads[1].data");
}

static void a_path_is_cut_at_its_size(void **state)
{
    Pb__HistoryEvent *left = signaled(*state, "1");
    Pb__HistoryEvent *right = signaled(*state, "2");
    char path[9] = "12345678";

    assert_false(message_equal(left, right, path, sizeof(path)));
    assert_string_equal(path, "workflow");
}

static void absent_and_empty_messages_differ(void **state)
{
    Pb__HistoryEvent *left = signaled(*state, "1");
    Pb__HistoryEvent *right = signaled(*state, "1");
    char path[128];

    left->user_metadata = PB_NEW((struct arena *)*state, Pb__UserMetadata, pb__user_metadata);
    assert_false(message_equal(left, right, path, sizeof(path)));
    assert_string_equal(path, "user_metadata");
    assert_false(message_equal(right, left, NULL, 0));
}

/* protobuf-c's shared empty string, one of our own and none at all are one value. */
static void empty_strings_are_equal(void **state)
{
    struct arena *arena = *state;
    Pb__WorkflowExecution *left = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);
    Pb__WorkflowExecution *right = PB_NEW(arena, Pb__WorkflowExecution, pb__workflow_execution);

    left->run_id = NULL;
    assert_true(message_equal(left, right, NULL, 0));
    assert_true(message_equal(right, left, NULL, 0));
    right->workflow_id = arena_strdup(arena, "");
    assert_true(message_equal(left, right, NULL, 0));
    right->run_id = arena_strdup(arena, "a");
    assert_false(message_equal(left, right, NULL, 0));
    assert_false(message_equal(right, left, NULL, 0));
}

static void other_members_of_a_oneof_differ(void **state)
{
    Pb__HistoryEvent *left = signaled(*state, "1");
    Pb__HistoryEvent *right = signaled(*state, "1");
    char path[128];

    right->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES__NOT_SET;
    assert_false(message_equal(left, right, path, sizeof(path)));
    assert_string_equal(path, "workflow_execution_signaled_event_attributes");
}

static Pb__Payload *with_metadata(struct arena *arena, const char *const *keys, size_t count)
{
    struct tl_metadata items[16];
    const struct tl_payload payload = {{NULL, 0}, items, count};

    for (size_t i = 0; i < count; i++) {
        items[i] = (struct tl_metadata){keys[i], tl_bytes_of(keys[i])};
    }
    return pb_payload(arena, &payload);
}

static void maps_are_equal_in_any_order(void **state)
{
    static const char *const one[] = {"a", "b", "c"};
    static const char *const other[] = {"c", "a", "b"};

    assert_true(message_equal(with_metadata(*state, one, 3), with_metadata(*state, other, 3), NULL, 0));
}

static void maps_with_other_keys_differ_at_the_key(void **state)
{
    static const char *const one[] = {"a", "b"};
    static const char *const other[] = {"b", "c"};
    char path[64];

    assert_false(message_equal(with_metadata(*state, one, 2), with_metadata(*state, other, 2), path, sizeof(path)));
    assert_string_equal(path, "metadata[\"a\"]");
}

static void maps_differ_when_only_the_right_has_a_key(void **state)
{
    static const char *const one[] = {"a"};
    static const char *const other[] = {"a", "c"};
    char path[64];

    assert_false(message_equal(with_metadata(*state, one, 1), with_metadata(*state, other, 2), path, sizeof(path)));
    assert_string_equal(path, "metadata[\"c\"]");
}

static void messages_of_two_types_differ(void **state)
{
    struct arena *arena = *state;

    assert_false(message_equal(PB_NEW(arena, Pb__Empty, pb__empty), PB_NEW(arena, Pb__Payload, pb__payload), NULL, 0));
}

static void unknown_fields_count(void **state)
{
    struct arena *arena = *state;
    static const uint8_t bytes[] = {0x88, 0x7D, 0x01}; /* field 2001, a varint */
    void *left = NULL;
    void *right = NULL;

    assert_int_equal(message_unpack(arena, &pb__payload__descriptor, (struct tl_bytes){bytes, 3}, &left, NULL), TL_OK);
    assert_int_equal(message_unpack(arena, &pb__payload__descriptor, (struct tl_bytes){bytes, 0}, &right, NULL), TL_OK);
    assert_false(message_equal(left, right, NULL, 0));
    assert_int_equal(message_pack(arena, left).len, 3);
}

/* ---- Validity ---- */

static void a_string_that_is_no_utf8_is_named(void **state)
{
    Pb__HistoryEvent *event = signaled(*state, "1");
    struct tl_error error;

    event->workflow_execution_signaled_event_attributes->signal_name = arena_strdup(*state, "caf\xe9");
    assert_int_equal(message_validate(event, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "workflow_execution_signaled_event_attributes.signal_name");
}

/* A chain of `links` failures. */
static Pb__Failure *chain(struct arena *arena, int links)
{
    Pb__Failure *failure = NULL;

    for (int i = 0; i < links; i++) {
        Pb__Failure *outer = PB_NEW(arena, Pb__Failure, pb__failure);

        outer->cause = failure;
        failure = outer;
    }
    return failure;
}

static void nesting_is_limited_in_memory(void **state)
{
    struct tl_error error;

    assert_int_equal(message_validate(chain(*state, MESSAGE_MAX_DEPTH), &error), TL_OK);
    assert_int_equal(message_validate(chain(*state, MESSAGE_MAX_DEPTH + 1), &error), TL_TOO_LARGE);
    assert_memory_equal(error.field, "cause.cause.", 12);
}

static void nesting_is_limited_on_the_wire(void **state)
{
    struct arena *arena = *state;
    struct tl_bytes fine = message_pack(arena, chain(arena, MESSAGE_MAX_DEPTH));
    struct tl_bytes deep = message_pack(arena, chain(arena, MESSAGE_MAX_DEPTH + 1));
    struct tl_error error;
    void *message = NULL;

    assert_int_equal(message_unpack(arena, &pb__failure__descriptor, deep, &message, &error), TL_TOO_LARGE);
    assert_null(message);
    assert_int_equal(message_unpack(arena, &pb__failure__descriptor, fine, &message, &error), TL_OK);
}

/* A duration ends the chain: neither in memory nor on the wire is it counted. */
static void the_deepest_message_may_hold_a_duration(void **state)
{
    struct arena *arena = *state;
    Pb__Failure *failure = chain(arena, MESSAGE_MAX_DEPTH - 1);
    Pb__ApplicationFailureInfo *info = PB_NEW(arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    Pb__Failure *last = failure;
    void *message = NULL;

    while (last->cause != NULL) {
        last = last->cause;
    }
    last->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    last->application_failure_info = info;
    info->next_retry_delay = PB_NEW(arena, Pb__Duration, pb__duration);
    assert_int_equal(message_validate(failure, NULL), TL_OK);
    assert_int_equal(
        message_unpack(arena, &pb__failure__descriptor, message_pack(arena, failure), &message, NULL), TL_OK);
    assert_true(message_equal(failure, message, NULL, 0));
}

/* Built by hand: encoding it from memory would itself need a deep stack. */
static void nesting_of_a_hundred_thousand_is_refused(void **state)
{
    struct arena *arena = *state;
    size_t room = 600000;
    uint8_t *buffer = arena_alloc(arena, room);
    size_t at = room;
    struct tl_error error;
    void *message = NULL;

    for (int i = 0; i < 100000; i++) {
        size_t len = room - at;

        buffer[--at] = (uint8_t)(len >> 14U);
        buffer[--at] = (uint8_t)((len >> 7U) | 0x80U);
        buffer[--at] = (uint8_t)(len | 0x80U);
        buffer[--at] = 0x22; /* cause */
    }
    struct tl_bytes bytes = {buffer + at, room - at};

    assert_int_equal(message_unpack(arena, &pb__failure__descriptor, bytes, &message, &error), TL_TOO_LARGE);
}

static void refused_as(
    struct arena *arena, const ProtobufCMessageDescriptor *type, struct tl_bytes bytes, const char *field,
    const char *said)
{
    struct tl_error error = {0};
    void *message = NULL;

    assert_int_equal(message_unpack(arena, type, bytes, &message, &error), TL_MALFORMED);
    assert_null(message);
    assert_string_equal(error.field, field);
    assert_non_null(strstr(error.message, said));
}

static void refused(struct arena *arena, const char *bytes, size_t len, const char *field, const char *said)
{
    const struct tl_bytes all = {(const uint8_t *)bytes, len};

    refused_as(arena, &pb__workflow_execution__descriptor, all, field, said);
}

static void bad_bytes_are_refused_by_name(void **state)
{
    refused(
        *state,
        "\x0a\x03"
        "a\0b",
        5,
        "workflow_id",
        "NUL");
    refused(
        *state,
        "\x12\x02"
        "\xc3(",
        4,
        "run_id",
        "UTF-8");
    refused(
        *state,
        "\x0a\x05"
        "abc",
        5,
        "workflow_id",
        "past the end");
    refused(*state, "\x0a", 1, "workflow_id", "past the end");
    refused(*state, "\x0b\x0c", 2, "workflow_id", "wire type");
    refused(*state, "\x02\x01", 2, "", "field number");
    refused(*state, "\x08\x01", 2, "", "another wire type");
    refused(*state, "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "", "past the end");
    refused(
        *state,
        "\x19"
        "1234567",
        8,
        "",
        "past the end");
    refused(
        *state,
        "\x1d"
        "123",
        4,
        "",
        "past the end");
}

/* protobuf-c decodes a field number of 0 spelled in two bytes, and cannot decode what it then writes. */
static void a_field_number_of_zero_is_refused_however_it_is_spelled(void **state)
{
    static const uint8_t bytes[] = {0x12, 6, 0x85, 0, 1, 2, 3, 4};

    refused_as(
        *state, &pb__history_event__descriptor, (struct tl_bytes){bytes, sizeof(bytes)}, "event_time", "field number");
}

/* protobuf-c's merge loses what the first held; two empty causes make it read past its tables. */
static void a_message_given_twice_is_refused_by_name(void **state)
{
    static const uint8_t twice[] = {0x22, 0, 0x22, 0};
    static const uint8_t nested[] = {0x22, 4, 0x22, 0, 0x22, 0};
    const ProtobufCMessageDescriptor *type = &pb__failure__descriptor;

    refused_as(*state, type, (struct tl_bytes){twice, sizeof(twice)}, "cause", "twice");
    refused_as(*state, type, (struct tl_bytes){nested, sizeof(nested)}, "cause.cause", "twice");
}

/* As proto3 has it: of a number or a string given twice the last counts. */
static void of_scalars_given_twice_the_last_counts(void **state)
{
    static const uint8_t bytes[] = {0x0a, 1, 'a', 0x0a, 1, 'b'};
    Pb__WorkflowExecution *execution = NULL;
    void *message = NULL;

    assert_int_equal(
        message_unpack(
            *state, &pb__workflow_execution__descriptor, (struct tl_bytes){bytes, sizeof(bytes)}, &message, NULL),
        TL_OK);
    execution = message;
    assert_string_equal(execution->workflow_id, "b");
}

/* ---- Payloads ---- */

struct count {
    int seen;
    int stop_after;
};

static enum tl_status count_payload(void *user, Pb__Payload **payload)
{
    struct count *count = user;

    assert_non_null(*payload);
    count->seen++;
    return count->seen == count->stop_after ? TL_CANCELED : TL_OK;
}

static void all_payloads_are_visited(void **state)
{
    struct arena *arena = *state;
    Pb__RespondWorkflowTaskCompletedRequest *request =
        PB_NEW(arena, Pb__RespondWorkflowTaskCompletedRequest, pb__respond_workflow_task_completed_request);
    Pb__Command *command = PB_NEW(arena, Pb__Command, pb__command);
    Pb__FailWorkflowExecutionCommandAttributes *fail =
        PB_NEW(arena, Pb__FailWorkflowExecutionCommandAttributes, pb__fail_workflow_execution_command_attributes);
    struct count count = {0, 0};

    request->n_commands = 1;
    request->commands = &command;
    command->attributes_case = PB__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    command->fail_workflow_execution_command_attributes = fail;
    fail->failure = chain(arena, 2);
    fail->failure->encoded_attributes = json_payload(arena, "1");
    fail->failure->cause->failure_info_case = PB__FAILURE__FAILURE_INFO_CANCELED_FAILURE_INFO;
    fail->failure->cause->canceled_failure_info = PB_NEW(arena, Pb__CanceledFailureInfo, pb__canceled_failure_info);
    fail->failure->cause->canceled_failure_info->details =
        pb_payloads(arena, TL_ARGS(tl_payload_json("2"), tl_payload_null()));

    assert_int_equal(message_visit_payloads(request, count_payload, &count), TL_OK);
    assert_int_equal(count.seen, 3);
    count = (struct count){0, 2};
    assert_int_equal(message_visit_payloads(request, count_payload, &count), TL_CANCELED);
    assert_int_equal(count.seen, 2);
}

static void search_attributes_are_left_alone(void **state)
{
    struct arena *arena = *state;
    Pb__StartWorkflowExecutionRequest *request =
        PB_NEW(arena, Pb__StartWorkflowExecutionRequest, pb__start_workflow_execution_request);
    Pb__SearchAttributes__IndexedFieldsEntry *entry =
        PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
    Pb__Memo__FieldsEntry *note = PB_NEW(arena, Pb__Memo__FieldsEntry, pb__memo__fields_entry);
    struct count count = {0, 0};

    entry->value = json_payload(arena, "1");
    note->value = json_payload(arena, "2");
    request->search_attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
    request->search_attributes->n_indexed_fields = 1;
    request->search_attributes->indexed_fields = &entry;
    request->memo = PB_NEW(arena, Pb__Memo, pb__memo);
    request->memo->n_fields = 1;
    request->memo->fields = &note;

    assert_int_equal(message_visit_payloads(request, count_payload, &count), TL_OK);
    assert_int_equal(count.seen, 1);
}

static enum tl_status replace_payload(void *user, Pb__Payload **payload)
{
    *payload = user;
    return TL_OK;
}

static void a_payload_can_be_replaced(void **state)
{
    Pb__HistoryEvent *event = signaled(*state, "1");
    Pb__Payload *other = json_payload(*state, "2");

    assert_int_equal(message_visit_payloads(event, replace_payload, other), TL_OK);
    assert_ptr_equal(event->workflow_execution_signaled_event_attributes->input->payloads[0], other);
    assert_ptr_equal(event->workflow_execution_signaled_event_attributes->input->payloads[1], other);
}

/* ---- Any ---- */

static void any_gives_back_what_it_was_given(void **state)
{
    struct arena *arena = *state;
    Pb__Payload *payload = json_payload(arena, "1");
    Pb__Any *any = message_to_any(arena, payload);

    assert_string_equal(any->type_url, "type.googleapis.com/temporal.api.common.v1.Payload");
    assert_true(message_equal(message_from_any(arena, any), payload, NULL, 0));
}

static void any_of_unknown_type_or_bytes_gives_nothing(void **state)
{
    struct arena *arena = *state;
    Pb__Any *any = message_to_any(arena, json_payload(arena, "1"));

    any->type_url = arena_strdup(arena, "type.googleapis.com/temporal.api.common.v1.Nothing");
    assert_null(message_from_any(arena, any));
    any->type_url = arena_strdup(arena, "temporal.api.common.v1.Payload");
    assert_null(message_from_any(arena, any));
    any = message_to_any(arena, json_payload(arena, "1"));
    any->value.len--;
    assert_null(message_from_any(arena, any));
}

static void messages_are_found_by_full_name(void **state)
{
    (void)state;
    assert_ptr_equal(message_descriptor("temporal.api.common.v1.Payload", 30), &pb__payload__descriptor);
    assert_null(message_descriptor("temporal.api.common.v1.Payload", 29));
    assert_null(message_descriptor("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(sizes_equal_protobuf_c_s_for_all_types),
        ARENA_TEST(all_types_come_back_equal_from_the_wire),
        ARENA_TEST(clones_of_all_types_are_equal_and_share_nothing),
        ARENA_TEST(valid_messages_of_all_types_are_valid),
        ARENA_TEST(truncated_bytes_of_all_types_are_harmless),
        ARENA_TEST(clone_of_nothing_is_nothing),
        ARENA_TEST(a_difference_is_named_by_its_path),
        ARENA_TEST(a_path_is_cut_at_its_size),
        ARENA_TEST(absent_and_empty_messages_differ),
        ARENA_TEST(empty_strings_are_equal),
        ARENA_TEST(other_members_of_a_oneof_differ),
        ARENA_TEST(maps_are_equal_in_any_order),
        ARENA_TEST(maps_with_other_keys_differ_at_the_key),
        ARENA_TEST(maps_differ_when_only_the_right_has_a_key),
        ARENA_TEST(messages_of_two_types_differ),
        ARENA_TEST(unknown_fields_count),
        ARENA_TEST(a_string_that_is_no_utf8_is_named),
        ARENA_TEST(nesting_is_limited_in_memory),
        ARENA_TEST(nesting_is_limited_on_the_wire),
        ARENA_TEST(the_deepest_message_may_hold_a_duration),
        ARENA_TEST(nesting_of_a_hundred_thousand_is_refused),
        ARENA_TEST(bad_bytes_are_refused_by_name),
        ARENA_TEST(a_field_number_of_zero_is_refused_however_it_is_spelled),
        ARENA_TEST(a_message_given_twice_is_refused_by_name),
        ARENA_TEST(of_scalars_given_twice_the_last_counts),
        ARENA_TEST(all_payloads_are_visited),
        ARENA_TEST(search_attributes_are_left_alone),
        ARENA_TEST(a_payload_can_be_replaced),
        ARENA_TEST(any_gives_back_what_it_was_given),
        ARENA_TEST(any_of_unknown_type_or_bytes_gives_nothing),
        ARENA_TEST(messages_are_found_by_full_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
