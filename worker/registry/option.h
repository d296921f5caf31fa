/* SPDX-License-Identifier: MIT */
/*
 * What users give, checked in one place for workflows, clients and workers. TL_OK, or
 * TL_INVALID_ARGUMENT with the field's name and a message that goes on where its name ends ("is ...").
 */
#ifndef TIMELAPSE_WORKER_REGISTRY_OPTION_H
#define TIMELAPSE_WORKER_REGISTRY_OPTION_H

#include <stddef.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#define OPTION_NAME_MAX 1000 /* bytes: the server's limit of ids and names (limit.maxIDLength) */

/* The longest duration that a server keeps; it shortens what is longer (common/primitives/timestamp/duration.go). */
#define OPTION_DURATION_MAX TL_DAYS(36500)

/* What a function cannot do without: a pointer that is not NULL. */
enum tl_status option_check_given(const char *field, const void *given, struct tl_error *error);

/* A name that is required: 1 to OPTION_NAME_MAX bytes of UTF-8. */
enum tl_status option_check_name(const char *field, const char *name, struct tl_error *error);

/* Any text, also none. */
enum tl_status option_check_text(const char *field, const char *text, struct tl_error *error);

/* From 0 to OPTION_DURATION_MAX. */
enum tl_status option_check_duration(const char *field, tl_duration duration, struct tl_error *error);

/* Of each coroutine, guard included, when nothing else is wanted. */
#define OPTION_STACK ((size_t)256 << 10)

enum tl_status
option_check_number(const char *field, size_t number, size_t minimum, size_t maximum, struct tl_error *error);
enum tl_status option_check_stack(size_t coroutine_stack, struct tl_error *error);

#endif
