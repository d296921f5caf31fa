/* SPDX-License-Identifier: MIT */
/* Texts as gRPC's headers bear them. */
#ifndef TIMELAPSE_SIM_SERVER_GRPC_TEXT_H
#define TIMELAPSE_SIM_SERVER_GRPC_TEXT_H

#include <timelapse/payload.h>

struct arena;

/* grpc-message: what is no printable ASCII, and the percent sign, as %XX. */
char *grpc_text_escape(struct arena *arena, const char *text);

/* A -bin header: base64 without padding. */
char *grpc_text_base64(struct arena *arena, struct tl_bytes bytes);

#endif
