/* SPDX-License-Identifier: MIT */
/* Values that are no messages, as JSON. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/base64.h"
#include "model/json_writer.h"

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Digits of any 64-bit number, sign, quotes. */
#define NUMBER_SIZE 32

/* ---- Strings ---- */

/* Whether a byte of the word is a quote, a backslash or a control character. */
static uint64_t needs_escape(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"');
    uint64_t slash = word ^ (ONES * '\\');

    return ((quote - ONES) | (slash - ONES) | (word - ONES * 0x20)) & ~word & HIGHS;
}

/* The first byte that cannot stand for itself; *any gathers the bytes, to tell whether all were ASCII. */
static const char *plain_end(const char *at, const char *end, uint64_t *any)
{
    for (;;) {
        uint64_t word;

        while (end - at >= 8 && (memcpy(&word, at, 8), needs_escape(word) == 0)) {
            *any |= word;
            at += 8;
        }
        for (int i = 0; i < 8; i++, at++) {
            if (at == end || *at == '"' || *at == '\\' || (unsigned char)*at < 0x20) {
                return at;
            }
            *any |= (unsigned char)*at;
        }
    }
}

static void write_escape(struct text *text, char c)
{
    static const char letters[] = "\"\\\b\f\n\r\t";
    static const char escapes[] = "\"\\bfnrt";
    const char *letter = c == '\0' ? NULL : strchr(letters, c);

    if (letter == NULL) {
        text_format(text, "\\u%04x", (unsigned)(unsigned char)c);
        return;
    }
    char *to = text_room(text, 2);

    to[0] = '\\';
    to[1] = escapes[letter - letters];
    text_wrote(text, 2);
}

bool json_write_string(struct json_writer *writer, const char *string, size_t len, const struct path *path)
{
    struct text *text = writer->text;
    const char *at = string;
    const char *end = string + len;
    uint64_t any = 0;
    char *to = text_room(text, len + 2);

    /* One go for a string that is plain throughout. */
    at = plain_end(string, end, &any);
    *to++ = '"';
    memcpy(to, string, (size_t)(at - string));
    text_wrote(text, (size_t)(at - string) + 1);
    while (at < end) {
        write_escape(text, *at++);
        const char *stop = plain_end(at, end, &any);

        text_add_bytes(text, at, (size_t)(stop - at));
        at = stop;
    }
    text_add_char(text, '"');
    if ((any & HIGHS) != 0 && text_utf8_valid_prefix(string, len) != len) {
        return json_write_fail(writer, TL_MALFORMED, path, "the string is not valid UTF-8");
    }
    return true;
}

static void write_bytes(struct text *text, const ProtobufCBinaryData *bytes)
{
    size_t len = BASE64_ENCODED_SIZE(bytes->len);
    char *to = text_room(text, len + 2);

    to[0] = '"';
    (void)base64_encode(bytes->data, bytes->len, to + 1);
    to[len + 1] = '"';
    text_wrote(text, len + 2);
}

/* ---- Numbers ---- */

/* Writes digits so that they end at `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return end;
}

static void write_integer(struct text *text, bool negative, uint64_t magnitude, bool quoted)
{
    char buffer[NUMBER_SIZE];
    char *end = buffer + sizeof(buffer);

    if (quoted) {
        *--end = '"';
    }
    char *at = digits_before(end, magnitude);

    if (negative) {
        *--at = '-';
    }
    if (quoted) {
        *--at = '"';
    }
    text_add_bytes(text, at, (size_t)(buffer + sizeof(buffer) - at));
}

static void write_signed(struct text *text, int64_t value, bool quoted)
{
    write_integer(text, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value, quoted);
}

/* printf and strtod write and read a decimal point as the locale has it. */
static void set_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *place = point[0] == '.' && point[1] == '\0' ? NULL : strstr(text, point);

    if (place != NULL) {
        size_t len = strlen(point);

        *place = '.';
        memmove(place + 1, place + len, strlen(place + len) + 1);
    }
}

void json_print_double(char text[JSON_NUMBER_SIZE], double value, bool single)
{
    for (int precision = single ? 6 : 15; precision <= (single ? 9 : 17); precision++) {
        (void)snprintf(text, JSON_NUMBER_SIZE, "%.*g", precision, value);
        double back = strtod(text, NULL);

        if (single ? (float)back == (float)value : back == value) {
            break;
        }
    }
    set_point(text);
}

static void write_floating(struct text *text, double value, bool single)
{
    char buffer[JSON_NUMBER_SIZE];

    if (isnan(value)) {
        text_add(text, "\"NaN\"");
        return;
    }
    if (isinf(value)) {
        text_add(text, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
        return;
    }
    json_print_double(buffer, value, single);
    text_add(text, buffer);
}

/* ---- All ---- */

static void write_enum(struct text *text, const struct schema_field *field, int32_t number)
{
    const struct schema_value *value = schema_value_by_number(field->target, number);

    if ((field->flags & SCHEMA_NULL_VALUE) != 0) {
        text_add(text, "null");
    } else if (value == NULL) {
        write_signed(text, number, false);
    } else {
        text_add_bytes(text, schema_text(value->name), value->name_len + 2U);
    }
}

/* Numbers, by how wide they are; 64 bits go in quotes, as no other reader keeps them all. */
static void write_number(struct text *text, const struct schema_field *field, const void *value, bool quoted)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        write_signed(text, *(const int64_t *)value, true);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        write_integer(text, false, *(const uint64_t *)value, true);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        write_integer(text, false, *(const uint32_t *)value, quoted);
        break;
    default:
        write_signed(text, *(const int32_t *)value, quoted);
        break;
    }
}

bool json_write_scalar(
    struct json_writer *writer, const struct schema_field *field, const void *value, const struct path *path)
{
    const char *string;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        string = *(char *const *)value == NULL ? "" : *(char *const *)value;
        return json_write_string(writer, string, strlen(string), path);
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(writer->text, value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        text_add(writer->text, *(const protobuf_c_boolean *)value ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(writer->text, field, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        write_floating(writer->text, (double)*(const float *)value, true);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        write_floating(writer->text, *(const double *)value, false);
        break;
    default:
        write_number(writer->text, field, value, false);
        break;
    }
    return true;
}

bool json_write_key(
    struct json_writer *writer, const struct schema_field *key, const void *value, const struct path *path)
{
    struct text *text = writer->text;

    if (key->type == PROTOBUF_C_TYPE_STRING) {
        if (!json_write_scalar(writer, key, value, path)) {
            return false;
        }
    } else if (key->type == PROTOBUF_C_TYPE_BOOL) {
        text_add(text, *(const protobuf_c_boolean *)value ? "\"true\"" : "\"false\"");
    } else {
        write_number(text, key, value, true);
    }
    text_add(text, writer->indent == 0 ? ":" : ": ");
    return true;
}
