/* SPDX-License-Identifier: MIT */
/*
 * A world for tests of the server: the server, a wall that is moved by hand, and callers whose HTTP/2 is nghttp2's,
 * with no socket between them. A cmocka fixture: *state is the struct station.
 */
#ifndef TIMELAPSE_TESTS_SERVER_CALLER_H
#define TIMELAPSE_TESTS_SERVER_CALLER_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/pb.h"
#include "sim/server/link.h"
#include "sim/server/server.h"
#include "sim/server/universe.h"

#define WORKFLOW_SERVICE "/temporal.api.workflowservice.v1.WorkflowService/"
#define TEST_SERVICE     "/temporal.api.testservice.v1.TestService/"

struct station {
    struct server *server;
    tl_time wall;
    struct arena arena; /* of what is read, for the test's life */
    struct pool *pool;
    char log[4096];
};

/* Options for stations to come; the usual ones again after each test. */
extern struct server_options station_options;

int station_open(void **state);
int station_close(void **state);

#define STATION_TEST(test) cmocka_unit_test_setup_teardown(test, station_open, station_close)

/* The wall goes on so far in one step, and everything is done and carried. */
void station_pass(struct station *station, tl_duration duration);

/* The default universe, and its time since its beginning. */
struct universe *station_universe(struct station *station);
tl_duration station_elapsed(struct station *station);

struct caller {
    struct station *station;
    struct link *link; /* NULL: lost */
    nghttp2_session *session;
    bool refused; /* the link wants no more */
};

struct caller *caller_open(struct station *station);

/* The connection breaks. */
void caller_lose(struct caller *caller);
void caller_close(struct caller *caller);

/* A call and what came of it. */
struct asked_call {
    struct caller *caller;
    int32_t stream;
    struct tl_bytes body; /* framed */
    size_t sent;
    bool stays_open; /* the caller does not say that it has said all */
    char http[4];
    int code; /* grpc-status; -1: none yet */
    char text[512];
    char details[512];
    uint8_t answer[65536];
    size_t answer_len;
    bool is_over;
};

/* More than the usual headers; up to a NULL name. */
struct asked_header {
    const char *name; /* of the usual ones: instead */
    const char *value;
};

/* Asks, with bytes as they are or with a message in its frame. The call is the station's memory. */
struct asked_call *
caller_send(struct caller *caller, const char *path, struct tl_bytes body, const struct asked_header *headers);
struct asked_call *caller_ask(struct caller *caller, const char *path, const void *message);

/* The same, and it is over. */
struct asked_call *caller_call(struct caller *caller, const char *path, const void *message);

void caller_cancel(struct asked_call *call);

/* The answer's message; fails the test where there is none. */
const void *asked_message(struct asked_call *call, const ProtobufCMessageDescriptor *descriptor);

/* A copy for messages, whose texts are not const. */
char *station_text(struct station *station, const char *text);

/* A message in its frame. */
struct tl_bytes station_frame(struct station *station, const void *message);

/* Fails unless it is over with that code. */
void assert_code(const struct asked_call *call, int code);

#endif
