/* SPDX-License-Identifier: MIT */
/*
 * What markers in a history say: versions and patches of code, values of side effects. Forms as the official SDKs
 * write them: sdk-go, internal/internal_command_state_machine.go (Version, SideEffect, MutableSideEffect); sdk-core,
 * crates/common/src/protos/mod.rs (core_patch, and the plain bytes that it was before).
 */
#ifndef TIMELAPSE_MODEL_MARKER_H
#define TIMELAPSE_MODEL_MARKER_H

#include <stdbool.h>
#include <timelapse/status.h>

#include "base/text.h"
#include "model/pb.h"

enum marker_kind {
    MARKER_OTHER,
    MARKER_VERSION,
    MARKER_PATCH,
    MARKER_SIDE_EFFECT,
    MARKER_MUTABLE_SIDE_EFFECT
};

struct marker {
    enum marker_kind kind;
    const char *id;  /* of the change, the patch or the mutable side effect; else "" */
    int64_t number;  /* the version; the side effect's number; which call of a mutable one. From 1, versions aside */
    bool deprecated; /* a patch's: code that lacks it goes by */
    bool upserts;    /* a version's, and each patch: the search attribute of versions changes with it */
    struct tl_payload value; /* a side effect's */
};

/*
 * Reads one. Texts are the arena's, the value's bytes the event's or the arena's. Names of markers that are not
 * known are MARKER_OTHER. TL_MALFORMED naming the key of the details for what is not as it should be.
 */
TL_MUST_CHECK enum tl_status marker_read(
    struct arena *arena, const Pb__MarkerRecordedEventAttributes *attributes, struct marker *out,
    struct tl_error *error);

/* The command's attributes, in the arena; the value is copied. Not for MARKER_OTHER. */
Pb__RecordMarkerCommandAttributes *marker_write(struct arena *arena, const struct marker *marker);

/* "version ship-by-air (2)", "patch ship-by-air", "side effect 3", "mutable side effect rate (call 2)". */
void marker_describe(const struct marker *marker, struct text *text);

#endif
