/* SPDX-License-Identifier: MIT */
/* What can be done with any message of the API, over its descriptor and the schema tables. */
#ifndef TIMELAPSE_MODEL_MESSAGE_H
#define TIMELAPSE_MODEL_MESSAGE_H

#include <stdbool.h>
#include <timelapse/status.h>

#include "model/pb.h"

struct schema_message;

/* A deep copy. Unknown fields are kept. NULL gives NULL. */
void *message_clone(struct arena *arena, const void *message);

/*
 * Equality by value: maps in any order, NaN equal to NaN, an absent message unequal to an empty
 * one. The path of the first difference ("attributes.input.payloads[0].data") goes to `path`
 * when it is not NULL (size bytes).
 */
bool message_equal(const void *left, const void *right, char *path, size_t size);

/*
 * As message_equal, but that a message without anything in it says the same as one that is absent (NULL): some SDKs
 * send an empty header, others none.
 */
bool message_says_same(const void *left, const void *right, char *path, size_t size);

/* Whether the message is absent (NULL) or has nothing in it. */
bool message_says_nothing(const void *message);

/* Encoded size in bytes; visits only the active member of each oneof. */
size_t message_size(const void *message);

/* The same where the type's table is at hand: saves looking it up. */
size_t message_size_of(const struct schema_message *type, const void *message);

/*
 * What the wire would refuse: strings that are no UTF-8 (TL_INVALID_ARGUMENT), messages nested
 * deeper than MESSAGE_MAX_DEPTH (TL_TOO_LARGE). Names the field.
 */
#define MESSAGE_MAX_DEPTH 100
TL_MUST_CHECK enum tl_status message_validate(const void *message, struct tl_error *error);

/* Encoding in the arena. */
struct tl_bytes message_pack(struct arena *arena, const void *message);

/*
 * Decodes, after a scan of the bytes for what protobuf-c does not check: depth, which would
 * overrun the stack (TL_TOO_LARGE); and strings that are no UTF-8 or hold a NUL, which would be
 * cut, field numbers of 0, and a message given twice where one belongs, which it cannot merge
 * (TL_MALFORMED). What was decoded can be encoded and decoded again. Not on a coroutine. The result shares nothing with
 * `bytes`.
 */
TL_MUST_CHECK enum tl_status message_unpack(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes bytes, void **out_message,
    struct tl_error *error);

/*
 * Calls `visit` with every payload below `message`, in field order; it may replace *payload.
 * Subtrees that cannot hold payloads are not entered, nor are search attributes: the server reads
 * those, so no codec may touch them. Stops at the first status that is not TL_OK. The bytes in an
 * Any are opaque here: who fills or opens one visits its message.
 */
typedef enum tl_status message_payload_fn(void *user, Pb__Payload **payload);
TL_MUST_CHECK enum tl_status message_visit_payloads(void *message, message_payload_fn *visit, void *user);

/* An Any of a known type, both ways; unpacking gives NULL when the type or the bytes are not known. */
Pb__Any *message_to_any(struct arena *arena, const void *message);
void *message_from_any(struct arena *arena, const Pb__Any *any);

/* The descriptor of "temporal.api.update.v1.Request", or NULL. */
const ProtobufCMessageDescriptor *message_descriptor(const char *full_name, size_t len);

#endif
