/* SPDX-License-Identifier: MIT */
#include "base/agenda.h"

#include <stdio.h>

#include "base/check.h"
#include "base/text.h"

#define NAME_SIZE 256

/* The heap of idle deadlines that the jump under way passes; beside enum tl_deadline_kind. */
#define KIND_IDLE_PASSED 8U

void agenda_init(struct agenda *agenda, struct pool *pool, tl_time now)
{
    *agenda = (struct agenda){.pool = pool, .now = now};
    list_init(&agenda->ready);
    heap_init(&agenda->waking, pool);
    agenda->jump_to = TL_NEVER;
    heap_init(&agenda->idle, pool);
    heap_init(&agenda->idle_passed, pool);
    heap_init(&agenda->run_timeouts, pool);
}

void agenda_done(struct agenda *agenda)
{
    heap_done(&agenda->waking);
    heap_done(&agenda->idle);
    heap_done(&agenda->idle_passed);
    heap_done(&agenda->run_timeouts);
}

/* ---- Putting in ---- */

static struct heap *heap_of(struct agenda *agenda, unsigned kind)
{
    switch (kind) {
    case TL_DEADLINE_WAKING:
        return &agenda->waking;
    case TL_DEADLINE_IDLE:
        return &agenda->idle;
    case KIND_IDLE_PASSED:
        return &agenda->idle_passed;
    default:
        CHECK(kind == TL_DEADLINE_RUN);
        return &agenda->run_timeouts;
    }
}

static void take_off_timer(struct agenda *agenda, struct agenda_item *item)
{
    if (heap_has(&item->timed)) {
        heap_remove(heap_of(agenda, item->kind), &item->timed);
    }
}

static void take_off_queue(struct agenda *agenda, struct agenda_item *item)
{
    if (list_is_linked(&item->ready)) {
        list_remove(&item->ready);
        agenda->ready_count--;
    }
}

void agenda_post(struct agenda *agenda, struct agenda_item *item)
{
    if (list_is_linked(&item->ready)) {
        return;
    }
    take_off_timer(agenda, item);
    list_append(&agenda->ready, &item->ready);
    agenda->ready_count++;
}

#define ANY_IDLE (TL_DEADLINE_IDLE | KIND_IDLE_PASSED)

/* Idle deadlines change heaps at the end of a jump, where memory cannot be asked for: there is room for all in one. */
static void arm(struct agenda *agenda, struct agenda_item *item, const struct heap_slot *slot, unsigned kind)
{
    if ((kind & ANY_IDLE) != 0) {
        heap_reserve(&agenda->idle, agenda->idle.count + agenda->idle_passed.count + 1);
    }
    item->kind = (unsigned char)kind;
    heap_add(heap_of(agenda, kind), &item->timed, slot->at, slot->sequence);
}

void agenda_at(struct agenda *agenda, struct agenda_item *item, tl_time at, enum tl_deadline_kind kind)
{
    agenda_at_turn(agenda, item, at, kind, agenda_take_turn(agenda));
}

void agenda_at_turn(
    struct agenda *agenda, struct agenda_item *item, tl_time at, enum tl_deadline_kind kind, uint64_t turn)
{
    bool passed = kind == TL_DEADLINE_IDLE && agenda->jump_to != TL_NEVER;

    if (at <= agenda->now) {
        agenda_post(agenda, item);
        return;
    }
    agenda_cancel(agenda, item);
    if (at != TL_NEVER) {
        tl_duration skipped = kind == TL_DEADLINE_IDLE ? agenda->skipped : 0;
        const struct heap_slot slot = {.at = at - skipped, .sequence = turn};
        arm(agenda, item, &slot, passed ? KIND_IDLE_PASSED : kind);
    }
}

void agenda_cancel(struct agenda *agenda, struct agenda_item *item)
{
    take_off_timer(agenda, item);
    take_off_queue(agenda, item);
}

/* ---- Choices ---- */

/* Choosers that want names want all of them, in order: each is found from the one before. */
struct ready_names {
    const struct agenda *agenda;
    const struct list_node *node;
    size_t option; /* of node */
};

static void name_ready(const void *subject, size_t option, char *text, size_t size)
{
    struct ready_names *names = *(struct ready_names *const *)subject;

    if (option < names->option || names->node == NULL) {
        names->node = list_first(&names->agenda->ready);
        names->option = 0;
    }
    while (names->option < option && names->node != NULL) {
        names->node = list_next(&names->agenda->ready, names->node);
        names->option++;
    }
    text[0] = '\0';
    if (names->node != NULL) {
        const struct agenda_item *item = CONST_CONTAINER_OF(names->node, struct agenda_item, ready);
        if (item->name != NULL) {
            item->name(item, text, size);
        }
    }
}

static void trace_choice(const struct agenda *agenda, const struct tl_choice *choice, size_t chosen)
{
    static const char *const kinds[] = {
#define KIND_TEXT(name, text, meaning) text,
        TL_CHOICE_MAP(KIND_TEXT)
#undef KIND_TEXT
    };
    char name[NAME_SIZE] = "";

    if (choice->name != NULL) {
        choice->name(choice->subject, chosen, name, sizeof(name));
    }
    agenda_trace(
        agenda, (struct tl_trace_event){.kind = TL_TRACE_CHOICE_TAKEN, .name = kinds[choice->kind], .detail = name});
}

size_t agenda_choose(struct agenda *agenda, const struct tl_choice *choice)
{
    if (agenda->chooser.choose == NULL || choice->options < 2) {
        return 0;
    }
    size_t chosen = agenda->chooser.choose(agenda->chooser.user, choice);
    if (chosen >= choice->options) {
        chosen = 0;
    }
    if (agenda_traces(agenda, TL_TRACE_CHOICE_TAKEN)) {
        trace_choice(agenda, choice, chosen);
    }
    return chosen;
}

/* ---- Taking out ---- */

static struct list_node *choose_ready(struct agenda *agenda)
{
    struct list_node *node = list_first(&agenda->ready);

    if (agenda->ready_count < 2 || agenda->chooser.choose == NULL) {
        return node;
    }
    struct ready_names names = {.agenda = agenda};
    struct ready_names *subject = &names;
    size_t chosen = agenda_choose(
        agenda,
        &(const struct tl_choice){
            .kind = TL_CHOICE_READY, .options = agenda->ready_count, .name = name_ready, .subject = &subject});
    while (chosen-- > 0) {
        node = list_next(&agenda->ready, node);
    }
    return node;
}

bool agenda_step(struct agenda *agenda)
{
    if (agenda->stopped || agenda->ready_count == 0) {
        return false;
    }
    struct agenda_item *item = LIST_ITEM(choose_ready(agenda), struct agenda_item, ready);
    take_off_queue(agenda, item);
    item->run(item);
    return true;
}

/* ---- Time ---- */

#define STOPS (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)
#define ALL   (STOPS | KIND_IDLE_PASSED)

/* Who asks for idle deadlines means both kinds. */
static unsigned heaps_of(unsigned mask)
{
    return (mask & TL_DEADLINE_IDLE) != 0 ? mask | KIND_IDLE_PASSED : mask;
}

#define HEAPS 4

/* The heaps of a mask; how many. */
static size_t heaps_in(const struct agenda *agenda, unsigned mask, const struct heap *out_heaps[HEAPS])
{
    const struct {
        unsigned kind;
        const struct heap *heap;
    } all[HEAPS] = {
        {TL_DEADLINE_WAKING, &agenda->waking},
        {TL_DEADLINE_IDLE, &agenda->idle},
        {KIND_IDLE_PASSED, &agenda->idle_passed},
        {TL_DEADLINE_RUN, &agenda->run_timeouts},
    };
    size_t count = 0;

    for (size_t i = 0; i < HEAPS; i++) {
        if ((mask & all[i].kind) != 0) {
            out_heaps[count++] = all[i].heap;
        }
    }
    return count;
}

/* A slot of a heap, in the universe's time. */
static struct heap_slot slot_of(const struct agenda *agenda, const struct heap *heap, size_t place)
{
    struct heap_slot slot = heap->slots[place];

    if (heap == &agenda->idle || heap == &agenda->idle_passed) {
        slot.at += agenda->skipped;
    }
    return slot;
}

/* The heap among those in `heaps` that holds the earliest slot, which goes to *first, or NULL. */
static const struct heap *earliest(const struct agenda *agenda, unsigned heaps, struct heap_slot *first)
{
    const struct heap *each[HEAPS];
    const struct heap *found = NULL;
    size_t count = heaps_in(agenda, heaps, each);

    for (size_t i = 0; i < count; i++) {
        if (each[i]->count > 0) {
            struct heap_slot slot = slot_of(agenda, each[i], 0);
            if (found == NULL || heap_is_before(&slot, first)) {
                found = each[i];
                *first = slot;
            }
        }
    }
    return found;
}

static tl_time next_of(const struct agenda *agenda, unsigned heaps)
{
    struct heap_slot first;

    return earliest(agenda, heaps, &first) == NULL ? TL_NEVER : first.at;
}

tl_time agenda_next_deadline(const struct agenda *agenda, unsigned mask)
{
    return next_of(agenda, heaps_of(mask));
}

static void trace_skip(const struct agenda *agenda, tl_duration skipped)
{
    char text[TEXT_DURATION_SIZE];

    text_print_duration(text, skipped);
    agenda_trace(agenda, (struct tl_trace_event){.kind = TL_TRACE_CLOCK_SKIPPED, .detail = text});
}

void agenda_advance_to(struct agenda *agenda, tl_time to)
{
    if (to > agenda->now) {
        uint64_t skipped = (uint64_t)to - (uint64_t)agenda->now;
        agenda->now = to;
        if (agenda_traces(agenda, TL_TRACE_CLOCK_SKIPPED)) {
            trace_skip(agenda, skipped < INT64_MAX ? (tl_duration)skipped : INT64_MAX);
        }
    }
    struct heap_slot first;
    while (earliest(agenda, ALL, &first) != NULL && first.at <= agenda->now) {
        agenda_post(agenda, LIST_ITEM(first.item, struct agenda_item, timed));
    }
}

/* ---- Jumps ---- */

void agenda_end_jump(struct agenda *agenda)
{
    agenda->jump_to = TL_NEVER;
    while (agenda->idle_passed.count > 0) {
        const struct heap_slot slot = *heap_first(&agenda->idle_passed);
        heap_remove(&agenda->idle_passed, slot.item);
        arm(agenda, CONTAINER_OF(slot.item, struct agenda_item, timed), &slot, TL_DEADLINE_IDLE);
    }
}

void agenda_jump(struct agenda *agenda, tl_time to)
{
    if (to <= agenda->now) {
        return;
    }
    if (agenda->jump_to != to) {
        agenda_end_jump(agenda);
    }
    tl_time stop = next_of(agenda, STOPS);
    agenda->jump_to = stop < to ? to : TL_NEVER;
    agenda_advance_to(agenda, stop < to ? stop : to);
}

void agenda_skip(struct agenda *agenda, tl_time to)
{
    if (to <= agenda->now) {
        return;
    }
    agenda_end_jump(agenda);
    tl_time stop = next_of(agenda, TL_DEADLINE_WAKING | TL_DEADLINE_RUN);
    to = stop < to ? stop : to;
    agenda->skipped += to - agenda->now;
    agenda_advance_to(agenda, to);
}

/* ---- Looking ---- */

/* Puts the least slot of the heap that comes after *last into *next, if it comes before what is there. */
static void look_for_next(
    const struct agenda *agenda, const struct heap *heap, const struct heap_slot *last, struct heap_slot *next)
{
    for (size_t place = 0; place < heap->count; place++) {
        struct heap_slot slot = slot_of(agenda, heap, place);

        if ((last->item == NULL || heap_is_before(last, &slot)) &&
            (next->item == NULL || heap_is_before(&slot, next))) {
            *next = slot;
        }
    }
}

void agenda_look(const struct agenda *agenda, unsigned mask, size_t most, agenda_look_fn *each, void *user)
{
    const struct heap *heaps[HEAPS];
    size_t count = heaps_in(agenda, heaps_of(mask), heaps);
    struct heap_slot last = {.item = NULL};

    for (; most > 0; most--) {
        struct heap_slot next = {.item = NULL};
        for (size_t i = 0; i < count; i++) {
            look_for_next(agenda, heaps[i], &last, &next);
        }
        if (next.item == NULL) {
            return;
        }
        const struct agenda_item *item = CONST_CONTAINER_OF(next.item, struct agenda_item, timed);
        each(user, item, next.at, (enum tl_deadline_kind)(item->kind & STOPS ? item->kind : TL_DEADLINE_IDLE));
        last = next;
    }
}

/* ---- Tracing ---- */

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

void agenda_trace(const struct agenda *agenda, struct tl_trace_event event)
{
    event.at = agenda->now;
    event.workflow_id = text_or_empty(event.workflow_id);
    event.run_id = text_or_empty(event.run_id);
    event.name = text_or_empty(event.name);
    event.detail = text_or_empty(event.detail);
    for (size_t i = 0; i < agenda->sink_count; i++) {
        const struct tl_sink *sink = &agenda->sinks[i];
        if ((sink->mask & TL_TRACE_BIT(event.kind)) != 0) {
            sink->on_event(sink->user, &event);
        }
    }
}
