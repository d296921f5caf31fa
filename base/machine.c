/* SPDX-License-Identifier: MIT */
#include "base/machine.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"

static bool is_single(uint32_t targets)
{
    return (targets & (targets - 1)) == 0;
}

static bool has_state(uint32_t states, size_t state)
{
    return (states >> state & 1U) != 0;
}

uint8_t machine_target(const struct machine_table *table, const struct machine_row *row, int chosen)
{
    if (is_single(row->targets)) {
        return (uint8_t)__builtin_ctz(row->targets);
    }
    CHECK((size_t)chosen < table->state_count);
    CHECK(has_state(row->targets, (size_t)chosen));
    return (uint8_t)chosen;
}

/* ---- The diagram ---- */

struct diagram {
    const struct machine_table *table;
    void (*write)(void *user, const char *text);
    void *user;
};

static void write_parts(const struct diagram *diagram, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        diagram->write(diagram->user, parts[i]);
    }
}

/* A ':' or ';' in a label would end it (Mermaid's stateDiagram-v2 grammar); '#' begins an entity. */
static void write_label(const struct diagram *diagram, const char *text)
{
    for (; *text != '\0'; text++) {
        char plain[2] = {*text, '\0'};
        const char *part = plain;
        switch (*text) {
        case ':':
            part = "#58;";
            break;
        case ';':
            part = "#59;";
            break;
        case '#':
            part = "#35;";
            break;
        case '\n':
            part = " ";
            break;
        default:
            break;
        }
        diagram->write(diagram->user, part);
    }
}

static void write_row(const struct diagram *diagram, const struct machine_row_text *row)
{
    const struct machine_table *table = diagram->table;

    for (size_t state = 0; state < table->state_count; state++) {
        if (!has_state(row->targets, state)) {
            continue;
        }
        const char *parts[] = {
            "    ",
            table->state_names[row->from],
            " --> ",
            table->state_names[state],
            " : ",
            table->event_names[row->event],
        };
        write_parts(diagram, parts, COUNT_OF(parts));
        if (row->note != NULL && row->note[0] != '\0') {
            diagram->write(diagram->user, " / ");
            write_label(diagram, row->note);
        }
        diagram->write(diagram->user, "\n");
    }
}

void machine_diagram(const struct machine_table *table, void (*write)(void *user, const char *text), void *user)
{
    const struct diagram diagram = {.table = table, .write = write, .user = user};
    const char *const head[] = {"stateDiagram-v2\n    [*] --> ", table->state_names[0], "\n"};

    write_parts(&diagram, head, COUNT_OF(head));
    for (size_t i = 0; i < table->row_count; i++) {
        write_row(&diagram, &table->rows[i]);
    }
    for (size_t state = 0; state < table->state_count; state++) {
        if (has_state(table->final_states, state)) {
            const char *const tail[] = {"    ", table->state_names[state], " --> [*]\n"};
            write_parts(&diagram, tail, COUNT_OF(tail));
        }
    }
}

/* ---- The laws ---- */

struct complaint {
    char *text;
    size_t size;
};

TL_PRINTF(2, 3) static const char *complain(const struct complaint *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(to->text, to->size, format, args);
    va_end(args);
    return to->text;
}

static const char *
check_row(const struct machine_table *table, const struct machine_row_text *row, const struct complaint *to)
{
    const char *from = table->state_names[row->from];
    const char *event = table->event_names[row->event];

    if (has_state(table->final_states, row->from)) {
        return complain(to, "%s: the row %s, %s leaves a final state", table->name, from, event);
    }
    if (row->targets == 0) {
        return complain(to, "%s: the row %s, %s has no target", table->name, from, event);
    }
    if (row->action == NULL && !is_single(row->targets)) {
        return complain(to, "%s: the row %s, %s has several targets and no action to choose", table->name, from, event);
    }
    return NULL;
}

/* The states that some sequence of rows leads to from the first one. */
static uint32_t reachable_states(const struct machine_table *table)
{
    uint32_t reached = 1;
    uint32_t before;

    do {
        before = reached;
        for (size_t i = 0; i < table->row_count; i++) {
            if (has_state(reached, table->rows[i].from)) {
                reached |= table->rows[i].targets;
            }
        }
    } while (reached != before);
    return reached;
}

static const char *check_states(const struct machine_table *table, const struct complaint *to)
{
    uint32_t reached = reachable_states(table);
    uint32_t left = 0;

    for (size_t i = 0; i < table->row_count; i++) {
        left |= UINT32_C(1) << table->rows[i].from;
    }
    for (size_t state = 0; state < table->state_count; state++) {
        if (!has_state(reached, state)) {
            return complain(to, "%s: no row leads to state %s", table->name, table->state_names[state]);
        }
        if (!has_state(table->final_states | left, state)) {
            return complain(to, "%s: state %s has no exit and is not final", table->name, table->state_names[state]);
        }
    }
    return NULL;
}

/* An event without a row is a name that nothing answers to: a leftover, or a row forgotten. */
static const char *check_events(const struct machine_table *table, const struct complaint *to)
{
    for (size_t event = 0; event < table->event_count; event++) {
        bool used = false;
        for (size_t i = 0; i < table->row_count; i++) {
            used = used || table->rows[i].event == event;
        }
        if (!used) {
            return complain(to, "%s: event %s has no row", table->name, table->event_names[event]);
        }
    }
    return NULL;
}

const char *machine_check(const struct machine_table *table, char *text, size_t size)
{
    const struct complaint to = {.text = text, .size = size};
    const char *broken = NULL;

    for (size_t i = 0; i < table->row_count && broken == NULL; i++) {
        broken = check_row(table, &table->rows[i], &to);
    }
    if (broken == NULL) {
        broken = check_states(table, &to);
    }
    return broken != NULL ? broken : check_events(table, &to);
}
