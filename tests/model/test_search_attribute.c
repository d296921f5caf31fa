/* SPDX-License-Identifier: MIT */
/* Search attributes to payloads and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/search_attribute.h"
#include "tests/lib/arena_fixture.h"

#define MOMENT (TL_SECONDS(INT64_C(1600000000)) + 250)

static const char *const items[] = {"a", "b \"c\"", ""};

static const char *text_of(struct arena *arena, const Pb__Payload *payload)
{
    return arena_strndup(arena, (const char *)payload->data.data, payload->data.len);
}

static const char *metadata_of(struct arena *arena, const Pb__Payload *payload, const char *key)
{
    struct tl_payload view = pb_payload_view(arena, payload);
    struct tl_bytes value = tl_payload_metadata(&view, key);

    return arena_strndup(arena, (const char *)value.data, value.len);
}

/* ---- To payloads ---- */

/* As the Go SDK writes them: JSON, and the type beside it. */
static void each_type_is_written_as_other_sdks_do(void **state)
{
    struct arena *arena = *state;
    const struct {
        struct tl_search_attribute attribute;
        const char *json;
        const char *type;
    } rows[] = {
        {tl_search_text("A", "two \"words\"\n"), "\"two \\\"words\\\"\\n\"", "Text"},
        {tl_search_keyword("A", "\xc3\xa4"), "\"\xc3\xa4\"", "Keyword"},
        {tl_search_int("A", INT64_MIN), "-9223372036854775808", "Int"},
        {tl_search_double("A", 0.1), "0.1", "Double"},
        {tl_search_double("A", 3), "3", "Double"},
        {tl_search_bool("A", 5), "true", "Bool"},
        {tl_search_bool("A", 0), "false", "Bool"},
        {tl_search_datetime("A", MOMENT), "\"2020-09-13T12:26:40.00000025Z\"", "Datetime"},
        {tl_search_keywords("A", items, 3), "[\"a\",\"b \\\"c\\\"\",\"\"]", "KeywordList"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Pb__Payload *payload = search_attribute_payload(arena, &rows[i].attribute);
        assert_string_equal(text_of(arena, payload), rows[i].json);
        assert_string_equal(metadata_of(arena, payload, "encoding"), "json/plain");
        assert_string_equal(metadata_of(arena, payload, "type"), rows[i].type);
    }
}

/* A server keeps what has a type, so that null has none. */
static void what_is_unset_is_null_without_a_type(void **state)
{
    const struct tl_search_attribute unset[] = {tl_search_unset("A"), tl_search_keywords("A", NULL, 0)};

    for (size_t i = 0; i < COUNT_OF(unset); i++) {
        const Pb__Payload *payload = search_attribute_payload(*state, &unset[i]);
        assert_true(search_attribute_is_unset(&unset[i]));
        assert_int_equal(payload->data.len, 0);
        assert_int_equal(payload->n_metadata, 1);
        assert_string_equal(metadata_of(*state, payload, "encoding"), "binary/null");
    }
}

/* ---- And back ---- */

static const struct tl_search_attribute *again(struct arena *arena, struct tl_search_attribute attribute)
{
    return search_attribute_view(arena, "A", search_attribute_payload(arena, &attribute));
}

static void each_type_comes_back(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(again(arena, tl_search_text("A", "x\ty"))->text, "x\ty");
    assert_string_equal(again(arena, tl_search_keyword("A", ""))->text, "");
    assert_int_equal(again(arena, tl_search_int("A", INT64_MAX))->integer, INT64_MAX);
    assert_true(again(arena, tl_search_double("A", -1e300))->number == -1e300);
    assert_int_equal(again(arena, tl_search_bool("A", 1))->truth, 1);
    assert_int_equal(again(arena, tl_search_datetime("A", MOMENT))->time, MOMENT);
    const struct tl_search_attribute *list = again(arena, tl_search_keywords("A", items, 3));
    assert_string_equal(list->name, "A");
    assert_int_equal(list->type, TL_SEARCH_KEYWORD_LIST);
    assert_int_equal(list->count, 3);
    assert_string_equal(list->items[1], items[1]);
    assert_null(again(arena, tl_search_unset("A")));
}

static const struct tl_search_attribute *read(struct arena *arena, const char *name, const char *json, const char *type)
{
    const struct tl_metadata metadata[] = {{"encoding", tl_bytes_of("json/plain")}, {"type", tl_bytes_of(type)}};
    const struct tl_payload payload = {tl_bytes_of(json), metadata, type == NULL ? 1 : 2};

    return search_attribute_view(arena, name, pb_payload(arena, &payload));
}

static void types_have_two_spellings(void **state)
{
    struct arena *arena = *state;

    assert_int_equal(read(arena, "A", "1", "INDEXED_VALUE_TYPE_INT")->integer, 1);
    assert_int_equal(read(arena, "A", "[]", "INDEXED_VALUE_TYPE_KEYWORD_LIST")->count, 0);
    assert_null(read(arena, "A", "1", "INDEXED_VALUE_TYPE_"));
    assert_null(read(arena, "A", "1", "Integer"));
    assert_null(read(arena, "A", "1", "In"));
    assert_null(read(arena, "A", "1", NULL));
}

/* Servers before 1.10 did not tell its type. */
static void the_change_version_has_a_type_of_its_own(void **state)
{
    assert_int_equal(read(*state, SEARCH_CHANGE_VERSION, "[\"a-1\"]", NULL)->count, 1);
    assert_null(read(*state, SEARCH_CHANGE_VERSION, "[\"a-1\"]", "Int"));
}

static void what_is_no_value_of_its_type_is_none(void **state)
{
    static const char *const rows[][2] = {
        {"\"1\"", "Int"},
        {"1.5", "Int"},
        {"\"x\"", "Double"},
        {"1", "Bool"},
        {"1", "Text"},
        {"null", "Keyword"},
        {"\"yesterday\"", "Datetime"},
        {"1", "Datetime"},
        {"[1]", "KeywordList"},
        {"\"a\"", "KeywordList"},
        {"{", "Int"},
        {"", "Int"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_null(read(*state, "A", rows[i][0], rows[i][1]));
    }
    assert_null(search_attribute_view(*state, "A", NULL));
}

/* ---- Checks ---- */

static void values_are_checked(void **state)
{
    static const char *const broken[] = {"a", NULL};
    const struct tl_search_attribute wrong[] = {
        tl_search_text("A", NULL),
        tl_search_keyword("A", "\xff"),
        tl_search_double("A", 1e308 * 10),
        tl_search_keywords("A", NULL, 1),
        tl_search_keywords("A", broken, 2),
        {.name = "A", .type = (enum tl_search_type)8},
        {.name = "A", .type = (enum tl_search_type) - 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct tl_error error = {.field = ""};
        assert_int_equal(search_attribute_check("attributes", &wrong[i], &error), TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, "attributes");
    }
    const struct tl_search_attribute right = tl_search_keywords("A", items, 3);
    assert_int_equal(search_attribute_check("attributes", &right, NULL), TL_OK);
}

/* ---- Two lists ---- */

static Pb__SearchAttributes *list_of(struct arena *arena, const struct tl_search_attribute *attributes, size_t count)
{
    Pb__SearchAttributes *list = PB_NEW(arena, Pb__SearchAttributes, pb__search_attributes);

    list->indexed_fields = ARENA_ARRAY(arena, Pb__SearchAttributes__IndexedFieldsEntry *, count);
    for (size_t i = 0; i < count; i++) {
        Pb__SearchAttributes__IndexedFieldsEntry *entry =
            PB_NEW(arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
        entry->key = arena_strdup(arena, attributes[i].name);
        entry->value = search_attribute_payload(arena, &attributes[i]);
        list->indexed_fields[list->n_indexed_fields++] = entry;
    }
    return list;
}

/* The order is no difference, nor a type that a server added. */
static void lists_are_the_same_whatever_their_order(void **state)
{
    const struct tl_search_attribute one[] = {tl_search_int("A", 1), tl_search_int("B", 2)};
    const struct tl_search_attribute other[] = {tl_search_int("B", 2), tl_search_int("A", 1)};
    Pb__SearchAttributes *left = list_of(*state, one, 2);
    Pb__SearchAttributes *right = list_of(*state, other, 2);

    assert_null(search_attributes_differ(left, right));
    right->indexed_fields[0]->value->n_metadata = 1;
    assert_null(search_attributes_differ(left, right));
    assert_null(search_attributes_differ(NULL, NULL));
}

static void the_first_that_differs_is_named(void **state)
{
    const struct tl_search_attribute one[] = {tl_search_int("A", 1), tl_search_int("B", 2)};
    const struct tl_search_attribute changed[] = {tl_search_int("A", 1), tl_search_int("B", 3)};
    const struct tl_search_attribute retyped[] = {tl_search_double("A", 1), tl_search_int("B", 2)};
    Pb__SearchAttributes *left = list_of(*state, one, 2);

    assert_string_equal(search_attributes_differ(left, list_of(*state, changed, 2)), "B");
    assert_string_equal(search_attributes_differ(left, list_of(*state, retyped, 2)), "A");
    assert_string_equal(search_attributes_differ(left, list_of(*state, one, 1)), "B");
    assert_string_equal(search_attributes_differ(list_of(*state, one, 1), left), "B");
    assert_string_equal(search_attributes_differ(NULL, left), "A");
}

#define TEST(name) ARENA_TEST(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_type_is_written_as_other_sdks_do),
        TEST(what_is_unset_is_null_without_a_type),
        TEST(each_type_comes_back),
        TEST(types_have_two_spellings),
        TEST(the_change_version_has_a_type_of_its_own),
        TEST(what_is_no_value_of_its_type_is_none),
        cmocka_unit_test(values_are_checked),
        TEST(lists_are_the_same_whatever_their_order),
        TEST(the_first_that_differs_is_named),
    };

    return cmocka_run_group_tests_name("search attributes", tests, NULL, NULL);
}
