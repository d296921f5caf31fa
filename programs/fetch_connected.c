/* SPDX-License-Identifier: MIT */
#include "fetch_command.h"
#include "history_command.h"

#ifdef TIMELAPSE_HAS_GRPC

#include <timelapse/connection.h>

static int complain(FILE *err, const struct tl_error *error)
{
    fprintf(err, "timelapse: %s%s%s\n", error->field, error->field[0] == '\0' ? "" : ": ", error->message);
    return EXIT_TROUBLE;
}

int fetch_connected(const struct fetch_request *request, FILE *out, FILE *err)
{
    struct tl_error error = {0};
    struct tl_connection *connection = tl_connect(NULL, &error);

    if (connection == NULL) {
        return complain(err, &error);
    }
    const struct tl_client_options options = {
        .name_space = tl_connection_namespace(connection), .identity = tl_connection_identity(connection)};
    struct tl_client *client =
        tl_client_new(tl_connection_driver(connection), tl_connection_service(connection), &options, &error);
    int code = client == NULL ? complain(err, &error) : fetch_histories(client, request, out, err);

    tl_client_free(client);
    tl_connection_free(connection);
    return code;
}

#else

int fetch_connected(const struct fetch_request *request, FILE *out, FILE *err)
{
    (void)request;
    (void)out;
    fputs("timelapse: this program was built without connections (TIMELAPSE_GRPC), so it fetches nothing\n", err);
    return EXIT_TROUBLE;
}

#endif
