/* SPDX-License-Identifier: MIT */
/*
 * Task and page tokens. Opaque to callers; a check value keyed by the universe's seed tells a
 * forged one from a stale one.
 */
#ifndef TIMELAPSE_SIM_TOKEN_H
#define TIMELAPSE_SIM_TOKEN_H

#include <stdbool.h>

#include "model/pb.h"

struct tl_sim;

enum token_kind {
    TOKEN_WORKFLOW_TASK = 1,
    TOKEN_ACTIVITY_TASK,
    TOKEN_PAGE,
    TOKEN_PAGE_BACK,
    TOKEN_NAMESPACES, /* no run's: `place` is how many came before */
    TOKEN_QUERY
};

struct token {
    enum token_kind kind;
    uint64_t run; /* its number */
    /* A task: scheduled and started event id. A query: its number. Pages: the first event of them all, and the one
     * after the last. */
    int64_t first;
    int64_t second;
    int64_t place; /* pages: the event that the next one begins with; 0: all were read */
    int32_t attempt;
    bool running; /* pages: the run was open, so there may be news */
};

ProtobufCBinaryData sim_token_pack(const struct tl_sim *sim, struct arena *arena, const struct token *token);

/* False when the bytes are no token of `kind` made by this universe for one of its runs. */
bool sim_token_unpack(
    const struct tl_sim *sim, const ProtobufCBinaryData *bytes, enum token_kind kind, struct token *out);

#endif
