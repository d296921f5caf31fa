/* SPDX-License-Identifier: MIT */
/* A tl_reply made of what a channel brought: memory of its own, made on one thread and used on another. */
#ifndef TIMELAPSE_TRANSPORT_ANSWER_H
#define TIMELAPSE_TRANSPORT_ANSWER_H

#include <timelapse/service.h>

#include "worker/transport/channel.h"

/*
 * A reply with one reference, which may be given back on any one thread. What cannot be read is told as such:
 * TL_MALFORMED or TL_TOO_LARGE with code 13 (INTERNAL), which is what other SDKs see and try again; details that cannot
 * be read are left out. NULL when out of memory.
 */
struct tl_reply *
answer_new(const struct tl_allocator *allocator, const struct tl_rpc *rpc, const struct channel_answer *received);

/* A refusal of our own, as answer_new. text: copied. */
struct tl_reply *
answer_refusal(const struct tl_allocator *allocator, const struct tl_rpc *rpc, enum tl_status status, const char *text);

#endif
