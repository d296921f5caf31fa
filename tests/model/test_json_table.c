/* SPDX-License-Identifier: MIT */
/* Structs to and from JSON by tables. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include <timelapse/json.h>
#include <timelapse/json_table.h>

/* ---- What is read ---- */

enum colour {
    RED,
    GREEN
};

struct line {
    const char *sku;
    int quantity;
    double price;
};

struct order {
    const char *customer;
    struct line *lines;
    size_t line_count;
    tl_duration patience;
    tl_time due;
    struct line extra;
    struct line *gift;
    struct tl_bytes rest;
    const char **tags;
    size_t tag_count;
    int16_t *weights;
    size_t weight_count;
    double *rates;
    size_t rate_count;
    bool paid;
    uint8_t small;
    enum colour colour;
};

static const struct tl_json_field line_fields[] = {
    TL_JSON_STRING(struct line, sku),
    TL_JSON_INT(struct line, quantity, TL_JSON_REQUIRED, "item-count"),
    TL_JSON_DOUBLE(struct line, price, TL_JSON_OPTIONAL),
};
static const struct tl_json_table line_table = TL_JSON_TABLE(struct line, line_fields);

static const struct tl_json_field order_fields[] = {
    TL_JSON_STRING(struct order, customer),
    TL_JSON_OBJECTS(struct order, lines, line_count, &line_table, TL_JSON_OPTIONAL),
    TL_JSON_DURATION(struct order, patience, TL_JSON_OPTIONAL),
    TL_JSON_TIME(struct order, due, TL_JSON_OPTIONAL),
    TL_JSON_OBJECT(struct order, extra, &line_table, TL_JSON_OPTIONAL, "the \"extra\""),
    TL_JSON_POINTER(struct order, gift, &line_table, TL_JSON_OPTIONAL),
    TL_JSON_RAW(struct order, rest, TL_JSON_OPTIONAL),
    TL_JSON_STRINGS(struct order, tags, tag_count, TL_JSON_OPTIONAL),
    TL_JSON_INTS(struct order, weights, weight_count, TL_JSON_OPTIONAL),
    TL_JSON_DOUBLES(struct order, rates, rate_count, TL_JSON_OPTIONAL),
    TL_JSON_BOOL(struct order, paid, TL_JSON_OPTIONAL),
    TL_JSON_INT(struct order, small, TL_JSON_OPTIONAL),
    TL_JSON_INT(struct order, colour, TL_JSON_OPTIONAL),
};
static const struct tl_json_table order_table = TL_JSON_TABLE(struct order, order_fields);

/* One that is made of itself. */
struct tree {
    struct tree *children;
    size_t child_count;
    struct tree *next;
};

extern const struct tl_json_table tree_table;
static const struct tl_json_field tree_fields[] = {
    TL_JSON_OBJECTS(struct tree, children, child_count, &tree_table, TL_JSON_OPTIONAL),
    TL_JSON_POINTER(struct tree, next, &tree_table, TL_JSON_OPTIONAL),
};
const struct tl_json_table tree_table = TL_JSON_TABLE(struct tree, tree_fields);

/* ---- Memory: given back after the test, or failing on purpose ---- */

#define MOST_BLOCKS 1000

struct memory {
    void *blocks[MOST_BLOCKS];
    size_t count;
    size_t fail_at; /* 0: never */
};

static void *allocate(void *user, size_t size)
{
    struct memory *memory = user;

    assert_true(memory->count < MOST_BLOCKS && size > 0);
    if (memory->count + 1 == memory->fail_at) {
        return NULL;
    }
    return memory->blocks[memory->count++] = malloc(size == 0 ? 1 : size);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct memory));
    return *state == NULL;
}

static int teardown(void **state)
{
    struct memory *memory = *state;

    for (size_t i = 0; i < memory->count; i++) {
        free(memory->blocks[i]);
    }
    free(memory);
    return 0;
}

static struct order read_order(void **state, const char *json)
{
    struct tl_payload payload = tl_payload_json(json);
    struct tl_error error;
    struct order order;

    if (tl_json_read(&order_table, &payload, &order, allocate, *state, &error) != TL_OK) {
        fail_msg("%s: %s: %s", json, error.field, error.message);
    }
    return order;
}

static void refuses(void **state, const char *json, enum tl_status status, const char *path, const char *words)
{
    struct tl_payload payload = tl_payload_json(json);
    struct order order;
    struct order before;
    struct tl_error error;

    memset(&order, 0x5a, sizeof order);
    memcpy(&before, &order, sizeof order);
    assert_int_equal(tl_json_read(&order_table, &payload, &order, allocate, *state, &error), status);
    assert_string_equal(error.field, path);
    if (strstr(error.message, words) == NULL) {
        fail_msg("%s is not in: %s", words, error.message);
    }
    assert_memory_equal(&order, &before, sizeof order);
}

static void writes(void **state, const struct order *order, const char *json)
{
    struct tl_payload payload;
    struct tl_error error;

    if (tl_json_write(&order_table, order, allocate, *state, &payload, &error) != TL_OK) {
        fail_msg("%s: %s", error.field, error.message);
    }
    assert_string_equal((const char *)payload.data.data, json);
    assert_int_equal(payload.data.len, strlen(json));
    assert_true(tl_payload_is(&payload, "json/plain"));
}

static void does_not_write(void **state, const struct order *order, enum tl_status status, const char *path)
{
    struct tl_payload payload = tl_payload_null();
    struct tl_error error;

    assert_int_equal(tl_json_write(&order_table, order, allocate, *state, &payload, &error), status);
    assert_string_equal(error.field, path);
    assert_true(tl_payload_is(&payload, "binary/null"));
}

/* ---- Reading ---- */

#define FULL                                                                                                           \
    "{\"customer\":\"caf\xc3\xa9 \\\"7\\\"\\n\",\"lines\":[{\"sku\":\"a\",\"item-count\":-3,\"price\":0.1},"           \
    "{\"sku\":\"\",\"item-count\":2147483647}],\"patience\":\"1.500s\",\"due\":\"2020-01-01T00:00:00.000000001Z\","    \
    "\"the \\\"extra\\\"\":{\"sku\":\"x\",\"item-count\":1},\"gift\":{\"sku\":\"g\",\"item-count\":2},"                \
    "\"rest\":{\"any\": [1, null]},\"tags\":[\"t\",\"u\"],\"weights\":[-32768,32767],\"rates\":[1e+300,-0.5],"         \
    "\"paid\":true,\"small\":255,\"colour\":1}"

static void every_kind_is_read(void **state)
{
    struct order order = read_order(state, FULL);

    assert_string_equal(order.customer, "caf\xc3\xa9 \"7\"\n");
    assert_int_equal(order.line_count, 2);
    assert_string_equal(order.lines[0].sku, "a");
    assert_int_equal(order.lines[0].quantity, -3);
    assert_true(order.lines[0].price > 0.09 && order.lines[0].price < 0.11);
    assert_string_equal(order.lines[1].sku, "");
    assert_int_equal(order.lines[1].quantity, INT32_MAX);
    assert_int_equal(order.patience, TL_MILLISECONDS(1500));
    assert_int_equal(order.due, TL_SECONDS(1577836800) + 1);
    assert_string_equal(order.extra.sku, "x");
    assert_int_equal(order.gift->quantity, 2);
    assert_string_equal((const char *)order.rest.data, "{\"any\": [1, null]}");
    assert_int_equal(order.rest.len, 18);
    assert_int_equal(order.tag_count, 2);
    assert_string_equal(order.tags[1], "u");
    assert_int_equal(order.weights[0], INT16_MIN);
    assert_int_equal(order.weights[1], INT16_MAX);
    assert_true(order.rates[0] > 9e299);
    assert_true(order.paid);
    assert_int_equal(order.small, 255);
    assert_int_equal(order.colour, GREEN);
}

static void what_was_read_is_written_again(void **state)
{
    struct order order = read_order(state, FULL);

    writes(state, &order, FULL);
}

static void what_is_optional_may_be_missing_or_null(void **state)
{
    struct order empty;

    memset(&empty, 0, sizeof empty);
    struct order missing = read_order(state, " { \"customer\" : \"c\" } ");
    struct order nulls = read_order(
        state,
        "{\"customer\":\"c\",\"lines\":null,\"patience\":null,\"due\":null,\"the \\\"extra\\\"\":null,\"gift\":null,"
        "\"rest\":null,\"tags\":null,\"weights\":null,\"rates\":null,\"paid\":null,\"small\":null,\"colour\":null}");
    assert_string_equal(missing.customer, nulls.customer);
    missing.customer = NULL;
    nulls.customer = NULL;
    assert_memory_equal(&missing, &empty, sizeof empty);
    assert_memory_equal(&nulls, &empty, sizeof empty);
}

static void members_come_in_any_order_and_the_last_counts(void **state)
{
    struct order order = read_order(
        state,
        "{\"paid\":true,\"tags\":[\"a\",\"b\"],\"unknown\":{\"customer\":[1]},\"small\":3,\"customer\":\"first\","
        "\"tags\":[\"c\"],\"small\":null,\"custom\\u0065r\":\"last\"}");

    assert_string_equal(order.customer, "last");
    assert_int_equal(order.tag_count, 1);
    assert_string_equal(order.tags[0], "c");
    assert_int_equal(order.small, 0);
    assert_true(order.paid);
}

static void arrays_of_none_are_there(void **state)
{
    struct order order = read_order(state, "{\"customer\":\"\",\"lines\":[ ],\"rates\":[]}");

    assert_non_null(order.lines);
    assert_int_equal(order.line_count, 0);
    assert_int_equal(order.rate_count, 0);
}

static void numbers_are_taken_by_their_value(void **state)
{
    struct order order = read_order(
        state, "{\"customer\":\"\",\"weights\":[3.0,1e2,-32.768e3,0,-0],\"rates\":[3,-0.0,5e-324],\"small\":2.55E2}");

    assert_int_equal(order.weights[0], 3);
    assert_int_equal(order.weights[1], 100);
    assert_int_equal(order.weights[2], INT16_MIN);
    assert_int_equal(order.weights[4], 0);
    assert_true(order.rates[0] > 2 && order.rates[0] < 4);
    assert_true(signbit(order.rates[1]));
    assert_true(order.rates[2] > 0);
    assert_int_equal(order.small, 255);
}

static void errors_name_the_path(void **state)
{
    static const struct {
        const char *json;
        const char *path;
        const char *words;
        enum tl_status status;
    } cases[] = {
        {"{}", "customer", "is not there", TL_NOT_FOUND},
        {"[]", "", "expected an object, found an array", TL_MALFORMED},
        {"null", "", "expected an object, found null", TL_MALFORMED},
        {"{\"customer\":null}", "customer", "expected a string, found null", TL_MALFORMED},
        {"{\"customer\":\"a\\u0000\"}", "customer", "holds a NUL", TL_MALFORMED},
        {"{\"lines\":[{\"sku\":\"\",\"item-count\":1},{\"sku\":\"\"}]}",
         "lines[1].item-count",
         "is not there",
         TL_NOT_FOUND},
        {"{\"lines\":[{\"sku\":\"\",\"item-count\":1},{\"price\":\"x\"}]}",
         "lines[1].price",
         "expected a number, found a string",
         TL_MALFORMED},
        {"{\"lines\":[null]}", "lines[0]", "expected an object, found null", TL_MALFORMED},
        {"{\"lines\":{}}", "lines", "expected an array, found an object", TL_MALFORMED},
        {"{\"gift\":[]}", "gift", "expected an object, found an array", TL_MALFORMED},
        {"{\"gift\":{\"sku\":1}}", "gift.sku", "expected a string, found a number", TL_MALFORMED},
        {"{\"tags\":[\"a\",null]}", "tags[1]", "expected a string, found null", TL_MALFORMED},
        {"{\"small\":256}", "small", "256 does not fit into 8 unsigned bits", TL_TOO_LARGE},
        {"{\"small\":-1}", "small", "-1 does not fit into 8 unsigned bits", TL_TOO_LARGE},
        {"{\"weights\":[32767,32768]}", "weights[1]", "does not fit into 16 signed bits", TL_TOO_LARGE},
        {"{\"weights\":[-32769]}", "weights[0]", "does not fit into 16 signed bits", TL_TOO_LARGE},
        {"{\"small\":1e99}", "small", "1e99 does not fit", TL_TOO_LARGE},
        {"{\"small\":1.5}", "small", "1.5 is not a whole number", TL_MALFORMED},
        {"{\"rates\":[1e999]}", "rates[0]", "beyond a double", TL_TOO_LARGE},
        {"{\"paid\":1}", "paid", "expected true or false, found a number", TL_MALFORMED},
        {"{\"patience\":5}", "patience", "expected a string, found a number", TL_MALFORMED},
        {"{\"patience\":\"5 minutes\"}", "patience", "this is no duration: 5 minutes", TL_MALFORMED},
        {"{\"patience\":\"300000000000s\"}", "patience", "does not fit", TL_TOO_LARGE},
        {"{\"due\":\"tomorrow\"}", "due", "this is no time: tomorrow", TL_MALFORMED},
        {"{\"due\":\"0001-01-01T00:00:00Z\"}", "due", "does not fit", TL_TOO_LARGE},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        refuses(state, cases[i].json, cases[i].status, cases[i].path, cases[i].words);
    }
}

static void what_is_no_json_is_refused_where_it_is_wrong(void **state)
{
    struct tl_payload binary = tl_payload_binary(tl_bytes_of("{}"));
    struct tl_payload broken = tl_payload_json("{\"customer\":\n}");
    struct order order;
    struct tl_error error;

    assert_int_equal(tl_json_read(&order_table, NULL, &order, allocate, *state, &error), TL_NOT_FOUND);
    assert_int_equal(tl_json_read(&order_table, &binary, &order, allocate, *state, &error), TL_MALFORMED);
    assert_int_equal(tl_json_read(&order_table, &broken, &order, allocate, *state, &error), TL_MALFORMED);
    assert_int_equal(error.line, 2);
    refuses(state, "", TL_MALFORMED, "", "");
}

/* ---- Depth ---- */

static void append(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    assert_true(len + strlen(more) < size);
    (void)snprintf(text + len, size - len, "%s", more);
}

static const char *nested(unsigned levels)
{
    static char text[2000];

    text[0] = '\0';
    for (unsigned i = 1; i < levels; i++) {
        append(text, sizeof text, "{\"next\":");
    }
    append(text, sizeof text, "{}");
    for (unsigned i = 1; i < levels; i++) {
        append(text, sizeof text, "}");
    }
    return text;
}

static void a_hundred_levels_are_read_and_written(void **state)
{
    struct tl_payload payload = tl_payload_json(nested(100));
    struct tl_payload written;
    struct tree tree;

    assert_int_equal(tl_json_read(&tree_table, &payload, &tree, allocate, *state, NULL), TL_OK);
    assert_int_equal(tl_json_write(&tree_table, &tree, allocate, *state, &written, NULL), TL_OK);
    assert_true(tl_bytes_equal(payload.data, written.data));
    const struct tree more = {.next = &tree};
    struct tl_error error;
    assert_int_equal(tl_json_write(&tree_table, &more, allocate, *state, &written, &error), TL_TOO_LARGE);
    payload = tl_payload_json(nested(101));
    assert_int_equal(tl_json_read(&tree_table, &payload, &tree, allocate, *state, &error), TL_TOO_LARGE);
}

static void a_ring_is_too_deep(void **state)
{
    struct tree tree = {.next = &tree};
    struct tl_payload written;
    struct tl_error error;

    assert_int_equal(tl_json_write(&tree_table, &tree, allocate, *state, &written, &error), TL_TOO_LARGE);
    assert_memory_equal(error.field, "next.next", 9);
}

static void trees_branch(void **state)
{
    struct tl_payload payload =
        tl_payload_json("{\"children\":[{\"children\":[{},{\"next\":{}}]},{}],\"next\":{\"children\":[{}]}}");
    struct tl_payload written;
    struct tree tree;

    assert_int_equal(tl_json_read(&tree_table, &payload, &tree, allocate, *state, NULL), TL_OK);
    assert_int_equal(tree.children[0].child_count, 2);
    assert_non_null(tree.children[0].children[1].next);
    assert_int_equal(tl_json_write(&tree_table, &tree, allocate, *state, &written, NULL), TL_OK);
    assert_true(tl_bytes_equal(payload.data, written.data));
}

/* ---- Writing ---- */

static void what_is_zero_and_optional_is_not_written(void **state)
{
    struct order order = {.customer = "", .extra = {.sku = ""}};

    writes(state, &order, "{\"customer\":\"\",\"the \\\"extra\\\"\":{\"sku\":\"\",\"item-count\":0}}");
}

static void what_cannot_be_said_is_told_with_its_path(void **state)
{
    struct line line = {.sku = "", .price = INFINITY};
    struct line nameless = {.sku = NULL};
    const char *tags[] = {"a", "\xff"};
    const struct order good = {.customer = "", .extra = {.sku = ""}};
    struct order order = good;

    order.customer = NULL;
    does_not_write(state, &order, TL_NOT_FOUND, "customer");
    order.customer = "\xc3";
    does_not_write(state, &order, TL_MALFORMED, "customer");
    order = good;
    order.gift = &line;
    does_not_write(state, &order, TL_MALFORMED, "gift.price");
    order.gift = &nameless;
    does_not_write(state, &order, TL_NOT_FOUND, "gift.sku");
    order = good;
    order.tags = tags;
    order.tag_count = 2;
    does_not_write(state, &order, TL_MALFORMED, "tags[1]");
    order.tags = NULL;
    does_not_write(state, &order, TL_NOT_FOUND, "tags");
    order = good;
    order.rest = tl_bytes_of("{");
    does_not_write(state, &order, TL_MALFORMED, "rest");
}

static void times_are_written_on_both_sides_of_zero(void **state)
{
    struct order order = {.customer = "", .extra = {.sku = ""}, .patience = -1500000000, .due = -1};

    writes(
        state,
        &order,
        "{\"customer\":\"\",\"patience\":\"-1.500s\",\"due\":\"1969-12-31T23:59:59.999999999Z\","
        "\"the \\\"extra\\\"\":{\"sku\":\"\",\"item-count\":0}}");
    struct tl_payload payload;
    assert_int_equal(tl_json_write(&order_table, &order, allocate, *state, &payload, NULL), TL_OK);
    struct order again = read_order(state, (const char *)payload.data.data);
    assert_int_equal(again.patience, order.patience);
    assert_int_equal(again.due, order.due);
}

/* ---- Every size of whole numbers ---- */

struct sizes {
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    bool truth;
    int wide_truth;
};

static const struct tl_json_field size_fields[] = {
    TL_JSON_INT(struct sizes, i8),
    TL_JSON_INT(struct sizes, u8),
    TL_JSON_INT(struct sizes, i16),
    TL_JSON_INT(struct sizes, u16),
    TL_JSON_INT(struct sizes, i32),
    TL_JSON_INT(struct sizes, u32),
    TL_JSON_INT(struct sizes, i64),
    TL_JSON_INT(struct sizes, u64),
    TL_JSON_BOOL(struct sizes, truth),
    TL_JSON_BOOL(struct sizes, wide_truth),
};
static const struct tl_json_table size_table = TL_JSON_TABLE(struct sizes, size_fields);

static void whole_numbers_keep_their_ends(void **state)
{
    static const char *const texts[] = {
        "{\"i8\":-128,\"u8\":0,\"i16\":-32768,\"u16\":0,\"i32\":-2147483648,\"u32\":0,\"i64\":-9223372036854775808,"
        "\"u64\":0,\"truth\":false,\"wide_truth\":true}",
        "{\"i8\":127,\"u8\":255,\"i16\":32767,\"u16\":65535,\"i32\":2147483647,\"u32\":4294967295,"
        "\"i64\":9223372036854775807,\"u64\":18446744073709551615,\"truth\":true,\"wide_truth\":false}",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct tl_payload payload = tl_payload_json(texts[i]);
        struct tl_payload written;
        struct sizes sizes;
        assert_int_equal(tl_json_read(&size_table, &payload, &sizes, allocate, *state, NULL), TL_OK);
        assert_int_equal(tl_json_write(&size_table, &sizes, allocate, *state, &written, NULL), TL_OK);
        assert_true(tl_bytes_equal(payload.data, written.data));
    }
}

/* ---- Tables with more fields than a word has bits ---- */

#define MANY 130

static void a_table_may_have_many_fields(void **state)
{
    static char names[MANY][8];
    static struct tl_json_field fields[MANY];
    const struct tl_json_table table = {MANY * sizeof(int), fields, MANY};
    char json[4000] = "{";
    int values[MANY];
    struct tl_error error;

    for (size_t i = 0; i < MANY; i++) {
        char member[32];
        (void)snprintf(names[i], sizeof names[i], "m%zu", i);
        fields[i] = (struct tl_json_field){
            names[i], NULL, TL_JSON_KIND_INT, TL_JSON_REQUIRED, i * sizeof(int), sizeof(int), SIZE_MAX, NULL};
        (void)snprintf(member, sizeof member, "%s\"m%zu\":%zu", i == 0 ? "" : ",", i, i);
        append(json, sizeof json, member);
    }
    append(json, sizeof json, "}");
    struct tl_payload payload = tl_payload_json(json);
    assert_int_equal(tl_json_read(&table, &payload, values, allocate, *state, NULL), TL_OK);
    assert_int_equal(values[MANY - 1], MANY - 1);
    *strstr(json, "m100") = 'x';
    assert_int_equal(tl_json_read(&table, &payload, values, allocate, *state, &error), TL_NOT_FOUND);
    assert_string_equal(error.field, "m100");
}

/* ---- Memory ---- */

static void every_allocation_may_fail(void **state)
{
    struct memory *memory = *state;
    struct tl_payload payload = tl_payload_json(FULL);
    struct order order;
    struct tl_error error;
    size_t failed = 0;

    for (;; failed++) {
        memory->fail_at = memory->count + failed + 1;
        enum tl_status status = tl_json_read(&order_table, &payload, &order, allocate, memory, &error);
        if (status == TL_OK) {
            break;
        }
        assert_int_equal(status, TL_NO_MEMORY);
    }
    assert_true(failed > 10);
    memory->fail_at = memory->count + 1;
    assert_int_equal(tl_json_write(&order_table, &order, allocate, memory, &payload, &error), TL_NO_MEMORY);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_is_read),
        TEST(what_was_read_is_written_again),
        TEST(what_is_optional_may_be_missing_or_null),
        TEST(members_come_in_any_order_and_the_last_counts),
        TEST(arrays_of_none_are_there),
        TEST(numbers_are_taken_by_their_value),
        TEST(errors_name_the_path),
        TEST(what_is_no_json_is_refused_where_it_is_wrong),
        TEST(a_hundred_levels_are_read_and_written),
        TEST(a_ring_is_too_deep),
        TEST(trees_branch),
        TEST(what_is_zero_and_optional_is_not_written),
        TEST(what_cannot_be_said_is_told_with_its_path),
        TEST(times_are_written_on_both_sides_of_zero),
        TEST(whole_numbers_keep_their_ends),
        TEST(a_table_may_have_many_fields),
        TEST(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("json tables", tests, NULL, NULL);
}
