/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <timelapse/connection.h>

#include "tests/conformance/killing/load.h"

#define TRIES 100 /* each as long as a connect may take: a server that was killed is back long before the last */

struct tl_connection *load_connect(struct tl_error *error)
{
    const struct tl_connection_options options = {
        .address = getenv("TEMPORAL_ADDRESS"),
        .keepalive_time = TL_SECONDS(10),
        .keepalive_timeout = TL_SECONDS(2),
    };

    struct tl_connection *connection = NULL;

    for (int i = 0; i < TRIES && connection == NULL; i++) {
        connection = tl_connect(&options, error);
    }
    return connection;
}
