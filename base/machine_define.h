/* SPDX-License-Identifier: MIT */
/*
 * Expands one machine's .def: see base/machine.h for what to define before including this. No
 * include guard on purpose. A .def has STATE, FINAL, EVENT and ROW lines and nothing else; the
 * first STATE is where entities begin.
 *
 * Gives, in this order: enumerators STATE_<name> (finals among them, in the order of the .def),
 * EVENT_<name> and ROW_<from>_ON_<event>; prototypes of the actions; the tables; the global
 * `<MACHINE>_machine`. A duplicate row fails twice: its ROW_ enumerator is declared again, and its
 * cell is initialised again (-Woverride-init).
 */
#if !defined(MACHINE) || !defined(MACHINE_FILE)
#error "define MACHINE and MACHINE_FILE before including base/machine_define.h"
#endif

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/machine.h"

#define MACHINE_JOIN_(left, right) left##right
#define MACHINE_JOIN(left, right)  MACHINE_JOIN_(left, right)
#define MACHINE_NAMED(suffix)      MACHINE_JOIN(MACHINE, suffix)
#define MACHINE_TEXT_(token)       #token
#define MACHINE_TEXT(token)        MACHINE_TEXT_(token)

/* The second of its arguments: one that expands to two moves another into its place. */
#define MACHINE_SECOND_(first, second, ...) second
#define MACHINE_SECOND(...)                 MACHINE_SECOND_(__VA_ARGS__)

/* An action NULL has no prototype and no text. */
#define MACHINE_PROTOTYPE(action) static int action(void *self, const void *argument);
#define MACHINE_NO_PROTOTYPE(action)
#define MACHINE_PROTOTYPE_OF_NULL ~, MACHINE_NO_PROTOTYPE
#define MACHINE_TEXT_OF_NULL      ~, NULL

/* The set of states that entities can be in. */
#define STATE(name) STATE_##name,
#define FINAL(name) STATE_##name,
#define EVENT(name)
#define ROW(from, event, to, action, note)
enum MACHINE_NAMED(_state) {
#include MACHINE_FILE
    MACHINE_STATES
};
#undef STATE
#undef FINAL
#undef EVENT
#undef ROW

#define STATE(name)
#define FINAL(name)
#define EVENT(name) EVENT_##name,
#define ROW(from, event, to, action, note)
enum MACHINE_NAMED(_event) {
#include MACHINE_FILE
    MACHINE_EVENTS
};
#undef EVENT
#undef ROW

#define EVENT(name)
#define ROW(from, event, to, action, note) ROW_##from##_ON_##event,
enum MACHINE_NAMED(_row) {
#include MACHINE_FILE
    MACHINE_ROWS
};
#undef ROW

static_assert(MACHINE_STATES <= MACHINE_MAX_STATES, "a set of states has 32 bits");
static_assert(MACHINE_EVENTS <= UINT8_MAX && MACHINE_ROWS <= UINT16_MAX, "numbers of events and rows are small");

#define ROW(from, event, to, action, note) MACHINE_SECOND(MACHINE_PROTOTYPE_OF_##action, MACHINE_PROTOTYPE, ~)(action)
#include MACHINE_FILE
#undef ROW

#define ROW(from, event, to, action, note)                                                                             \
    [STATE_##from * MACHINE_EVENTS + EVENT_##event] = {(to), ROW_##from##_ON_##event, action},
static const struct machine_row MACHINE_NAMED(_cells)[MACHINE_STATES * MACHINE_EVENTS] = {
#include MACHINE_FILE
};
#undef ROW

#define ROW(from, event, to, action, note)                                                                             \
    {STATE_##from, EVENT_##event, (to), MACHINE_SECOND(MACHINE_TEXT_OF_##action, #action, ~), note},
static const struct machine_row_text MACHINE_NAMED(_row_texts)[MACHINE_ROWS] = {
#include MACHINE_FILE
};
#undef ROW
#undef STATE
#undef FINAL
#undef EVENT

#define STATE(name) #name,
#define FINAL(name) #name,
#define EVENT(name)
#define ROW(from, event, to, action, note)
static const char *const MACHINE_NAMED(_state_names)[MACHINE_STATES] = {
#include MACHINE_FILE
};
#undef STATE
#undef FINAL
#undef EVENT

#define STATE(name)
#define FINAL(name)
#define EVENT(name) #name,
static const char *const MACHINE_NAMED(_event_names)[MACHINE_EVENTS] = {
#include MACHINE_FILE
};
#undef FINAL
#undef EVENT

static uint32_t MACHINE_NAMED(_hits)[MACHINE_ROWS];

#define FINAL(name) | TO(name)
#define EVENT(name)
extern const struct machine_table MACHINE_NAMED(_machine);
const struct machine_table MACHINE_NAMED(_machine) = {
    .name = MACHINE_TEXT(MACHINE),
    .state_count = MACHINE_STATES,
    .event_count = MACHINE_EVENTS,
    .row_count = MACHINE_ROWS,
    .state_names = MACHINE_NAMED(_state_names),
    .event_names = MACHINE_NAMED(_event_names),
    .cells = MACHINE_NAMED(_cells),
    .rows = MACHINE_NAMED(_row_texts),
    .hits = MACHINE_NAMED(_hits),
    .final_states = UINT32_C(0)
#include MACHINE_FILE
};
#undef STATE
#undef FINAL
#undef EVENT
#undef ROW

#undef MACHINE_JOIN_
#undef MACHINE_JOIN
#undef MACHINE_NAMED
#undef MACHINE_TEXT_
#undef MACHINE_TEXT
#undef MACHINE_SECOND_
#undef MACHINE_SECOND
#undef MACHINE_PROTOTYPE
#undef MACHINE_NO_PROTOTYPE
#undef MACHINE_PROTOTYPE_OF_NULL
#undef MACHINE_TEXT_OF_NULL
#undef MACHINE
#undef MACHINE_FILE
