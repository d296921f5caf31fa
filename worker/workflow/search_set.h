/* SPDX-License-Identifier: MIT */
/* A run's search attributes as they stand: what it started with, and what it changed since. */
#ifndef TIMELAPSE_WORKER_SEARCH_SET_H
#define TIMELAPSE_WORKER_SEARCH_SET_H

#include <timelapse/search_attribute.h>

#include "model/pb.h"

struct search_item {
    const char *name;
    Pb__Payload *value;
    const struct tl_search_attribute *view; /* made when asked for */
};

/* Filled by the first who asks or changes: until then there is nothing but what the run started with. */
struct search_set {
    const Pb__SearchAttributes *started; /* or NULL */
    struct search_item *items;
    size_t count;
    size_t capacity;
};

/* NULL when there is none of that name, or none that can be told. */
const struct tl_search_attribute *search_set_find(struct search_set *set, struct arena *arena, const char *name);

/* Sets what the message sets and takes away what it unsets; shares its names and values. */
void search_set_merge(struct search_set *set, struct arena *arena, const Pb__SearchAttributes *changes);

/*
 * What a run that goes on for this one is to have: all but the versions that this one went by. Shares names and
 * values; NULL when there is nothing.
 */
Pb__SearchAttributes *search_set_message(struct search_set *set, struct arena *arena);

#endif
