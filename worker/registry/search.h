/* SPDX-License-Identifier: MIT */
/* Search attributes as users give them, of a run or of one that starts: checked, and as the message that travels. */
#ifndef TIMELAPSE_WORKER_REGISTRY_SEARCH_H
#define TIMELAPSE_WORKER_REGISTRY_SEARCH_H

#include <timelapse/search_attribute.h>

#include "model/pb.h"

/*
 * TL_OK, or TL_INVALID_ARGUMENT naming the field "search_attributes": none at all, a bad name or value, a name that
 * is there twice, or the one that is the library's own.
 */
enum tl_status search_check(const struct tl_search_attribute *attributes, size_t count, struct tl_error *error);

/* Copies in the arena; NULL for none. A change: what is unset is null there. */
Pb__SearchAttributes *search_message(struct arena *arena, const struct tl_search_attribute *attributes, size_t count);

/* The same for a run that starts: what is unset is not there. */
Pb__SearchAttributes *
search_start_message(struct arena *arena, const struct tl_search_attribute *attributes, size_t count);

#endif
