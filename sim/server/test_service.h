/* SPDX-License-Identifier: MIT */
/* temporal.api.testservice.v1.TestService: the protocol of time. */
#ifndef TIMELAPSE_SIM_SERVER_TEST_SERVICE_H
#define TIMELAPSE_SIM_SERVER_TEST_SERVICE_H

#include "sim/server/exchange.h"

extern const struct handler test_service_handler;

#endif
