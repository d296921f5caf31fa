/* SPDX-License-Identifier: MIT */
/*
 * Entities: what workflow code starts and history tells of - timers, activities, the workflow's
 * end. Each is a machine whose commands wait in the workflow's list until an event records them.
 */
#ifndef TIMELAPSE_WORKER_ENTITY_H
#define TIMELAPSE_WORKER_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/list.h"
#include "base/machine.h"
#include "base/text.h"
#include "model/pb.h"

struct entity;
struct tl_workflow;

/* Something to tell the server. Linked in the workflow's list from its making until its event, or its withdrawal. */
struct command {
    struct list_node node;
    int type;        /* enum of the API: COMMAND_TYPE_START_TIMER */
    uint32_t number; /* among the run's commands, from 1 */
    struct entity *entity;
};

struct entity_kind {
    const struct machine_table *table;

    /* The machine's event for a history event type, or -1. */
    int (*machine_event)(int event_type);

    /*
     * Whether the event records this very command: ids and types. On a difference, the name of
     * the attribute and both values go to `difference`.
     */
    bool (*matches)(const struct entity *entity, const Pb__HistoryEvent *event, struct text *difference);

    /* The command's message; everything in `arena` or borrowed from the entity. */
    void (*build)(struct entity *entity, int command_type, struct arena *arena, Pb__Command *out);

    /* Whether the event's attributes are those of the command, all of them; else the first that differs, in
     * `difference`. */
    bool (*matches_all)(
        const struct entity *entity, const Pb__Command *command, const Pb__HistoryEvent *event,
        struct text *difference);

    /* "activity ChargeCard (id 3)", "timer 1 (30d)". */
    void (*describe)(const struct entity *entity, struct text *text);
};

struct entity {
    const struct entity_kind *kind;
    struct tl_workflow *wf;
    uint8_t state;
    bool counted; /* its steps count as coverage */
};

/* What an event's processing found. */
enum entity_result {
    ENTITY_OK,
    ENTITY_UNEXPECTED /* the machine has no row for the event in its state */
};

/* One step of the entity's machine by a history event (already matched, when a command event). */
enum entity_result entity_apply(struct entity *entity, const Pb__HistoryEvent *event);

/* One step by workflow code; CHECKs that the row exists. */
void entity_do(struct entity *entity, unsigned machine_event, const void *argument);

/* Appends a command to the workflow's list; takes it off again. */
void command_add(struct command *command, struct entity *entity, int type);
void command_withdraw(struct command *command);

/* A number's decimal text; `text` holds at least ENTITY_NUMBER_SIZE bytes. */
#define ENTITY_NUMBER_SIZE 12
void entity_number(char *text, uint32_t number);

/* The state's name, for texts. */
const char *entity_state(const struct entity *entity);

#endif
