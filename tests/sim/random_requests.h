/* SPDX-License-Identifier: MIT */
/*
 * Random requests, most of them legal, to the simulator's service: clients, workers and the clock over
 * a few dozen workflow ids, some of it stale, doubled or wrong. After every step of the world the
 * oracles look. The same options give the same steps.
 *
 * random_requests.c keeps the universe and its calls, random_steps.c says how often what is done,
 * random_clients.c, random_workers.c and random_system.c make the requests, random_commands.c what a
 * workflow task is answered with, random_oracle.c looks at the answers.
 */
#ifndef TIMELAPSE_TESTS_RANDOM_REQUESTS_H
#define TIMELAPSE_TESTS_RANDOM_REQUESTS_H

#include <stdbool.h>
#include <timelapse/sim.h>

#include "base/arena.h"
#include "base/random.h"
#include "model/pb.h"
#include "model/rpc.h"

/* Zero means default. */
struct random_options {
    uint64_t seed;
    bool wire;
    bool shuffled;       /* what is ready runs in any order */
    bool hashed;         /* keep a hash of every reply and of the whole trace */
    uint64_t steps_each; /* of a universe, before a new one takes its place; 0: one for all steps */
    struct tl_sim_limits limits;
};

#define RANDOM_CALLS   48
#define RANDOM_TASKS   32
#define RANDOM_TOKEN   160
#define RANDOM_QUERIES 3
#define RANDOM_EVENTS  80 /* event types are below */

struct random_requests;

/* A call under way. */
struct random_call {
    struct random_requests *requests;
    struct tl_call *call; /* NULL: free */
    unsigned rpc;
};

/* What a reply gave: the token of a task, or of a page. */
struct random_token {
    uint8_t bytes[RANDOM_TOKEN];
    size_t len;   /* 0: none */
    bool query;   /* a query's task */
    size_t asked; /* queries that came with a workflow task */
    char ids[RANDOM_QUERIES][RANDOM_UUID_SIZE];
};

struct random_tokens {
    struct random_token kept[RANDOM_TASKS];
    size_t count;
    size_t turn; /* whose place the next one takes when all are taken */
};

/* What came of it all. */
struct random_tally {
    uint64_t sent[RPC_COUNT];
    uint64_t taken[RPC_COUNT]; /* answered without an error */
    uint64_t unsupported;
    uint64_t events[RANDOM_EVENTS];
    uint64_t universes;
    size_t peak; /* bytes that a universe's pool held at most */
};

struct random_requests {
    struct random_options options;
    struct random random;
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_service *service;
    struct arena scratch; /* of one step */
    struct random_call calls[RANDOM_CALLS];
    struct random_tokens workflow_tasks;
    struct random_tokens activity_tasks;
    struct random_tokens pages;
    char run_ids[RANDOM_TASKS][RANDOM_UUID_SIZE]; /* of runs that answers told of */
    uint64_t run_id_count;
    uint64_t steps;
    uint64_t hash;
    struct random_tally tally;
    char fault[512]; /* what an oracle found first; "" while all is well */
};

void random_requests_init(struct random_requests *requests, const struct random_options *options);

/* One step: a request, something of the world, or the clock. False once an oracle has found a fault. */
bool random_requests_step(struct random_requests *requests);

/* Ends the universe. Everything is given back: else that is a fault too. */
void random_requests_done(struct random_requests *requests);

/* ---- For the other files ---- */

void random_send(struct random_requests *requests, unsigned rpc, const void *request);

/* Runs what is ready, at most that many items, the oracles after each. */
void random_run(struct random_requests *requests, size_t most);

/* Lets time pass, stopping at every deadline. */
void random_pass(struct random_requests *requests, tl_duration duration);

/* Below `bound`; true once in `times`. */
uint64_t random_pick(struct random_requests *requests, uint64_t bound);
bool random_once_in(struct random_requests *requests, uint64_t times);

/* A number at the end of a name. */
char *random_name(struct random_requests *requests, const char *prefix, uint64_t bound);
Pb__Duration *random_duration(struct random_requests *requests, uint64_t seconds);
Pb__Payloads *random_payloads(struct random_requests *requests);

/* A token that was given, and is most often not used again; valid until another is kept. */
const struct random_token *random_token(struct random_requests *requests, struct random_tokens *tokens);
struct random_token *random_keep(struct random_tokens *tokens, const ProtobufCBinaryData *bytes);
ProtobufCBinaryData random_bytes(const struct random_token *token);

/* The table of what can be asked. */
void random_act(struct random_requests *requests);

/* Commands that fit the run whose task that is. */
void random_commands(
    struct random_requests *requests, const struct random_token *task,
    Pb__RespondWorkflowTaskCompletedRequest *request);

/* What the answer says against what the service keeps; and what it gives for later steps. */
void random_look(struct random_requests *requests, unsigned rpc, const struct tl_reply *reply);

void random_fault(struct random_requests *requests, const char *format, ...) TL_PRINTF(2, 3);

#endif
