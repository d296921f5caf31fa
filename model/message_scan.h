/* SPDX-License-Identifier: MIT */
/*
 * A look over encoded bytes before protobuf-c decodes them, for what it does not check: it recurs
 * without limit (960 bytes of stack a level), takes any bytes for strings, and cuts them at a NUL.
 */
#ifndef TIMELAPSE_MODEL_MESSAGE_SCAN_H
#define TIMELAPSE_MODEL_MESSAGE_SCAN_H

#include <timelapse/payload.h>
#include <timelapse/status.h>

struct schema_message;

/* TL_OK, TL_MALFORMED or TL_TOO_LARGE, naming the field. */
TL_MUST_CHECK enum tl_status
message_scan(const struct schema_message *type, struct tl_bytes bytes, struct tl_error *error);

#endif
