/* SPDX-License-Identifier: MIT */
/* Replaying what a run tells about itself, and how it goes on: what matches its history, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/lib/history_changes.h"
#include "tests/worker/replay_fixture.h"

/* Upserts, sleeps, upserts again, and goes on. */
static enum tl_status tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *const tags[] = {"a", "b"};
    const struct tl_search_attribute colour = tl_search_keyword("Colour", "red");
    const struct tl_search_attribute list = tl_search_keywords("Tags", tags, 2);
    const struct tl_field note = {"note", tl_payload_json("1")};

    (void)result;
    tl_upsert_search_attributes(wf, &colour, 1);
    tl_upsert_memo(wf, &note, 1);
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_upsert_search_attributes(wf, &list, 1);
    return tl_continue_as_new(wf, input, NULL);
}

/* As the run began: reads each of what the start told, and ends. */
static enum tl_status reads(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_search_attribute *version = tl_workflow_search_attribute(wf, "TemporalChangeVersion");
    const struct tl_search_attribute *old = tl_workflow_search_attribute(wf, "Old");
    int known = tl_workflow_search_attribute(wf, "Vague") != NULL ||
                tl_workflow_search_attribute(wf, "Broken") != NULL || tl_workflow_search_attribute(wf, "Later") != NULL;

    (void)input;
    return tl_result_text(wf, result, "[%zu, \"%s\", %d]", version->count, old == NULL ? "" : old->items[0], known);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Tells", tells);
    tl_register_workflow(registry, "Reads", reads);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

/* What a history holds at each of its places; NULL: as the code does it. */
struct change {
    const char *attribute;
    const char *value;
    const char *key;
    const char *note;
    const char *next_type;
    const char *next_input;
};

static const char * or (const char *text, const char *otherwise)
{
    return text == NULL ? otherwise : text;
}

static void build_until_sleep(struct history_builder *builder, const struct change *change)
{
    builder_start(builder, "Tells", "7");
    builder_task(builder);
    builder_search_attribute(builder, or (change->attribute, "Colour"), or (change->value, "\"red\""), "Keyword");
    builder_memo(builder, or (change->key, "note"), or (change->note, "1"));
}

static struct replay_fixture *build(void **state, struct change change)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    build_until_sleep(builder, &change);
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_DAYS(1)));
    builder_task(builder);
    builder_search_attribute(builder, "Tags", "[\"a\",\"b\"]", "KeywordList");
    builder_continued(builder, or (change.next_type, "Tells"), or (change.next_input, "7"));
    return fixture;
}

/* The next run's search attributes and memo, as the code hands them on, go into the last event. */
static void hand_on(struct history_builder *builder)
{
    struct arena *arena = &builder->arena;
    const Pb__SearchAttributes *parts[] = {
        builder->events[4]->upsert_workflow_search_attributes_event_attributes->search_attributes,
        builder->events[builder->count - 2]->upsert_workflow_search_attributes_event_attributes->search_attributes};
    Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued =
        builder->events[builder->count - 1]->workflow_execution_continued_as_new_event_attributes;

    continued->memo = builder->events[5]->workflow_properties_modified_event_attributes->upserted_memo;
    continued->search_attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
    continued->search_attributes->n_indexed_fields = 2;
    continued->search_attributes->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, 2);
    for (size_t i = 0; i < 2; i++) {
        continued->search_attributes->indexed_fields[i] = parts[1 - i]->indexed_fields[0];
    }
}

static enum tl_status strictly(struct replay_fixture *fixture)
{
    return replay_fixture_replay_with(fixture, (struct tl_replayer_options){.strict = 1});
}

/* ---- Tests ---- */

static void what_was_told_is_told_again(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){0});

    hand_on(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

static void another_name_is_told(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.attribute = "Shade"});

    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    assert_string_equal(fixture->error.field, "event 5");
    replay_fixture_says(fixture, "expected UpsertWorkflowSearchAttributes of Shade");
    replay_fixture_says(fixture, "found command UpsertWorkflowSearchAttributes of search attributes Colour");
    replay_fixture_says(fixture, "Shade is in history and not in the code");
}

static void another_key_is_told(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.key = "remark"});

    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    assert_string_equal(fixture->error.field, "event 6");
    replay_fixture_says(fixture, "expected WorkflowPropertiesModified of remark");
    replay_fixture_says(fixture, "found command ModifyWorkflowProperties of memo note");
}

static void other_values_are_seen_by_strict_replay_alone(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.value = "\"green\""});

    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
    assert_int_equal(strictly(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "Colour is not as in history");
}

static void another_note_is_seen_by_strict_replay_alone(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.note = "2"});

    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
    assert_int_equal(strictly(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "is not as in history");
}

static void an_upsert_that_the_code_lacks_is_told(void **state)
{
    struct replay_fixture *fixture = *state;

    build_until_sleep(&fixture->builder, &(struct change){0});
    builder_memo(&fixture->builder, "note", "1");
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "expected WorkflowPropertiesModified of note, found command StartTimer");
}

static void going_on_as_another_workflow_is_told(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.next_type = "Tales"});

    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "workflow_type is \"Tales\" in history and \"Tells\" in the code");
}

static void another_input_is_seen_by_strict_replay_alone(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){.next_input = "8"});

    hand_on(&fixture->builder);
    assert_int_equal(replay_fixture_replay_with(fixture, (struct tl_replayer_options){0}), TL_OK);
    assert_int_equal(strictly(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "the new run's input is not the one in history");
}

static void what_is_not_handed_on_is_seen_by_strict_replay(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){0});

    hand_on(&fixture->builder);
    Pb__WorkflowExecutionContinuedAsNewEventAttributes *continued =
        fixture->builder.events[fixture->builder.count - 1]->workflow_execution_continued_as_new_event_attributes;
    continued->search_attributes->n_indexed_fields = 1;
    assert_int_equal(strictly(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "the new run's search attribute Colour is not the one in history");
    continued->memo = NULL;
    continued->search_attributes->n_indexed_fields = 2;
    assert_int_equal(strictly(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "the new run's memo is not the one in history");
}

/* The Go SDK sends one with everything. */
static void an_empty_header_is_none(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){0});
    struct history_builder *builder = &fixture->builder;

    hand_on(builder);
    builder->events[builder->count - 1]->workflow_execution_continued_as_new_event_attributes->header =
        PB_NEW(&builder->arena, Pb__Header, pb__header);
    assert_int_equal(strictly(fixture), TL_OK);
}

static void a_completion_instead_is_told(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;

    build_until_sleep(builder, &(struct change){0});
    builder_timer_fired(builder, "1", builder_timer_started(builder, "1", TL_DAYS(1)));
    builder_task(builder);
    builder_search_attribute(builder, "Tags", "[\"a\",\"b\"]", "KeywordList");
    builder_completed(builder, NULL);
    assert_int_equal(replay_fixture_replay(fixture), TL_NONDETERMINISM);
    replay_fixture_says(fixture, "found command ContinueAsNewWorkflowExecution of workflow Tells as a new run");
}

static void nothing_follows_going_on(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){0});

    hand_on(&fixture->builder);
    builder_task_waits(&fixture->builder);
    assert_int_equal(replay_fixture_replay(fixture), TL_MALFORMED);
    replay_fixture_says(fixture, "history goes on after the run was closed");
}

/* ---- What servers and other SDKs write ---- */

static void
add_attribute(struct history_builder *builder, const char *name, const char *json, const struct tl_metadata *type)
{
    Pb__WorkflowExecutionStartedEventAttributes *started =
        builder->events[0]->workflow_execution_started_event_attributes;
    struct arena *arena = &builder->arena;
    const struct tl_metadata metadata[] = {{"encoding", tl_bytes_of("json/plain")}, *type};
    const struct tl_payload value = {tl_bytes_of(json), metadata, type->key == NULL ? 1 : 2};
    Pb__SearchAttributes__IndexedFieldsEntry *entry =
        PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);

    if (started->search_attributes == NULL) {
        started->search_attributes = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);
        started->search_attributes->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, 8);
    }
    entry->key = arena_strdup(arena, name);
    entry->value = pb_payload(arena, &value);
    started->search_attributes->indexed_fields[started->search_attributes->n_indexed_fields++] = entry;
}

/* Old spellings are read; what has no type, or no value of it, is not there. */
static void attributes_of_others_are_read_with_care(void **state)
{
    struct replay_fixture *fixture = *state;
    struct history_builder *builder = &fixture->builder;
    const struct tl_metadata untyped = {NULL, {NULL, 0}};
    const struct tl_metadata old = {"type", tl_bytes_of("INDEXED_VALUE_TYPE_KEYWORD_LIST")};
    const struct tl_metadata later = {"type", tl_bytes_of("Vector")};
    const struct tl_metadata keyword = {"type", tl_bytes_of("Keyword")};

    builder_start(builder, "Reads", NULL);
    add_attribute(builder, "TemporalChangeVersion", "[\"a-1\", \"b-2\"]", &untyped);
    add_attribute(builder, "Old", "[\"x\"]", &old);
    add_attribute(builder, "Vague", "\"x\"", &untyped);
    add_attribute(builder, "Broken", "5", &keyword);
    add_attribute(builder, "Later", "[1]", &later);
    builder_task(builder);
    builder_completed(builder, "[2, \"x\", 0]");
    assert_int_equal(replay_fixture_replay(fixture), TL_OK);
}

/* ---- Memory ---- */

static void each_allocation_may_fail(void **state)
{
    struct replay_fixture *fixture = build(state, (struct change){0});
    struct failing_allocator memory;
    size_t nth = 0;

    hand_on(&fixture->builder);
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        enum tl_status status = replay_fixture_replay_with(
            fixture, (struct tl_replayer_options){.allocator = &memory.allocator, .strict = 1});
        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 10);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_told_is_told_again),
        TEST(another_name_is_told),
        TEST(another_key_is_told),
        TEST(other_values_are_seen_by_strict_replay_alone),
        TEST(another_note_is_seen_by_strict_replay_alone),
        TEST(an_upsert_that_the_code_lacks_is_told),
        TEST(going_on_as_another_workflow_is_told),
        TEST(another_input_is_seen_by_strict_replay_alone),
        TEST(what_is_not_handed_on_is_seen_by_strict_replay),
        TEST(an_empty_header_is_none),
        TEST(a_completion_instead_is_told),
        TEST(nothing_follows_going_on),
        TEST(attributes_of_others_are_read_with_care),
        TEST(each_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("replayed changes", tests, NULL, NULL);
}
