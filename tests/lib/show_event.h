/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_TESTS_SHOW_EVENT_H
#define TIMELAPSE_TESTS_SHOW_EVENT_H

#include "base/text.h"
#include "model/pb.h"

/* One line: id, type, and what tests compare: ids it refers to, names, attempts, causes. */
void show_event(struct text *text, const Pb__HistoryEvent *event);

#endif
