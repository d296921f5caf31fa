/* SPDX-License-Identifier: MIT */
/* What every test of the wire includes: cmocka with what it needs before it, and the helpers. */
#ifndef TIMELAPSE_TESTS_WIRE_TEST_H
#define TIMELAPSE_TESTS_WIRE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>
#include <timelapse/connection.h>

#include "tests/transport/certificates.h"
#include "tests/transport/peer.h"
#include "tests/transport/proxy.h"

#endif
