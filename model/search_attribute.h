/* SPDX-License-Identifier: MIT */
/*
 * Search attributes as payloads and back: JSON with the type beside it, as SDKs and servers write them
 * (sdk-go, internal_search_attributes.go; common/searchattribute/sadefs/encode_value.go).
 */
#ifndef TIMELAPSE_MODEL_SEARCH_ATTRIBUTE_H
#define TIMELAPSE_MODEL_SEARCH_ATTRIBUTE_H

#include <stdbool.h>
#include <timelapse/search_attribute.h>

#include "model/pb.h"

/* The attribute that the library sets itself: which versions of its code a run goes by. */
#define SEARCH_CHANGE_VERSION "TemporalChangeVersion"

/* TL_OK, or TL_INVALID_ARGUMENT naming the field `what`: no value of its type. Names are not looked at. */
enum tl_status
search_attribute_check(const char *what, const struct tl_search_attribute *attribute, struct tl_error *error);

/* Whether it takes the attribute of its name away: unset, or a list of nothing. */
bool search_attribute_is_unset(const struct tl_search_attribute *attribute);

/* A checked one, copied into the arena. What is unset is null, without a type. */
Pb__Payload *search_attribute_payload(struct arena *arena, const struct tl_search_attribute *attribute);

/* The other way; name: borrowed. NULL when the payload tells no type that is known, or no value of it. */
const struct tl_search_attribute *
search_attribute_view(struct arena *arena, const char *name, const Pb__Payload *payload);

/*
 * The name of one that both do not have alike, or NULL: they are the same. A server adds the types that it knows,
 * so that a type counts only where both tell one.
 */
const char *search_attributes_differ(const Pb__SearchAttributes *left, const Pb__SearchAttributes *right);

#endif
