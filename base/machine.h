/* SPDX-License-Identifier: MIT */
/*
 * Machines are tables. An entity's states, events, targets and actions stand in <entity>.def:
 *
 *     STATE( CREATED )  FINAL( FIRED )  EVENT( FIRE )
 *     ROW( from,    event,  to,           action,        "what history shows" )
 *
 * beside <entity>.c, which names it and expands it once:
 *
 *     #define MACHINE timer
 *     #define MACHINE_FILE "worker/machines/timer.def"
 *     #include "base/machine_define.h"
 *
 * That gives, local to the file, enumerators STATE_CREATED..., EVENT_FIRE..., prototypes of the
 * actions (`static int action(void *self, const void *argument)`; NULL for none, in rows with one
 * target), and, for lists of tables, the global `const struct machine_table timer_machine`. The
 * first STATE is where entities begin. A duplicate row does not compile. No action writes the
 * state: machine_step does, after the action returned, and checks that the state chosen is one of
 * the row's targets.
 */
#ifndef TIMELAPSE_BASE_MACHINE_H
#define TIMELAPSE_BASE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MACHINE_MAX_STATES 32

/* Target sets in a .def: TO(STARTED), TO(CREATED) | TO(FAILED). */
#define TO(state) (UINT32_C(1) << STATE_##state)

struct machine_row {
    uint32_t targets; /* bit set of states; 0 marks an empty cell */
    uint16_t number;  /* row number in the .def, from 0 */
    /* Does the row's work. Returns the target state when the row has several; ignored when it has one. < 0: refused. */
    int (*action)(void *self, const void *argument);
};

struct machine_row_text {
    uint8_t from;
    uint8_t event;
    uint32_t targets;
    const char *action; /* NULL for none */
    const char *note;
};

struct machine_table {
    const char *name;
    size_t state_count;
    size_t event_count;
    size_t row_count;
    const char *const *state_names;
    const char *const *event_names;
    const struct machine_row *cells;     /* [state][event] */
    const struct machine_row_text *rows; /* in the order of the .def */
    uint32_t *hits;                      /* per row, relaxed counters; since process start */
    uint32_t final_states;               /* bit set */
};

/* What a step did. */
enum machine_result {
    MACHINE_OK,
    MACHINE_NO_ROW, /* nothing changed: state and event have no row */
    MACHINE_REFUSED /* nothing changed: the action said no */
};

/*
 * Takes one step. state: where the entity keeps it. counted: false in shadow runs.
 */
static inline enum machine_result machine_step(
    const struct machine_table *table, uint8_t *state, unsigned event, void *self, const void *argument, bool counted);

/* Mermaid text of the table into `out` through `write`. */
void machine_diagram(const struct machine_table *table, void (*write)(void *user, const char *text), void *user);

/*
 * The laws of a table: no row leaves a final state; every state is reached from the first; every
 * other state has an exit; every event has a row; every row has a target, and an action where it has
 * several. NULL, or what is broken, written to `text` and returned.
 */
const char *machine_check(const struct machine_table *table, char *text, size_t size);

/* CHECKs what a step must leave true; outlined to keep machine_step small. */
uint8_t machine_target(const struct machine_table *table, const struct machine_row *row, int chosen);

static inline enum machine_result machine_step(
    const struct machine_table *table, uint8_t *state, unsigned event, void *self, const void *argument, bool counted)
{
    const struct machine_row *row = &table->cells[(size_t)*state * table->event_count + event];

    if (row->targets == 0) {
        return MACHINE_NO_ROW;
    }
    int chosen = row->action == NULL ? 0 : row->action(self, argument);
    if (chosen < 0) {
        return MACHINE_REFUSED;
    }
    *state = machine_target(table, row, chosen);
    if (counted) {
        uint32_t *hits = &table->hits[row->number];
        /* Not an atomic addition: a lost count is of no consequence, its price would be. */
        __atomic_store_n(hits, __atomic_load_n(hits, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
    }
    return MACHINE_OK;
}

#endif
