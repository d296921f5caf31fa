/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <timelapse/connection.h>

#include "tests/conformance/killing/load.h"

struct tl_connection *load_connect(struct tl_error *error)
{
    const struct tl_connection_options options = {
        .address = getenv("TEMPORAL_ADDRESS"),
        .keepalive_time = TL_SECONDS(10),
        .keepalive_timeout = TL_SECONDS(2),
    };

    return tl_connect(&options, error);
}
