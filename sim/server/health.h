/* SPDX-License-Identifier: MIT */
/* grpc.health.v1.Health: every service that is served is well. */
#ifndef TIMELAPSE_SIM_SERVER_HEALTH_H
#define TIMELAPSE_SIM_SERVER_HEALTH_H

#include "sim/server/exchange.h"

/* Of its method; NULL: the service has none of that name. */
const struct handler *health_handler(const struct exchange *exchange);

#endif
