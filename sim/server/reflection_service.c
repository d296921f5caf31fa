/* SPDX-License-Identifier: MIT */
#include "sim/server/reflection_service.h"

#include "model/message.h"
#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/reflection.h"
#include "sim/server/server.h"

/* The answer repeats the request, and both live as long as the exchange. */
static void on_message(struct exchange *exchange, struct tl_bytes message)
{
    const Pb__Reflection__ServerReflectionRequest *read =
        method_read(exchange, &pb__reflection__server_reflection_request__descriptor, message);

    if (read == NULL) {
        return;
    }
    const Pb__Reflection__ServerReflectionResponse *response =
        server_reflect(&exchange->arena, message_clone(&exchange->arena, read));
    if (response == NULL) {
        exchange_refuse(exchange, TL_INVALID_ARGUMENT, "invalid MessageRequest");
    } else {
        exchange_send(exchange, response);
    }
}

static void on_end(struct exchange *exchange)
{
    exchange_end(exchange, 0, "", NULL);
}

const struct handler reflection_service_handler = {.on_message = on_message, .on_end = on_end};
