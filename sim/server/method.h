/* SPDX-License-Identifier: MIT */
/* Who serves a method. */
#ifndef TIMELAPSE_SIM_SERVER_METHOD_H
#define TIMELAPSE_SIM_SERVER_METHOD_H

#include "model/pb.h"
#include "sim/server/exchange.h"

/* The headers are there: finds the handler, or refuses. */
void method_begin(struct exchange *exchange);

/* For unary methods: the caller has ended without a message, or sent one more. */
void method_unary_end(struct exchange *exchange);
bool method_unary_message(struct exchange *exchange);

/* The request, in the server's scratch memory until the next; NULL: it is none, and the exchange is refused. */
const void *
method_read(struct exchange *exchange, const ProtobufCMessageDescriptor *descriptor, struct tl_bytes message);

/* The universe that the call names by its header; else that of the `name`; refused: NULL. */
struct universe *method_universe(struct exchange *exchange, const char *name);

/* For requests that bear no namespace: as above, else the one that the connection spoke to last. */
struct universe *method_last_universe(struct exchange *exchange);

#endif
