/* SPDX-License-Identifier: MIT */
/*
 * Proto3 JSON over descriptors, both ways, complete for this API: maps, oneofs, bytes, 64-bit
 * numbers as strings, the well-known types, Any of known types, enums by name (both spellings:
 * EVENT_TYPE_TIMER_FIRED and TimerFired) or number, field names in lowerCamel or as declared.
 */
#ifndef TIMELAPSE_MODEL_JSON_H
#define TIMELAPSE_MODEL_JSON_H

#include <stdbool.h>
#include <timelapse/status.h>

#include "base/text.h"
#include "model/pb.h"

/* Of everything that is read or compared, as protobuf's readers limit their messages. */
#define JSON_MAX_DEPTH 100

struct json_read_options {
    bool refuse_unknown_fields; /* and enumerators; else both are skipped */
};

/*
 * Reads one message; nothing but white space may follow. options: NULL for none. Errors carry line,
 * column and field path. What a field may not say twice is refused: members of a oneof, keys of a map.
 *
 * A history event whose eventType is a name that is not known is kept without a type when its
 * workerMayIgnore is true, so that ids stay dense; else it is refused, TL_MALFORMED naming the type.
 */
TL_MUST_CHECK enum tl_status json_read(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes text,
    const struct json_read_options *options, void **out_message, struct tl_error *error);

/*
 * Writes, behind what the text holds already. indent: spaces a level; 0 writes one line. Fields in the
 * order of their numbers, map entries in that of their keys. TL_MALFORMED for what JSON cannot say (a
 * bad Any, a time out of range, a string that is no UTF-8), TL_TOO_LARGE when nested too deep.
 */
TL_MUST_CHECK enum tl_status
json_write(struct text *text, const void *message, unsigned indent, struct tl_error *error);

/*
 * Whether two JSON texts are the same value: member order aside, numbers by value, exactly. Takes no
 * memory and does not recur. TL_MALFORMED when either is no JSON, TL_TOO_LARGE when it is nested too
 * deep. Of members with one name the last counts.
 */
TL_MUST_CHECK enum tl_status
json_equal(struct tl_bytes left, struct tl_bytes right, bool *out_equal, struct tl_error *error);

#endif
