/* SPDX-License-Identifier: MIT */
/* A case of peer_cases, and what cases are made of. */
#ifndef TIMELAPSE_TESTS_PEER_CASE_H
#define TIMELAPSE_TESTS_PEER_CASE_H

#include <timelapse/client.h>

#include "tests/conformance/peer/peer.h"

/* Everything that the cases share; a case leaves in text what it saw. */
struct cases {
    struct tl_client *client;
    const char *queue;
    const char *activity_queue;
    const char *tag;
    const char *name; /* of the case that runs */
    char text[MOST_TEXT];
    struct tl_error error;
};

/* A string, which buffer keeps. */
struct tl_payload case_json(const char *name, char *buffer, size_t size);

/* Tells that `what` went wrong, unless it did not. */
void case_complain(struct cases *cases, const char *what, enum tl_status status);

/* The case's workflow id. */
void case_id(const struct cases *cases, char *id, size_t size);

/* NULL when it was not started, which is told. The queue is the case's. */
struct tl_handle *case_start_with(
    struct cases *cases, const char *type, const struct tl_payloads *input, struct tl_start_options options);
struct tl_handle *case_start(struct cases *cases, const char *type, const struct tl_payloads *input);

/* Waits for the result and tells it. */
void case_result(struct cases *cases, struct tl_handle *run);

void case_reflect(struct cases *cases, struct tl_payload value);
void case_fails_as(struct cases *cases, const char *mode, const char *is_told);

/* ---- Cases of other files ---- */

void relays(struct cases *cases);
void completes_elsewhere(struct cases *cases);
void fails_elsewhere(struct cases *cases);
void cancels_elsewhere(struct cases *cases);
void shares(struct cases *cases);
void reflects_protobuf_json(struct cases *cases);
void reflects_protobuf(struct cases *cases);
void fails_nested(struct cases *cases);
void fails_encoded(struct cases *cases);
void tells_encoded(struct cases *cases);
void attributes(struct cases *cases);
void headers(struct cases *cases);
void answers_by_itself(struct cases *cases);
void hands_over(struct cases *cases);
void starts_later(struct cases *cases);
void uses_existing(struct cases *cases);
void replaces(struct cases *cases);
void reuses_ids(struct cases *cases);

#endif
