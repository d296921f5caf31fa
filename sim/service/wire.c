/* SPDX-License-Identifier: MIT */
#include "sim/service/wire.h"

#include "model/message.h"

enum tl_status sim_wire_request(
    struct arena *arena, const struct tl_rpc *rpc, const void *message, void **out_message, struct tl_error *error)
{
    return message_unpack(arena, rpc->request, message_pack(arena, message), out_message, error);
}

enum tl_status sim_wire_reply(
    struct arena *arena, const struct tl_rpc *rpc, const void *message, void **out_message, struct tl_error *error)
{
    return message_unpack(arena, rpc->response, message_pack(arena, message), out_message, error);
}
