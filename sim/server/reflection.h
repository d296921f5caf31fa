/* SPDX-License-Identifier: MIT */
/*
 * gRPC server reflection, by which grpcurl and its like learn what a server speaks: one message of
 * its stream answered, without the stream. grpc.reflection.v1 and v1alpha are the same on the wire,
 * so that the messages of v1 serve both; each of their services has this one method:
 */
#ifndef TIMELAPSE_SIM_SERVER_REFLECTION_H
#define TIMELAPSE_SIM_SERVER_REFLECTION_H

#include <grpc/reflection/v1/reflection.pb-c.h>

#define REFLECTION_PATH       "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define REFLECTION_ALPHA_PATH "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"

struct arena;

/*
 * The answer, in `arena`, sharing what it repeats of the request; what is not known is an error_response within it.
 * Files come with all that they import, each time, which the protocol leaves open. NULL when nothing is asked, or what
 * only a later edition asks: then the stream ends with INVALID_ARGUMENT.
 */
Pb__Reflection__ServerReflectionResponse *
server_reflect(struct arena *arena, Pb__Reflection__ServerReflectionRequest *request);

#endif
