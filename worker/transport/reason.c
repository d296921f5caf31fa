/* SPDX-License-Identifier: MIT */
#include "worker/transport/reason.h"

#include <string.h>

#include "worker/transport/options.h"
#include "worker/transport/pem.h"

enum tl_status reason_tell(
    struct tl_error *error, const struct tl_connection_options *options, const char *method,
    const struct tl_reply *reply)
{
    (void)options;
    return tl_error_set(error, reply->status, NULL, "%s: %s", method, reply->text);
}
