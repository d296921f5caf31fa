/* SPDX-License-Identifier: MIT */
/* Messages of any type, filled at random from a seed: odd texts, extreme numbers, empty and nested members. */
#ifndef TIMELAPSE_TESTS_LIB_RANDOM_MESSAGE_H
#define TIMELAPSE_TESTS_LIB_RANDOM_MESSAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/random.h"
#include "model/pb.h"

struct random_message {
    struct arena *arena;
    struct random *random;
    unsigned max_depth; /* of messages, the outermost counted */
    /*
     * Only what JSON can carry and gives back equal: no unknown fields, times in range, Any of known types,
     * map keys once, history events of known types.
     */
    bool for_json;
};

void *random_message(const struct random_message *maker, const ProtobufCMessageDescriptor *descriptor);

#endif
