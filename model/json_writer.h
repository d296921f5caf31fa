/* SPDX-License-Identifier: MIT */
/*
 * The inside of writing JSON: json_write.c (messages and fields), json_write_scalar.c (values),
 * json_write_wellknown.c. Every function appends and returns true, or tells *error and returns false.
 */
#ifndef TIMELAPSE_MODEL_JSON_WRITER_H
#define TIMELAPSE_MODEL_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <timelapse/status.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/path.h"
#include "model/schema.h"

struct json_writer {
    struct text *text;
    struct tl_error *error; /* may be NULL */
    enum tl_status status;  /* of the failure */
    unsigned indent;        /* spaces a level; 0: all in one line */
    unsigned level;         /* of brackets around */
    unsigned depth;         /* of messages around */
};

bool json_write_fail(
    struct json_writer *writer, enum tl_status status, const struct path *path, const char *format, ...)
    TL_PRINTF(4, 5);

/* '{' or '['; and the closing one, on a line of its own unless there was nothing between. */
void json_write_open(struct json_writer *writer, char bracket);
void json_write_close(struct json_writer *writer, char bracket, bool empty);

/* A member's name: `quoted` is the name in quotes with its colon. */
void json_write_name(struct json_writer *writer, const char *quoted, size_t len, bool first);

/* ---- json_write_scalar.c ---- */

/* The shortest decimal that reads as the same number again; finite. */
#define JSON_NUMBER_SIZE 48
void json_print_double(char text[JSON_NUMBER_SIZE], double value, bool single);

bool json_write_string(struct json_writer *writer, const char *text, size_t len, const struct path *path);
bool json_write_scalar(
    struct json_writer *writer, const struct schema_field *field, const void *value, const struct path *path);

/* A map's key as a member's name. */
bool json_write_key(
    struct json_writer *writer, const struct schema_field *key, const void *value, const struct path *path);

/* ---- json_write_wellknown.c ---- */

bool json_write_wellknown(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *path);

/* ---- json_write.c ---- */

bool json_write_message(
    struct json_writer *writer, const struct schema_message *type, const void *message, const struct path *path);
bool json_write_members(
    struct json_writer *writer, const struct schema_message *type, const void *message, bool *first,
    const struct path *path);
bool json_write_value(
    struct json_writer *writer, const struct schema_field *field, const void *value, const struct path *path);
bool json_write_array(
    struct json_writer *writer, const struct schema_field *field, const void *message, const struct path *path);
bool json_write_map(
    struct json_writer *writer, const struct schema_field *field, const void *message, const struct path *path);

#endif
