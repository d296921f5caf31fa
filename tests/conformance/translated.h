/* SPDX-License-Identifier: MIT */
/* Messages between an environment and a real server, each of which has its own name for the namespace and its time. */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_TRANSLATED_H
#define TIMELAPSE_TESTS_CONFORMANCE_TRANSLATED_H

#include <protobuf-c/protobuf-c.h>
#include <timelapse/time.h>

struct translation {
    const char *ours;   /* the namespace's name */
    const char *theirs; /* no shorter */
    tl_duration ahead;  /* of their time before ours */
};

/* The namespace of a request, which borrows the name. */
void translate_request(const struct translation *translation, ProtobufCMessage *request);

/* Every namespace and every time of a reply, in place. */
void translate_reply(const struct translation *translation, ProtobufCMessage *reply);

#endif
