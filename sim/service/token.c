/* SPDX-License-Identifier: MIT */
#include "sim/service/token.h"

#include <string.h>

#include "sim/service/sim.h"

#define WORDS       6
#define KIND_SHIFT  40
#define RUNNING_BIT (UINT64_C(1) << 39)

static uint64_t check_value(const struct tl_sim *sim, const uint64_t words[WORDS])
{
    return hash_siphash13(sim->token_key[0], sim->token_key[1], words + 1, (WORDS - 1) * sizeof(words[0]));
}

ProtobufCBinaryData sim_token_pack(const struct tl_sim *sim, struct arena *arena, const struct token *token)
{
    uint64_t words[WORDS];

    words[1] = token->run;
    words[2] = (uint64_t)token->first;
    words[3] = (uint64_t)token->second;
    words[4] = (uint64_t)token->kind << KIND_SHIFT | (token->running ? RUNNING_BIT : 0) | (uint32_t)token->attempt;
    words[5] = (uint64_t)token->place;
    words[0] = check_value(sim, words);
    return (ProtobufCBinaryData){.len = sizeof(words), .data = arena_copy(arena, words, sizeof(words))};
}

bool sim_token_unpack(
    const struct tl_sim *sim, const ProtobufCBinaryData *bytes, enum token_kind kind, struct token *out)
{
    uint64_t words[WORDS];

    if (bytes->len != sizeof(words)) {
        return false;
    }
    memcpy(words, bytes->data, sizeof(words));
    if (words[0] != check_value(sim, words) || words[4] >> KIND_SHIFT != kind ||
        (kind != TOKEN_NAMESPACES && words[1] >= sim->run_count)) {
        return false;
    }
    *out = (struct token){
        .kind = kind,
        .run = words[1],
        .first = (int64_t)words[2],
        .second = (int64_t)words[3],
        .place = (int64_t)words[5],
        .attempt = (int32_t)(uint32_t)words[4],
        .running = (words[4] & RUNNING_BIT) != 0,
    };
    return true;
}
