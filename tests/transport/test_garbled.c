/* SPDX-License-Identifier: MIT */
/*
 * Answers with a byte that is another one: in frames of HTTP/2, headers or the message. Half a second of real time:
 * where a length has grown, nothing but the deadline ends the call.
 */
#include "model/pb.h"
#include "model/rpc.h"
#include "tests/transport/wire_test.h"
#include "worker/transport/channel.h"
#include "worker/transport/connection_private.h"

#define BYTES    160 /* of the preface, and of an answer from its first byte to its last */
#define DEADLINE TL_MILLISECONDS(30)

static struct peer *peer;
static struct proxy *proxy;

static int begin(void **state)
{
    (void)state;
    peer = peer_new(&(struct peer_options){0});
    peer_answers(
        peer,
        "GetSystemInfo",
        &(struct peer_rule){
            .message = {
                (const uint8_t *)"\x0a\x06"
                                 "1.30.1\x12\x02\x08\x01",
                12}});
    proxy = proxy_new(&(struct proxy_options){0});
    return 0;
}

static int end(void **state)
{
    (void)state;
    proxy_free(proxy);
    peer_free(peer);
    return 0;
}

/* On a connection of its own. */
static enum tl_status ask(tl_duration timeout)
{
    Pb__GetSystemInfoRequest request = PB__GET_SYSTEM_INFO_REQUEST__INIT;
    const struct channel_question question = {
        .rpc = &rpc_table[RPC_GetSystemInfo], .message = &request.base, .timeout = timeout};
    struct channel *channel = channel_new(
        &(struct tl_connection_options){.address = peer_address(peer), .proxy = proxy_address(proxy)}, NULL);
    struct tl_reply *reply = NULL;

    assert_non_null(channel);
    assert_int_equal(connection_ask(channel, &question, &reply, NULL), TL_OK);
    enum tl_status status = reply->status;
    assert_true((reply->message != NULL) == (status == TL_OK));
    assert_true((reply->grpc_code == 0) == (status == TL_OK));
    tl_reply_unref(reply);
    channel_free(channel);
    return status;
}

static void any_byte_of_it(void **state)
{
    size_t served = 0;

    (void)state;
    for (size_t at = 0; at < BYTES; at++) {
        proxy_garble(proxy, at);
        served += ask(DEADLINE) == TL_OK;
    }
    assert_in_range(served, 1, BYTES - 20); /* some bytes do not matter, others do */
    proxy_garble(proxy, SIZE_MAX);
    assert_int_equal(ask(TL_SECONDS(10)), TL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_byte_of_it, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
