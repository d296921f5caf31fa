/* SPDX-License-Identifier: MIT */
/* Memos and search attributes: maps from names to payloads that a run changes key by key. */
#ifndef TIMELAPSE_SIM_FIELDS_H
#define TIMELAPSE_SIM_FIELDS_H

#include <stdbool.h>

#include "model/pb.h"

/*
 * `base` with `changes` on top, in `arena`, sharing their entries: a key keeps its place, a nil value
 * takes it away. Either may be NULL; NULL when no key is left.
 */
Pb__Memo *sim_memo_merge(struct arena *arena, const Pb__Memo *base, const Pb__Memo *changes);
Pb__SearchAttributes *
sim_search_attributes_merge(struct arena *arena, const Pb__SearchAttributes *base, const Pb__SearchAttributes *changes);

#endif
