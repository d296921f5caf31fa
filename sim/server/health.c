/* SPDX-License-Identifier: MIT */
#include "sim/server/health.h"

#include <grpc/health/v1/health.pb-c.h>
#include <string.h>

#include "model/rpc.h"
#include "sim/server/link.h"
#include "sim/server/method.h"
#include "sim/server/server.h"
#include "sim/server/universe_service.h"

/* The last is served where time may be skipped. */
static const char *const services[] = {
    "",
    "grpc.health.v1.Health",
    UNIVERSE_SERVICE,
    "temporal.api.workflowservice.v1.WorkflowService",
    "temporal.api.operatorservice.v1.OperatorService",
    "temporal.api.testservice.v1.TestService",
};

static bool is_served(const struct exchange *exchange, const char *service)
{
    size_t count = COUNT_OF(services) - (exchange->link->server->options.real_time ? 1 : 0);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(services[i], service) == 0) {
            return true;
        }
    }
    return false;
}

/* What is asked for; NULL: it could not be read. */
static const char *read_service(struct exchange *exchange, struct tl_bytes message)
{
    const Pb__Health__HealthCheckRequest *request =
        method_unary_message(exchange) ? method_read(exchange, &pb__health__health_check_request__descriptor, message)
                                       : NULL;

    return request == NULL ? NULL : request->service;
}

static void on_check(struct exchange *exchange, struct tl_bytes message)
{
    const char *service = read_service(exchange, message);
    Pb__Health__HealthCheckResponse response = PB__HEALTH__HEALTH_CHECK_RESPONSE__INIT;

    if (service == NULL) {
        return;
    }
    if (!is_served(exchange, service)) {
        exchange_refuse(exchange, TL_NOT_FOUND, "unknown service");
        return;
    }
    response.status = PB__HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    exchange_answer(exchange, &response);
}

/* Told once: it never changes. The stream stays open, as the caller expects. */
static void on_watch(struct exchange *exchange, struct tl_bytes message)
{
    const char *service = read_service(exchange, message);
    Pb__Health__HealthCheckResponse response = PB__HEALTH__HEALTH_CHECK_RESPONSE__INIT;

    if (service == NULL) {
        return;
    }
    response.status = is_served(exchange, service) ? PB__HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
                                                   : PB__HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    exchange_send(exchange, &response);
}

const struct handler *health_handler(const struct exchange *exchange)
{
    static const struct handler check = {.on_message = on_check, .on_end = method_unary_end};
    static const struct handler watch = {.on_message = on_watch, .on_end = method_unary_end};

    if (exchange->rpc == NULL) {
        return NULL;
    }
    return exchange->rpc->index == RPC_HealthWatch ? &watch : &check;
}
