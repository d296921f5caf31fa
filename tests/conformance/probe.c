/* SPDX-License-Identifier: MIT */
/*
 * probe ADDRESS: asks every call that the simulator serves of the real server there, with a request that names nothing
 * but the namespace. Those it does not know are the rows UNVERIFIED of differences.def; fails on one that is missing
 * there, and on one that the server knows.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/driver.h>
#include <timelapse/sim.h>

#include "base/check.h"
#include "model/pb.h"
#include "worker/transport/connection_private.h"

#define TIMEOUT       TL_SECONDS(20)
#define UNIMPLEMENTED 12

static const char *const unverified[] = {
#define UNVERIFIED(rpc, why, source) #rpc,
#include "tests/conformance/differences.def"
    NULL,
};

static bool is_listed(const char *rpc)
{
    for (size_t i = 0; unverified[i] != NULL; i++) {
        if (strcmp(unverified[i], rpc) == 0) {
            return true;
        }
    }
    return false;
}

static ProtobufCMessage *request_of(const struct tl_rpc *rpc)
{
    ProtobufCMessage *message = calloc(1, rpc->request->sizeof_message);

    if (message == NULL) {
        exit(2);
    }
    rpc->request->message_init(message);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(rpc->request, "namespace");
    if (field != NULL && field->type == PROTOBUF_C_TYPE_STRING) {
        *(const char **)(void *)((char *)message + field->offset) = "default";
    }
    return message;
}

/* ---- The simulator ---- */

static void on_reply(void *user, struct tl_reply *reply)
{
    *(int *)user = reply->grpc_code;
    tl_reply_unref(reply);
}

static int has_code(void *user)
{
    return *(int *)user >= 0;
}

static int simulator_code(const struct tl_rpc *rpc, const ProtobufCMessage *message)
{
    struct tl_driver *driver = tl_driver_new(NULL, NULL);
    struct tl_sim *sim = driver == NULL ? NULL : tl_sim_new(driver, NULL, NULL);
    int code = -1;

    if (sim != NULL) {
        const struct tl_request request = {.rpc = rpc, .message = message, .deadline = tl_driver_now(driver) + TIMEOUT};

        if (tl_service_call(tl_sim_service(sim), &request, on_reply, &code, NULL) == TL_OK) {
            TL_IGNORE(tl_driver_run(driver, has_code, &code, 0));
        }
    }
    tl_sim_free(sim);
    tl_driver_free(driver);
    return code;
}

/* ---- The real server ---- */

static int real_code(struct tl_connection *connection, const struct tl_rpc *rpc, const ProtobufCMessage *message)
{
    const struct channel_question question = {.rpc = rpc, .message = message, .timeout = TIMEOUT};
    struct tl_reply *reply;
    struct tl_error error;

    if (connection_ask(connection_channel(connection), &question, &reply, &error) != TL_OK) {
        (void)fprintf(stderr, "%s: %s\n", rpc->name, error.message);
        exit(2);
    }
    int code = reply->grpc_code;
    tl_reply_unref(reply);
    return code;
}

/* Whether the table tells of this call what is so. */
static bool is_told(struct tl_connection *connection, const struct tl_rpc *rpc, size_t *served)
{
    ProtobufCMessage *message = request_of(rpc);
    bool is_served = simulator_code(rpc, message) != UNIMPLEMENTED;
    bool is_known = !is_served || real_code(connection, rpc, message) != UNIMPLEMENTED;

    free(message);
    *served += is_served;
    if (is_known == is_listed(rpc->name)) {
        printf(
            "%s: %s\n",
            rpc->name,
            is_known ? "a row of differences.def for nothing" : "the real server has no such call");
        return false;
    }
    return true;
}

int main(int count, char **arguments)
{
    const struct tl_connection_options options = {.address = count == 2 ? arguments[1] : getenv("JUDGE_ADDRESS")};
    struct tl_error error;
    size_t rpc_count;
    size_t served = 0;
    size_t wrong = 0;
    struct tl_connection *connection = tl_connect(&options, &error);

    if (connection == NULL) {
        (void)fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    const struct tl_rpc *all = tl_rpc_all(&rpc_count);
    for (size_t i = 0; i < rpc_count; i++) {
        wrong += !is_told(connection, &all[i], &served);
    }
    printf(
        "%zu calls are served, %zu of them unverified; %zu not as listed\n", served, COUNT_OF(unverified) - 1, wrong);
    tl_connection_free(connection);
    return wrong > 0;
}
