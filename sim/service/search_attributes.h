/* SPDX-License-Identifier: MIT */
/* Search attributes: which a namespace knows, and what may be set as their values. */
#ifndef TIMELAPSE_SIM_SEARCH_ATTRIBUTES_H
#define TIMELAPSE_SIM_SEARCH_ATTRIBUTES_H

#include <stdbool.h>
#include <timelapse/status.h>

#include "base/map.h"
#include "model/pb.h"

struct name_space;

/* One that was registered: an entry of name_space.search_attributes, which holds them by name. */
struct search_attribute {
    char *name;
    int type; /* enum IndexedValueType */
};

/* One that the service knows by itself. */
struct known_attribute {
    const char *name;
    int type;
};

/* Those that the service fills in, then those that workflows may set; NULL name ends each. */
extern const struct known_attribute sim_system_attributes[];
extern const struct known_attribute sim_predefined_attributes[];

/* Adds one. TL_INVALID_ARGUMENT: a reserved name, an unknown type, too many of the type; known already: nothing. */
TL_MUST_CHECK enum tl_status
sim_search_attribute_add(struct name_space *space, const char *name, int type, struct tl_error *error);

/* Removes one; TL_INVALID_ARGUMENT when the service itself needs it, nothing when it is unknown. */
TL_MUST_CHECK enum tl_status
sim_search_attribute_remove(struct name_space *space, const char *name, struct tl_error *error);

/* Whether the service needs it itself: nobody can register or remove it. */
bool sim_search_attribute_is_own(const char *name);

/* Empties the namespace's map. */
void sim_search_attributes_free(struct name_space *space);

/*
 * Whether a workflow may have these: known names, values of their types, not more than a hundred
 * (common/searchattribute/validator.go, Validate). NULL is fine. The field is named "search_attributes".
 */
TL_MUST_CHECK enum tl_status sim_check_search_attributes(
    struct tl_error *error, const struct name_space *space, const Pb__SearchAttributes *attributes);

/* Whether each is small enough, and all together (ValidateSize). */
TL_MUST_CHECK enum tl_status
sim_check_search_attribute_sizes(struct tl_error *error, const Pb__SearchAttributes *attributes);

/* Whether a value has the type; nil has every one (sadefs/encode_value.go, DecodeValue). */
bool sim_is_search_value(const Pb__Payload *payload, int type);

/* A copy in which each value says its type (ApplyTypeMap). NULL gives NULL. */
Pb__SearchAttributes *sim_search_attributes_clone(
    struct arena *arena, const struct name_space *space, const Pb__SearchAttributes *attributes);

#endif
