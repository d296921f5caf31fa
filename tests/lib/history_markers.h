/* SPDX-License-Identifier: MIT */
/* More events of histories written by hand: markers, and what goes into the search attribute of versions with them. */
#ifndef TIMELAPSE_TESTS_HISTORY_MARKERS_H
#define TIMELAPSE_TESTS_HISTORY_MARKERS_H

#include "tests/lib/history_builder.h"

/* MarkerRecorded without details; one detail more, of JSON. Borrows what it is given. */
Pb__HistoryEvent *builder_marker(struct history_builder *builder, const char *name);
void builder_marker_detail(struct history_builder *builder, Pb__HistoryEvent *event, const char *key, const char *json);

/* Each with the upsert that follows it when `listed` (JSON) is not NULL. id_json: with its quotes. */
void builder_version(struct history_builder *builder, const char *id_json, const char *version, const char *listed);
void builder_patch(struct history_builder *builder, const char *data_json, const char *listed);

void builder_side_effect(struct history_builder *builder, const char *number, const char *json);
/* base64: of the value's JSON. */
void builder_mutable(struct history_builder *builder, const char *id_json, const char *call, const char *base64);

#endif
