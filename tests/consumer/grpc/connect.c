/* SPDX-License-Identifier: MIT */
/* A program with connections: nothing listens where it connects to, and it is told so. */
#include <stdio.h>
#include <string.h>
#include <timelapse/connection.h>

int main(void)
{
    struct tl_error error = {.message = ""};
    struct tl_connection *connection =
        tl_connect(&(struct tl_connection_options){.address = "127.0.0.1:1", .connect_timeout = TL_SECONDS(5)}, &error);

    (void)printf("%s: %s\n", error.field, error.message);
    tl_connection_free(connection);
    return connection == NULL && error.status == TL_UNAVAILABLE && strcmp(error.field, "address") == 0 ? 0 : 1;
}
