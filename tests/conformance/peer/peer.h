/* SPDX-License-Identifier: MIT */
/*
 * Our half of tests/conformance/interop: the same workflows, activities and client cases as the Go SDK's half, so that
 * any client, workflow worker and activity worker of the two can be put together. What is seen is told as text, in the
 * same words by both.
 */
#ifndef TIMELAPSE_TESTS_PEER_H
#define TIMELAPSE_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/failure.h>
#include <timelapse/payload.h>
#include <timelapse/registry.h>
#include <timelapse/search_attribute.h>

struct tl_client;

#define MOST_TEXT 2000

/* `json/plain "text"`; appended to text, which has MOST_TEXT bytes. */
void tell_payload(char *text, const struct tl_payload *payload);
void tell_failure(char *text, const struct tl_failure *failure);
void tell_attribute(char *text, const struct tl_search_attribute *attribute); /* ` name=value` */

#define KEYWORD_LIST "CustomKeywordListField" /* which the Go half adds to the server */

/* printf, appended. */
void tell(char *text, const char *format, ...) TL_PRINTF(2, 3);

/*
 * Whether PEER_FAULT names this fault, which shows that it is seen:
 *   payload   an activity returns another value than it was given
 *   header    a workflow hands no header on to its activity
 *   failure   an activity's failure lacks its details
 *   attribute a workflow gives a search attribute another value
 *   answer    a query is answered with another number
 *   heartbeat an activity leaves nothing for its next attempt
 *   order     a workflow names its activities otherwise
 *   memo      a client starts with another memo
 */
bool has_fault(const char *name);

void peer_register(struct tl_registry *registry);
void peer_register_told(struct tl_registry *registry);
void peer_register_activities(struct tl_registry *registry);

/*
 * Runs all cases, or one only (NULL: all), and prints a line each, "name<TAB>what was seen": workflows on queue, their
 * activities on activity_queue; tag: of all ids.
 */
void peer_cases(
    struct tl_client *client, const char *queue, const char *activity_queue, const char *tag, const char *only);

#endif
