/* SPDX-License-Identifier: MIT */
/* Facts: common/searchattribute/sadefs/encode_value.go. Values are JSON, lists of values are allowed. */
#include <string.h>

#include "model/json_reader.h"
#include "model/json_time.h"
#include "sim/service/search_attributes.h"

static bool is_encoding(const Pb__Payload *payload, const char *encoding)
{
    for (size_t i = 0; i < payload->n_metadata; i++) {
        const ProtobufCBinaryData *value = &payload->metadata[i]->value;
        if (strcmp(payload->metadata[i]->key, "encoding") == 0) {
            return value->len == strlen(encoding) && memcmp(value->data, encoding, value->len) == 0;
        }
    }
    return false;
}

static bool take_bool(struct json_reader *reader)
{
    return json_take_word(reader, "true") || json_take_word(reader, "false");
}

/* A whole number as Go's encoding/json takes one: 1.0 and 1e3 are none. */
static bool take_integer(struct json_reader *reader)
{
    struct json_text number;
    bool negative = false;
    uint64_t magnitude = 0;

    if (!json_number(reader, &number, NULL) || !json_integer(number, &negative, &magnitude)) {
        return false;
    }
    for (size_t i = 0; i < number.len; i++) {
        if (number.data[i] != '-' && (number.data[i] < '0' || number.data[i] > '9')) {
            return false;
        }
    }
    return magnitude <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
}

static bool take_double(struct json_reader *reader)
{
    struct json_text number;
    double value = 0;

    return json_number(reader, &number, NULL) && json_double(number, &value);
}

static bool take_string(struct json_reader *reader)
{
    struct json_text text;

    return json_peek(reader) == '"' && json_raw_string(reader, &text, NULL);
}

static bool take_time(struct json_reader *reader)
{
    struct json_text text;
    int64_t seconds = 0;
    int32_t nanos = 0;

    return json_peek(reader) == '"' && json_raw_string(reader, &text, NULL) &&
           json_time_parse(text.data, text.len, &seconds, &nanos);
}

static bool take_value(struct json_reader *reader, int type)
{
    char first = json_peek(reader);

    if (json_take_word(reader, "null")) {
        return true;
    }
    switch (type) {
    case INDEXED_VALUE_TYPE_BOOL:
        return take_bool(reader);
    case INDEXED_VALUE_TYPE_DATETIME:
        return take_time(reader);
    case INDEXED_VALUE_TYPE_DOUBLE:
        return (first == '-' || (first >= '0' && first <= '9')) && take_double(reader);
    case INDEXED_VALUE_TYPE_INT:
        return (first == '-' || (first >= '0' && first <= '9')) && take_integer(reader);
    default:
        return take_string(reader);
    }
}

static bool take_list(struct json_reader *reader, int type)
{
    bool in_order = true;

    if (!json_take(reader, '[')) {
        return false;
    }
    if (json_take(reader, ']')) {
        return true;
    }
    do {
        if (!take_value(reader, type)) {
            return false;
        }
    } while (json_more(reader, ']', &in_order, NULL));
    return in_order;
}

bool sim_is_search_value(const Pb__Payload *payload, int type)
{
    if (payload == NULL || is_encoding(payload, "binary/null")) {
        return true;
    }
    const char *data = (const char *)payload->data.data;
    struct json_reader reader = {.at = data, .start = data, .end = data + payload->data.len};
    if (!is_encoding(payload, "json/plain") || payload->data.len == 0) {
        return false;
    }
    char first = json_peek(&reader);
    bool single = first != '[' && (type != INDEXED_VALUE_TYPE_KEYWORD_LIST || first == 'n');
    return (single ? take_value(&reader, type) : take_list(&reader, type)) && json_peek(&reader) == '\0' &&
           reader.at == reader.end;
}
