/* SPDX-License-Identifier: MIT */
/* timelapse.server.v1.UniverseService: what a test may ask beyond Temporal's API. */
#ifndef TIMELAPSE_SIM_SERVER_UNIVERSE_SERVICE_H
#define TIMELAPSE_SIM_SERVER_UNIVERSE_SERVICE_H

#include "sim/server/exchange.h"

#define UNIVERSE_SERVICE  "timelapse.server.v1.UniverseService"
#define EXPLAIN_TIME_PATH "/" UNIVERSE_SERVICE "/ExplainTime"

extern const struct handler universe_service_handler;

#endif
