/* SPDX-License-Identifier: MIT */
/*
 * A small history written by hand, as JSON, one event a line: an activity, a timer, a signal. Tests
 * take it as it is, or spoil one line of it.
 */
#ifndef TIMELAPSE_TESTS_LIB_SAMPLE_HISTORY_H
#define TIMELAPSE_TESTS_LIB_SAMPLE_HISTORY_H

#include <stddef.h>
#include <timelapse/history.h>

#define SAMPLE_EVENTS 19

/* The event with that id, without a comma. */
const char *sample_event(size_t id);

/* The whole text, with the events named by `ids` (0 ends them) in that order; ids NULL: all of them. */
char *sample_text(const size_t *ids);

/* The whole text with one event replaced (NULL: left out). Free with free. */
char *sample_text_with(size_t id, const char *event);

/* Reads a text that is a history; fails the test when it is none. */
struct tl_history *sample_read(const char *text);

#endif
