/* SPDX-License-Identifier: MIT */
/*
 * The wire variant: every message is packed and unpacked on its way, so that nothing can be shared
 * or kept that a network would not carry.
 */
#ifndef TIMELAPSE_SIM_WIRE_H
#define TIMELAPSE_SIM_WIRE_H

#include <timelapse/service.h>

struct arena;

/* The request as it arrives, in `arena`; dropping the arena poisons what the service wrongly kept. */
TL_MUST_CHECK enum tl_status sim_wire_request(
    struct arena *arena, const struct tl_rpc *rpc, const void *message, void **out_message, struct tl_error *error);

/* The reply as it arrives, in `arena`, sharing nothing with `message`. */
TL_MUST_CHECK enum tl_status sim_wire_reply(
    struct arena *arena, const struct tl_rpc *rpc, const void *message, void **out_message, struct tl_error *error);

#endif
