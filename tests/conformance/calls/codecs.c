/* SPDX-License-Identifier: MIT */
/* A client whose codec nobody else has: what it sends comes back readable to it alone. */
#include <string.h>
#include <timelapse/converter.h>

#include "tests/conformance/calls/calls.h"

/* Turns each byte round. */
static enum tl_status turn(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len);

    (void)user;
    (void)error;
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = (uint8_t)~in->data.data[i];
    }
    *out = *in;
    out->data.data = data;
    return TL_OK;
}

static void are_turned_round(struct caller *caller)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    struct tl_client *plain = caller->client;
    struct tl_payload seen = {0};

    tl_register_codec(registry, &(const struct tl_codec){.name = "turn", .encode = turn, .decode = turn});
    struct tl_client *turning = tl_client_new(
        tl_connection_driver(caller->connection),
        tl_connection_service(caller->connection),
        &(const struct tl_client_options){.registry = registry},
        &caller->error);
    expect(caller, turning != NULL, "a client with a codec");
    if (turning != NULL) {
        caller->client = turning;
        struct tl_handle *run = start(caller, "Echo", TL_ARGS(tl_payload_json("\"secret\"")));
        struct tl_handle *same = tl_client_handle(plain, tl_handle_workflow_id(run), NULL);
        expect_result(caller, run, "\"secret\"");
        expect_status(caller, tl_handle_result(same, &seen, &caller->error), TL_OK, "the result, without the codec");
        expect(caller, seen.data.len == 8 && seen.data.data[0] == (uint8_t) ~'"', "nobody can read it");
        tl_handle_free(same);
    }
    caller->client = plain;
    tl_client_free(turning);
    tl_registry_free(registry);
}

const struct test_case codec_cases[] = {
    {"turned-round", are_turned_round},
    {NULL, NULL},
};
