/* SPDX-License-Identifier: MIT */
/*
 * Every call of the client, to a real server: what each of them answers when all is well, and when it is not. A worker
 * of the same process is asked by several threads at once, which share its connection and a client.
 */
#ifndef TIMELAPSE_TESTS_CALLS_H
#define TIMELAPSE_TESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/client.h>
#include <timelapse/connection.h>
#include <timelapse/registry.h>

#define CALLS_QUEUE "calls"
#define LONG        TL_MINUTES(1) /* within which a busy machine has done all that is waited for */

/* One thread's. */
struct caller {
    struct tl_connection *connection;
    struct tl_client *client;
    struct board *board;
    const char *tag;  /* in the ids of its workflows */
    const char *name; /* of the case that runs */
    size_t passed;
    size_t failed;
    struct tl_error error; /* of the last call */
};

/* Counts what was expected; tells what did not come so. */
void expect(struct caller *caller, bool good, const char *what);
void expect_status(struct caller *caller, enum tl_status found, enum tl_status wanted, const char *what);

/* The last call's error names the field. */
void expect_field(struct caller *caller, const char *field);

/* The payload is json/plain of this text. */
void expect_json(struct caller *caller, const struct tl_payload *found, const char *wanted, const char *what);

/* The run completes with that. */
void expect_result(struct caller *caller, struct tl_handle *run, const char *wanted);

/* The case's workflow id; suffix: for its others. */
#define MOST_ID 128
void name_run(const struct caller *caller, const char *suffix, char id[MOST_ID]);

/*
 * Starts the case's workflow on the worker's queue, which options need not name; NULL for defaults. Without it nothing
 * can go on: the program ends.
 */
struct tl_handle *start(struct caller *caller, const char *type, const struct tl_payloads *input);
struct tl_handle *
start_with(struct caller *caller, const char *type, const struct tl_payloads *input, struct tl_start_options options);

/* ---- Where activities that are completed from elsewhere leave their token ---- */

struct board;

struct posting {
    char run_id[MOST_ID];
    int attempt;
    unsigned char token[4096];
    size_t token_length;
    char details[64]; /* of the last heartbeat, JSON; "": none */
};

struct board *board_new(void);
void board_free(struct board *board);
void board_post(struct board *board, const struct posting *posting);

/* Waits until that attempt has been posted. False: it was not, within LONG. */
bool board_wait(struct board *board, const char *run_id, int attempt, struct posting *out);

/* ---- Workflows and cases ---- */

void calls_register(struct tl_registry *registry, struct board *board);

struct test_case {
    const char *name;
    void (*run)(struct caller *caller);
};

/* Each ends with one that has no name. */
extern const struct test_case start_cases[];
extern const struct test_case talk_cases[];
extern const struct test_case tell_cases[];
extern const struct test_case list_cases[];
extern const struct test_case elsewhere_cases[];
extern const struct test_case codec_cases[];

#endif
