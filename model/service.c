/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <timelapse/service.h>

#include "base/check.h"
#include "model/rpc.h"

struct tl_reply *tl_reply_ref(struct tl_reply *reply)
{
    CHECK(reply->references > 0);
    reply->references++;
    return reply;
}

void tl_reply_unref(struct tl_reply *reply)
{
    if (reply == NULL) {
        return;
    }
    CHECK(reply->references > 0);
    reply->references--;
    if (reply->references == 0) {
        reply->free(reply);
    }
}

enum tl_status tl_service_call(
    struct tl_service *service, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    return service->methods->call(service, request, on_reply, user, out_call);
}

void tl_service_cancel(struct tl_service *service, struct tl_call *call)
{
    service->methods->cancel(service, call);
}

const struct tl_rpc *tl_rpc_all(size_t *out_count)
{
    *out_count = RPC_COUNT;
    return rpc_table;
}

/* rpc_by_path lists the rpcs in the order of their paths. */
const struct tl_rpc *tl_rpc_find(const char *path)
{
    size_t low = 0;
    size_t high = RPC_COUNT;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct tl_rpc *rpc = &rpc_table[rpc_by_path[middle]];
        int order = strcmp(path, rpc->path);

        if (order == 0) {
            return rpc;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}
