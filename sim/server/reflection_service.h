/* SPDX-License-Identifier: MIT */
/* The stream of gRPC server reflection, around its answers (reflection.h). */
#ifndef TIMELAPSE_SIM_SERVER_REFLECTION_SERVICE_H
#define TIMELAPSE_SIM_SERVER_REFLECTION_SERVICE_H

#include "sim/server/exchange.h"

extern const struct handler reflection_service_handler;

#endif
