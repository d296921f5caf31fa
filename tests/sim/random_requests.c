/* SPDX-License-Identifier: MIT */
#include "tests/sim/random_requests.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/message.h"
#include "sim/check/check.h"

#define CHECKS_BETWEEN 256 /* of the agenda, which looks at every run */

void random_fault(struct random_requests *requests, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *what = arena_vformat(&requests->scratch, format, args);
    va_end(args);
    if (requests->fault[0] == '\0') {
        (void)snprintf(
            requests->fault, sizeof(requests->fault), "step %llu: %s", (unsigned long long)requests->steps, what);
    }
}

/* ---- The hash of all that was told ---- */

static void add_hash(struct random_requests *requests, const void *data, size_t len)
{
    requests->hash = hash_siphash13(requests->hash, len, data, len);
}

static void add_text(struct random_requests *requests, const char *text)
{
    add_hash(requests, text, strlen(text));
}

static void on_trace(void *user, const struct tl_trace_event *event)
{
    struct random_requests *requests = user;
    const int64_t numbers[] = {event->kind, event->at, event->event_id};

    add_hash(requests, numbers, sizeof(numbers));
    add_text(requests, event->workflow_id);
    add_text(requests, event->run_id);
    add_text(requests, event->name);
    add_text(requests, event->detail);
}

static void hash_reply(struct random_requests *requests, const struct tl_reply *reply)
{
    const int64_t numbers[] = {reply->status, reply->grpc_code};

    add_hash(requests, numbers, sizeof(numbers));
    add_text(requests, reply->text);
    if (reply->message != NULL) {
        struct arena arena;
        arena_init(&arena, requests->scratch.pool);
        struct tl_bytes packed = message_pack(&arena, reply->message);
        add_hash(requests, packed.data, packed.len);
        arena_done(&arena);
    }
}

/* ---- The universe ---- */

static void on_event(void *user, const struct tl_trace_event *event)
{
    struct random_requests *requests = user;
    const Pb__HistoryEvent *added = event->data;

    if (event->kind == TL_TRACE_SERVICE_EVENT_ADDED && (unsigned)added->event_type < RANDOM_EVENTS) {
        requests->tally.events[added->event_type]++;
    }
    if (requests->options.hashed) {
        on_trace(requests, event);
    }
}

static size_t choose(void *user, const struct tl_choice *choice)
{
    return random_pick(user, choice->options);
}

static void open_universe(struct random_requests *requests)
{
    const struct tl_chooser chooser = {.choose = choose, .user = requests};
    const struct tl_driver_options driver = {
        .seed = random_next(&requests->random), .chooser = requests->options.shuffled ? &chooser : NULL};
    static const struct tl_search_definition attributes[] = {
        {"Colour", TL_SEARCH_KEYWORD}, {"Amount", TL_SEARCH_INT}, {NULL, TL_SEARCH_UNSET}};
    const struct tl_sim_options options = {
        .wire = requests->options.wire,
        .limits = requests->options.limits,
        .search_attributes = attributes,
    };
    const struct tl_sink sink = {
        .on_event = on_event,
        .user = requests,
        .mask = requests->options.hashed ? TL_TRACE_ALL : TL_TRACE_BIT(TL_TRACE_SERVICE_EVENT_ADDED),
    };

    requests->driver = tl_driver_new(&driver, NULL);
    requests->sim = tl_sim_new(requests->driver, &options, NULL);
    requests->service = tl_sim_service(requests->sim);
    CHECK(tl_driver_add_sink(requests->driver, &sink) == TL_OK);
    arena_init(&requests->scratch, tl_driver_pool(requests->driver));
    requests->tally.universes++;
}

static void close_universe(struct random_requests *requests)
{
    size_t held = pool_held(tl_driver_pool(requests->driver));

    if (held > requests->tally.peak) {
        requests->tally.peak = held;
    }
    arena_done(&requests->scratch);
    tl_sim_free(requests->sim);
    tl_driver_free(requests->driver);
    memset(requests->calls, 0, sizeof(requests->calls));
    memset(&requests->workflow_tasks, 0, sizeof(requests->workflow_tasks));
    memset(&requests->activity_tasks, 0, sizeof(requests->activity_tasks));
    memset(&requests->pages, 0, sizeof(requests->pages));
    requests->run_id_count = 0;
}

void random_requests_init(struct random_requests *requests, const struct random_options *options)
{
    memset(requests, 0, sizeof(*requests));
    requests->options = *options;
    random_seed(&requests->random, options->seed);
    open_universe(requests);
}

void random_requests_done(struct random_requests *requests)
{
    close_universe(requests);
}

/* ---- Calls ---- */

static void on_reply(void *user, struct tl_reply *reply)
{
    struct random_call *slot = user;
    struct random_requests *requests = slot->requests;

    slot->call = NULL;
    if (reply->status == TL_OK) {
        requests->tally.taken[slot->rpc]++;
    }
    requests->tally.unsupported += reply->status == TL_UNSUPPORTED ? 1 : 0;
    if (requests->options.hashed) {
        hash_reply(requests, reply);
    }
    random_look(requests, slot->rpc, reply);
    tl_reply_unref(reply);
}

static void check(struct random_requests *requests)
{
    struct tl_error error;

    if (tl_sim_check(requests->sim, &error) != TL_OK) {
        random_fault(requests, "%s", error.message);
    }
}

static struct random_call *free_slot(struct random_requests *requests)
{
    struct random_call *slot = NULL;

    for (size_t i = 0; i < RANDOM_CALLS && slot == NULL; i++) {
        slot = requests->calls[i].call == NULL ? &requests->calls[i] : NULL;
    }
    return slot;
}

/* Someone gives up waiting; his answer comes at once. */
static struct random_call *make_room(struct random_requests *requests)
{
    struct random_call *slot = &requests->calls[random_pick(requests, RANDOM_CALLS)];

    tl_service_cancel(requests->service, slot->call);
    random_run(requests, SIZE_MAX);
    slot = free_slot(requests);
    CHECK(slot != NULL);
    return slot;
}

void random_send(struct random_requests *requests, unsigned rpc, const void *request)
{
    struct random_call *slot = free_slot(requests);
    const struct tl_request asked = {.rpc = &rpc_table[rpc], .message = request};

    if (slot == NULL) {
        slot = make_room(requests);
    }
    slot->requests = requests;
    slot->rpc = rpc;
    requests->tally.sent[rpc]++;
    CHECK(tl_service_call(requests->service, &asked, on_reply, slot, &slot->call) == TL_OK);
    check(requests);
}

/* ---- The world ---- */

void random_run(struct random_requests *requests, size_t most)
{
    while (most-- > 0 && tl_driver_step(requests->driver) == TL_STEP_RAN) {
        check(requests);
    }
}

#define ALL_DEADLINES (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)

void random_pass(struct random_requests *requests, tl_duration duration)
{
    struct tl_driver *driver = requests->driver;
    tl_time end = tl_driver_now(driver) + duration;

    random_run(requests, SIZE_MAX);
    while (tl_driver_next_deadline(driver, ALL_DEADLINES) <= end) {
        tl_driver_advance_to(driver, tl_driver_next_deadline(driver, ALL_DEADLINES));
        random_run(requests, SIZE_MAX);
    }
    tl_driver_advance_to(driver, end);
    random_run(requests, SIZE_MAX);
}

bool random_requests_step(struct random_requests *requests)
{
    struct tl_error error;
    uint64_t each = requests->options.steps_each;

    if (each != 0 && requests->steps != 0 && requests->steps % each == 0) {
        close_universe(requests);
        open_universe(requests);
    }
    random_act(requests);
    requests->steps++;
    if (requests->steps % CHECKS_BETWEEN == 0 && sim_check_agenda(requests->sim, &error) != TL_OK) {
        random_fault(requests, "%s", error.message);
    }
    arena_reset(&requests->scratch);
    return requests->fault[0] == '\0';
}

/* ---- Small pieces ---- */

uint64_t random_pick(struct random_requests *requests, uint64_t bound)
{
    return random_below(&requests->random, bound);
}

bool random_once_in(struct random_requests *requests, uint64_t times)
{
    return random_pick(requests, times) == 0;
}

char *random_name(struct random_requests *requests, const char *prefix, uint64_t bound)
{
    return arena_format(&requests->scratch, "%s%d", prefix, (int)random_pick(requests, bound));
}

Pb__Duration *random_duration(struct random_requests *requests, uint64_t seconds)
{
    Pb__Duration *duration = PB_NEW(&requests->scratch, Pb__Duration, pb__duration);

    duration->seconds = (int64_t)random_pick(requests, seconds);
    return duration;
}

Pb__Payloads *random_payloads(struct random_requests *requests)
{
    const struct tl_payload payload = tl_payload_json(random_once_in(requests, 2) ? "{\"amount\": 40}" : "[1]");

    return pb_payloads(&requests->scratch, &(const struct tl_payloads){&payload, 1});
}

/* ---- Tokens ---- */

struct random_token *random_keep(struct random_tokens *tokens, const ProtobufCBinaryData *bytes)
{
    bool full = tokens->count == RANDOM_TASKS;
    struct random_token *token = &tokens->kept[full ? tokens->turn++ % RANDOM_TASKS : tokens->count++];

    CHECK(bytes->len <= sizeof(token->bytes));
    token->len = bytes->len;
    token->query = false;
    token->asked = 0;
    if (bytes->len > 0) {
        memcpy(token->bytes, bytes->data, bytes->len);
    }
    return token;
}

const struct random_token *random_token(struct random_requests *requests, struct random_tokens *tokens)
{
    static const struct random_token none;

    if (tokens->count == 0 || random_once_in(requests, 200)) {
        return &none;
    }
    struct random_token *token = &tokens->kept[random_pick(requests, tokens->count)];
    if (random_once_in(requests, 12)) { /* it will be used again, when it is stale */
        return token;
    }
    struct random_token *last = &tokens->kept[--tokens->count];
    const struct random_token taken = *token;
    *token = *last;
    *last = taken;
    return last;
}

ProtobufCBinaryData random_bytes(const struct random_token *token)
{
    return (ProtobufCBinaryData){.len = token->len, .data = (uint8_t *)(uintptr_t)token->bytes};
}
