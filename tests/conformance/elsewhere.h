/* SPDX-License-Identifier: MIT */
/* A real server for environments to stand on: one connection, and a namespace for each environment. */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_ELSEWHERE_H
#define TIMELAPSE_TESTS_CONFORMANCE_ELSEWHERE_H

#include <timelapse/elsewhere.h>

/*
 * The server at `address` ("host:port"), which is connected to at first. Static storage; NULL, with what is wrong on
 * standard error, when it cannot be reached.
 */
const struct tl_elsewhere *elsewhere_at(const char *address);

#endif
